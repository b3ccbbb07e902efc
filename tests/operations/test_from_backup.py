"""`flask store backup|export|import`: a store that comes back, and what was waiting when it was written."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import insert

from bridge.operations.alerts import outbox
from bridge.operations.alerts.outbox import Message
from bridge.qomon import account
from bridge.store import tables
from tests.support.another_store import another, contents
from tests.support.commands import done, run
from tests.support.json_hook import (
    SOMEBODY,
    ZOES,
    ZOES_MAIL,
    count,
    crossed,
    plain_house,
    rows,
    said,
    sent,
    writes,
    written,
)
from tests.support.postgres import Server
from tests.support.whole_bridge import KEY, House

LAST = written(mail=ZOES_MAIL, prenom="Karim")
NEW = written(mail=SOMEBODY, prenom="Camille", nom="Exemple")


@pytest.fixture
def house(tmp_path: Path, both_stores: str) -> House:
    """With what was done, what is held and what waits."""
    house = plain_house(tmp_path, BRIDGE_KEY=KEY).read_catalogue()
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")
    sent(house, LAST)
    house.drain()
    return house


@pytest.fixture
def empty_store(request: pytest.FixtureRequest, tmp_path: Path, both_stores: str) -> Iterator[str]:
    """Of the other kind than the house's."""
    with ExitStack() as open_:
        if both_stores == "sqlite":
            server = cast("Server", request.getfixturevalue("server"))
            yield open_.enter_context(server.fresh())
        else:
            yield f"sqlite:///{tmp_path}/new/bridge.db"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "bridge.export"


def exported(house: House, place: Path) -> Path:
    done(run(house, "store", "export", place))
    return place


def shown(house: House, events: list[str]) -> list[str]:
    return [done(run(house, "inbox", "show", event)) for event in events]


def events(house: House) -> list[str]:
    return [row.id for row in rows(house, tables.event)]


def test_exported_and_imported_the_reports_are_the_same(house: House, empty_store: str, place: Path) -> None:
    house.sandbox.calls.clear()
    before, reports = events(house), [house.report(one) for one in events(house)]
    told = shown(house, before)
    exported(house, place)

    with another(house, empty_store) as other:
        assert "2 submissions are here again." in done(run(other, "store", "import", place))
        assert [other.report(one) for one in before] == reports
        assert shown(other, before) == told
        other.drain()
    assert writes(house) == []


def test_every_row_is_imported_as_it_was(house: House, empty_store: str, place: Path) -> None:
    exported(house, place)
    with another(house, empty_store) as other:
        done(run(other, "store", "import", place))
    kept, brought = (contents(url) for url in (house.places.url(place.parent), empty_store))

    kept["preference"] = {row for row in kept["preference"] if row[0] != "backup_file"}  # noted once the file is there
    working = {"space", "bucket"}  # paused, and made anew
    assert {name for name in kept if kept[name] != brought[name]} <= working


def test_what_was_received_before_is_a_duplicate_after_an_import(house: House, empty_store: str, place: Path) -> None:
    exported(house, place)

    with another(house, empty_store) as other:
        done(run(other, "store", "import", place))
        sent(other, LAST)
        assert count(other, tables.event) == 2


def test_an_import_starts_paused_and_holds_what_waited(house: House, empty_store: str, place: Path) -> None:
    waits = sent(house, NEW)
    exported(house, place)
    house.sandbox.calls.clear()

    with another(house, empty_store) as other:
        told = run(other, "store", "import", place)
        assert "1 was waiting and is held: it may be in Qomon already." in told.output
        assert said(other.report(waits)) == ("held", "from_backup")
        other.drain()
        assert "Writing is paused." in run(other, "inbox", "list").stderr
        assert (count(other, tables.lane), writes(house)) == (0, [])


def test_released_it_crosses_once_writing_goes_on(house: House, empty_store: str, place: Path) -> None:
    waits = sent(house, NEW)
    exported(house, place)

    with another(house, empty_store) as other:
        run(other, "store", "import", place)
        assert run(other, "inbox", "release", waits).exit_code == 0
        other.drain()
        assert said(other.report(waits)) == ("queued", "paused")
        run(other, "resume")
        other.drain()
        assert said(other.report(waits)) == ("created", None)


def test_what_was_delivered_after_the_backup_is_not_written_again(house: House, empty_store: str, place: Path) -> None:
    created, changed = sent(house, NEW), sent(house, written(mail=ZOES_MAIL, metier="Maçonne"))
    exported(house, place)
    house.drain()
    assert [said(house.report(one))[0] for one in (created, changed)] == ["created", "delivered"]
    house.sandbox.calls.clear()
    people = len(house.sandbox.contacts.all)

    with another(house, empty_store) as other:
        run(other, "store", "import", place)
        run(other, "resume")
        for one in (created, changed):
            assert run(other, "inbox", "release", one).exit_code == 0
        other.drain()
        assert [said(other.report(one)) for one in (created, changed)] == [("unchanged", None)] * 2
    assert (len(house.sandbox.contacts.all), writes(house)) == (people, [])


def test_what_was_about_to_be_written_is_held_too(house: House, empty_store: str, place: Path) -> None:
    waits = sent(house, ZOES.replace(b"Boulang", b"Mareng"))
    lane = rows(house, tables.lane)[0].lane
    with house.services.store.write() as tx:
        tx.execute(insert(tables.intent).values(lane=lane, token="t", at=1, sealed=b"s"))
    exported(house, place)

    with another(house, empty_store) as other:
        run(other, "store", "import", place)
        assert said(other.report(waits)) == ("held", "from_backup")
        assert [count(other, one) for one in (tables.intent, tables.lane)] == [0, 0]


