"""Every seal comes under the first key, and no key goes that something is still under (docs/ledger.md 33)."""

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select

from bridge.hooks.revisions import By
from bridge.operations.keys import PASSES, Rotation, count, rotate
from bridge.store import tables
from bridge.store.sealed_columns import MOST, SEALED, SealedColumn
from bridge.store.store import Store
from bridge.store.vault import Vault, WrongKey
from tests.support.json_hook import crossed, plain_house, rows, said
from tests.support.postgres import Server
from tests.support.seals import NEW, OLD, OTHER, as_before, fill, id_of, opened, overwrite, sealed
from tests.support.whole_bridge import House

ROOT = Path(__file__).parents[2]
UNDO, REFUSED, MARK = (
    next(one for one in SEALED if one.table is table) for table in (tables.undo, tables.refused, tables.mark)
)


def quiet(_done: int, _total: int) -> None:
    pass


def at(folder: Path, *keys: str) -> House:
    """A bridge that starts with these keys on the store of this folder."""
    return House(folder, (), BRIDGE_KEY=",".join(keys))


def vault_of(folder: Path, *keys: str) -> Vault:
    with closing(at(folder, *keys)) as house:
        return house.services.vault


def rotated(folder: Path, *keys: str, told: Callable[[int, int], None] = quiet) -> Rotation:
    with closing(at(folder, *keys)) as house:
        return rotate(house.services.store, house.services.vault, By(house.clock()), told)


@pytest.fixture
def folder(tmp_path: Path, both_stores: str) -> Path:
    """Of a store under OLD with a few hundred seals, more than one batch in each column."""
    services = at(tmp_path, OLD).services
    fill(services.store, services.vault, MOST + 20)
    return tmp_path


def store_of(folder: Path) -> Store:
    return at(folder, OLD, NEW).unopened.open_store().store


def names(folder: Path) -> set[str]:
    """Of the rows of the vault."""
    with store_of(folder).read() as tx:
        return set(tx.scalars(select(tables.vault.c.name)))


# Nothing is forgotten.


IN_ADDRESSES = {f"bridge/pages/{name}.py" for name in ("erasing", "people", "settings")}
"""What they seal is in addresses and forms for some hours, and lies nowhere in the store."""


def test_every_column_of_bytes_and_every_sealed_text_is_in_the_list() -> None:
    bytes_ = {column for table in tables.metadata.tables.values() for column in table.c if _is_bytes(column)}
    texts = [one.column for one in SEALED if not _is_bytes(one.column)]
    sealing = [
        str(path.relative_to(ROOT))
        for path in ROOT.glob("bridge/**/*.py")
        for _use in re.findall(r"\.seal_text\(", path.read_text(encoding="utf-8"))
    ]

    assert {one.column for one in SEALED} == {*bytes_, tables.mark.c.sent}
    assert texts == [tables.mark.c.sent]
    assert {*sealing} == {"bridge/merge/history.py", *IN_ADDRESSES}


def _is_bytes(column: Any) -> bool:
    return isinstance(column.type, LargeBinary)


def test_the_address_that_was_written_on_a_contact_is_found_as_a_seal(tmp_path: Path) -> None:
    """Its field is named in two places, which must agree."""
    rule = "  - {from: ville, to: address.city}\n"
    house = plain_house(tmp_path, ESSAI_WITH_ADDRESS + rule)
    crossed(house, mail="zoe.lefevre@example.org", ville="Quimper")
    texts = [one for (column, _row), one in sealed(house.services.store).items() if column == "mark.sent"]

    assert [house.services.vault.unseal_text(str(one)) for one in texts]


def test_everything_comes_under_the_first_key_and_the_old_one_may_go(folder: Path) -> None:
    before = opened(store_of(folder), vault_of(folder, OLD))
    done = rotated(folder, NEW, OLD)
    after = vault_of(folder, NEW)

    assert (done.done, done.left, done.free, done.resealed) == (True, [], [id_of(OLD)], len(before))
    noted = opened(store_of(folder), after)
    assert before.items() <= noted.items()
    assert [place[0] for place in noted.keys() - before.keys()] == ["audit.sealed"]
    assert None not in before.values()
    assert names(folder) == {"canary", "fingerprint", "format", f"key:{id_of(NEW)}"}


