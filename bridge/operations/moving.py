"""A store that moves to another database while forms go on arriving: what waited goes on by itself, in one of the two
stores only. How rows travel is `bridge/store/portable.py`; a store that comes back from a file, `from_backup`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import Connection, Table, delete, func, insert, select, true, tuple_, update

from bridge.errors import BridgeError
from bridge.inbox import events
from bridge.inbox.duplicates import HASH_WINDOW
from bridge.model import Class, Lane, Outcome
from bridge.operations.alerts.outbox import CHOSEN
from bridge.report import report
from bridge.store import portable, store, tables
from bridge.store import vault as sealing
from bridge.store.portable import Row
from bridge.store.store import Store
from bridge.store.tables import event, hook, identity, intent, lane, metadata
from bridge.store.vault import BrokenSeal, Vault
from schemas import normal

SETTINGS = ("vault", "hook", "revision", "pin", "secret", "brake", "space", "catalogue", "account", "preference")
"""What a store needs to receive, to know what it receives, and who may look."""
OF_HOOKS = ("revision", "pin", "secret", "brake")
OF_EVENTS = ("identity", "receipt", "undo", "creating")
"""They go with their event, once: what the new store has done with them since is not undone by a second copy."""
USED_UP = ("undo", "creating")
"""Of those, what is gone again when it has been used."""
KNOWN = ("delivery", "refused", "withdrawn", "mark", "seen", "known", "spread", "hourly", "job", "audit", "card")
"""What is known when an event is judged, and so is there before any."""
STAYS = ("lane", "intent", "bucket", "health", "attempt", "figures", "alert", "channel", "counter")
"""Who works on what, what Qomon allows just now, who typed a wrong password, what was counted and told: made anew."""
GOES: Mapping[str, Any] = {"preference": CHOSEN}
"""Of a table that goes along, which of its rows do, if not all: what is to be told belongs to what was told."""
_NEWER = {
    "withdrawn": ("submitted_at",),
    "mark": ("submitted_at", "seq"),
    "known": ("at",),
    "secret": ("until",),
    "preference": ("at",),
}
"""By what the newer of two rows is known; of others the new store's own stays."""
_CROSSES = ("queued", "held", "failed", "delivered", "created", "unchanged", "restored")
"""Outcomes of what was sent on, or will be: not of what was only looked at."""
_ELSEWHERE = "moved"
"""In the place of Qomon's fault: of an event that is held here because it waits in the new store."""
_MARGIN = 1_000_000_000
"""Numbers left free for what the old store receives until the new one does: each event keeps its own (docs/ledger.md
17)."""
_BY_NAME = metadata.tables

Progress = Callable[[str, int], None]
"""Told of each table, and how many of its rows are over."""


class NotMoved(BridgeError):
    """It cannot be done as the stores are; the message says why, and nothing was changed."""


def vault_of(tx: Connection, keys: Sequence[str], path: Path | None) -> Vault:
    """What opens these rows; without BRIDGE_KEY the key is in the file beside `path`. Raises WrongKey."""
    kept = () if keys or path is None else (sealing.kept_key(path.with_name("bridge.key"), new=False),)
    return sealing.open_vault((*keys, *kept), sealed(tx)).vault


def alone(one: Store) -> None:
    if portable.served(one):
        raise NotMoved(_("A bridge has this store open: stop it first. Nothing was changed."))


def going(tx: Connection, table: Table) -> Iterator[list[Row]]:
    """The rows of a table that go along."""
    return portable.rows(tx, table, GOES.get(table.name, true()))


def sealed(tx: Connection) -> dict[str, bytes]:
    return {row.name: row.sealed for row in tx.execute(select(tables.vault))}


def reported(vault: Vault, row: Row, outcome: Outcome, reason: str | None = None) -> bytes:
    """Its report with this outcome; one that does not open stays as it is, and stops nobody (docs/ledger.md 5)."""
    sealed_: bytes = row["report"]
    try:
        return vault.seal(report.ended(cast("dict[str, Any]", vault.unseal(sealed_)), outcome, reason))
    except BrokenSeal:
        return sealed_


