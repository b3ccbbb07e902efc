"""What platforms and watchers are told: /health of the door and its store, /ready of the whole process."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bridge.inbox import lanes
from bridge.model import Class
from bridge.store.tables import health, lane, space
from schemas.normal import epoch_ms
from tests.support.json_hook import plain_house
from tests.support.whole_bridge import House


def asked(house: House, path: str = "/health") -> tuple[int, str | None]:
    """A second and more after it was asked last."""
    house.clock.move(seconds=2)
    answer = house.door.get(path)
    assert answer.mimetype == ("application/json" if answer.status_code == 200 else "application/problem+json")
    return answer.status_code, answer.get_json().get("reason")


def writes(house: House) -> int:
    with house.services.store.read() as tx:
        return tx.scalar(select(health.c.writes)) or 0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[House]:
    """Nobody takes what is due: only the sweep looks."""
    house = plain_house(tmp_path)
    house.services.engine.start(0)
    yield house
    house.services.stop()


def waits(house: House, seconds: float, class_: Class = Class.LIVE, owner: str | None = None) -> None:
    due = epoch_ms(house.clock() - timedelta(seconds=seconds))
    row = {"lane": f"event:{seconds}", "space": "default", "due": due, "class": class_, "owner": owner}
    with house.services.store.write() as tx:
        tx.execute(insert(lane), row)


def test_health_is_200_while_the_store_takes_writes_and_tells_no_more(house: House) -> None:
    answer = house.door.get("/health")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_a_problem_says_why_in_one_word_and_when_to_ask_again(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    house.door.get("/health")
    (tmp_path / "bridge.db").unlink()
    house.clock.move(seconds=2)
    answer = house.door.get("/health")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.get_json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The bridge cannot work now: away.",
        "reason": "away",
        "request": answer.headers["X-Request-Id"],
    }


def test_health_says_that_a_setting_is_wrong_without_opening_anything(tmp_path: Path) -> None:
    house = House(tmp_path, (), TIMEZONE="Nowhere")

    assert asked(house) == (503, "settings")
    assert "store" not in vars(house.unopened)


@pytest.mark.usefixtures("both_stores")
def test_a_real_row_is_written_at_most_once_a_second_however_many_ask(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    for _ in range(5):
        house.door.get("/health")
    first = writes(house)
    house.clock.move(seconds=1)
    house.door.get("/health")
    second = writes(house)
    house.clock.move(hours=-3)
    house.door.get("/health")

    assert (first, second, writes(house)) == (1, 2, 3)


def test_who_asks_while_another_waits_for_the_store_is_told_at_once_what_was_last_known(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert asked(house) == (200, None)
    with ThreadPoolExecutor(1) as pool:
        with house.services.store.write():
            first = pool.submit(asked, house)
            with pytest.raises(TimeoutError):
                first.result(0.1)
            second = asked(house)
        assert first.result(10) == (200, None)

    assert second == (200, None)


def test_a_process_whose_threads_do_not_run_is_healthy_and_not_ready(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    before = asked(house), asked(house, "/ready")
    house.services.engine.start(0)
    during = asked(house, "/ready")
    house.services.stop()

    assert (*before, during) == ((200, None), (503, "threads"), (200, None))
    assert asked(house, "/ready") == (503, "threads")


def test_what_just_came_and_waits_for_a_minute_is_late(running: House) -> None:
    waits(running, 50)
    early = asked(running, "/ready")
    running.clock.move(seconds=10)

    assert (early, asked(running, "/ready"), asked(running)) == ((200, None), (503, "late"), (200, None))


def test_a_lane_whose_runner_died_is_late_too(running: House) -> None:
    waits(running, 70, owner="somebody")

    assert asked(running, "/ready") == (503, "late")


def test_what_comes_later_by_its_class_may_wait(running: House) -> None:
    for number, class_ in enumerate(Class):
        if class_ is not Class.LIVE:
            waits(running, 1000 + number, class_)

    assert asked(running, "/ready") == (200, None)


def test_what_waits_because_a_person_stopped_the_space_is_not_late(running: House) -> None:
    waits(running, 300)
    late = asked(running, "/ready")
    with running.services.store.write() as tx:
        tx.execute(insert(space), {"space": "default", "paused": 1})
    stopped = asked(running, "/ready")
    with running.services.store.write() as tx:
        tx.execute(update(space).values(paused=None))

    assert (late, stopped, asked(running, "/ready")) == ((503, "late"), (200, None), (503, "late"))


@pytest.mark.usefixtures("both_stores")
def test_the_clock_of_the_store_says_since_when_something_waits(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    waits(house, 59)
    with house.services.store.read() as tx:
        early = lanes.late(tx, house.clock(), timedelta(minutes=1))
    house.clock.move(seconds=1)
    with house.services.store.read() as tx:
        assert (early, lanes.late(tx, house.clock(), timedelta(minutes=1))) == (False, True)


def test_what_waits_because_nothing_is_to_be_written_is_not_late(tmp_path: Path) -> None:
    house = plain_house(tmp_path, WRITING="off")
    waits(house, 300)
    house.services.engine.start(0)
    answer = asked(house, "/ready")
    house.services.stop()

    assert answer == (200, None)


def test_a_store_that_is_down_is_not_ready_either(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    house.services.engine.start(0)
    (tmp_path / "bridge.db").unlink()
    answer = asked(house, "/ready")
    house.services.stop()

    assert answer == (503, "away")
