"""`flask read|preview|send|inbox|hooks|catalogue|settings|upgrade`, as somebody types them in front of a sandbox."""

import json
from pathlib import Path

import pytest

from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import printed, run, served
from tests.support.json_hook import ESSAI, HEADER, count, plain_house, rows, said, sent, writes, written
from tests.support.whole_bridge import BENEVOLES, BENEVOLES_FILE, PAYLOADS, House, sample

TALLY = PAYLOADS / "tally" / "composed_french_volunteer_nulls.json"
PING = b'{"eventType": "FORM_DELETED", "data": {}}'


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


# read


def test_read_prints_what_the_tool_says(house: House) -> None:
    (said_,) = printed(run(house, "read", "tally", TALLY, "-H", "Content-Type: application/json"))

    assert list(said_) == ["key", "submitted_at", "kind", "identities", "answers"]
    assert (said_["key"], said_["submitted_at"], said_["kind"]) == (
        "QyZ4pLe",
        "2025-11-03T18:42:07.512Z",
        "submitted",
    )
    assert said_["identities"] == {"mail": "zoe.lefevre@example.org", "mobile": "+33639980142"}
    assert said_["answers"][0] == {"key": "question_a1Prn0", "label": "Prénom", "type": "text", "value": "Zoé"}


def test_read_takes_stdin_and_exits_1_for_what_it_cannot_read(house: House) -> None:
    assert len(printed(run(house, "read", "json", "-", stdin=b'[{"a": 1}, {"b": 2}]'))) == 2
    broken = run(house, "read", "tally", "-", stdin=b"{")
    assert (broken.exit_code, "tally does not send this." in broken.output) == (1, True)


# preview


def test_without_a_token_qomon_is_not_asked_and_the_setting_is_named(tmp_path: Path) -> None:
    House(tmp_path).read_catalogue()
    house = House(tmp_path, (), QOMON_TOKEN="")

    refused = run(house, "preview", "benevoles", TALLY)

    assert (refused.exit_code, "QOMON_TOKEN" in refused.output, house.sandbox.calls) == (1, True, [])


@pytest.mark.parametrize("hook", ["benevoles", BENEVOLES_FILE])
def test_preview_prints_the_staffs_report_and_writes_nothing(house: House, hook: object) -> None:
    report = printed(run(house, "preview", hook, TALLY))

    assert (said(report), report["contact"]) == (
        ("previewed", None),
        {"id": ZOE, "found_by": "mail", "created": False},
    )
    assert {"field": "mobile", "change": "changed", "confirmed": None} in report["fields"]
    assert (report["event"], report["report_url"], "married_name" in report["protected"]) == (None, None, True)
    assert (writes(house), count(house, tables.event)) == ([], 0)


def test_preview_with_a_contact_asks_for_that_one(house: House) -> None:
    report = printed(run(house, "preview", "benevoles", TALLY, "--contact", 9000018))

    assert report["contact"] == {"id": 9000018, "found_by": None, "created": False}
    gone = run(house, "preview", "benevoles", TALLY, "--contact", 1)
    assert (gone.exit_code, gone.output) == (1, "Error: Qomon has no contact 1.\n")


def test_preview_offline_uses_a_blank_contact_and_the_stored_catalogue(house: House) -> None:
    before = run(house, "preview", BENEVOLES_FILE, TALLY, "--offline")
    assert ("`flask catalogue refresh`" in before.stderr, house.sandbox.calls) == (True, [])
    assert said(json.loads(before.stdout)) == ("previewed", "unknown_field")

    run(house, "catalogue", "refresh")
    house.sandbox.calls.clear()
    report = printed(run(house, "preview", BENEVOLES_FILE, TALLY, "--offline"))

    assert (said(report), report["contact"], house.sandbox.calls) == (("previewed", None), None, [])
    assert {line["change"] for line in report["fields"]} <= {"set", "added"}
    assert report["answers"][6]["sent"] == ["door", "host"]


def test_preview_in_words_can_be_read_aloud(house: House) -> None:
    result = run(house, "preview", "benevoles", TALLY, "--words")

    assert result.exit_code == 0
    assert "Dry run: this is what would be written. Nothing was." in result.output
    assert f"Contact {ZOE}, found by mail" in result.output
    assert "  mobile: changed" in result.output
    assert "A plain webhook with these answers would have erased" in result.output