@dataclass(frozen=True, slots=True)
class Move:
    """From an old store to a new one, in two steps that may each be cut and repeated. The first gives the new one all
    that it needs to receive; the second, when it does and the old one has stopped, brings the rest.
    """

    old: Store
    new: Store
    keys: Sequence[str]
    now: datetime
    told: Progress

    def settings(self) -> None:
        """The first step: keys, webhooks, what is known of Qomon, in one transaction. Raises NotMoved, WrongKey."""
        alone(self.new)
        self.new.upgrade()
        with self.old.read() as old, self.new.write() as new:
            store.lock(new, ["vault"])
            vault = vault_of(old, self.keys, self.old.path)
            if new.scalar(select(func.count()).select_from(event)):
                raise NotMoved(_("The new store has submissions already: go on without --settings-only."))
            if new.scalar(select(func.count()).select_from(hook)):
                self._same(vault, new)
            for name in SETTINGS:
                new.execute(delete(_BY_NAME[name]))
                self.told(name, portable.fill(new, _BY_NAME[name], going(old, _BY_NAME[name])))
            for table in portable.NUMBERED:
                portable.number_after(new, table, portable.last_number(old, table) + _MARGIN)

    def rest(self) -> dict[str, tuple[int, int]]:
        """The second step. By table, how many rows there were, and how many of them the new store lacks. Raises
        NotMoved, WrongKey.
        """
        alone(self.old)
        if self.new.behind() or not self._keyed():
            self.settings()
        with self.old.read() as old, self.new.read() as new:
            vault = vault_of(old, self.keys, self.old.path)
            self._same(vault, new)
        self._set_aside()
        with self.old.read() as old:
            self._number(old)
            self._hooks(old)
            for name in ("space", "catalogue", "account", "secret", *KNOWN):
                self._merge(old, _BY_NAME[name])
            self._over(old)
            self._waiting(old, vault)
            return self._compared(old)

    def _keyed(self) -> bool:
        with self.new.read() as new:
            return bool(sealed(new))

    def _same(self, vault: Vault, new: Connection) -> None:
        """The new store was given the old one's keys: only then does it know what arrived before."""
        if vault_of(new, self.keys, self.old.path).fingerprint("store") != vault.fingerprint("store"):
            raise NotMoved(
                _("The new store has keys of its own: it was used before `flask store copy --settings-only`.")
            )

    def _number(self, old: Connection) -> None:
        """What comes is newer than what is copied, in a store too that was there before the old one."""
        with self.new.write() as tx:
            for table in portable.NUMBERED:
                last = portable.last_number(old, table)
                if portable.last_number(tx, table) <= last:
                    portable.number_after(tx, table, last + _MARGIN)

    def _set_aside(self) -> None:
        """Nobody drains the old store's events any more, even should it be started again."""
        with self.old.write() as tx:
            held = {"status": "held", "outcome": "held", "reason": "from_backup", "fault": _ELSEWHERE}
            moved = update(event).where(event.c.status == "open").values(**held, ended=normal.epoch_ms(self.now))
            tx.execute(moved)
            tx.execute(delete(lane))

    def _hooks(self, old: Connection) -> None:
        """Those that were made or published in the old store since the first step."""
        for row in (row for part in portable.rows(old, hook) for row in part):
            with self.new.write() as tx:
                mine = tx.execute(select(hook.c.head).where(hook.c.id == row["id"])).scalar_one_or_none()
                if mine is not None and mine >= row["head"]:
                    continue
                _unnamed(tx, row)
                values = (
                    {name: row[name] for name in ("name", "owner", "head", "deleted_at")} if mine is not None else row
                )
                tx.execute(store.upsert(hook, *values)(tx), row)
                for table in (_BY_NAME[name] for name in OF_HOOKS):
                    self._later(old, tx, table, row["id"], -1 if mine is None else mine)

    def _later(self, old: Connection, tx: Connection, table: Table, hook_: str, head: int) -> None:
        number = table.c.get("number", table.c.get("revision"))
        later = [] if number is None else [number > head]
        for part in portable.rows(old, table, table.c.hook == hook_, *later):
            tx.execute(_KEEP[table.name](tx), part)

    def _merge(self, old: Connection, table: Table) -> None:
        """Some rows at a time; where both stores have one of the same key, the newer stays."""
        over = 0
        for part in portable.rows(old, table):
            with self.new.write() as tx:
                tx.execute(_KEEP[table.name](tx), part)
            over += len(part)
            self.told(table.name, over)

    def _over(self, old: Connection) -> None:
        """Events that wait for nobody, or for a person: as they are."""
        over = 0
        for part in portable.rows(old, event, event.c.fault.is_distinct_from(_ELSEWHERE)):
            with self.new.write() as tx:
                fresh = _fresh(tx, part)
                _insert(tx, fresh)
                _follow(old, tx, [row["id"] for row in fresh])
            over += len(part)
            self.told("event", over)

    def _waiting(self, old: Connection, vault: Vault) -> None:
        """Lane by lane, each in one transaction with what was about to be written."""
        moved = event.c.fault == _ELSEWHERE
        last, over = portable.last_number(old, event), 0
        for (name,) in old.execute(select(event.c.lane).where(moved).distinct()).all():
            rows = [row for part in portable.rows(old, event, moved, event.c.lane == name) for row in part]
            with self.new.write() as tx:
                self._join(old, tx, vault, rows, last)
            over += len(rows)
            self.told("event", over)

    def _join(self, old: Connection, tx: Connection, vault: Vault, rows: list[Row], last: int) -> None:
        """The events of one lane go on in the new store, behind what waits there for the same person."""
        people: dict[str, dict[str, str]] = {row["id"]: {} for row in rows}
        for part in portable.listed(old, identity, "event", [*people]):
            for row in part:
                people[row["event"]][row["name"]] = row["fingerprint"]
        store.lock(tx, [one for own in people.values() for one in own.values()])
        fresh = _fresh(tx, rows)
        lanes = set()
        for row in fresh:
            ended = _repeats(tx, row, vault, last)
            to = None if ended else _lane(tx, row, people[row["id"]])
            waits = {"status": "open", "outcome": "queued", "leases": 0, "lane": str(to), "ended": None}
            waits |= {"reason": None, "fault": None, "attempts": 0}
            _insert(tx, [{**row, **(ended or waits)}])
            _follow(old, tx, [row["id"]])
            lanes |= {to} if to else set()
        events.wake(tx, lanes, self.now, Class.BACKLOG)
        for to in lanes:
            _intend(old, tx, to)

    def _compared(self, old: Connection) -> dict[str, tuple[int, int]]:
        """The last word is a look at both."""
        compared = [one for one in metadata.sorted_tables if one.name not in (*STAYS, *USED_UP)]
        found = {}
        with self.new.read() as new:
            for one in compared:
                mine = GOES.get(one.name, true())
                many = old.scalar(select(func.count()).select_from(one).where(mine)) or 0
                found[one.name] = many, portable.missing(old, new, one, mine)
        return found


