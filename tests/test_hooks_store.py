"""Hooks in the store: import, revisions, addresses, pins, and heads that do not load any more."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from bridge.errors import Faults
from bridge.hooks import Hooks, Imported
from bridge.store import Store
from bridge.tables import hook as hooks_table
from tests.hooking import HEAD, SECRETS, written

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
FIRST = written("{from: M, to: mail}", "{from: J, to: custom_fields.Métier}")
SECOND = FIRST.replace("mode: live", "mode: preview")


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    made = Store(database)
    made.upgrade()
    yield made
    made.close()


@pytest.fixture
def hooks() -> Hooks:
    return Hooks(SECRETS.get, ["default"])


def put(
    store: Store, hooks: Hooks, text: str, pinned: dict[int, int] | None = None, *, force: bool = False
) -> Imported:
    with store.write() as tx:
        return hooks.import_text(tx, text, pinned=pinned, now=NOW, force=force)


def test_a_new_hook_gets_a_random_address_and_revision_1(store: Store, hooks: Hooks) -> None:
    done = put(store, hooks, FIRST)
    assert (done.new, done.hook.revision, len(done.hook.address)) == (True, 1, 12)
    with store.read() as tx:
        assert hooks.by_address(tx, done.hook.address) == done.hook == hooks.by_name(tx, "benevoles")
        assert hooks.by_address(tx, "unknown") is None


def test_the_same_text_is_no_new_revision(store: Store, hooks: Hooks) -> None:
    first = put(store, hooks, FIRST)
    assert put(store, hooks, FIRST) == Imported(first.hook, new=False)


def test_another_text_is_a_new_revision_and_the_old_one_stays(store: Store, hooks: Hooks) -> None:
    first = put(store, hooks, FIRST).hook
    second = put(store, hooks, SECOND).hook
    assert (second.id, second.address, second.revision, second.mode) == (first.id, first.address, 2, "preview")
    with store.read() as tx:
        assert hooks.by_address(tx, first.address) == second
        assert hooks.revision(tx, first.id, 1) == first


def test_a_revision_is_compiled_once(store: Store, hooks: Hooks) -> None:
    made = put(store, hooks, FIRST).hook
    with store.read() as tx:
        assert hooks.revision(tx, made.id, 1) is hooks.by_address(tx, made.address)


def test_a_refused_import_leaves_nothing_behind(store: Store, hooks: Hooks) -> None:
    with pytest.raises(Faults):
        put(store, hooks, FIRST + "  - {from: a, to: nowhere}\n")
    with store.read() as tx:
        assert (hooks.none_yet(tx), hooks.listed(tx)) == (True, [])


def test_an_address_is_for_life_and_for_one_hook(store: Store, hooks: Hooks) -> None:
    made = put(store, hooks, "address: k3f9x2m7\n" + FIRST).hook
    assert made.address == "k3f9x2m7"
    with pytest.raises(Faults, match="for life"):
        put(store, hooks, "address: another1\n" + FIRST)
    with pytest.raises(Faults, match="belongs to the hook `benevoles`"):
        put(store, hooks, "address: k3f9x2m7\n" + FIRST.replace("benevoles", "adhesions"))
    assert put(store, hooks, SECOND).hook.address == "k3f9x2m7"


def test_what_the_pages_own_is_only_overwritten_by_force(store: Store, hooks: Hooks) -> None:
    put(store, hooks, "owner: pages\n" + FIRST)
    with pytest.raises(Faults, match="--force"):
        put(store, hooks, SECOND)
    assert put(store, hooks, SECOND, force=True).hook.owner == "git"


def test_pins_stay_beside_the_revision_and_are_not_moved(store: Store, hooks: Hooks) -> None:
    unpinned = put(store, hooks, FIRST).hook
    with store.read() as tx:
        assert [rule.form_id for rule in hooks.revision(tx, unpinned.id, 1).rules] == [None, None]
    put(store, hooks, FIRST, {2: 830})
    put(store, hooks, FIRST, {2: 999})
    with store.read() as tx:
        assert [rule.form_id for rule in hooks.revision(tx, unpinned.id, 1).rules] == [None, 830]
    assert "830" not in FIRST


def test_a_deleted_hook_is_still_known_by_its_address_and_an_import_brings_it_back(store: Store, hooks: Hooks) -> None:
    made = put(store, hooks, FIRST).hook
    with store.write() as tx:
        tx.execute(update(hooks_table).values(deleted_at=1))
        found = hooks.by_address(tx, made.address)
        assert found is not None
        assert (found.deleted, hooks.listed(tx), hooks.none_yet(tx)) == (True, [], False)
    put(store, hooks, FIRST)
    with store.read() as tx:
        assert hooks.by_address(tx, made.address) == made


def test_a_head_whose_secret_is_gone_is_listed_and_does_not_load(store: Store, hooks: Hooks) -> None:
    made = put(store, hooks, FIRST).hook
    later = Hooks(lambda _name: None, ["default"])
    with store.read() as tx:
        (listed,) = later.listed(tx)
        with pytest.raises(Faults, match=r"\$TALLY_SECRET is not set"):
            later.by_address(tx, made.address)
    assert (listed.name, listed.hook, len(listed.faults)) == ("benevoles", None, 1)


def test_hooks_are_listed_by_name(store: Store, hooks: Hooks) -> None:
    put(store, hooks, FIRST)
    put(store, hooks, HEAD.replace("benevoles", "adhesions") + "  - {from: M, to: mail}\n")
    with store.read() as tx:
        assert [listed.name for listed in hooks.listed(tx)] == ["adhesions", "benevoles"]
