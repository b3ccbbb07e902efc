"""Personal links: whoever changes the number in one is nobody; and what `hooks check` warns of."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hooks.registry import Hook, parse
from bridge.hooks.warnings import warnings
from bridge.mapping import links
from bridge.mapping.compile import compile_hook, who_is_it
from bridge.qomon.sandbox.people import ZOE
from tests.support.commands import done, hooks
from tests.support.json_hook import ESSAI, crossed, live, plain_house, said, statuses
from tests.support.sample_hook import CATALOGUE, SECRETS, answer, hook, submission
from tests.support.whole_bridge import House

SIGNED = ESSAI.replace("to: id}", "to: id, as: signed_id}")
OTHER = SIGNED.replace("hook: essai", "hook: autre").replace("essai234", "autre234")
KARIM = 9000018
KEY = bytes(range(32))
NUMBERS = st.integers(1, 10**18 - 1)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, SIGNED, OTHER)


@given(NUMBERS, NUMBERS, st.binary(min_size=1, max_size=32))
def test_a_link_opens_for_its_number_and_key_alone(one: int, other: int, key: bytes) -> None:
    token = links.token(KEY, one)
    number, _, mac = token.partition(".")
    assert links.opened(KEY, f" \u200b{token.upper()}\n") == number == str(one)
    assert (links.opened(KEY, f"{other}.{mac}") is None) == (one != other)
    assert (links.opened(key, token) is None) == (key != KEY)
    assert links.opened(b"", token) is None


@given(st.one_of(st.text(), st.text("0123456789abcdef.", max_size=45)))
def test_what_is_no_link_is_nobody(text: str) -> None:
    assert links.opened(KEY, text) is None
    made = replace(hook("{from: Q, to: id, as: signed_id}"), link_key=lambda: KEY)
    assert who_is_it(made, submission(answer("Q", text))).identities == {}


def test_a_hook_without_a_store_knows_nobody_by_a_link() -> None:
    made = hook("{from: Q, to: id, as: signed_id}")
    told = compile_hook(made, CATALOGUE, "FR").changes(submission(answer("Q", links.token(KEY, ZOE))))
    assert [line.status for line in told.answers] == ["invalid"]
    assert who_is_it(made, submission(answer("Q", links.token(KEY, ZOE)))).identities == {}


def test_a_link_leads_to_its_contact_and_no_other(house: House) -> None:
    link = done(hooks(house, "link", "essai", str(ZOE))).strip()

    report = crossed(house, numero=link, metier="Soudeuse")
    assert (said(report), report["contact"]["id"]) == (("delivered", None), ZOE)
    assert (live(house, 811), statuses(report)["numero"]) == (["Soudeuse"], "not_sent")

    for forged in (
        link.replace(str(ZOE), str(KARIM)),
        str(ZOE),
        link[:-1],
        done(hooks(house, "link", "autre", str(ZOE))),
    ):
        report = crossed(house, numero=forged.strip(), metier="Pirate")
        assert said(report) == ("held", "no_identity")
        assert statuses(report)["numero"] == "invalid"
        assert {"code": "bad_value", "answer": "numero", "rule": 1} in report["notes"]
    assert (live(house, 811), live(house, 811, KARIM)) == (["Soudeuse"], live(house, 811, KARIM))


def test_a_link_outlives_a_revision_and_an_empty_one_is_empty(house: House) -> None:
    link = done(hooks(house, "link", "essai", str(ZOE)))
    done(hooks(house, "import", "-", stdin=SIGNED.replace("wait: 0", "wait: 1s")))
    assert done(hooks(house, "link", "essai", str(ZOE))) == link
    report = crossed(house, numero="", mail="zoe.lefevre@example.org", metier="Soudeuse")
    assert (said(report), statuses(report)["numero"]) == (("delivered", None), "empty")


def test_links_for_a_mailing_are_a_column_more_and_no_cell_is_a_formula(house: House) -> None:
    url = "https://tally.so/r/abc123?id="
    table = f'\ufeffNom;id;Note\n"=cmd|\' /C calc\'!A0";{ZOE};"a;b"\n+33;{KARIM};@x\n-1;{ZOE}\n'
    told = done(hooks(house, "link", "essai", "-", "--url", url, stdin=table))
    rows = list(csv.reader(io.StringIO(told), delimiter=";"))
    zoe, karim = (url + done(hooks(house, "link", "essai", str(one))).strip() for one in (ZOE, KARIM))
    assert rows == [
        ["Nom", "id", "Note", "link"],
        ["'=cmd|' /C calc'!A0", str(ZOE), "a;b", zoe],
        ["'+33", str(KARIM), "'@x", karim],
        ["'-1", str(ZOE), "", zoe],
    ]


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("essai", "zoe"), None, "no contact's number"),
        (("essai", "0"), None, "no contact's number"),
        (("rien", "1"), None, "There is no hook rien"),
        (("essai", "-"), "Nom\nZoé\n", "names no column"),
        (("essai", "-", "--adds", "id"), "id\n1\n", "names no column"),
        (("essai", "-"), "id\n1\n\nx\n", "in 1 row: 3"),
        (("essai", "-"), "", "names no column"),
    ],
)
def test_what_cannot_be_linked_is_told(house: House, words: tuple[str, ...], stdin: str | None, told: str) -> None:
    result = hooks(house, "link", *words, stdin=stdin)
    assert result.exit_code == 1
    assert told in result.output


def test_a_hook_that_reads_no_links_makes_none(tmp_path: Path) -> None:
    result = hooks(plain_house(tmp_path), "link", "essai", "1")
    assert (result.exit_code, "as: signed_id" in result.output) == (1, True)


def test_signed_id_goes_with_id_alone(house: House) -> None:
    for wrong in ("to: mail, as: signed_id", "to: nothing, as: signed_id", "to: id, as: number"):
        result = hooks(house, "check", "-", stdin=ESSAI.replace("to: id", wrong))
        assert result.exit_code == 1, wrong


HEAD = """\
hook: essai
source: json
proof: {scheme: header, header: X-Key, secret: $LONG}
mode: live
contact: {find: [id, mail], address: keep}
fields:
  - {from: mail, to: mail}
