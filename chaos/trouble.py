"""What is done to the processes, the store and Qomon while the senders send: by a seed, one thing after the other."""

import random
import resource
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from sqlalchemy import select, text, update

from bridge.errors import StoreDown
from bridge.store.store import Store
from bridge.store.tables import event
from chaos.clock import Clock
from chaos.disk import Disk
from chaos.fleet import Process, Qomon, Web
from chaos.people import ERASED, KNOWN, PUT_BACK
from chaos.platform import Platform
from chaos.postgres import KILLS, Postgres
from chaos.senders import Answered

if TYPE_CHECKING:
    from chaos.qomon import Write

_READY = 30.0
FAULTS = (
    *("error_before", "error_after", "html", "truncated", "cut", "other_contact", "slow", "timeout_after", "quota"),
    "dribble",
)
_CALLS = (("PATCH", "contacts"), ("PATCH", "contacts"), ("POST", "contacts"), ("GET", "contacts"), ("POST", "search"))
SHAPES = {
    "shape": ("seed", "newer"),
    "alive": ("null", "zero", "go", "empty", "invalid"),
    "ids": ("number", "text", "spaced"),
    "refs": ("shown", "missing"),
    "echo": ("full", "full", "partial"),
}
"""How Qomon may show contacts: none of it is to make a difference."""
THEMES = (("water", 7310), ("sport", 7309), ("safety", 7307), ("housing", 7301))
"""What colleagues add and take away: choices of a form that no answer is about."""
_OVERLAP = (0.1, 0.8)
_FULL = (0.2, 1.0)
_AWAY = (0.0, 1.0)
_JUMPS = (-3 * 3600.0, 3 * 3600.0, 600.0, -60.0)
"""By which a clock is put wrong; in between it is put right again."""
_STILL = (0.1, 0.9)
"""Seconds, and below the 30 s of the campaign's clock after which a write that was sent counts as over."""