def test_a_store_of_before_is_sealed_anew_too_and_names_its_keys_from_then_on(folder: Path) -> None:
    store = store_of(folder)
    as_before(store, [OLD])
    before = at(folder, OLD).services.vault
    with store.write() as tx:
        for table in {one.table for one in SEALED} - {tables.vault}:
            tx.execute(table.delete())
    fill(store, before, 30)
    running = vault_of(folder, NEW, OLD)
    was = {one[:1] for one in sealed(store).values()}
    done = rotated(folder, NEW, OLD)

    assert was == {b"\x01", "A"}
    assert (done.done, done.free, done.resealed) == (True, [id_of(OLD)], len(sealed(store)) - 1)
    assert {one[:5] for one in sealed(store).values() if isinstance(one, bytes)} == {
        b"\x02" + bytes.fromhex(id_of(NEW))
    }
    assert None not in opened(store, vault_of(folder, NEW)).values()
    assert running.seal("a")[:1] == b"\x01"  # what a process that ran before does until it reads one of the new
    assert rotated(folder, NEW, OLD).done


def test_a_second_run_has_nothing_to_do(folder: Path) -> None:
    rotated(folder, NEW, OLD)
    again = rotated(folder, NEW, OLD)

    assert (again.resealed, again.done, again.free) == (0, True, [id_of(OLD)])


# Half-way.


class Stopped(Exception):
    """Between two batches."""


def test_stopped_after_any_batch_everything_opens_and_the_next_run_goes_on(folder: Path) -> None:
    store = store_of(folder)
    before = opened(store, vault_of(folder, NEW, OLD))

    def stop(done: int, _total: int) -> None:
        if done:
            raise Stopped

    runs = 0
    while runs < 40:
        runs += 1
        try:
            rotated(folder, NEW, OLD, told=stop)
        except Stopped:
            assert opened(store, vault_of(folder, NEW, OLD)) == before
            with pytest.raises(WrongKey, match=id_of(OLD)):
                vault_of(folder, NEW)
        else:
            break

    assert runs > len(SEALED)
    assert before.items() <= opened(store, vault_of(folder, NEW)).items()


def test_what_is_written_and_drained_meanwhile_is_neither_lost_nor_waited_for(tmp_path: Path, both_stores: str) -> None:
    services = at(tmp_path, OLD).services
    fill(services.store, services.vault, MOST * 2)
    serving = plain_house(tmp_path, BRIDGE_KEY=f"{NEW},{OLD}")
    outcomes: list[tuple[str, str | None]] = []

    def meanwhile(_done: int, _total: int) -> None:
        serving.clock.move(minutes=1)  # Qomon allows so many calls
        report = crossed(serving, mail=f"{len(outcomes)}@example.org", prenom="Camille", nom="Essai")
        outcomes.append(said(report))

    assert rotated(tmp_path, NEW, OLD, told=meanwhile).done
    assert set(outcomes) == {("created", None)}
    assert None not in opened(store_of(tmp_path), vault_of(tmp_path, NEW)).values()


def test_rows_are_read_in_pages_each_once(folder: Path) -> None:
    for column in (UNDO, MARK):
        pages = list(column.pages(store_of(folder), [id_of(NEW)]))

        assert [len(page) for page in pages] == [MOST, 20]
        assert len({one.key for page in pages for one in page}) == MOST + 20


def test_a_row_that_was_changed_meanwhile_is_left_as_it_is(folder: Path) -> None:
    services = at(folder, NEW, OLD).services
    for column in (UNDO, MARK):
        page = next(column.pages(services.store, [id_of(NEW)]))
        text = isinstance(page[0].stored, str)
        newer = services.vault.seal_text("newer") if text else services.vault.seal("newer")
        overwrite(services.store, column, page[0].key[0], newer)
        with services.store.write() as tx:
            assert not column.replace(tx, page[0], b"\x02 older")
            assert column.replace(tx, page[1], services.vault.seal("a"))
        assert newer in sealed(services.store).values()


def test_a_row_that_somebody_holds_is_not_waited_for(server: Server, tmp_path: Path) -> None:
    with server.fresh() as url:
        store, other = Store(url), Store(url)
        vault = Vault([NEW, OLD], b"f" * 32)
        fill(store, Vault([OLD], b"f" * 32), 1)
        (found,) = next(UNDO.pages(store, vault.keys[:1]))
        with other.write() as held, store.write() as tx:
            held.execute(select(tables.undo).with_for_update())
            assert not UNDO.replace(tx, found, b"\x02")
        store.close()
        other.close()


# What does not open.


