"""Who did what: one row for each thing that people do, in the transaction that does it, sealed, only added to."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import BridgeError
from bridge.hooks.revisions import By
from bridge.operations import audit, retention
from bridge.operations.audit import Noted
from bridge.operations.person import asked
from bridge.operations.retention import Days
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from schemas import codes
from tests.support.changes import begin_draft
from tests.support.commands import done, hooks, run
from tests.support.json_hook import ESSAI, SOMEBODY, ZOES, ZOES_MAIL, crossed, plain_house, rows, sent, written
from tests.support.whole_bridge import NOW, House

ROOT = Path(__file__).parents[2]
OURS = ESSAI.lstrip() + "owner: pages\n"
CHANGED = OURS.replace("names: agree", "names: ignore")
KARIM = written(mail=ZOES_MAIL, prenom="Karim", metier="Boulangère")
"""Zoé's address under another first name: held."""
PONT = 9000900
WHY = "zinzolin, a word that nobody planted elsewhere"


class NotNoted(BridgeError):
    """The row was written, and then the rest of the transaction failed."""


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real = audit.note

    def note(*given: Any, **more: Any) -> None:
        real(*given, **more)
        raise NotNoted("not noted")

    with monkeypatch.context() as patched:
        patched.setattr(audit, "note", note)
        yield


def everything(house: House) -> dict[str, Any]:
    """Of the store, but for the room of calls to Qomon."""
    return {table.name: rows(house, table) for table in tables.metadata.sorted_tables if table.name != "bucket"}


def noted(house: House, **only: Any) -> list[Noted]:
    with house.services.store.read() as tx:
        return audit.listed(tx, house.services.vault, **only)


def leaves(
    house: House, monkeypatch: pytest.MonkeyPatch, did: str, subject: str | None, *words: object, stdin: str = ""
) -> None:
    """One row, when it is done; and when that row cannot be kept, nothing is done and nothing is shown."""
    before = everything(house)
    with failing(monkeypatch):
        undone = run(house, *words, "--who", "Léa", "--why", WHY, stdin=stdin)
    assert (undone.exit_code, undone.stdout, everything(house)) == (1, "", before), words

    run(house, *words, "--who", "Léa", "--why", WHY, stdin=stdin)
    first, *others = noted(house)
    assert (first.did, first.hook or first.subject, first.who) == (did, subject, "Léa"), words
    assert first.said is not None
    assert (first.said["from"], first.said["why"]) == ("command", WHY)
    assert len(others) == len(before["audit"])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, OURS, OTHER_TOKEN="another-token").read_catalogue()


