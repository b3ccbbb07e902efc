"""What is taken next: by class, by waiting, by tokens; pure (docs/ledger.md 23, 29)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.crossing.work import CrossLane, Due, Work
from bridge.engine.queue import Queue, Turn
from bridge.model import Class, Lane
from bridge.qomon.pace import FLOORS

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def lane(key: object, space: str = "default") -> CrossLane:
    return CrossLane(Lane("contact", space, str(key)))


def due(key: object, rank: Class = Class.BACKLOG, ago: float = 0, space: str = "default") -> Due:
    return Due(lane(key, space), rank, NOW - timedelta(seconds=ago))


def plenty(_work: Work, _floor: float) -> bool:
    return True


def tokens(left: float) -> "object":
    return lambda _work, floor: floor + 6 <= left


def all_of(queue: Queue, affords: object = plenty) -> list[Turn]:
    taken = list[Turn]()
    while (turn := queue.take(NOW, affords)) is not None and not turn.short:  # type: ignore[arg-type]
        taken.append(turn)
    return taken


def filled(*asked: Due) -> Queue:
    queue = Queue()
    for one in asked:
        queue.put(one)
    return queue


def keys(turns: list[Turn]) -> list[str]:
    return [turn.due.work.lane.key for turn in turns if isinstance(turn.due.work, CrossLane)]


def test_what_just_came_goes_before_all_others_and_then_by_class() -> None:
    queue = filled(
        due("replay", Class.REPLAY), due("retry", Class.RETRY), due("staff", Class.STAFF), due("live", Class.LIVE)
    )

    assert keys(all_of(queue)) == ["live", "staff", "retry", "replay"]


def test_in_a_class_who_waits_longest_is_first() -> None:
    assert keys(all_of(filled(due(1, ago=5), due(2, ago=9), due(3, ago=7)))) == ["2", "3", "1"]


def test_in_a_class_those_for_whom_a_caller_waits_go_first() -> None:
    waits = replace(due("waits", Class.LIVE), awaited=True)
    queue = filled(due("staff", Class.STAFF), due("longer", Class.LIVE, ago=9), waits)

    taken = all_of(queue)

    assert keys(taken) == ["waits", "longer", "staff"]
    assert [turn.due.awaited for turn in taken] == [True, False, False]


def test_a_caller_who_comes_for_what_waits_already_puts_it_forward() -> None:
    queue = filled(due("longer", Class.LIVE, ago=9), due("one", Class.LIVE, ago=5))

    assert not queue.put(replace(due("one", Class.LIVE), awaited=True))
    assert not queue.put(due("one", Class.LIVE))

    assert keys(all_of(queue)) == ["one", "longer"]


def test_whoever_waits_in_vain_for_a_minute_is_backlog_like_others() -> None:
    queue = filled(due("backlog", ago=70), replace(due("waits", Class.LIVE, ago=61), awaited=True))

    assert keys(all_of(queue)) == ["backlog", "waits"]


def test_what_came_more_than_a_minute_ago_is_backlog() -> None:
    queue = filled(due("old", Class.LIVE, ago=61), due("staff", Class.STAFF), due("young", Class.LIVE, ago=59))

    assert keys(all_of(queue)) == ["young", "staff", "old"]


def test_every_fifth_turn_is_for_whoever_has_waited_longest_and_leaves_no_token() -> None:
    live = [due(n, Class.LIVE, ago=1) for n in range(8)]
    turns = all_of(filled(*live, due("replayed", Class.REPLAY, ago=3600)))

    assert keys(turns).index("replayed") == 4
    assert [turn.floor for turn in turns] == [0] * 9


def test_the_fifth_turn_is_waited_for_by_those_that_need_fewer_tokens() -> None:
    live = [due(n, Class.LIVE, ago=1) for n in range(8)]
    queue = filled(*live, due("dear", Class.BACKLOG, ago=3600))
    for _ in range(4):
        queue.take(NOW, plenty)
    dear = lane("dear")

    assert all_of(queue, lambda work, _floor: work != dear) == []
    assert next((turn.due.work, turn.floor) for turn in all_of(queue)) == (dear, 0)


def test_a_class_leaves_its_floor() -> None:
    turns = all_of(filled(due(1, Class.LIVE), due(2, Class.BACKLOG), due(3, Class.RETRY)))

    assert [turn.floor for turn in turns] == [0, 10, 20]


def test_a_space_without_tokens_keeps_no_other_waiting() -> None:
    queue = filled(*(due(n, Class.LIVE, space="lyon") for n in range(9)), due("here", Class.RETRY))

    assert keys(all_of(queue, lambda work, _floor: work.space != "lyon")) == ["here"]


def test_one_that_waits_for_tokens_says_so_once() -> None:
    queue = filled(due("live", Class.LIVE), due("old"))
    said = [queue.take(NOW, tokens(5)) for _ in range(3)]  # type: ignore[arg-type]

    assert [turn and (turn.short, keys([turn])) for turn in said] == [(True, ["live"]), None, None]
    assert len(queue) == 2


def test_of_many_that_wait_in_no_hurry_only_the_first_says_so() -> None:
    queue = filled(*(due(n, Class.RETRY) for n in range(400)))
    said = [queue.take(NOW, tokens(5)) for _ in range(9)]  # type: ignore[arg-type]

    assert len([turn for turn in said if turn]) == 1


def test_asked_twice_it_is_done_once_and_the_more_urgent_counts() -> None:
    queue = filled(due(1, Class.RETRY), due(2, Class.STAFF))

    assert [queue.put(due(1, Class.LIVE)), queue.put(due(1, Class.REPLAY))] == [False, False]
    assert keys(all_of(queue)) == ["1", "2"]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(list(Class)), st.integers(0, 300), st.sampled_from("ab")))
)
def test_each_is_taken_once_and_nothing_is_left(asked: list[tuple[int, Class, int, str]]) -> None:
    queue = filled(*(due(key, rank, ago, space) for key, rank, ago, space in asked))
    taken = [turn.due.work for turn in all_of(queue)]

    assert sorted(map(str, taken)) == sorted({f"contact:{space}:{key}" for key, _, _, space in asked})
    assert len(queue) == 0


@given(st.lists(st.tuples(st.sampled_from(list(Class)), st.integers(0, 300)), min_size=1), st.integers(0, 60))
def test_nobody_takes_tokens_that_are_anothers(asked: list[tuple[Class, int]], left: int) -> None:
    queue = filled(*(due(key, rank, ago) for key, (rank, ago) in enumerate(asked)))

    assert all(turn.floor + 6 <= left for turn in all_of(queue, tokens(left)))


def test_the_floors_never_fall_from_one_class_to_the_next() -> None:
    """Else the first of a space might wait for tokens that one behind it has."""
    assert [FLOORS[rank] for rank in Class] == sorted(FLOORS.values())