@pytest.mark.parametrize(
    ("damage", "newer", "free"),
    [
        (lambda: b"garbage", False, False),
        (lambda: b"\x01 was damaged, or under another key", False, False),
        (lambda: b"\x03 a record of the next version", True, False),
        (lambda: b"\x02" + bytes.fromhex(id_of(OLD)) + b"damaged under the old key", False, False),
        (lambda: Vault([OTHER], b"").seal("a"), False, True),
    ],
    ids=["garbage", "unnamed", "newer", "old", "other"],
)
def test_what_does_not_open_is_told_and_stays_and_keeps_the_keys_that_it_may_be_under(
    folder: Path, damage: Callable[[], bytes], *, newer: bool, free: bool
) -> None:
    overwrite(store_of(folder), REFUSED, "id 0007", damaged := damage())
    done = rotated(folder, NEW, OLD)

    assert [(one.column, one.row, one.newer) for one in done.left] == [("refused.sealed", "id 0007", newer)]
    assert (done.done, done.free) == (False, [id_of(OLD)] if free else [])
    assert sealed(store_of(folder))["refused.sealed", "id 0007"] == damaged
    if not free:
        with pytest.raises(WrongKey, match=id_of(OLD)):
            vault_of(folder, NEW)


def test_what_was_erased_is_no_seal(folder: Path) -> None:
    overwrite(store_of(folder), UNDO, "event 0007", b"")
    done = rotated(folder, NEW, OLD)

    assert (done.done, done.free) == (True, [id_of(OLD)])


# A key goes.


def test_a_key_under_which_somebody_sealed_after_the_rotation_is_not_let_go(folder: Path) -> None:
    stays_old = vault_of(folder, OLD)
    rotated(folder, NEW, OLD)
    fill_again(store_of(folder), stays_old)

    with pytest.raises(WrongKey, match=f"{id_of(OLD)}.*Put it back"):
        vault_of(folder, NEW)
    assert f"retired:{id_of(OLD)}" in names(folder)
    assert rotated(folder, NEW, OLD).done
    assert vault_of(folder, NEW).keys == [id_of(NEW)]


@pytest.mark.parametrize("column", [UNDO, MARK], ids=["bytes", "text"])
@pytest.mark.parametrize("keys", [[OLD], [OTHER]])
def test_an_unnamed_seal_that_no_key_opens_may_be_under_the_key_that_goes(
    folder: Path, column: SealedColumn, keys: list[str]
) -> None:
    rotated(folder, NEW, OLD)
    unnamed = Vault(keys, b"", named=False)
    value = unnamed.seal_text("a") if column is MARK else unnamed.seal("a")
    overwrite(store_of(folder), column, "space 0007" if column is MARK else "event 0007", value)

    with pytest.raises(WrongKey, match=id_of(OLD)):
        vault_of(folder, NEW)


def test_what_was_never_a_seal_or_is_under_a_third_key_keeps_none(folder: Path) -> None:
    rotated(folder, NEW, OLD)
    store = store_of(folder)
    overwrite(store, REFUSED, "id 0007", b"garbage")
    overwrite(store, REFUSED, "id 0008", Vault([OTHER], b"").seal("a"))
    overwrite(store, MARK, "space 0007", "no seal")
    overwrite(store, UNDO, "event 0007", Vault([NEW], b"", named=False).seal("a"))

    assert vault_of(folder, NEW).keys == [id_of(NEW)]
    assert f"retired:{id_of(OLD)}" not in names(folder)


def test_somebody_who_goes_on_sealing_under_the_old_key_is_noticed(folder: Path) -> None:
    stays_old, store = vault_of(folder, OLD), store_of(folder)
    turns = 0

    def meanwhile(_done: int, _total: int) -> None:
        nonlocal turns
        turns += 1
        fill_again(store, stays_old)

    done = rotated(folder, NEW, OLD, told=meanwhile)

    assert (done.restless, done.done, done.free, turns > PASSES) == (True, False, [], True)
    assert f"key:{id_of(OLD)}" in names(folder)


def fill_again(store: Store, vault: Vault) -> None:
    overwrite(store, UNDO, "event 0000", vault.seal("under the old key"))


# Counting.


def test_seals_are_counted_by_key(folder: Path) -> None:
    services = at(folder, NEW, OLD).services
    store, all_ = services.store, len(sealed(services.store))
    overwrite(store, UNDO, "event 0001", Vault([NEW], b"", named=False).seal("a"))
    overwrite(store, UNDO, "event 0002", Vault([OTHER], b"").seal("a"))
    overwrite(store, UNDO, "event 0003", b"garbage")
    counted, broken = count(store, services.vault)

    assert {(one.key, one.place, one.seals) for one in counted} == {
        (id_of(NEW), 1, 1),
        (id_of(OLD), 2, all_ - 3),
        (id_of(OTHER), None, 1),
    }
    assert broken == 1
    assert len(rows(at(folder, NEW, OLD), tables.undo)) == MOST + 20


ESSAI_WITH_ADDRESS = """
hook: essai
address: essai234
source: json
proof: {scheme: header, header: X-Token, secret: $JSON_TOKEN}
mode: live
wait: 0
contact: {find: [mail], names: agree, missing: create, address: replace}
fields:
  - {from: mail, to: mail}
"""
