"""A bridge whose process dies or stands still at a chosen moment, in front of a sandbox that goes on.

What a process leaves behind is what it committed and what Qomon received: the next one finds that and nothing else.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import requests
from sqlalchemy import Connection
from sqlalchemy.event import listen

from bridge.crossing.work import CrossLane, read_work
from bridge.inbox import lanes
from bridge.services import Services
from bridge.store import tables
from bridge.store.patience import Patience
from bridge.store.store import Store
from schemas import normal
from tests.support.json_hook import PROOF, TOKEN, rows
from tests.support.whole_bridge import QOMON, House
from tests.support.wsgi_adapter import Mounted

if TYPE_CHECKING:
    from bridge.store.sqlite import Sqlite

What = Literal["write", "call", "PATCH", "POST"]
When = Literal["before", "after"]
_MOST = 1200
"""Transactions and calls of one drain of these tests, by far: more means that it never ends."""


class Died(BaseException):
    """The process is no more. Nothing in the bridge catches this."""


class Endless(BaseException):
    """Something goes on for ever, at a clock that stands still."""


@dataclass(slots=True)
class Fate:
    """What befalls whoever makes the n-th transaction or call from now on."""

    what: What = "write"
    when: When = "before"
    left: int = 0
    act: Callable[[], None] | None = None
    passed: int = 0

    def meet(self, what: What, when: When) -> None:
        self.passed += 1
        if self.passed > _MOST:
            raise Endless
        if self.left and (what, when) == (self.what, self.when):
            self.left -= 1
            if not self.left and self.act:
                self.act()


def die() -> None:
    raise Died


def _unhurried(connection: Any, _record: object) -> None:
    """Processes die here, the machine does not: nobody need wait for the disk."""
    connection.execute("PRAGMA synchronous = OFF")


class BrittleStore(Store):
    """Stops before a transaction, which then never was, or after its commit."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate = fate
        listen(cast("Sqlite", self._database).engine, "connect", _unhurried)

    @contextmanager
    def write(self, patience: Patience | None = None) -> Iterator[Connection]:
        self._fate.meet("write", "before")
        with super().write(patience) as connection:
            yield connection
        self._fate.meet("write", "after")


class Line(Mounted):
    """The line to Qomon. Stops before a request was sent, or after Qomon had it and before the answer was read."""

    def __init__(self, house: "BrittleHouse") -> None:
        super().__init__(house.qomon)
        self._house = house

    def send(self, request: requests.PreparedRequest, *more: Any, **options: Any) -> requests.Response:
        what: What = cast("What", request.method) if "/contacts" in request.path_url else "call"
        self._house.fate.meet("call", "before")
        self._house.fate.meet(what, "before")
        answer = super().send(request, *more, **options)
        self._house.notice_births()
        self._house.fate.meet("call", "after")
        self._house.fate.meet(what, "after")
        return answer


@cache
def _prepared(hook: str) -> Path:
    """The files of a bridge with its tables, its keys, one hook and Qomon's forms: each example starts on a copy."""
    folder = Path(tempfile.mkdtemp(prefix="bridge-"))
    house = House(folder, (hook,), JSON_TOKEN=TOKEN)
    house.read_catalogue()
    house.services.vault.fingerprint("made")
    house.services.store.close()
    return folder


class Process(Services):
    """One whose store breaks as its fate says."""

    def __init__(self, fate: Fate, *given: Any) -> None:
        super().__init__(*given)
        self._fate = fate

    def _store(self) -> Store:
        return BrittleStore(self.settings.database_url, self._fate)


class BrittleHouse(House):
    """`born`: the mails of the contacts that were made in Qomon, by their ids. `robbed`: leases that somebody broke."""

    def __init__(self, hook: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bridge-")
        shutil.copytree(_prepared(hook), self._folder.name, dirs_exist_ok=True)
        super().__init__(Path(self._folder.name), (), JSON_TOKEN=TOKEN)
        self.fate = Fate()
        self.born: dict[int, str] = {}
        self.robbed: list[tuple[str, str]] = []
        self._running: dict[tuple[str, str], int] = {}
        self._met = set(self.sandbox.contacts.all)
        self.restart()

    def restart(self) -> None:
        """Another process over the same store."""
        self.services.store.close()
        self.app.extensions["bridge"] = self.process()

    def process(self) -> Services:
        return Process(self.fate, self.unopened.settings, self.clock, self._line)

    def close(self) -> None:
        self.services.store.close()
        self._folder.cleanup()

    def live(self, work: Callable[[], Any], fate: Fate | None = None) -> None:
        """Do this while that is planned; a process that dies of it is followed by another one."""
        self._plan(fate or Fate())
        try:
            work()
        except Died:
            self.restart()
        except Endless:
            raise AssertionError("this drain never ends") from None
        finally:
            self._plan(Fate())
            self._watch_leases()

    def overtaken(self, seconds: float, dies: Fate, event: str) -> None:
        """This process stands still for so long; meanwhile another one takes this event, then all that is due, and may
        die of it.
        """
        self.clock.move(seconds=seconds)
        mine = self._running = self._leases()
        passed, other = self.fate.passed, self.process()
        self._plan(dies)
        self.fate.passed = passed
        try:
            self.work(event, other)
            other.engine.drain_all()
        except Died:
            pass
        finally:
            other.store.close()
            self.fate.left = 0
        self._watch_leases()
        self._running = {lease: due for lease, due in self._leases().items() if lease not in mine}

    def _leases(self) -> dict[tuple[str, str], int]:
        """Whose leases run, and until when."""
        now = normal.epoch_ms(self.clock())
        return {(row.lane, row.owner): row.due for row in rows(self, tables.lane) if row.owner and row.due > now}

    def _watch_leases(self) -> None:
        """A lease that would still run is gone: somebody else worked there."""
        now, left = normal.epoch_ms(self.clock()), self._leases()
        self.robbed += [lease for lease, due in self._running.items() if due > now and lease not in left]
        self._running = {}

    def step(self, number: int) -> None:
        """One turn of one of the lanes that are due."""
        with self.services.store.read() as tx:
            due = lanes.due(tx, self.clock())
        if due:
            self.services.crossing.drain(CrossLane(due[number % len(due)].lane))

    def work(self, event: str, process: Services | None = None) -> None:
        """One turn of the lane where this event waits, by this process or by another one."""
        (row,) = (row for row in rows(self, tables.event) if row.id == event)
        if row.lane is not None:
            (process or self.unopened).open().crossing.drain(read_work(row.lane, row.space))

    def hand_in(self, body: dict[str, Any], key: str) -> Any:
        """One delivery; the answer's only event."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **PROOF}
        answer = self.door.post("/hooks/essai234", data=json.dumps(body).encode(), headers=headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        (event,) = answer.get_json()["events"]
        return event

    def notice_births(self) -> None:
        for id_ in set(self.sandbox.contacts.all) - self._met:
            self.born[id_] = self.sandbox.contacts.all[id_]["mail"]
            self._met.add(id_)

    def _plan(self, fate: Fate) -> None:
        """The stores and lines know the one object."""
        self.fate.what, self.fate.when, self.fate.left, self.fate.act = fate.what, fate.when, fate.left, fate.act
        self.fate.passed = 0

    def _line(self) -> requests.Session:
        session = requests.Session()
        session.mount(QOMON, Line(self))
        return session