def test_one_whose_report_does_not_open_stops_no_import(house: House, empty_store: str, place: Path) -> None:
    waits = sent(house, NEW)
    with house.services.store.write() as tx:
        tx.execute(tables.event.update().where(tables.event.c.id == waits).values(report=b"spoiled"))
    exported(house, place)

    with another(house, empty_store) as other:
        done(run(other, "store", "import", place))
        assert [row.reason for row in rows(other, tables.event) if row.report == b"spoiled"] == ["from_backup"]


def test_a_preview_that_is_to_be_made_is_made(house: House, empty_store: str, place: Path) -> None:
    with house.services.store.write() as tx:
        tx.execute(tables.event.update().where(tables.event.c.outcome == "delivered").values(status="kept", due=1))
    exported(house, place)

    with another(house, empty_store) as other:
        run(other, "store", "import", place)
        assert [row.due for row in rows(other, tables.event) if row.status == "kept"] == [1]


def test_a_store_in_use_is_left_as_it_is(house: House, place: Path) -> None:
    exported(house, place)
    sent(house, NEW)
    house.close()
    before = contents(house.places.url(place.parent))

    with another(house, house.places.url(place.parent)) as other:
        refused = run(other, "store", "import", place)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "This store has webhooks or submissions already" in refused.stderr
    assert contents(house.places.url(place.parent)) == before


def test_a_store_that_a_bridge_has_open_is_left_as_it_is(house: House, empty_store: str, place: Path) -> None:
    exported(house, place)

    with another(house, empty_store) as serving, another(house, empty_store) as other:
        with serving.services.store.read():
            refused = run(other, "store", "import", place)
        assert "A bridge has this store open: stop it first." in refused.stderr
        serving.close()
        done(run(other, "store", "import", place))


def test_a_bridge_that_was_only_started_leaves_nothing_that_matters(
    house: House, empty_store: str, place: Path
) -> None:
    """Its fingerprints would be of another key, and nothing that came before would be known again."""
    exported(house, place)

    with another(house, empty_store) as started:
        _ = started.services.vault
        started.close()
        with another(house, empty_store) as other:
            done(run(other, "store", "import", place))
            sent(other, LAST)
            assert count(other, tables.event) == 2


def test_another_key_is_refused_before_anything_is_imported(house: House, empty_store: str, place: Path) -> None:
    exported(house, place)

    with another(house, empty_store, BRIDGE_KEY="another key of thirty-two or more") as other:
        refused = run(other, "store", "import", place)
        assert (refused.exit_code, "BRIDGE_KEY does not open this store" in refused.stderr) == (1, True)
    assert not any(contents(empty_store).values())


def test_an_import_that_fails_half_way_leaves_the_store_empty(
    house: House, empty_store: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(house, place)

    def fails(*_given: Any) -> None:
        raise OSError("no more")

    with another(house, empty_store) as other:
        with monkeypatch.context() as patched:
            patched.setattr(account, "pause", fails)
            assert run(other, "store", "import", place).exit_code == 1
        assert not any(contents(empty_store).values())
        done(run(other, "store", "import", place))


def test_events_to_come_are_numbered_after_those_that_came_back(house: House, empty_store: str, place: Path) -> None:
    done(run(house, "pause"))
    exported(house, place)
    last = max(row.seq for row in rows(house, tables.event))

    with another(house, empty_store) as other:
        run(other, "store", "import", place)
        newest = sent(other, NEW)
        assert [row.seq for row in rows(other, tables.event) if row.id == newest] == [last + 1]
        done(run(other, "resume"))
        assert [row.did for row in rows(other, tables.audit)] == ["paused", "resumed"]


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
def test_the_key_is_named_where_it_is(tmp_path: Path, both_stores: str, place: Path) -> None:
    with_file = plain_house(tmp_path / "a")
    told = run(with_file, "store", "backup", place)

    assert (told.exit_code, "1 submission" in told.stdout) == (0, False)
    assert f"Keep {tmp_path}/a/bridge.key elsewhere." in told.stderr
    house = plain_house(tmp_path / "b", BRIDGE_KEY=KEY)
    assert "Keep BRIDGE_KEY elsewhere." in run(house, "store", "backup", tmp_path / "b.db").stderr


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
def test_nothing_in_an_export_can_be_read(house: House, place: Path) -> None:
    held = exported(house, place).read_bytes()

    assert not [word for word in (ZOES_MAIL, "Boulang", "Karim", KEY) if word.encode() in held]


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
def test_a_key_in_a_file_is_put_beside_the_new_store_first(tmp_path: Path, both_stores: str, place: Path) -> None:
    house = plain_house(tmp_path / "a").read_catalogue()
    report = crossed(house, mail=ZOES_MAIL, metier="Boulangère")
    exported(house, place)

    with another(house, f"sqlite:///{tmp_path}/b/bridge.db") as other:
        assert "The file bridge.key beside the database is missing" in run(other, "store", "import", place).stderr
        shutil.copyfile(tmp_path / "a" / "bridge.key", tmp_path / "b" / "bridge.key")
        done(run(other, "store", "import", place))
        assert other.report(report["event"]) == report


def test_what_was_to_be_told_when_the_file_was_made_is_not_told_by_a_store_that_comes_back(
    house: House, empty_store: str, place: Path
) -> None:
    with house.services.store.write() as tx:
        outbox.put(tx, Message("Long over", "and told since", ["a"], 1))
        tx.execute(insert(tables.preference).values(name="alerts", at=1, body="{}"))
    done(run(house, "store", "export", str(place)))
    with another(house, empty_store) as new:
        done(run(new, "store", "import", str(place)))

        assert [row.name for row in rows(new, tables.preference)] == ["alerts"]
