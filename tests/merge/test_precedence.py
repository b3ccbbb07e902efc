"""Order: newest wins by time of submission, whatever the order and the batches of arrival
(docs/laws.md 7, 8 and 13).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.merge import history
from bridge.merge.address import Log
from bridge.merge.precedence import History, Mark, Stamp, printed
from bridge.model import Change, Target
from bridge.qomon.compare import facets
from schemas import normal
from schemas.codes import Op
from tests.support.remembered_contact import Contact, Event, contact, entry

FIRSTNAME = Target("firstname", "firstname", "text")
NICKNAME = Target("custom_fields.10", "custom_fields.Surnom", "text", 10)
HELP = Target("custom_fields.20", "custom_fields.Disponibilités", "checkbox", 20)
SUPPORT = Target("formdatas.30", "formdatas.Soutien", "radio", 30)
LETTER = Target("formdatas.40", "formdatas.Lettre", "checkbox", 40, consent=True)
TAGS = Target("tags", "tags", "tags")


def change(target: Target, op: Op, *values: Any, rule: int = 1) -> Change:
    return Change(rule, target, op, values)


refs = st.sampled_from([(1, "a"), (2, "b"), (3, "c")])
names = st.sampled_from(["rouge", "bleu", "vert"])
words = st.sampled_from(["Ana", "Bo", "Cy"])


def listed(target: Target, values: st.SearchStrategy[Any], ops: Sequence[Op]) -> st.SearchStrategy[Change]:
    some = st.lists(values, min_size=1, max_size=3, unique=True)
    return st.builds(lambda op, said: Change(1, target, op, tuple(said)), st.sampled_from(ops), some)


def single(target: Target, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Change]:
    sets = st.builds(lambda value: Change(1, target, "set", (value,)), values)
    return sets | st.just(Change(1, target, "clear", ()))


SPELT = {
    "street": ("rue X", "r. x", "12 rue X", "14 rue X", "quai Y"),
    "city": ("Paris", "PARIS CEDEX", "Paris 11e", "Paris 12", "Brest"),
    "postalcode": ("75011", "F-75011", "75012"),
}


def part(name: str) -> st.SearchStrategy[Change]:
    return single(Target(f"address.{name}", f"address.{name}", "text"), st.sampled_from(SPELT[name]))


ONE_EACH = st.tuples(
    st.none() | single(FIRSTNAME, words),
    st.none() | single(NICKNAME, st.builds(lambda text: (100, text), words)),
    st.none() | single(SUPPORT, refs),
    st.none() | listed(HELP, refs, ["add", "remove", "replace"]) | st.just(Change(1, HELP, "clear", ())),
    st.none() | listed(TAGS, names, ["add", "remove", "replace"]),
    st.none() | listed(LETTER, refs, ["add", "remove"]),
    st.none() | part("street"),
    st.none() | part("city"),
    st.none() | part("postalcode"),
)
changes = ONE_EACH.map(
    lambda found: tuple(
        Change(number, one.target, one.op, one.values) for number, one in enumerate(filter(None, found), start=1)
    )
)
bodies = st.builds(
    lambda first, mine, tags, street, city, at: contact(
        **({"firstname": first} if first else {}),
        custom_fields=[entry(20, ref, text) for ref, text in mine],
        formdatas=[entry(40, 1, "a", at)],
        tags=[{"name": name} for name in tags],
        address={name: text for name, text in (("street", street), ("city", city)) if text},
    ),
    st.none() | words,
    st.lists(refs, unique=True),
    st.lists(names, unique=True),
    st.sampled_from(["", *SPELT["street"]]),
    st.sampled_from(["", *SPELT["city"]]),
    st.sampled_from([0, 1005, 1015, 5000]),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Event], list[list[Event]]]:
    """Some events, and the same in another order, cut into batches."""
    said = draw(st.lists(changes, min_size=2, max_size=4))
    events = [Event(Stamp(1000 + 10 * at, at), found) for at, found in enumerate(said)]
    arrived = draw(st.permutations(events))
    cuts = sorted(draw(st.sets(st.integers(1, len(events) - 1))))
    return events, [arrived[start:end] for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True)]


@given(bodies, histories())
def test_law_13_any_order_and_any_batches_give_the_same_contact(
    start: Contact, history: tuple[list[Event], list[list[Event]]]
) -> None:
    events, batches = history
    in_order = Contact(start.body, {}, Log())
    as_arrived = Contact(start.body, {}, Log())

    in_order.take(events)
    for batch in batches:
        as_arrived.take(batch)

    assert in_order.meant == as_arrived.meant


@given(bodies, changes)
def test_the_same_event_twice_changes_nothing_the_second_time(start: Contact, said: tuple[Change, ...]) -> None:
    event = Event(Stamp(1000, 1), said)
    start.take([event])
    once = start.facets

    start.take([event])

    assert once == start.facets


@given(bodies, changes)
def test_law_8_an_event_older_than_a_colleague_only_fills_blanks(start: Contact, said: tuple[Change, ...]) -> None:
    before = start.facets
    start.others = 2000

    start.take([Event(Stamp(1000, 1), tuple(one for one in said if one.target != LETTER))])

    assert before == {field: facet for field, facet in start.facets.items() if field in before}
    assert not set(start.facets) - set(before) & {"tags", HELP.field}


def test_law_8_the_newest_answer_stays_when_an_older_one_comes_late() -> None:
    zoe = contact()
    zoe.take([Event(Stamp(2000, 1), (change(FIRSTNAME, "set", "Zoé"),))])

    fates = zoe.take([Event(Stamp(1000, 2), (change(FIRSTNAME, "set", "Zoe"),))])

    assert (fates, zoe.body["firstname"]) == (["older"], "Zoé")


def test_law_8_an_older_event_does_not_fill_what_a_newer_one_cleared() -> None:
    zoe = contact(firstname="Zoé")
    zoe.take([Event(Stamp(2000, 1), (change(FIRSTNAME, "clear"),))])
    zoe.others = 3000

    fates = zoe.take([Event(Stamp(1000, 2), (change(FIRSTNAME, "fill", "Zoe"),))])

    assert (fates, "firstname" in zoe.body) == (["older"], False)


@pytest.mark.parametrize("yes_first", [True, False])
def test_law_7_a_withdrawal_of_the_same_moment_wins_in_any_order_of_arrival(*, yes_first: bool) -> None:
    zoe = contact()
    yes = Event(Stamp(1000, 1 if yes_first else 2), (change(LETTER, "add", (1, "a")),))
    no = Event(Stamp(1000, 2 if yes_first else 1), (change(LETTER, "remove", (1, "a")),))

    for event in (yes, no) if yes_first else (no, yes):
        zoe.take([event])

    assert zoe.body["formdatas"] == []


def test_law_7_a_later_yes_counts_again() -> None:
    zoe = contact()
    zoe.take([Event(Stamp(1000, 1), (change(LETTER, "remove", (1, "a")),))])

    zoe.take([Event(Stamp(2000, 2), (change(LETTER, "add", (1, "a")),))])

    assert [one["form_ref_id"] for one in zoe.body["formdatas"]] == [1]


@pytest.mark.parametrize(("given_at", "left"), [("2026-01-01T00:00:00.000Z", []), ("2026-03-01T00:00:00.000Z", [1])])
def test_law_7_a_late_withdrawal_takes_back_what_is_older_than_itself(given_at: str, left: list[int]) -> None:
    """People changed the contact since: a yes that they recorded after the withdrawal stays."""
    february = 1_769_904_000_000
    zoe = contact(formdatas=[{**entry(40, 1, "a"), "date": given_at}])
    zoe.others = february + 10

    zoe.take([Event(Stamp(february, 1), (change(LETTER, "remove", (1, "a")),))])

    assert left == [one["form_ref_id"] for one in zoe.body["formdatas"]]


def test_what_qomon_spells_its_own_way_is_not_sent_again() -> None:
    """sent = wanted and read = present count as equal (docs/ledger.md 18)."""
    zoe = contact(firstname="ZOÉ")
    zoe.marks["firstname", ""] = Mark(Stamp(1000, 1), repr("Zoé"), repr("ZOÉ"))

    zoe.take([Event(Stamp(2000, 2), (change(FIRSTNAME, "set", "Zoé"),))])

    assert zoe.body["firstname"] == "ZOÉ"


def test_law_8_a_blank_that_bears_a_mark_is_not_filled_by_what_is_older_than_somebody_else() -> None:
    """We wrote it, somebody emptied it, and no read in between tells who."""
    zoe = contact()
    zoe.take([Event(Stamp(1000, 1), (change(FIRSTNAME, "set", "Zoé"),))])
    del zoe.body["firstname"]
    zoe.others = 3000

    late = zoe.take([Event(Stamp(2000, 2), (change(FIRSTNAME, "set", "Zoe"), change(NICKNAME, "set", (100, "Z"))))])

    assert (late, "firstname" in zoe.body) == (["older", "applied"], False)


def test_a_fill_keeps_the_mark_of_what_it_fills_after() -> None:
    """What was submitted before a clear stays cleared though a fill came since; what was submitted after it, wins."""
    zoe = contact(firstname="Zoé")
    zoe.take([Event(Stamp(2000, 1), (change(FIRSTNAME, "clear"),))])
    zoe.take([Event(Stamp(3000, 2), (change(FIRSTNAME, "fill", "Zoélie"),))])

    assert zoe.take([Event(Stamp(1000, 3), (change(FIRSTNAME, "set", "Ana"),))]) == ["older"]
    assert zoe.take([Event(Stamp(2500, 4), (change(FIRSTNAME, "set", "Bo"),))]) == ["applied"]
    assert zoe.body["firstname"] == "Bo"


moments = st.integers(1, 9)
shows = st.dictionaries(st.sampled_from([("phone", ""), ("tags", "a"), ("tags", "b")]), st.sampled_from("xy"))
reads = st.lists(st.tuples(st.none() | moments, shows), min_size=1, max_size=6)


@given(reads, st.none() | moments, st.none() | shows)
def test_the_moment_of_somebody_elses_change_never_goes_back(found: Any, ours: int | None, shown: Any) -> None:
    """Whatever Qomon says of its own moments, and whether a read before is known."""
    known = history.Known(History(), Log(), history.Seen(ours, shown))
    for at, now in found:
        seen = history.noticed(known, at, partial(dict, now))
        fields = {*known.history.since, *seen.history.since, ("phone", ""), ("mail", "")}
        assert all(seen.history.changed(*key) >= known.history.changed(*key) for key in fields)
        assert seen.history.changed("tags") >= max(seen.history.changed("tags", element) for element in "ab")
        if at is not None and (ours is None or at > ours):
            differs = {key for key in (*now, *(shown or {})) if shown is None or now.get(key) != shown.get(key)}
            assert all(seen.history.changed(*key) >= at for key in differs)
        else:
            assert seen is known
        known = history.Known(seen.history, Log(), seen.seen)


def test_law_4_of_entries_that_say_the_same_one_stays() -> None:
    """Two dates of one answer: the form holds one value, and it keeps the first date."""
    zoe = contact(custom_fields=[entry(10, 100, "Z", 1), entry(10, 100, "Z", 2), entry(10, 100, "Y", 3)])

    zoe.take([Event(Stamp(1000, 1), (change(NICKNAME, "set", (100, "Z")),))])

    assert zoe.body["custom_fields"] == [entry(10, 100, "Z", 1)]


def test_law_4_of_a_box_that_was_ticked_twice_the_first_date_stays() -> None:
    zoe = contact(custom_fields=[entry(20, 200, "A", 1), entry(20, 200, "A", 2), entry(20, 201, "B", 3)])

    zoe.take([Event(Stamp(1000, 1), (change(HELP, "add", (202, "C")),))])

    assert zoe.body["custom_fields"][:2] == [entry(20, 200, "A", 1), entry(20, 201, "B", 3)]


def test_what_is_printed_of_a_choice_tells_of_each_of_its_entries() -> None:
    """Somebody else may have changed only the second one."""
    was, now = (
        printed(facets({"custom_fields": [entry(10, 100, "A", 1), entry(10, 100, text, 2)]}, "FR"), str)
        for text in ("Y", "Z")
    )

    assert was.keys() == now.keys()
    assert was != now


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_moment_counts_to_the_millisecond_however_it_is_written(ms: int, more: int) -> None:
    short, long = (normal.moment(f"2026-11-22T10:10:00.{text}Z") for text in (f"{ms:03}", f"{ms:03}{more:03}"))
    assert short is not None
    assert long is not None
    assert normal.epoch_ms(short) == normal.epoch_ms(long)
    assert normal.epoch_ms(short) % 1000 == ms
