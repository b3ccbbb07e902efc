"""The parts of a running bridge, built once from the settings: what the door and the commands are handed.

Nothing is opened before it is needed, so that `flask read` asks for no store and `flask settings` for no right setting.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import requests
from sqlalchemy import delete, insert, select

from bridge.crossing.drain import Crossing
from bridge.crossing.lane_run import Context
from bridge.crossing.opened import Opener
from bridge.crossing.plan import Plans
from bridge.engine.engine import THREADS, Chore, Engine
from bridge.errors import Faults
from bridge.hooks.registry import Hooks
from bridge.qomon import account, line
from bridge.qomon.catalogue import Catalogues
from bridge.qomon.client import Qomon
from bridge.qomon.pace import Pace, SharedBucket
from bridge.settings import Settings, read_settings
from bridge.store import vault as sealing
from bridge.store.group_commit import Together
from bridge.store.postgres import CONNECTIONS
from bridge.store.store import Store, lock
from bridge.store.tables import vault as vault_table
from bridge.store.vault import Vault


class Parts:
    """`http` mounts another Qomon in tests, `pace` knows no limit where speed is measured; `now` is the only clock."""

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], datetime],
        http: Callable[[], requests.Session] = line.session,
        pace: Callable[[], Pace] | None = None,
        chores: Sequence[Chore] = (),
    ) -> None:
        self.settings = settings
        self.now = now
        self._http = http
        self._pace = pace
        self._chores = chores
        self.connections = CONNECTIONS
        """The most that this process opens to a server; to be set before it opens any."""

    @property
    def faults(self) -> list[str]:
        """What is wrong with the settings, in the language of whoever is told."""
        return read_settings(self.settings.environ)[1]

    def start(self, threads: int = THREADS) -> None:
        """Open the store, begin to drain. Raises Faults when a setting is wrong or the store is behind."""
        if faults := self.faults:
            raise Faults(faults)
        self.engine.start(threads)

    def stop(self) -> None:
        """Finish what is in hand."""
        self.engine.stop()

    @cached_property
    def store(self) -> Store:
        """Up to date. Raises Faults: a wrong setting must not lead to another store, nor this code to older tables."""
        wrong = [fault for fault in self.faults if not fault.startswith("QOMON_TOKEN")]
        if wrong:
            raise Faults(wrong)
        store = Store(self.settings.database_url, self.connections)
        try:
            store.ready()
        except Faults:
            store.close()
            raise
        return store

    @cached_property
    def together(self) -> Together:
        """What the door accepts at the same time, in one commit."""
        return Together(self.store)

    @cached_property
    def vault(self) -> Vault:
        """Raises WrongKey when BRIDGE_KEY does not open this store, or its file is lost."""
        keys = self.settings.bridge_keys
        with self.store.write() as tx:
            lock(tx, ["vault"])
            rows = {row.name: row.sealed for row in tx.execute(select(vault_table))}
            if self.store.path is not None and not keys:
                keys = (sealing.kept_key(self.store.path.with_name("bridge.key"), new=not rows),)
            vault, renewed = sealing.open_vault(keys, rows)
            for name, sealed in renewed.items():
                tx.execute(delete(vault_table).where(vault_table.c.name == name))
                tx.execute(insert(vault_table).values(name=name, sealed=sealed))
        return vault

    @cached_property
    def spaces(self) -> Mapping[str, Qomon]:
        """One client per Qomon account, with its own pace. Raises Faults."""
        if faults := self.faults:
            raise Faults(faults)
        return {
            name: Qomon(space.url, space.token, self._paced(name), now=self.now, http=self._http())
            for name, space in self.settings.qomon.items()
        }

    def _paced(self, space: str) -> Pace:
        """Processes that share a server share what Qomon allows; a file has one process, which keeps it in memory."""
        if self._pace is not None:
            return self._pace()
        shared = self.settings.database_url.startswith("postgresql")
        return Pace(shared=SharedBucket(lambda: self.store, space, self.now) if shared else None)

    @cached_property
    def catalogues(self) -> Catalogues:
        return Catalogues(self.store)

    @cached_property
    def hooks(self) -> Hooks:
        said = self.settings
        return Hooks(said.environ.get, said.qomon, said.timezone, said.region, self._link_key)

    def _link_key(self, hook: str) -> bytes:
        """Asked when a link is read: never while a hook is loaded, which may be within a write."""
        return self.vault.link_key(hook)

    @cached_property
    def plans(self) -> Plans:
        return Plans(self.catalogues, self._space, self._omitted)

    @cached_property
    def context(self) -> Context:
        """What a crossing works with, and a preview."""
        return Context(self.store, self.vault, self.plans, self._space, self.now)

    @cached_property
    def crossing(self) -> Crossing:
        return Crossing(self.context, Opener(self.vault, self.hooks))

    def _space(self, name: str) -> Qomon:
        return self.spaces[name]

    def _omitted(self, name: str) -> frozenset[str]:
        with self.store.read() as tx:
            return account.omitted(tx, name)

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.store, self.crossing, self.now, writing=self.settings.writing, chores=self._chores)
