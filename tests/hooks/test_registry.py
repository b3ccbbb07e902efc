"""Hooks in the store: import, revisions, addresses, pins, and heads that do not load any more."""

import pytest
from sqlalchemy import update

from bridge.errors import Faults
from bridge.hooks import revisions
from bridge.hooks.registry import Hooks, Imported
from bridge.hooks.revisions import By, Known
from bridge.store.store import Store
from bridge.store.tables import hook as hooks_table
from tests.support.sample_hook import HEAD, SECRETS, written
from tests.support.whole_bridge import NOW

FIRST = written("{from: M, to: mail}", "{from: J, to: custom_fields.Métier}")
SECOND = FIRST.replace("mode: live", "mode: preview")


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


def test_a_number_whose_transaction_was_undone_is_another_texts_later(store: Store, hooks: Hooks) -> None:
    """By this process or another one."""
    made = put(store, hooks, FIRST).hook
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        hooks.import_text(tx, SECOND, pinned=None, now=NOW)
        seen = hooks.revision(tx, made.id, 2)
        raise ZeroDivisionError
    put(store, Hooks(SECRETS.get, ["default"]), FIRST.replace("mode: live", "mode: capture"))

    with store.read() as tx:
        assert (seen.mode, hooks.revision(tx, made.id, 2).mode) == ("preview", "capture")


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


def test_a_question_that_is_known_later_leaves_the_form_that_was_known_first(store: Store, hooks: Hooks) -> None:
    put(store, hooks, FIRST, {2: 830})
    with store.write() as tx:
        later = hooks.import_text(tx, FIRST, pinned=None, now=NOW, known=Known({2: 999}, {1: "question_a", 2: "b"}))
        last = hooks.import_text(tx, FIRST, pinned=None, now=NOW, known=Known({1: 7}, {2: "c"}))
    found = [[(rule.form_id, rule.key) for rule in one.hook.rules] for one in (later, last)]
    assert found == [[(None, "question_a"), (830, "b")], [(7, "question_a"), (830, "b")]]


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


def test_a_draft_is_begun_from_the_head_and_changes_nothing_until_it_is_published(store: Store, hooks: Hooks) -> None:
    put(store, hooks, FIRST)
    with store.write() as tx:
        hooks.save_draft(tx, SECOND, NOW, "Léa")
    with store.write() as tx:
        head, (draft, begun) = hooks.by_name(tx, "benevoles"), hooks.draft(tx, "benevoles") or (None, None)
        assert head is not None
        assert draft is not None
        assert begun is not None
        assert (head.mode, head.revision, draft.mode) == ("live", 1, "preview")
        assert (begun.base, begun.by.who, draft.id, draft.address) == (1, "Léa", head.id, head.address)
        with pytest.raises(Faults, match="published a moment ago"):
            hooks.publish(tx, draft.text, 0, Known(), By(NOW))
        done = hooks.publish(tx, draft.text, 1, Known(), By(NOW, "Karim", "on essaie"))
    with store.read() as tx:
        assert (done.mode, done.revision, hooks.draft(tx, "benevoles")) == ("preview", 2, None)
        by = [(one.number, one.by.who, one.by.why) for one in revisions.history(tx, done.id)]
    assert by == [(1, None, None), (2, "Karim", "on essaie")]


def test_a_draft_that_goes_on_remembers_where_it_was_begun(store: Store, hooks: Hooks) -> None:
    put(store, hooks, FIRST)
    with store.write() as tx:
        hooks.save_draft(tx, SECOND, NOW)
    put(store, hooks, FIRST + "  - {value: x, to: tags}\n")
    with store.write() as tx:
        hooks.save_draft(tx, SECOND + "  - {value: y, to: tags}\n", NOW)
        found = hooks.draft(tx, "benevoles")
    assert found is not None
    assert (found[1].base, len(found[0].rules)) == (1, 3)


def test_a_draft_takes_no_number_of_a_version_and_is_none_to_be_used(store: Store, hooks: Hooks) -> None:
    made = put(store, hooks, FIRST).hook
    with store.write() as tx:
        hooks.save_draft(tx, SECOND, NOW)
        begun = revisions.draft(tx, made.id)
        assert begun is not None
        assert revisions.text(tx, made.id, begun.number) is None
        with pytest.raises(Faults):
            hooks.revision(tx, made.id, begun.number)
    after = put(store, hooks, FIRST + "  - {value: x, to: tags}\n").hook
    with store.write() as tx:
        done = hooks.publish(tx, SECOND, after.revision, Known(), By(NOW))
        assert (hooks.discard(tx, "benevoles"), done.revision) == (False, 3)
        assert [one.number for one in revisions.history(tx, made.id)] == [1, 2, 3]


def test_a_faulty_draft_is_not_kept(store: Store, hooks: Hooks) -> None:
    put(store, hooks, FIRST)
    with pytest.raises(Faults), store.write() as tx:
        hooks.save_draft(tx, FIRST + "  - {from: a, to: nowhere}\n", NOW)
    with store.read() as tx:
        assert hooks.draft(tx, "benevoles") is None


def test_questions_are_pinned_beside_the_revision_and_not_moved(store: Store, hooks: Hooks) -> None:
    made = put(store, hooks, FIRST).hook
    for keys in ({1: "q1"}, {1: "q9", 2: "q2"}):
        with store.write() as tx:
            hooks.import_text(tx, FIRST, pinned=None, now=NOW, known=Known(keys=keys))
    with store.read() as tx:
        assert [rule.key for rule in hooks.revision(tx, made.id, 1).rules] == ["q1", "q2"]