@pytest.fixture
def leaving(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda *given, **more: leaves(house, monkeypatch, *given, **more)


# Each thing that is done.


def test_what_is_done_to_a_webhook(house: House, leaving: Callable[..., None]) -> None:
    new = ("--source", "json", "--proof", "header", "--header", "X-Token", "--secret", "$JSON_TOKEN")
    leaving("made", "adhesions", "hooks", "new", "adhesions", *new)
    leaving("secret_changed", "essai", "hooks", "secret", "essai", "--add", "OTHER_TOKEN")
    leaving("copied", "copie", "hooks", "copy", "essai", "copie")
    begin_draft(house, CHANGED)
    leaving("discarded", "essai", "hooks", "discard", "essai")
    begin_draft(house, CHANGED)
    leaving("published", "essai", "hooks", "publish", "essai", "--unproved")


def test_the_end_of_a_webhook(house: House, leaving: Callable[..., None]) -> None:
    leaving("paused", "essai", "pause", "--hook", "essai")
    leaving("resumed", "essai", "resume", "--hook", "essai")
    leaving("renamed", "autre", "hooks", "rename", "essai", "autre")
    leaving("hook_deleted", "autre", "hooks", "delete", "autre", "--yes")


def test_an_import_is_noted_where_it_changed_something(house: House, leaving: Callable[..., None]) -> None:
    leaving("imported", "essai", "hooks", "import", "-", "--force", stdin=CHANGED)
    assert f"by Léa  “{WHY}”" in done(hooks(house, "show", "essai", "--versions"))
    done(hooks(house, "import", "-", "--force", stdin=CHANGED))

    assert len(noted(house)) == 1
    done(hooks(house, "delete", "essai", "--yes"))
    done(hooks(house, "import", "-", "--force", stdin=CHANGED))
    assert [one.did for one in noted(house)] == ["imported", "hook_deleted", "imported"]


def test_what_is_decided_of_submissions_and_calls(house: House, leaving: Callable[..., None]) -> None:
    event = sent(house, KARIM)
    house.drain()
    done(hooks(house, "import", "-", "--force", stdin=CHANGED))
    leaving("released", event, "inbox", "release", event)
    leaving("retried", event, "inbox", "retry", event)
    leaving("skipped", event, "inbox", "skip", event)
    headers = {"Content-Type": "application/json", "X-Token": "another-token"}
    assert house.door.post("/hooks/essai234", data=ZOES, headers=headers).status_code == 401
    done(hooks(house, "secret", "essai", "--add", "OTHER_TOKEN"))
    leaving("rechecked", "essai", "inbox", "recheck", "essai")
    house.door.post("/hooks/essai234", data=ZOES, headers={"X-Token": "nobodys"})
    leaving("refused_deleted", "essai", "inbox", "refused", "essai", "--delete")


def test_what_is_put_back_and_sent_again(house: House, leaving: Callable[..., None]) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    leaving("restored", event, "restore", event)
    leaving("replayed", event, "inbox", "replay", event)
    house.drain()
    done(run(house, "inbox", "replay", "--hook", "essai", "--yes"))
    (job,) = rows(house, tables.job)
    assert (noted(house)[0].did, noted(house)[0].subject) == ("replayed", job.id)
    leaving("job_stopped", job.id, "jobs", "stop", job.id)
    leaving("job_resumed", job.id, "jobs", "resume", job.id)


def test_what_is_decided_and_corrected(house: House, leaving: Callable[..., None]) -> None:
    first, second = sent(house, KARIM), sent(house, written(mail=ZOES_MAIL, prenom="Karim", metier="Soudeur"))
    house.drain()
    leaving("decided", first, "inbox", "decide", first, "--contact", ZOE)
    leaving("corrected", second, "inbox", "correct", second, "--set", "prenom=Zoé")


def test_what_is_done_to_refused_calls(house: House, leaving: Callable[..., None]) -> None:
    house.door.post("/hooks/essai234", data=ZOES, headers={"X-Token": "nobodys", "Content-Type": "application/json"})
    (call,) = rows(house, tables.refused)
    leaving("looked_at_refused", "essai", "inbox", "refused", "essai", "--show")
    leaving("accepted", "essai", "inbox", "refused", "essai", "--accept", call.id)


def test_what_is_done_to_an_account_and_looks_at_a_person(house: House, leaving: Callable[..., None]) -> None:
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")
    her = asked(house.services.vault, "default", ZOES_MAIL, ["FR"]).print
    leaving("looked_at", her, "contacts", "show", ZOES_MAIL)
    leaving("exported", her, "person", "export", ZOES_MAIL)
    leaving("paused", "default", "pause")
    leaving("resumed", "default", "resume")
    house.sandbox.forms = {**house.sandbox.forms, "survey": []}
    leaving("catalogue_forced", "default", "catalogue", "refresh", "--force")
    house.sandbox.contacts.put(PONT, {"firstname": "Test", "surname": "Pont"})
    leaving("probed", "default", "doctor", "--probe", PONT)
    done(run(house, "keys", "rotate", "--who", "Karim"))
    done(run(house, "forget", ZOES_MAIL, "--yes", "--why", WHY))

    last, before, *others = noted(house)
    assert (last.did, last.subject, before.did, before.who) == ("forgotten", her, "keys_rotated", "Karim")
    assert last.said is not None
    assert (last.said["event"], last.said["why"]) == (1, WHY)
    looks = [one for one in others if one.subject == her]
    assert [(one.did, one.erased, one.said) for one in looks] == [("exported", True, None), ("looked_at", True, None)]


def test_what_is_refused_leaves_no_row(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    house.door.post("/hooks/essai234", data=ZOES, headers={"X-Token": "nobodys"})
    refused = [
        ("inbox", "release", event),
        ("inbox", "retry", event),
        ("inbox", "skip", event),
        ("inbox", "recheck", "essai"),
        ("hooks", "publish", "essai"),
        ("hooks", "discard", "essai"),
        ("hooks", "rename", "essai", "essai"),
        ("hooks", "secret", "essai", "--add", "NOT_SET"),
        ("contacts", "show", SOMEBODY),
        ("person", "export", SOMEBODY),
        ("forget", SOMEBODY, "--yes"),
    ]

    assert [words for words in refused if run(house, *words).exit_code != 1] == []
    done(run(house, "forget", ZOES_MAIL, "--dry-run"))
    done(run(house, "resume"))
    assert noted(house) == []


# What is kept.


@pytest.mark.usefixtures("both_stores")
def test_rows_are_only_added_and_what_is_said_is_sealed(house: House) -> None:
    done(run(house, "pause", "--why", WHY))
    before = rows(house, tables.audit)
    done(run(house, "resume", "--why", WHY))

    after = rows(house, tables.audit)
    assert (after[: len(before)], len(after)) == (before, 2)
    assert [WHY.encode() in bytes(row.sealed) or WHY in str(row[:-1]) for row in after] == [False, False]
    path = house.services.store.path
    assert path is None or not any(WHY.encode() in one.read_bytes() for one in path.parent.glob("bridge.db*"))


@pytest.mark.usefixtures("both_stores")
def test_the_brake_is_pulled_without_the_key_and_noted_with_less(house: House, tmp_path: Path) -> None:
    house.services.store.close()
    other = House(tmp_path, (), BRIDGE_KEY="another invented key of thirty-two or more signs")
    assert run(other, "inbox", "list").exit_code == 1
    done(run(other, "pause", "--who", "Léa", "--why", WHY))

    (row,) = rows(house, tables.audit)
    assert (row.who, row.did, row.subject, bytes(row.sealed)) == ("Léa", "paused", "default", b"")
    (one,) = noted(house)
    assert (one.said, one.erased, one.shut) == (None, False, False)


@pytest.mark.usefixtures("both_stores")
def test_its_days_are_its_own(house: House) -> None:
    days = Days(*(timedelta(days=many) for many in (1, 1, 1, 400)))

    def pruned(many: int) -> tuple[int, int]:
        house.clock.at = NOW + timedelta(days=many)
        due = retention.due(house.services.store, house.clock(), days)["audit"]
        return due, retention.prune(house.services.store, house.clock, days, lambda _seconds: None)["audit"]

    done(run(house, "pause"))
    house.clock.move(days=1)
    done(run(house, "resume"))

    assert [pruned(many) for many in (399, 400)] == [(0, 0), (1, 1)]
    assert [one.did for one in noted(house)] == ["resumed"]
    assert house.services.settings.audit == timedelta(days=400)


@pytest.mark.usefixtures("both_stores")
def test_it_is_listed_by_moment_person_deed_and_subject(house: House) -> None:
    with house.services.store.write() as tx:
        for day, (who, did, subject) in enumerate(
            [
                ("Léa", "released", "e1"),
                ("Karim", "paused", "default"),
                ("Léa", "paused", None),
                (None, "skipped", "e1"),
            ]
        ):
            by = By(NOW + timedelta(days=day), who, where="192.0.2.7", user="www-data")
            audit.note(tx, house.services.vault, by, did, subject, events=["e1", "e2"], nothing=None)

    def days(**only: Any) -> list[int]:
        return [(one.at - NOW).days for one in noted(house, **only)]

    assert days() == [3, 2, 1, 0]
    assert days(most=2) == [3, 2]
    assert days(since=NOW + timedelta(days=1), until=NOW + timedelta(days=3)) == [2, 1]
    assert (days(who="Léa"), days(did="paused"), days(subject="e1")) == ([2, 0], [2, 1], [3, 0])
    newest, *_others, oldest = noted(house)
    assert (newest.who, newest.said) == ("www-data", {"from": "192.0.2.7", "events": ["e1", "e2"]})
    assert oldest.said == {**(newest.said or {}), "user": "www-data"}


def test_nobody_else_writes_there() -> None:
    """`sealed_columns` seals anew, the moves of a store know their tables by name."""
    ours = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("bridge/**/*.py")
        if re.search(r"bridge\.store\.tables import [^)\n]*(\([^)]*)?\baudit\b", path.read_text(encoding="utf-8"))
    }

    assert ours == {
        *("bridge/operations/audit.py", "bridge/operations/forget.py", "bridge/operations/retention.py"),
        *("bridge/store/portable.py", "bridge/store/sealed_columns.py"),
    }


def test_only_codes_of_the_list_are_kept(house: House) -> None:
    with pytest.raises(KeyError), house.services.store.write() as tx:
        audit.note(tx, house.services.vault, By(NOW), "did_something")

    assert noted(house) == []
    assert {"decided", "corrected", "accepted", "restored", "replayed", "job_stopped"} <= codes.DEEDS.keys()
