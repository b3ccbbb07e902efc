"""`flask audit`, as somebody types it who asks what was done."""

import getpass
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.store import tables
from bridge.store.sealed_columns import SEALED
from tests.support.commands import done, hooks, printed, run
from tests.support.json_hook import ESSAI, ZOES_MAIL, plain_house, rows, sent, written
from tests.support.seals import overwrite
from tests.support.whole_bridge import NOW, House

KARIM = written(mail=ZOES_MAIL, prenom="Karim", metier="Boulangère")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, ESSAI.lstrip() + "owner: pages\n").read_catalogue()


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "www-data")


def note(house: House, by: By, did: str, subject: str | None = None, **more: int) -> None:
    with house.services.store.write() as tx:
        audit.note(tx, house.services.vault, by, did, subject, **more)


def test_it_tells_the_newest_first_for_people_and_for_programs(house: House) -> None:
    done(run(house, "pause", "--hook", "essai"))
    house.clock.move(hours=1)
    done(hooks(house, "rename", "essai", "autre", "--by", "Léa", "--why", "nouvelle année"))

    assert done(run(house, "audit")).splitlines() == [
        (
            "2026-11-22T10:00:00.000Z  Léa  renamed the webhook: autre  “nouvelle année”  user=www-data  old=essai  "
            "new=autre  version=2"
        ),
        "2026-11-22T09:00:00.000Z  www-data  paused writing: autre",
    ]
    (row, *_before) = reversed(rows(house, tables.audit))
    assert printed(run(house, "audit", "--most", 1, "--json")) == [
        {
            "at": "2026-11-22T10:00:00.000Z",
            "who": "Léa",
            "did": "renamed",
            "subject": row.subject,
            "hook": "autre",
            "from": "command",
            "why": "nouvelle année",
            "more": {"user": "www-data", "old": "essai", "new": "autre", "version": 2},
            "erased": False,
            "opens": True,
        }
    ]


def test_it_is_asked_by_moment_person_deed_and_subject(house: House) -> None:
    note(house, By(NOW - timedelta(days=3), "Léa"), "released", "e1")
    note(house, By(NOW - timedelta(days=1), "Karim"), "published")
    note(house, By(NOW, "Léa"), "paused", "default")

    def told(*words: object) -> list[str]:
        return [one["did"] for one in printed(run(house, "audit", "--json", *words))]

    assert told("--since", "yesterday") == ["paused", "published"]
    assert told("--until", "2026-11-21") == ["published", "released"]
    assert (told("--who", "Léa"), told("--did", "paused")) == (["paused", "released"], ["paused"])
    assert (told("--subject", "e1"), told("--subject", "nowhere")) == (["released"], [])
    more = run(house, "audit", "--most", 2)
    assert (len(more.stdout.splitlines()), more.stderr) == (
        2,
        "There is more: a larger --most, or --since and --until.\n",
    )
    assert run(house, "audit", "--did", "paused", "--who", "Zoé").output == "Nothing of that was done.\n"
    assert run(house, "audit", "--since", "now", "--until", "yesterday").exit_code == 1
    assert run(house, "audit", "--did", "something").exit_code == 2


def test_what_was_erased_or_does_not_open_is_told_as_such(house: House) -> None:
    event = sent(house, KARIM)
    house.drain()
    done(run(house, "inbox", "skip", event, "--why", "elle l’a demandé"))
    note(house, By(NOW), "paused", "default")
    done(run(house, "forget", ZOES_MAIL, "--yes"))
    (column,) = (one for one in SEALED if one.table is tables.audit)
    overwrite(house.services.store, column, 2, b"\x01 of another key")  # type: ignore[arg-type]

    assert [line.split("  ", 2)[2] for line in done(run(house, "audit")).splitlines()][1:] == [
        "paused writing: default  (what was said of it does not open)",
        f"left it out: {event}  (what was said of it was erased with the person)",
    ]


def test_nothing_that_was_typed_moves_the_cursor_of_a_terminal(house: House) -> None:
    who, why = "L\x1b[2Jéa\u202e\n2026", "a\x9b1A\r\tb\udce9"
    note(house, By(NOW, who, why, where="192.0.2.7\x1b[H"), "paused", "default\x07")
    told = done(run(house, "audit"))

    assert told == "2026-11-22T09:00:00.000Z  L[2Jéa 2026  paused writing: default  “a1A b?”  from 192.0.2.7[H\n"


def test_without_a_user_somebody_is_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise KeyError("no such user")

    monkeypatch.setattr(getpass, "getuser", none)
    done(run(house, "pause"))

    assert [row.who for row in rows(house, tables.audit)] == ["?"]
