"""`flask store copy`: a store moves to another database while forms go on arriving (docs/commands.md)."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import Result
from sqlalchemy import Table, insert, select, update

from bridge.operations import moving
from bridge.operations.alerts import outbox
from bridge.operations.alerts.outbox import Message
from bridge.operations.moving import Move
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from bridge.store.store import Store
from tests.support.another_store import another, contents
from tests.support.commands import done, hooks, run
from tests.support.json_hook import (
    ESSAI,
    SOMEBODY,
    ZOES_MAIL,
    count,
    crossed,
    fault,
    plain_house,
    rows,
    said,
    sent,
    stored,
    writes,
    written,
)
from tests.support.postgres import Server
from tests.support.whole_bridge import KEY, House

BAKER, MASON = (written(mail=ZOES_MAIL, metier=trade) for trade in ("Boulangère", "Maçonne"))
CAMILLE = written(mail=SOMEBODY, prenom="Camille", nom="Exemple")


@pytest.fixture
def old(tmp_path: Path, both_stores: str) -> House:
    return plain_house(tmp_path, BRIDGE_KEY=KEY).read_catalogue()


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path, both_stores: str) -> Iterator[str]:
    """Of the other kind than the old one, without a table."""
    with ExitStack() as open_:
        if both_stores == "sqlite":
            server = cast("Server", request.getfixturevalue("server"))
            yield open_.enter_context(server.fresh("empty"))
        else:
            yield f"sqlite:///{tmp_path}/new/bridge.db"


@pytest.fixture
def new(old: House, new_url: str) -> Iterator[House]:
    with another(old, new_url) as house:
        yield house


def url(house: House) -> str:
    return house.unopened.settings.database_url


def copied(old: House, new: House, *more: str) -> Result:
    """By a bridge that is none of the two."""
    return run(new, "store", "copy", *more, url(old), url(new))


def switched(old: House, new: House) -> None:
    """The first step, and the new one serves."""
    done(copied(old, new, "--settings-only"))


def moved(old: House, new: House) -> str:
    """The second step, when the old one has stopped."""
    old.close()
    return done(copied(old, new))


def column(house: House, table: Table, name: str) -> list[Any]:
    return [getattr(row, name) for row in rows(house, table)]


def test_what_was_done_is_known_and_shown_as_before(old: House, new: House) -> None:
    report = crossed(old, mail=ZOES_MAIL, metier="Boulangère")
    shown = done(run(old, "inbox", "show", report["event"]))
    switched(old, new)
    told = moved(old, new)

    assert new.report(report["event"]) == report
    assert done(run(new, "inbox", "show", report["event"])) == shown
    assert f"{'event':<10}          1  all there" in told


def test_every_row_is_there_as_it_was(old: House, new: House) -> None:
    crossed(old, mail=ZOES_MAIL, metier="Boulangère", lettre="Oui")
    crossed(old, mail=ZOES_MAIL, prenom="Karim")
    switched(old, new)
    moved(old, new)
    before, after = contents(url(old)), contents(url(new))

    assert {name for name in before if before[name] != after[name]} <= {"bucket"}


def test_the_new_store_receives_and_crosses_between_the_steps(old: House, new: House) -> None:
    crossed(old, mail=ZOES_MAIL, metier="Boulangère")
    switched(old, new)

    assert said(crossed(new, mail=ZOES_MAIL, metier="Maçonne")) == ("delivered", None)
    moved(old, new)
    assert count(new, tables.event) == 2


def test_what_waits_goes_on_in_the_new_store_only(old: House, new: House) -> None:
    waits = [sent(old, BAKER), sent(old, CAMILLE)]
    switched(old, new)
    moved(old, new)

    old.drain()
    assert (writes(old), count(old, tables.lane)) == ([], 0)
    assert [said(old.report(one)) for one in waits] == [("queued", None)] * 2
    assert "held (from_backup)" in run(old, "inbox", "list").output
    new.drain()
    assert [said(new.report(one))[0] for one in waits] == ["delivered", "created"]


def test_what_waits_for_one_person_in_both_stores_crosses_in_the_order_of_submission(old: House, new: House) -> None:
    first = sent(old, BAKER)
    switched(old, new)
    second = sent(new, MASON)
    assert len({*column(old, tables.lane, "lane"), *column(new, tables.lane, "lane")}) == 1
    moved(old, new)

    assert column(new, tables.lane, "lane") == column(new, tables.event, "lane")[:1]
    new.drain()
    assert [said(new.report(one))[0] for one in (first, second)] == ["delivered", "delivered"]
    trade = [entry["data"] for entry in stored(new, ZOE)["custom_fields"] if "Maç" in entry["data"]]
    assert trade == ["Maçonne"]


def test_a_person_known_by_another_identity_there_waits_behind_her_own(old: House, new: House) -> None:
    switched(old, new)
    sent(old, written(mobile="+33639980001", mail=SOMEBODY))
    sent(new, written(mobile="+33639980001"))
    moved(old, new)

    assert len({*column(new, tables.event, "lane")}) == count(new, tables.lane) == 1


def test_what_arrived_before_the_move_is_a_duplicate_after_it(old: House, new: House) -> None:
    sent(old, BAKER)
    old.drain()
    switched(old, new)
    moved(old, new)

    sent(new, BAKER)
    assert count(new, tables.event) == 1


def test_what_arrived_in_both_stores_crosses_once(old: House, new: House) -> None:
    waits = sent(old, CAMILLE)
    switched(old, new)
    again = sent(new, CAMILLE)
    moved(old, new)
    new.drain()

    assert [said(new.report(one)) for one in (waits, again)] == [("duplicate", None), ("created", None)]
    assert len(writes(new)) == 1


def test_what_the_first_store_received_twice_is_not_a_duplicate_of_itself(old: House, new: House) -> None:
    crossed(old, mail=ZOES_MAIL, metier="Boulangère")
    crossed(old, mail=ZOES_MAIL, metier="Maçonne")
    waits = sent(old, BAKER)
    switched(old, new)
    moved(old, new)

    new.drain()
    assert said(new.report(waits)) == ("delivered", None)


def test_an_event_keeps_its_number_and_new_ones_come_after_it(old: House, new: House) -> None:
    switched(old, new)
    ours = sent(new, CAMILLE)
    theirs = [sent(old, body) for body in (BAKER, MASON)][-1]
    numbers = dict(zip(column(old, tables.event, "id"), column(old, tables.event, "seq"), strict=True))
    moved(old, new)
    after = dict(zip(column(new, tables.event, "id"), column(new, tables.event, "seq"), strict=True))

    assert after[theirs] == numbers[theirs] < after[ours]


def test_what_people_did_in_both_stores_is_kept_and_what_they_do_next(old: House, new: House) -> None:
    done(run(old, "pause", "--who", "before"))
    switched(old, new)
    done(run(old, "resume", "--who", "before"))
    done(run(new, "resume", "--who", "between"))
    moved(old, new)
    done(run(new, "pause", "--who", "after"))

    assert sorted(column(new, tables.audit, "who")) == ["after", "before", "before", "between"]


def mark(house: House, field: str, at: int | None, sent_: str) -> None:
    row = {"space": "default", "contact": ZOE, "field": field, "element": "", "submitted_at": at, "seq": at}
    with house.services.store.write() as tx:
        tx.execute(insert(tables.mark).values(**row, sent=sent_, read=""))


def test_the_newer_of_two_marks_stays(old: House, new: House) -> None:
    switched(old, new)
    for field, before, since in (("mail", 1, 2), ("phone", 2, 1), ("city", 1, None), ("tags", None, 1), ("x", 1, 1)):
        mark(old, field, before, "old")
        mark(new, field, since, "new")
    moved(old, new)

    found = {row.field: row.sent for row in rows(new, tables.mark)}
    assert found == {"mail": "new", "phone": "old", "city": "old", "tags": "new", "x": "new"}


def test_a_receipt_of_the_new_store_stays(old: House, new: House) -> None:
    event = crossed(old, mail=ZOES_MAIL, lettre="Oui")["event"]
    switched(old, new)
    moved(old, new)
    with new.services.store.write() as tx:
        tx.execute(update(tables.receipt).values(sealed=b"newer"))
    moved(old, new)

    assert [(row.event, row.sealed) for row in rows(new, tables.receipt)] == [(event, b"newer")]


def test_what_was_about_to_be_written_is_looked_at_first(old: House, new: House) -> None:
    """The old bridge died between its write and Qomon's answer: nothing is written twice, and the way back is kept."""
    waits = sent(old, BAKER)
    fault(old, "PATCH", "contacts", "timeout_after")
    old.drain()
    assert count(old, tables.intent) == 1
    switched(old, new)
    moved(old, new)
    tried = len(writes(old))

    new.clock.move(minutes=2)
    new.drain()
    assert said(new.report(waits)) == ("delivered", None)
    assert (len(writes(new)), count(new, tables.intent), count(new, tables.undo)) == (tried, 0, 1)