"""
KEYS = {**SECRETS, "LONG": "a-secret-of-20-signs", "SHORT": "fifteen-letters", "WHSEC": f"whsec_{'YWJj' * 8}"}


def warned(*changes: tuple[str, str]) -> list[str]:
    text = HEAD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    made: Hook = parse(text, KEYS.get, ["default"])
    return warnings(made, CATALOGUE)


RULE = "  - {from: mail, to: mail}\n"
WHSEC = ("{scheme: header, header: X-Key, secret: $LONG}", "{scheme: standard-webhooks-v1, secret: $WHSEC}")
NONE = ("{scheme: header, header: X-Key, secret: $LONG}", "none")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([], []),
        ([(RULE, RULE + "  - {from: numero, to: id}\n")], ["signed_id"]),
        ([(RULE, RULE + "  - {path: a.b, to: id}\n")], ["`a.b`"]),
        ([(RULE, RULE + "  - {from: numero, to: id}\n"), ("find: [id, mail]", "find: [mail]")], []),
        ([(RULE, RULE + "  - {from: numero, to: id, as: signed_id}\n")], []),
        ([(RULE, RULE + "  - {value: consent_email, to: formdatas.Consentement}\n")], ["asked or not"]),
        ([(RULE, RULE + "  - {value: consent_email, to: formdatas.Consentement, change: remove}\n")], []),
        ([(RULE, RULE + "  - {value: consent_email, to: formdatas.Consentement, when: {kind: subscribed}}\n")], []),
        ([(RULE, RULE + "  - {value: supporter, to: formdatas.Soutien}\n")], []),
        ([NONE], []),
        ([NONE, ("address: keep", "address: keep, missing: create")], ["fills Qomon"]),
        ([("$LONG", "$SHORT")], ["fewer than 16"]),
        ([("$LONG", "[$LONG, $SHORT]")], ["fewer than 16"]),
        ([NONE, ("mode: live", "mode: live\nwait: 2s")], ["nobody waits"]),
        ([NONE, ("mode: live", "mode: live\nwait: 0")], []),
        ([("mode: live", "mode: live\nwait: 2s")], []),
        ([("{scheme: header, header: X-Key, secret: $LONG}", "{scheme: url, secret: $LONG}"),
          ("mode: live", "mode: live\nwait: 2s")], ["tells who is known"]),
        ([("{scheme: header,", "{scheme: hmac,"), ("mode: live", "mode: live\nreads: {id: 'header:X-Id'}")],
         ["does not cover the header X-Id"]),
        ([("mode: live", "mode: live\nreads: {id: 'header:X-Id'}")], []),
        ([("{scheme: header,", "{scheme: hmac,")], ["(idempotency-key, webhook-id, svix-id), so such ids are ignored"]),
        ([("{scheme: header,", "{scheme: hmac,"), ("mode: live", "mode: live\nreads: {id: ref}")],
         ["such ids are ignored"]),
        ([WHSEC], []),
        ([("source: json", "source: tally"), ("header, header: X-Key,", "tally-v1,"),
          ("mode: live", "mode: live\nmethods: [POST, GET]")], ["proves no GET"]),
        ([("mode: live", "mode: live\nmethods: [POST, GET]")], []),
    ],
)  # fmt: skip
def test_what_is_dangerous_is_a_warning(changes: list[tuple[str, str]], words: list[str]) -> None:
    told = warned(*changes)
    assert len(told) == len(words)
    assert [word for word, one in zip(words, told, strict=True) if word not in one] == []
    assert not any(secret in one for secret in KEYS.values() for one in told)


def test_check_tells_warnings_and_is_content(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    result = hooks(house, "check", "essai")
    assert (result.exit_code, "essai: warning: line 10: whoever can change `numero`" in result.stderr) == (0, True)
    (told,) = json.loads(done(hooks(house, "check", "essai", "--json")))["warnings"]
    assert "signed_id" in told