def _unnamed(tx: Connection, row: Row) -> None:
    named = (hook.c.name == row["name"]) | (hook.c.address == row["address"])
    if tx.execute(select(hook.c.id).where(named, hook.c.id != row["id"])).first() is not None:
        told = _("Both stores have a webhook named ‘%(name)s’. Rename the new one, and repeat.", name=row["name"])
        raise NotMoved(told)


def _fresh(tx: Connection, rows: list[Row]) -> list[Row]:
    """Those that the new store has not; one that moved out of it comes back."""
    ids = [row["id"] for row in rows]
    for part in portable.some(ids):
        tx.execute(delete(event).where(event.c.id.in_(part), event.c.fault == _ELSEWHERE))
    there = portable.present(tx, event.c.id, ids)
    return [row for row in rows if row["id"] not in there]


def _insert(tx: Connection, rows: list[Row]) -> None:
    if rows:
        tx.execute(insert(event), rows)


def _follow(old: Connection, tx: Connection, ids: Sequence[str]) -> None:
    for table in (_BY_NAME[name] for name in OF_EVENTS):
        for part in portable.listed(old, table, "event", ids):
            tx.execute(_KEEP[table.name](tx), part)


def _lane(tx: Connection, row: Row, people: dict[str, str]) -> Lane:
    """Where it waited, or where that person's events wait in the new store."""
    was = Lane.read(row["lane"] or f"event:{row['id']}", row["space"])
    if was.kind != "identity":
        return was
    first = sorted(people.items(), key=lambda one: one[1] != was.key)  # that of its own lane before the others
    return events.lane_for(tx, row["space"], dict(first), row["id"], searched=row["kind"] == "unsubscribed")


def _repeats(tx: Connection, row: Row, vault: Vault, last: int) -> Row | None:
    """The tool sent it again, and the new store, whose own events come after the `last` of the old one, has that
    (docs/ledger.md 3): this one ends as what it is."""
    same = [event.c[name] == row[name] for name in ("space", "hook", "key", "digest")]
    same.append(event.c.seq > last)
    lately = row["received_at"] + HASH_WINDOW // timedelta(milliseconds=1)
    near = [event.c.received_at < lately] if row["key_kind"] == "hash" else []
    crosses = event.c.outcome.in_(_CROSSES)
    if tx.execute(select(event.c.id).where(*same, *near, crosses).limit(1)).first() is None:
        return None
    done = {"status": "done", "outcome": "duplicate", "reason": None, "fault": None, "lane": None, "leases": 0}
    return {**done, "report": reported(vault, row, Outcome.DUPLICATE)}


def _intend(old: Connection, tx: Connection, to: Lane) -> None:
    """What was about to be written, unless somebody is writing there just now: what then shows is judged as ever."""
    held = select(lane.c.lane).where(lane.c.lane == str(to), lane.c.owner.is_(None)).with_for_update()
    if tx.execute(held).first() is not None:
        for part in portable.listed(old, intent, "lane", [str(to)]):
            tx.execute(_KEEP["intent"](tx), part)


def _keep(table: Table) -> Callable[[Connection], Any]:
    """An INSERT that leaves the row that is there, unless the given one is newer."""
    stamp = _NEWER.get(table.name)
    key = [*table.primary_key]

    def build(insert_: Callable[[Table], Any]) -> Any:
        made = insert_(table)
        if stamp is None:
            return made.on_conflict_do_nothing()
        values = {name: made.excluded[name] for name in {*table.c.keys()} - {*table.primary_key.columns.keys()}}
        newer = _stamp([table.c[name] for name in stamp]) < _stamp([made.excluded[name] for name in stamp])
        return made.on_conflict_do_update(index_elements=key, set_=values, where=newer)

    return store.either(build)


def _stamp(columns: Sequence[Any]) -> Any:
    """None is older than all."""
    return tuple_(*(func.coalesce(column, -1) for column in columns))


_KEEP = {one.name: _keep(one) for one in metadata.sorted_tables}