def test_somebody_whom_qomon_may_have_created_is_not_created_again(old: House, new: House) -> None:
    waits = sent(old, CAMILLE)
    fault(old, "POST", "contacts", "timeout_after")
    old.drain()
    assert count(old, tables.creating) == 1
    switched(old, new)
    moved(old, new)
    tried = len(writes(old))
    assert column(new, tables.creating, "event") == [waits]

    new.clock.move(minutes=2)
    new.drain()
    assert said(new.report(waits))[0] in ("created", "unchanged", "delivered")
    assert (len(writes(new)), count(new, tables.creating)) == (tried, 0)


def test_a_hook_that_was_published_after_the_first_step_follows(old: House, new: House, tmp_path: Path) -> None:
    switched(old, new)
    file = tmp_path / "essai.yaml"
    file.write_text(ESSAI.replace("change: fill", "change: set"))
    done(hooks(old, "import", file))
    moved(old, new)

    assert column(new, tables.hook, "head") == column(old, tables.hook, "head")
    assert len(rows(new, tables.revision)) == len(rows(old, tables.revision))


def test_a_hook_that_was_renamed_after_the_first_step_is_called_so(old: House, new: House) -> None:
    switched(old, new)
    done(hooks(old, "rename", "essai", "autre", "--force"))
    moved(old, new)

    assert (column(new, tables.hook, "name"), column(new, tables.hook, "head")) == (["autre"], [2])


