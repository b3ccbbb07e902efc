"""The wired services of a running bridge: what the door, the engine and the commands are handed.

Made from the settings; nothing is opened before `open`, so that `flask read` asks for no store and `flask settings` for
no right setting.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, repeat
from threading import RLock
from typing import Self

import requests
from sqlalchemy import Connection, delete, insert, select

from bridge.crossing.drain import Crossing
from bridge.crossing.lane_run import Context
from bridge.crossing.opened import Opener
from bridge.crossing.plan import Plans
from bridge.crossing.right_of_way import RightOfWay
from bridge.crossing.steady import Steady
from bridge.engine.engine import Engine, Task
from bridge.engine.threads import Threads
from bridge.errors import Faults, NoAccount, StoreBehind, StoreDown
from bridge.hooks import stored
from bridge.hooks.registry import Hooks
from bridge.qomon import account, line
from bridge.qomon.catalogue import Catalogues
from bridge.qomon.client import Qomon
from bridge.qomon.pace import Pace, SharedBucket
from bridge.settings import Settings, read_settings
from bridge.store import vault as sealing
from bridge.store.counters import CALLS, SECONDS, TOOK, Counters
from bridge.store.group_commit import GroupCommit
from bridge.store.postgres import CONNECTIONS
from bridge.store.sealed_columns import still_under
from bridge.store.store import Store, lock
from bridge.store.tables import vault as vault_table
from bridge.store.vault import Vault, WrongKey

log = logging.getLogger(__name__)

_AGAIN = (1.0, 2.0, 5.0)
"""Seconds between two looks for a store that was away at the start; the last for as long as it takes."""
_WAITS = {
    "": "the store is not there yet: nothing is received",
    "behind": "the store lacks tables of this version: nothing is received until `flask upgrade` was run",
    "wrong_key": "BRIDGE_KEY does not open the store: nothing is received",
}
"""By the reason."""
_COUNTED = 60.0
"""Seconds after which what was counted is added to the store."""
_TOLD = 60.0
"""Seconds between two lines of the log about that."""
_AT_A_FILE, _AT_A_SERVER = 1, 4
"""How many cross at once in this process: whoever waits for a server's answer leaves Python to the others."""


