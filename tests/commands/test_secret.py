"""`flask hooks secret`: a secret is replaced, both are good in between, and neither is ever shown."""

from pathlib import Path

import pytest
from sqlalchemy import update

from bridge.hooks.revisions import By
from bridge.operations import secrets
from bridge.store import tables
from tests.support.changes import Change, at_once, begin_draft
from tests.support.commands import done, hooks, printed, run
from tests.support.json_hook import ESSAI, ZOES, hook_in, plain_house
from tests.support.whole_bridge import NOW, House

pytestmark = pytest.mark.usefixtures("both_stores")

OLD, NEW = "a-secret-of-last-year", "a-secret-of-this-year"
SIGNED = ESSAI.lstrip().replace("$JSON_TOKEN", "$OLD_TOKEN") + "owner: pages\n"


@pytest.fixture
def signed(tmp_path: Path) -> House:
    return plain_house(tmp_path, SIGNED, OLD_TOKEN=OLD, NEW_TOKEN=NEW, THIRD=" ").read_catalogue()


def answers(house: House, token: str) -> int:
    headers = {"Content-Type": "application/json", "X-Token": token}
    return house.door.post("/hooks/essai234", data=ZOES, headers=headers).status_code


def test_a_secret_is_replaced_and_no_call_is_lost_in_between(signed: House) -> None:
    assert done(hooks(signed, "secret", "essai")) == "$OLD_TOKEN  set  0 calls in the last 30 days\n"
    assert (answers(signed, OLD), answers(signed, NEW)) == (200, 401)

    added = done(hooks(signed, "secret", "essai", "--add", "NEW_TOKEN", "--by", "Léa")).splitlines()
    assert added[:3] == [
        "essai: version 2, live, https://bridge.example.org/hooks/essai234",
        "$NEW_TOKEN  set  0 calls in the last 30 days",
        "$OLD_TOKEN  set  1 call in the last 30 days, the last at 2026-11-22T09:00:00.000Z",
    ]
    assert added[3].endswith("flask hooks secret essai --drop OLD_TOKEN")
    assert (answers(signed, OLD), answers(signed, NEW)) == (200, 200)
    assert hook_in(signed, "essai").proof.secrets == (NEW, OLD)  # `flask send` signs with the newest

    dropped = done(hooks(signed, "secret", "essai", "--drop", "OLD_TOKEN"))
    assert "Calls under $OLD_TOKEN are refused from now on" in dropped
    assert (answers(signed, OLD), answers(signed, NEW)) == (401, 200)
    versions = done(hooks(signed, "show", "essai", "--versions"))
    assert "  secret: $OLD_TOKEN → $NEW_TOKEN, $OLD_TOKEN\n" in versions
    assert "  secret: $NEW_TOKEN, $OLD_TOKEN → $NEW_TOKEN\n" in versions
    assert (OLD in versions, NEW in versions) == (False, False)