@dataclass
class Trouble:
    """`answered` and `urls` are the senders' lists. `often`: how likely something else comes before a kill. `ends`:
    seconds after a SIGTERM. `spoiled`: events whose records were overwritten.
    """

    dice: random.Random
    platform: Platform
    web: Web
    work: Process | None
    server: Postgres | None
    disk: Disk | None
    qomon: Qomon
    store: Store
    clock: Clock
    answered: Sequence[Answered]
    urls: list[str]
    until: float
    often: float = 0.5
    counted: Counter[str] = field(default_factory=Counter[str])
    ends: list[float] = field(default_factory=list[float])
    spoiled: set[str] = field(default_factory=set[str])
    _deck: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    _endings: list[threading.Thread] = field(default_factory=list[threading.Thread])
    _wishes: list["subprocess.Popen[bytes]"] = field(default_factory=list["subprocess.Popen[bytes]"])

    def kills(self, many: int) -> None:
        """So many kills, with everything else in between; then everything is let run again."""
        for _ in range(many):
            if time.monotonic() > self.until:
                break
            self._faults_of_qomon()
            self._another_shape()
            self._colleague()
            time.sleep(self.dice.uniform(0.05, 0.7))
            self._something_else()
            self._kill()
        self._running()
        if self.platform.old:
            self._to_this_version()
        self._ended()

    def _wish(self) -> None:
        """What people do meanwhile, by command: send again, put back, erase."""
        if not self.platform.stays:
            return
        theirs = {PUT_BACK: ("restore",), ERASED: ("forget", ERASED.mail, "--yes")}
        person = self.dice.choice((PUT_BACK, PUT_BACK, ERASED, *KNOWN[:3]))
        words = theirs.get(person, ("inbox", "replay"))
        if person != ERASED:
            over = [one.id for one in self.answered if one.event.person == person]
            words = (*words, self.dice.choice(over[-20:])) if over else ()
        if words:
            self.counted[f"flask {words[0]}"] += 1
            self._wishes.append(self.platform.command(*words))

    def _ended(self) -> None:
        for wish in self._wishes:
            with suppress(subprocess.TimeoutExpired):
                wish.wait(_READY)
        for ending in self._endings:
            ending.join()

    def _kill(self) -> None:
        kills = [self._kill_gunicorn, self._kill_its_worker]
        self.dice.choice([*kills, self._kill_work, self._kill_both] if self.work else kills)()
        if self.dice.random() < 0.85:  # else the next one comes while it starts
            self._running()

    def _kill_gunicorn(self) -> None:
        self.counted["kill -9 of gunicorn and its worker"] += 1
        self.web.kill()
        self.web.restart()

    def _kill_its_worker(self) -> None:
        self.counted["kill -9 of gunicorn's worker"] += 1
        self.web.kill_worker()

    def _kill_work(self) -> None:
        if self.work:
            self.counted["kill -9 of flask work"] += 1
            self.work.kill()
            self.work.restart()

    def _kill_both(self) -> None:
        self._kill_work()
        self._kill_gunicorn()

    def _running(self) -> None:
        """As the platform sees to it."""
        if not self.web.ready(_READY):
            self.counted["start gunicorn again"] += 1
            self.web.kill()
            self.web.restart()
            self.web.ready(_READY)
        if self.work and not self.work.alive():
            self.counted["start flask work again"] += 1
            self.work.restart()

    def _something_else(self) -> None:
        """Each kind once, in an order of its own, before any comes again."""
        if self.dice.random() < self.often:
            if not self._deck:
                of_the_store = (self._kill_server, self._kill_server, self._refuse) if self.server else (self._limit,)
                of_the_disk = (self._fill_disk,) if self.disk else ()
                wishes = [self._wish] * 3
                often = (*wishes, self._release, self._lock, self._hold_qomon, self._put_clock, self._put_clock)
                self._deck += (*often, *of_the_store, *of_the_disk, *[self._version] * 5)
                self.dice.shuffle(self._deck)
            self._deck.pop()()

    def _version(self) -> None:
        if not self.platform.stays:
            self._other_version()
        elif not self.counted["BRIDGE_KEY rotated"]:
            self._rotate()
        else:  # a record that does not open keeps the old key, which nobody can say it is not under
            self.dice.choice((self._spoil, self._spoil, self._rotate))()

    def _other_version(self) -> None:
        """The version before and this one, back and forth; once this one stays, it does what the other cannot read."""
        if not self.platform.old and self.dice.random() < 0.6:
            self._ended()
            self.platform.stays = True
        elif self.platform.old:
            self._to_this_version()
        else:
            self.counted["release: back to the version before"] += 1
            self.platform.old = True
            self._release()

    def _to_this_version(self) -> None:
        self.counted["release: this version instead of the one before"] += 1
        self.platform.upgrade()
        self._release()

    def _put_clock(self) -> None:
        """Only where this version stays: the one before takes a write for over when a clock jumps."""
        if not self.platform.stays:
            self._other_version()
            return
        off = 0.0 if self.clock.off else self.dice.choice(_JUMPS)
        self.counted[f"the clock {'back' if off < self.clock.off else 'forward'}"] += 1
        if self.server:
            self.server.put_clock(off)
        self.clock.put(off)

    def _refuse(self) -> None:
        if self.server:
            self.counted["Postgres takes no rows"] += 1
            self.server.refuse_rows()
            time.sleep(self.dice.uniform(*_FULL))
            self.server.take_rows()

    def _fill_disk(self) -> None:
        if self.disk:
            self.counted["disk full"] += 1
            self.disk.fill()
            time.sleep(self.dice.uniform(*_FULL))
            self.disk.free()

    def _spoil(self) -> None:
        """As when a disk or a hand was wrong: the record of one that waits is no record any more."""
        waiting = select(event.c.id).where(event.c.status == "open").order_by(event.c.seq.desc()).limit(1)
        with suppress(StoreDown), self.store.write() as tx:
            spoilt = update(event).where(event.c.id.in_(waiting.scalar_subquery()), event.c.status == "open")
            found = tx.execute(spoilt.values(record=self.dice.randbytes(200)).returning(event.c.id)).scalars().all()
            self.spoiled.update(found)
            self.counted["the record of a waiting event overwritten"] += len(found)

    def _rotate(self) -> None:
        """As docs/deploy.md says: a new key in front, every process anew, everything sealed anew, the old key away."""
        self.counted["BRIDGE_KEY rotated"] += 1
        old = self.platform.key
        self._anew(f"an invented key of a chaos campaign {self.dice.random()},{old}")
        if self.dice.random() < 0.5:
            self.counted["flask keys rotate killed"] += 1
            self.platform.rotate(self.dice.uniform(0.3, 1.5))
        if self.platform.rotate():
            self._anew(self.platform.key.partition(",")[0])
        else:
            self.counted["flask keys rotate left something"] += 1

    def _anew(self, key: str) -> None:
        """Every process ends, then others begin: one without a new key cannot read what one with it seals."""
        self._ended()
        for process in filter(None, (self.web, self.work)):
            self._end(process)
        self.platform.key = key
        self.web, self.work = self.platform.start()
        self.urls[:] = [self.web.url]
        self._running()

    def _release(self) -> None:
        """Old and new serve, drain and write at the same time, until the old ones end."""
        self.counted["release with overlap (SIGTERM)"] += 1
        old = (self.web, self.work)
        web, work = self.platform.start()
        if not web.ready(_READY):
            raise RuntimeError("a new release did not start")
        self.urls[:] = [self.web.url, web.url]
        time.sleep(self.dice.uniform(*_OVERLAP))
        self.web, self.work = web, work
        self.urls[:] = [web.url]
        for process in old:
            if process:
                ending = threading.Thread(target=self._end, args=(process,))
                ending.start()
                self._endings.append(ending)

    def _end(self, process: Process) -> None:
        self.ends.append(process.release())

    def _lock(self) -> None:
        self.counted["store locked by another process"] += 1
        with suppress(StoreDown), self.store.write() as tx:  # SQLite has one writer
            if self.server:
                tx.execute(text("LOCK TABLE lane IN ACCESS EXCLUSIVE MODE"))
            time.sleep(6.0 if self.dice.random() < 0.1 else self.dice.uniform(0.1, 1.5))

    def _kill_server(self) -> None:
        if self.server:
            how = self.dice.choice(KILLS)
            self.counted[f"Postgres killed ({how.name})"] += 1
            self.server.kill(how)
            time.sleep(self.dice.uniform(*_AWAY))
            self.server.restart()
            self.server.ready()

    def _limit(self) -> None:
        """Every write of the worker to a file fails for a moment, as on a full or read-only disk."""
        self.counted["store not writable"] += 1
        spared = {worker: resource.prlimit(worker, resource.RLIMIT_FSIZE) for worker in self.web.workers}
        for worker, (_, most) in spared.items():
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, most))
        time.sleep(self.dice.uniform(*_FULL))
        for worker, limits in spared.items():
            with suppress(ProcessLookupError):
                resource.prlimit(worker, resource.RLIMIT_FSIZE, limits)

    def _hold_qomon(self) -> None:
        self.counted["Qomon stands still"] += 1
        self.qomon.hold(self.dice.uniform(*_STILL))

    def _another_shape(self) -> None:
        if self.dice.random() < 0.3:
            self.counted["Qomon shows contacts otherwise"] += 1
            self.qomon.switch(**{name: self.dice.choice(spellings) for name, spellings in SHAPES.items()})

    def _colleague(self) -> None:
        """Somebody works on a contact that the bridge knows, between the bridge's read and its write."""
        written = {write["contact"] for write in cast("list[Write]", self.qomon.ask("/_chaos/writes"))}
        known = [person.contact for person in KNOWN if person.contact in written]
        if known and self.dice.random() < 0.5:
            name, (data, ref) = self.dice.choice(("added", "removed")), self.dice.choice(THEMES)
            self.counted[f"Qomon: a colleague {name} an answer"] += 1
            edit = {"formdatas": [{"form_id": 730, "form_ref_id": ref, "data": data}]}
            self.qomon.plan("GET", "contacts", name, contact=self.dice.choice(known), edit=edit)

    def _faults_of_qomon(self) -> None:
        for _ in range(self.dice.randint(0, 4)):
            (method, path), fault = self.dice.choice(_CALLS), self.dice.choice(FAULTS)
            if fault != "other_contact" or (
                path == "contacts" and method != "POST"
            ):  # nobody could tell a wrong new id
                self.counted[f"Qomon: {fault}"] += 1
                self.qomon.plan(method, path, fault)
