"""What each process counts for the metrics comes into the store each minute, though the store is away for a while."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bridge.services import Services
from bridge.store import counters
from bridge.store.counters import ANSWERS
from bridge.store.tables import counter
from tests.support.json_hook import plain_house
from tests.support.whole_bridge import House


@dataclass
class Minutes:
    """Time as it is passed in: what happens in each minute; the process ends after the last of them."""

    events: Sequence[Callable[[], object]]
    seconds: list[float] = field(default_factory=list[float])

    def __call__(self, seconds: float) -> bool:
        if len(self.seconds) == len(self.events):
            return True
        self.events[len(self.seconds)]()
        self.seconds.append(seconds)
        return False


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


def answered(services: Services, times: int = 1) -> None:
    services.counters.add(ANSWERS, times, status="200")


def kept(house: House) -> int:
    with house.services.store.read() as tx:
        return sum(value for name, _labels, value in counters.kept(tx) if name == ANSWERS)


def quiet() -> None:
    """A minute in which nothing happens."""


@pytest.mark.usefixtures("both_stores")
def test_what_all_processes_counted_is_added_up_in_the_store_each_minute(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    seen: list[int] = []
    other = Services(house.services.settings, house.clock).open()
    with closing(other.store):
        for services in (house.services, other):
            minutes = Minutes([partial(answered, services, 2), lambda: seen.append(kept(house)), quiet])
            services.keep_counts(minutes)
            assert minutes.seconds == [60, 60, 60]
    assert seen == [2, 4]
    assert kept(house) == 4


def test_what_is_counted_while_the_store_is_away_is_kept_when_it_is_back(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    path = house.services.store.path
    assert path is not None
    gone = path.with_name("elsewhere")

    def away() -> None:
        answered(house.services)
        path.rename(gone)

    def again() -> None:
        gone.rename(path)

    house.services.keep_counts(
        Minutes([lambda: answered(house.services), away, lambda: answered(house.services), again])
    )

    assert kept(house) == 3
    assert [one.message for one in caplog.records].count("the store is down: what was counted is kept for later") == 2


def test_a_fault_does_not_end_the_counting(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with no_table(house) as back:
        house.services.keep_counts(Minutes([lambda: answered(house.services), back, quiet]))

    assert "what was counted could not be kept" in caplog.text
    assert kept(house) == 1


@contextmanager
def no_table(house: House) -> Iterator[Callable[[], None]]:
    """The table is not there until it is called back."""
    with house.services.store.write() as tx:
        counter.drop(tx)

    def back() -> None:
        with house.services.store.write() as tx:
            counter.create(tx)

    yield back


def test_a_process_that_serves_counts_by_a_thread_of_its_own_which_ends_with_it(house: House) -> None:
    def counting() -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one.name == "counters"]

    before = counting()
    house.unopened.start()
    (mine,) = [one for one in counting() if one not in before]
    answered(house.services)
    house.unopened.stop()
    mine.join(10)

    assert not mine.is_alive()
    assert kept(house) == 1