def test_preview_says_what_would_be_held(house: House) -> None:
    house.sandbox.contacts.all[ZOE]["firstname"] = "Karim"

    report = printed(run(house, "preview", "benevoles", TALLY))

    assert said(report) == ("previewed", "other_person")
    assert {line["status"] for line in report["answers"]} == {"held", "not_sent"}


def test_preview_says_what_would_be_left_aside(house: House) -> None:
    ping = printed(run(house, "preview", "benevoles", "-", stdin=PING))
    assert said(ping) == ("ignored", "ping")


@pytest.mark.parametrize(
    ("hook", "body", "told"),
    [
        ("nobody", sample(), "No hook is named nobody. `flask hooks list` shows them; a file ends in .yaml."),
        ("nobody.yaml", sample(), "nobody.yaml: no such file."),
        (
            "benevoles",
            b"{",
            "The body is not JSON (line 1, column 2): Expecting property name enclosed in double quotes.",
        ),
    ],
)
def test_preview_says_in_one_line_what_is_missing(house: House, hook: str, body: bytes, told: str) -> None:
    result = run(house, "preview", hook, "-", stdin=body)

    assert (result.exit_code, result.output) == (1, f"Error: {told}\n")


def test_preview_of_a_list_of_records_is_a_list_of_reports(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    reports = printed(run(house, "preview", "essai", "-", stdin=b'[{"mail": "a@example.org"}, {"note": "x"}]'))

    assert [said(report) for report in reports] == [("previewed", None), ("previewed", "no_identity")]


def test_preview_tells_the_faults_of_a_file(house: House, tmp_path: Path) -> None:
    (tmp_path / "faulty.yaml").write_text("hook: x\nsource: tally\nfields: []\n", encoding="utf-8")

    result = run(house, "preview", tmp_path / "faulty.yaml", "-", stdin=sample())

    assert (result.exit_code, "line 1: proof: is missing" in result.output) == (1, True)


def test_preview_while_qomon_is_down_says_so(house: House) -> None:
    house.sandbox.token = "another"

    result = run(house, "preview", "benevoles", TALLY)

    assert (result.exit_code, "could not be read" in result.output) == (1, True)


# inbox


def test_the_inbox_is_empty_at_first(house: House) -> None:
    assert run(house, "inbox", "list").output == "Nothing has arrived yet.\n"


def test_the_inbox_lists_the_newest_first_without_anybodys_answers(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    first, second = sent(house, written(mail="zoe.lefevre@example.org", metier="Boulangère")), sent(house, b"{")
    house.drain()

    listed = printed(run(house, "inbox", "list", "--json"))
    assert [line["event"] for line in listed] == [second, first]
    assert listed[1] == {
        "event": first, "hook": "essai", "revision": 1, "kind": "submitted", "outcome": "delivered", "reason": None,
        "submitted_at": "2026-11-22T09:00:00.000Z", "received_at": "2026-11-22T09:00:00.000Z",
    }  # fmt: skip
    lines = run(house, "inbox", "list").output.splitlines()
    assert lines[0].split() == [second, "2026-11-22T09:00:00.000Z", "essai", "held", "(unreadable)"]
    assert "zoe" not in "".join(lines)
    assert len(run(house, "inbox", "list", "--most", 1).output.splitlines()) == 1
    assert [line["event"] for line in printed(run(house, "inbox", "list", "--outcome", "held", "--json"))] == [second]
    assert run(house, "inbox", "list", "--outcome", "lost").exit_code == 2


def test_the_inbox_shows_a_report_in_words_or_as_json(house: House) -> None:
    report = house.cross(sample())

    assert printed(run(house, "inbox", "show", report["event"], "--json")) == report
    told = run(house, "inbox", "show", report["event"]).output
    assert told.startswith("Written: the contact is up to date.\nWebhook benevoles, version 1;")
    assert "  Code postal -> address.postalcode: sent\n" in told
    assert "  mobile: changed, confirmed by Qomon\n" in told


def test_the_inbox_shows_why_something_is_held(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    event = sent(house, b"{")

    told = run(house, "inbox", "show", event).output.splitlines()

    assert told[:2] == [
        "Held: it waits for your decision.",
        "The tool sent something that we cannot read. Kept as it came.",
    ]


def test_an_event_that_is_not_there_is_said_so(house: House) -> None:
    assert run(house, "inbox", "show", "nobody").output == "Error: No such submission.\n"


# hooks, catalogue, settings, upgrade


def test_hooks_are_checked_imported_listed_and_shown(tmp_path: Path) -> None:
    house = House(tmp_path, ())
    assert run(house, "hooks", "check", BENEVOLES_FILE).exit_code == 0
    assert run(house, "hooks", "import", BENEVOLES_FILE).exit_code == 0

    assert printed(run(house, "hooks", "list", "--json")) == [
        {
            "hook": "benevoles", "address": "k3f9x2m7", "url": "https://bridge.example.org/hooks/k3f9x2m7",
            "source": "tally", "space": "default", "mode": "live", "revision": 1, "proof": "tally-v1",
        }
    ]  # fmt: skip
    assert run(house, "hooks", "show", "benevoles").output == BENEVOLES
    pins = {row.rule: row.form_id for row in rows(house, tables.pin)}
    assert pins == {7: 810, 8: 710}


def test_a_faulty_hook_is_not_imported(tmp_path: Path) -> None:
    house = House(tmp_path / "store", ())
    (tmp_path / "faulty.yaml").write_text(BENEVOLES.replace("to: mobile", "to: mobil"), encoding="utf-8")

    result = run(house, "hooks", "import", tmp_path / "faulty.yaml")

    assert (result.exit_code, "Did you mean `mobile`?" in result.output) == (1, True)
    assert count(house, tables.hook) == 0


def test_settings_are_shown_with_secrets_masked(tmp_path: Path) -> None:
    house = House(tmp_path, QOMON_TOKEN="jeton-plante")
    result = run(house, "settings")

    assert (result.exit_code, "set (12 characters)" in result.output) == (0, True)
    assert "jeton-plante" not in result.output + run(house, "settings", "--json").output


def test_settings_tell_every_fault_and_exit_1(tmp_path: Path) -> None:
    house = House(tmp_path, (), PORT="eighty", TIMEZONE="Europe/Nowhere")
    told = run(house, "settings", "--json")
    assert told.exit_code == 1
    assert [fault.partition(":")[0] for fault in json.loads(told.output)["faults"]] == ["PORT", "TIMEZONE"]


def test_upgrade_check_tells_what_is_to_do_and_changes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, (), DATABASE_URL=f"sqlite:///{tmp_path}/new.db")
    assert [run(house, "upgrade", "--check").exit_code for _ in range(2)] == [1, 1]
    assert run(house, "upgrade").exit_code == 0

    done = run(house, "upgrade", "--check")
    assert (done.exit_code, done.output) == (0, "The store is up to date.\n")


# send


@pytest.mark.parametrize("proof", ["{scheme: url, secret: $JSON_TOKEN}", "{scheme: bearer, secret: $JSON_TOKEN}"])
def test_send_posts_as_the_tool_would(tmp_path: Path, proof: str) -> None:
    text = ESSAI.replace(HEADER, proof)
    house = plain_house(tmp_path, text)
    with served(house) as url:
        result = run(house, "send", "essai", "-", "--to", url, stdin=written(mail="zoe.lefevre@example.org"))

    assert [event["outcome"] for event in printed(result)["events"]] == ["accepted"]
    assert count(house, tables.event) == 1


def test_send_prints_a_refusal_and_exits_1(tmp_path: Path) -> None:
    sender, receiver = plain_house(tmp_path / "one"), House(tmp_path / "other", (ESSAI,), JSON_TOKEN="another-one")
    with served(receiver) as url:
        refused = run(sender, "send", "essai", "-", "--to", url, stdin=b"{}")
    nobody = run(sender, "send", "essai", "-", "--to", "http://127.0.0.1:9", stdin=b"{}")

    assert (refused.exit_code, json.loads(refused.output)["status"]) == (1, 401)
    assert (nobody.exit_code, nobody.output) == (
        1,
        "Error: No answer (ConnectionError). Is the bridge running?\n",
    )