def test_what_is_set_is_told_and_never_what_it_is(signed: House) -> None:
    done(hooks(signed, "secret", "essai", "--add", "NEW_TOKEN"))
    signed.unopened.hooks._secret = {"OLD_TOKEN": OLD}.get  # noqa: SLF001
    signed.unopened.hooks.forget()

    assert printed(hooks(signed, "secret", "essai", "--json")) == {
        "hook": "essai",
        "proof": "header",
        "secrets": [
            {"name": "NEW_TOKEN", "set": False, "until": None, "calls": 0, "last": None},
            {"name": "OLD_TOKEN", "set": True, "until": None, "calls": 0, "last": None},
        ],
        "stored": [],
        "unnamed": 0,
    }
    assert "$NEW_TOKEN  not set: set it and start the bridge again" in done(hooks(signed, "secret", "essai"))
    assert "essai: version 3" in done(
        hooks(signed, "secret", "essai", "--drop", "NEW_TOKEN")
    )  # though it does not load


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--add", NEW), "--add takes the name of a variable that is set, without $"),
        (("--add", "$NEW_TOKEN"), "--add takes the name of a variable that is set, without $"),
        (("--add", "typed_secret"), "--add takes the name of a variable that is set, without $"),
        (("--add", "THIRD"), "--add takes the name of a variable that is set, without $"),
        (("--add", ""), "--add takes the name of a variable that is set, without $"),
        (("--add", "OLD_TOKEN"), "$OLD_TOKEN is among its secrets already."),
        (("--drop", "typed_secret"), "--drop takes one of its variables, without $: $OLD_TOKEN."),
        (("--drop", "OLD_TOKEN"), "$OLD_TOKEN is its only secret: --add another first"),
        (("--until", "7"), "--until ends an older secret, and there is none: --add the new one first."),
    ],
)
def test_what_cannot_be_is_refused_and_a_secret_that_was_typed_is_not_repeated(
    signed: House, words: tuple[str, ...], told: str
) -> None:
    refused = hooks(signed, "secret", "essai", *words)

    assert (refused.exit_code, refused.output.startswith(f"Error: {told}")) == (1, True), refused.output
    assert (NEW in refused.output, "typed_secret" in refused.output) == (False, False)
    assert hook_in(signed, "essai").revision == 1


def test_a_draft_is_proven_by_the_new_secret_too(signed: House) -> None:
    begin_draft(signed, SIGNED + "region: BE\n")
    done(hooks(signed, "secret", "essai", "--add", "NEW_TOKEN", "--drop", "OLD_TOKEN"))

    done(hooks(signed, "publish", "essai"))

    assert (hook_in(signed, "essai").region, hook_in(signed, "essai").proof.secrets) == ("BE", (NEW,))


def test_one_that_is_kept_in_a_file_is_told_what_to_write_there(tmp_path: Path) -> None:
    house = House(tmp_path, TALLY_SECRET_2="another-invented-secret")

    refused = hooks(house, "secret", "benevoles", "--add", "TALLY_SECRET_2")

    secrets = "[$TALLY_SECRET_2, $TALLY_SECRET]"
    told = f"Error: benevoles is kept in a file: write secret: {secrets}%s there, and import it.\n"
    assert (refused.exit_code, refused.output) == (1, told % "")
    ending = hooks(house, "secret", "benevoles", "--add", "TALLY_SECRET_2", "--until", "7")
    assert ending.output == told % ", until: {$TALLY_SECRET: 2026-11-29}"


def test_a_hook_without_a_secret_says_so(signed: House) -> None:
    signed.import_hook(
        SIGNED.replace("hook: essai", "hook: ouvert")
        .replace("essai234", "ouvert23")
        .replace("proof: {scheme: header, header: X-Token, secret: $OLD_TOKEN}", "proof: none")
    )
    assert done(hooks(signed, "secret", "ouvert")) == "ouvert: the proof none needs no secret.\n"
    assert "ouvert: its proof needs no secret." in hooks(signed, "secret", "ouvert", "--add", "NEW_TOKEN").output
    assert "There is no hook nobody" in hooks(signed, "secret", "nobody").output


def test_two_who_add_a_secret_both_have_it(signed: House) -> None:
    def adds(variable: str) -> Change:
        return lambda tx, all_: secrets.replace_secret(tx, all_, "essai", variable, None, By(NOW))

    assert at_once(signed, adds("NEW_TOKEN"), adds("JSON_TOKEN")) == ["", ""]

    names = [one["name"] for one in printed(hooks(signed, "secret", "essai", "--json"))["secrets"]]
    assert (sorted(names), names[-1]) == (["JSON_TOKEN", "NEW_TOKEN", "OLD_TOKEN"], "OLD_TOKEN")


def test_two_who_drop_the_last_two_secrets_leave_one(signed: House) -> None:
    done(hooks(signed, "secret", "essai", "--add", "NEW_TOKEN"))

    def drops(variable: str) -> Change:
        return lambda tx, all_: secrets.replace_secret(tx, all_, "essai", None, variable, By(NOW))

    told = at_once(signed, drops("NEW_TOKEN"), drops("OLD_TOKEN"))

    assert sorted(map(bool, told)) == [False, True]
    assert "is its only secret" in "".join(told)