class Services:
    """`http` mounts another Qomon in tests, `pace` knows no limit where speed is measured; `now` is the only clock, but
    that `clock` measures how long a call takes, in seconds, and is never put back."""

    store: Store
    group_commit: GroupCommit
    """What the door accepts at the same time, in one commit."""
    catalogues: Catalogues
    hooks: Hooks
    plans: Plans
    vault: Vault
    context: Context
    """What a crossing works with, and a preview."""
    crossing: Crossing
    engine: Engine

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], datetime],
        http: Callable[[], requests.Session] = line.session,
        pace: Callable[[], Pace] | None = None,
        tasks: Sequence[tuple[str, timedelta, Callable[["Services"], None]]] = (),
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.settings = settings
        self.now, self._clock = now, clock
        self._http, self._pace, self._tasks = http, pace, tasks
        self.connections = CONNECTIONS
        """The most that this process opens to a server; to be set before it opens any."""
        self._steady = Steady(now, clock)
        self.counters = Counters()
        """What this process counted since the last minute, for the metrics."""
        self._opening = RLock()
        self._opened: set[str] = set()
        self._starter: threading.Thread | None = None
        self._ending = threading.Event()
        self.wait: Callable[[float], object] = self._ending.wait
        """So many seconds, or until this process ends: for what is done while somebody looks on."""
        self.away: str | None = None
        """Why this process, which began to serve, has no store yet: a word of StoreDown's."""
        self.forwarded = False
        """Whether a call came with the word of a proxy about its caller, while none is believed."""
        self.called_elsewhere: dict[str, datetime] = {}
        """When a webhook, by its address, was last called under another host than PUBLIC_URL's, and let in."""

    @property
    def faults(self) -> list[str]:
        """What is wrong with the settings, in the language of whoever is told."""
        return read_settings(self.settings.environ)[1]

    def start(self, threads: int | None = None, *, pause: Callable[[float], bool] | None = None) -> None:
        """Open everything, begin to drain. Raises Faults when a setting is wrong, WrongKey. `threads`: for what this
        process accepts.

        While the store is away, or waits for its upgrade, one thread goes on looking for it, and whoever asks for the
        store meanwhile is told that it is down (docs/ledger.md 27a). `pause` waits for so many seconds, and says
        whether the process ends.
        """
        if faults := self.faults:
            raise Faults(faults)
        if not self._comes_up(threads):
            waiting = (threads, pause or self._ending.wait)
            self._starter = threading.Thread(target=self._come_up, args=waiting, name="start", daemon=True)
            self._starter.start()

    def stop(self) -> None:
        """Finish what is in hand."""
        self._ending.set()
        if self._starter is not None:
            self._starter.join(_AGAIN[0])
        if "vault" in self._opened:
            self.engine.stop()
            with suppress(StoreDown):
                self.counters.keep(self.store)

    def keep_counts(self, pause: Callable[[float], bool]) -> None:
        """Each process its own: on a server the engine's periodic work is done by one of them. `pause`: as of `start`.
        What could not be kept is kept the next time.
        """
        while not pause(_COUNTED):
            try:
                self.counters.keep(self.store)
            except StoreDown:
                log.warning("the store is down: what was counted is kept for later")
            except Exception:  # this thread must not end before its process
                log.exception("what was counted could not be kept")

    def revive(self) -> None:
        """A thread that died begins anew."""
        if "vault" in self._opened:
            self.engine.revive()

    def _comes_up(self, threads: int | None) -> bool:
        try:
            engine = self._open().engine
            engine.start() if threads is None else engine.start(threads)
        except StoreBehind:
            self.away = "behind"
        except StoreDown as down:
            self.away = down.reason
        else:
            self.away = None
            counting = threading.Thread(
                target=self.keep_counts, args=(self._ending.wait,), name="counters", daemon=True
            )
            counting.start()
        return self.away is None

    def _come_up(self, threads: int | None, pause: Callable[[float], bool]) -> None:
        untold = _TOLD
        for seconds in chain(_AGAIN, repeat(_AGAIN[-1])):
            if untold >= _TOLD:
                log.warning(_WAITS.get(self.away or "", _WAITS[""]), extra={"reason": self.away})
                untold = 0.0
            if pause(seconds):
                return
            untold += seconds
            try:
                if self._comes_up(threads):
                    log.info("the store is there")
                    return
            except WrongKey:  # what came is another store: it may yet be put right
                self.away = "wrong_key"
            except Exception:  # this thread must not end before the store is there
                log.exception("the start failed")

    def open(self) -> Self:
        """Store, vault and what works with them, in this order; nothing the second time. Raises Faults; StoreDown;
        WrongKey when BRIDGE_KEY does not open this store, or its file is lost.
        """
        if self.away is not None:
            raise StoreDown("the store is not there yet", self.away)
        return self._open()

    def _open(self) -> Self:
        if "vault" in self._opened:
            return self
        with self._opening:
            if "vault" not in self._opened:
                self.open_store()
                self.vault = _vault(self.store, self.settings.bridge_keys)
                self.context = Context(
                    self.store,
                    self.vault,
                    self.plans,
                    self._qomon,
                    self.now,
                    self.now(),
                    self._steady,
                    self._way,
                    self.counters,
                )
                self.crossing = Crossing(self.context, Opener(self.vault, self.hooks))
                self.engine = self._engine()
                for name, interval, do in self._tasks:
                    self.engine.every(Task(name, interval, partial(do, self)))
                self.store.admit = self._admit
                self._opened.add("vault")
        return self

    def open_store(self) -> Self:
        """Only the store and what asks for no key: enough for people's brake. Raises Faults and StoreDown."""
        with self._opening:
            if "store" not in self._opened:
                self.store = self._store()
                self.group_commit = GroupCommit(self.store)
                self.catalogues = Catalogues(self.store)
                given = self.settings
                self.hooks = Hooks(
                    given.environ.get, given.qomon, given.timezone, given.region, self._link_key, self._secret
                )
                self.plans = Plans(self.catalogues, self._qomon, self._omitted)
                self._way = RightOfWay(_AT_A_SERVER if self.store.shared else _AT_A_FILE)
                self._spaces = {
                    name: Qomon(
                        space.url,
                        space.token,
                        self._paced(name),
                        now=self.now,
                        http=self._http(),
                        clock=self._clock,
                        aside=self._way.aside,
                        counted=partial(_called, self.counters, name),
                    )
                    for name, space in given.qomon.items()
                }
                self._opened.add("store")
        return self

    @property
    def spaces(self) -> Mapping[str, Qomon]:
        """One client per Qomon account, with its own pace. Raises Faults."""
        if faults := self.faults:
            raise Faults(faults)
        return self._spaces

    def _qomon(self, space: str) -> Qomon:
        """Raises NoAccount for one without a token: Qomon would take that for a key that it refuses."""
        if space not in self._spaces or not self.settings.qomon[space].token:
            raise NoAccount(self.faults)
        return self._spaces[space]

    def _store(self) -> Store:
        """Up to date. Raises Faults: a wrong setting must not lead to another store, nor this code to older tables."""
        wrong = [fault for fault in self.faults if not fault.startswith("QOMON_TOKEN")]
        if wrong:
            raise Faults(wrong)
        store = Store(self.settings.database_url, self.connections)
        try:
            store.ready()
        except BaseException:
            store.close()
            raise
        return store

    def _admit(self, found: Store) -> None:
        """A file put in the place of ours: a backup of it goes on, another store's does not, and is not written."""
        with found.read() as tx:
            rows = {row.name: row.sealed for row in tx.execute(select(vault_table))}
        if not self.vault.is_of(rows):
            raise StoreDown("the file in the place of the store is another store's", "replaced")
        self.hooks.forget()
        self.plans.forget()

    def _engine(self) -> Engine:
        writing = self.settings.writing
        if not self.store.shared:
            return Threads(self.store, self.crossing, self.now, writing=writing)
        from bridge.engine.procrastinate import Jobs  # what only a store on a server needs takes memory

        return Jobs(self.settings.database_url, self.store, self.crossing, self.now, writing=writing)

    def _paced(self, space: str) -> Pace:
        """Processes that share a server share what Qomon allows; a file has one process, which keeps it in memory."""
        if self._pace is not None:
            return self._pace()
        return Pace(shared=SharedBucket(self.store, space, self.now) if self.store.shared else None)

    def _link_key(self, hook: str) -> bytes:
        """Asked when a link is read: never while a hook is loaded, which may be within a write."""
        return self.vault.link_key(hook)

    def _secret(self, sealed: bytes) -> str | None:
        """A stored secret, once the vault is open: people's brake asks for no key."""
        return stored.value(self.vault, sealed) if "vault" in self._opened else None

    def _omitted(self, space: str) -> frozenset[str]:
        with self.store.read() as tx:
            return account.omitted(tx, space)