def test_a_hook_that_the_new_store_published_since_stays(old: House, new: House, tmp_path: Path) -> None:
    switched(old, new)
    file = tmp_path / "essai.yaml"
    file.write_text(ESSAI.replace("change: fill", "change: set"))
    done(hooks(new, "import", file))
    kept = rows(new, tables.hook), rows(new, tables.revision)
    moved(old, new)

    assert (rows(new, tables.hook), rows(new, tables.revision)) == kept


def test_without_the_first_step_the_second_takes_everything(old: House, new: House) -> None:
    waits = sent(old, BAKER)
    moved(old, new)
    new.drain()

    assert said(new.report(waits)) == ("delivered", None)


def test_a_store_may_move_back(old: House, new: House) -> None:
    waits = [sent(old, BAKER), sent(old, CAMILLE)]
    switched(old, new)
    moved(old, new)
    with new.services.store.write() as tx:
        tx.execute(update(tables.lane).where(tables.lane.c.lane.like("identity%")).values(due=2**52))
    newest = sent(new, MASON)
    new.close()
    moved(new, old)
    last = sent(old, written(mail="lou@example.org", prenom="Lou"))
    numbers = dict(zip(column(old, tables.event, "id"), column(old, tables.event, "seq"), strict=True))
    assert numbers[last] > numbers[newest]
    old.drain()

    assert [said(old.report(one))[0] for one in waits] == ["delivered", "created"]


# cut and repeated


class Cut(Exception):
    """Between two transactions."""