def test_the_time_of_an_old_secret_is_over_by_itself_and_its_calls_are_counted_until_then(signed: House) -> None:
    done(hooks(signed, "secret", "essai", "--add", "NEW_TOKEN", "--until", "7"))
    assert "until: {$OLD_TOKEN: '2026-11-29'}" in done(hooks(signed, "export", "essai"))
    assert "  until $OLD_TOKEN: - → 2026-11-29\n" in done(hooks(signed, "show", "essai", "--versions"))
    assert (answers(signed, OLD), answers(signed, NEW)) == (200, 200)
    signed.clock.move(days=7, hours=13, minutes=59, seconds=59)  # in Paris it is 23:59:59
    assert (answers(signed, OLD), answers(signed, NEW)) == (200, 200)
    shown = hooks(signed, "show", "essai").stderr.splitlines()
    assert shown == [
        "$NEW_TOKEN  2 calls in the last 30 days, the last at 2026-11-29T22:59:59.000Z",
        "$OLD_TOKEN  2 calls in the last 30 days, the last at 2026-11-29T22:59:59.000Z; good up to 2026-11-29",
    ]

    signed.clock.move(seconds=1)
    assert (answers(signed, OLD), answers(signed, NEW)) == (401, 200)
    assert "Proven by a secret whose time is over: give the tool the new one." in done(run(signed, "inbox", "refused"))
    listed = printed(hooks(signed, "secret", "essai", "--json"))
    assert listed["secrets"][1] == {
        "name": "OLD_TOKEN",
        "set": True,
        "until": "2026-11-29",
        "calls": 2,
        "last": "2026-11-29T22:59:59.000Z",
    }
    assert "; refused since 2026-11-29 is over\n" in done(hooks(signed, "secret", "essai"))

    done(hooks(signed, "secret", "essai", "--add", "JSON_TOKEN", "--until", "1"))  # what is over does not come back
    assert "until: {$NEW_TOKEN: '2026-12-01', $OLD_TOKEN: '2026-11-29'}" in done(hooks(signed, "export", "essai"))
    assert (answers(signed, OLD), answers(signed, NEW)) == (401, 200)
    signed.clock.move(days=31)
    assert "$OLD_TOKEN  set  0 calls in the last 30 days;" in done(hooks(signed, "secret", "essai"))


def test_an_end_goes_with_its_secret_and_the_newest_has_none(signed: House) -> None:
    for words in (("--add", "NEW_TOKEN", "--until", "7"), ("--drop", "NEW_TOKEN")):
        done(hooks(signed, "secret", "essai", *words))
    assert "until" not in done(hooks(signed, "export", "essai"))
    signed.clock.move(days=9)
    assert answers(signed, OLD) == 200


def test_a_call_that_came_before_the_end_is_proven_again_after_it(signed: House) -> None:
    done(hooks(signed, "import", "-", "--force", stdin=SIGNED.replace("$OLD_TOKEN", "$JSON_TOKEN")))
    assert answers(signed, OLD) == 401
    text = SIGNED.replace("secret: $OLD_TOKEN", "secret: [$NEW_TOKEN, $OLD_TOKEN], until: {$OLD_TOKEN: 2026-11-22}")
    done(hooks(signed, "import", "-", "--force", stdin=text))
    signed.clock.move(days=2)

    assert done(hooks(signed, "export", "essai")) == text
    assert "calls proven now: 1 of 1." in done(run(signed, "inbox", "recheck", "essai"))


def test_calls_of_an_earlier_version_are_counted_under_no_secret(signed: House) -> None:
    answers(signed, OLD)
    with signed.services.store.write() as tx:
        tx.execute(update(tables.delivery).values(proof="header"))
    assert done(hooks(signed, "secret", "essai")).splitlines() == [
        "$OLD_TOKEN  set  0 calls in the last 30 days",
        "1 call of before was proven by one of them; by which was not written down yet.",
    ]