def _called(counters: Counters, space: str, method: str, status: str, seconds: float) -> None:
    """A call to Qomon. Of how long it took each is counted in one bucket; `sum` holds milliseconds."""
    end = next((str(one) for one in SECONDS if seconds <= one), "+Inf")
    counters.add(CALLS, space=space, method=method, status=status)
    counters.add(TOOK, space=space, le=end)
    counters.add(TOOK, max(1, round(seconds * 1000)), space=space, le="sum")


def _vault(store: Store, keys: tuple[str, ...]) -> Vault:
    """Written at the first start and for a new key only: whoever just looks needs no store that can be written."""

    def opened(tx: Connection) -> sealing.Opened:
        rows = {row.name: row.sealed for row in tx.execute(select(vault_table))}
        kept = store.path.with_name("bridge.key") if store.path is not None and not keys else None
        return sealing.open_vault((sealing.kept_key(kept, new=not rows),) if kept else keys, rows)

    with store.read() as tx:
        found = opened(tx)
    if found.dropped and (used := still_under(store, found.vault, found.dropped)):
        raise sealing.WrongKey(sealing.still_in_use(sorted(used)))
    if found.renewed:
        with store.write() as tx:
            lock(tx, ["vault"])
            found = opened(tx)
            for name, sealed in found.renewed.items():
                tx.execute(delete(vault_table).where(vault_table.c.name == name))
                if sealed is not None:
                    tx.execute(insert(vault_table).values(name=name, sealed=sealed))
    return found.vault