@pytest.mark.parametrize("at", range(9))
def test_a_copy_that_is_cut_and_repeated_ends_right(old: House, new: House, at: int) -> None:
    report = crossed(old, mail=ZOES_MAIL, metier="Boulangère")
    waits = [sent(old, CAMILLE), sent(old, written(mail="lou@example.org", prenom="Lou"))]
    switched(old, new)
    old.close()
    left = [at]

    def told(_table: str, _over: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Cut

    with closing(Store(url(old))) as from_, closing(Store(url(new))) as to, pytest.raises(Cut):
        Move(from_, to, (KEY,), old.clock(), told).rest()
    moved(old, new)
    new.drain()

    assert new.report(report["event"]) == report
    assert [said(new.report(one))[0] for one in waits] == ["created"] * 2
    assert count(new, tables.event) == 3
    old.drain()
    assert len(writes(old)) == 3


def test_a_repeated_copy_changes_nothing(old: House, new: House) -> None:
    crossed(old, mail=ZOES_MAIL, metier="Boulangère")
    sent(old, CAMILLE)
    switched(old, new)
    moved(old, new)
    new.drain()
    new.close()
    before = contents(url(new))

    moved(old, new)
    assert contents(url(new)) == before


def command(old: House, new: House) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "app:app", "store", "copy", url(old), url(new)]


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
def test_a_copy_that_is_killed_and_repeated_ends_right(old: House, new: House) -> None:
    event = sent(old, BAKER)
    switched(old, new)
    fields = [column.name for column in tables.event.c if column.name not in ("seq", "id")]
    with old.services.store.write() as tx:
        (one,) = tx.execute(select(*(tables.event.c[name] for name in fields))).mappings().all()
        done_ = {**one, "status": "done", "outcome": "skipped", "lane": None}
        tx.execute(insert(tables.event), [{**done_, "id": f"e{number}"} for number in range(20_000)])
    old.close()
    environ = {**old.unopened.settings.environ, "PATH": "/usr/bin", "DATABASE_URL": url(new)}
    root = Path(__file__).parents[2]
    with subprocess.Popen(command(old, new), env=environ, cwd=root, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        while "event: " not in running.stderr.readline():
            pass
        running.send_signal(signal.SIGKILL)
    cut = count(new, tables.event)

    assert running.returncode == -signal.SIGKILL
    assert 0 < cut < 20_000
    moved(old, new)
    assert count(new, tables.event) == 20_001
    new.drain()
    assert said(new.report(event)) == ("delivered", None)


# alerts


def test_alerts_that_the_old_store_still_has_to_send_are_sent_by_it_alone(old: House, new: House) -> None:
    with old.services.store.write() as tx:
        outbox.put(tx, Message("Before", "the first step", ["a"], 1))
        tx.execute(insert(tables.preference).values(name="alerts", at=1, body="{}"))
    switched(old, new)
    with old.services.store.write() as tx:
        outbox.put(tx, Message("Between", "the steps", ["a"], 2))
    told = moved(old, new)

    assert column(new, tables.preference, "name") == ["alerts"]
    assert f"{'preference':<10}          1  all there" in told


# refused


def refused(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    return result.stderr


def test_an_old_store_that_is_still_served_is_left_to_its_bridge(old: House, new: House) -> None:
    waits = sent(old, BAKER)
    switched(old, new)

    with old.services.store.read():
        assert "A bridge has this store open: stop it first." in refused(copied(old, new))
    old.drain()
    assert said(old.report(waits)) == ("delivered", None)


def test_the_first_step_asks_nobody_to_stop(old: House, new: House) -> None:
    with old.services.store.read():
        switched(old, new)
    assert said(crossed(old, mail=ZOES_MAIL, metier="Maçonne")) == ("delivered", None)


def test_a_new_store_that_has_keys_of_its_own_is_refused(old: House, new: House) -> None:
    with closing(Store(url(new))) as store:
        store.upgrade()
    new.import_hook(ESSAI)
    sent(new, CAMILLE)
    new.close()
    old.close()
    before = contents(url(new))

    assert "has keys of its own" in refused(copied(old, new))
    assert "has submissions already" in refused(copied(old, new, "--settings-only"))
    assert contents(url(new)) == before


def test_another_key_is_refused(old: House, new_url: str) -> None:
    with another(old, new_url, BRIDGE_KEY="another key of thirty-two or more") as other:
        assert "BRIDGE_KEY does not open this store" in refused(copied(old, other, "--settings-only"))
    with closing(Store(new_url)) as store, store.read() as tx:
        assert tx.execute(select(tables.hook)).all() == []


def test_the_first_step_may_be_repeated_until_the_new_store_receives(old: House, new: House, tmp_path: Path) -> None:
    switched(old, new)
    file = tmp_path / "essai.yaml"
    file.write_text(ESSAI.replace("change: fill", "change: set"))
    done(hooks(old, "import", file))
    switched(old, new)
    assert column(new, tables.hook, "head") == [2]

    sent(new, BAKER)
    new.close()
    assert "go on without --settings-only" in refused(copied(old, new, "--settings-only"))


def test_what_the_new_store_lacks_is_counted_and_told(old: House, new: House, monkeypatch: pytest.MonkeyPatch) -> None:
    crossed(old, mail=ZOES_MAIL, metier="Boulangère")
    switched(old, new)
    old.close()
    monkeypatch.setattr(moving, "KNOWN", ())
    result = copied(old, new)

    assert (result.exit_code, "Not everything is there: repeat the command." in result.stderr) == (1, True)
    assert f"{'delivery':<10}          1  1 missing" in result.stdout


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
def test_an_old_store_that_is_not_there_is_not_made(old: House, new: House, tmp_path: Path) -> None:
    told = run(new, "store", "copy", f"sqlite:///{tmp_path}/none.db", url(new))

    assert (told.exit_code, f"{tmp_path}/none.db: there is no such file." in told.stderr) == (1, True)
    assert not (tmp_path / "none.db").exists()
    assert "are the same store" in run(new, "store", "copy", url(old), url(old)).stderr
    assert "must be sqlite:///" in run(new, "store", "copy", "mysql://x", url(new)).stderr


def test_every_table_has_its_way() -> None:
    """A new one must be given one in bridge/operations/moving.py."""
    ways = [*moving.SETTINGS, *moving.OF_EVENTS, *moving.KNOWN, *moving.STAYS, "event"]

    assert sorted(ways) == sorted(tables.metadata.tables)
