"""Which records repeat an event that is there, or one before them in their list (docs/ledger.md 3).

What the store knows is asked for all of them at once; then they are judged one after the other, without asking again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from bridge.store.prepared import Listing
from bridge.store.tables import event, identity
from schemas import normal

HASH_WINDOW = timedelta(minutes=10)
"""How long a key made by hashing counts; a tool's own id counts for ever."""

_ONLY_LOOKED_AT = ("ignored", "captured", "previewed", "skipped")
"""Outcomes of events that may become something else once their hook is another one."""
_NEW = 2**62
"""Behind every event of the store: what was judged to be new."""

_BEFORE = Listing(
    lambda among: (
        select(event.c.key, event.c.id, event.c.seq, event.c.digest, event.c.lane, event.c.status, event.c.outcome)
        .add_columns(event.c.revision, event.c.mode, event.c.delivery, event.c.received_at)
        .where(
            event.c.space == bindparam("space"),
            event.c.hook == bindparam("hook"),
            among(event.c.key),
            event.c.received_at > bindparam("since"),
        )  # not ordered here: SQLite would walk through the hook's events for it
    )
)
_SINCE = Listing(
    lambda among: (
        select(identity.c.fingerprint, event.c.delivery, func.max(event.c.seq).label("seq"))
        .join(event, event.c.id == identity.c.event)
        .where(
            identity.c.space == bindparam("space"),
            among(identity.c.fingerprint),
            event.c.seq > bindparam("after"),
            event.c.parent.is_(None),
        )
        .group_by(identity.c.fingerprint, event.c.delivery)
    )
)


class Before(NamedTuple):
    """An event that a record may repeat."""

    key: str
    id: str
    seq: int
    digest: str
    lane: str | None
    status: str
    outcome: str
    revision: int
    mode: str | None
    delivery: str
    received_at: int


@dataclass(frozen=True, slots=True)
class Named:
    """What a record is known by, and whom it is about: fingerprints all.

    `kind`: what the key names (`Source.keys`). `lasting`: it counts for ever. `revision`, `mode`: the hook's.
    """

    key: str
    digest: str
    people: dict[str, str]
    kind: str
    lasting: bool
    revision: int
    mode: str
    outcome: str


class Verdict(NamedTuple):
    """`first`: the event that the record repeats. `reused`: its key is known, with other bytes."""

    first: Before | None
    reused: bool


def look(
    tx: Connection,
    where: tuple[str, str],
    delivery: str,
    records: Sequence[tuple[str, Named]],
    now: datetime,
) -> list[Verdict]:
    """Of each record, under the id that it gets if it is new. `where`: space and hook, of all of them."""
    past = _Past(normal.epoch_ms(now - HASH_WINDOW), delivery)
    for lasting in (True, False):
        names = {one.key for _, one in records if one.lasting is lasting} - past.before.keys()
        for row in earlier(tx, where, [*names], now, lasting=lasting):
            past.before.setdefault(row.key, []).append(row)
    past.since = _since(tx, where[0], past.before, [one for _, one in records])
    return [past.judge(id_, one) for id_, one in records]


def earlier(
    tx: Connection, where: tuple[str, str], names: Sequence[str], now: datetime, *, lasting: bool
) -> list[Before]:
    """Events of these keys, oldest first."""
    since = 0 if lasting else normal.epoch_ms(now - HASH_WINDOW)
    space, hook = where
    found = _BEFORE.all(tx, {"space": space, "hook": hook, "since": since}, names)
    return sorted((Before(*row) for row in found), key=lambda row: row.seq)


def _since(
    tx: Connection, space: str, before: dict[str, list[Before]], records: Iterable[Named]
) -> dict[str, dict[str, int]]:
    """By person and delivery, the latest event after the first that any record might repeat only while nothing else of
    that person came.
    """
    asked = [one for one in records if one.kind == "hash" and one.people and one.key in before]
    same = [row.seq for one in asked for row in before[one.key] if row.digest == one.digest]
    found: dict[str, dict[str, int]] = {}
    if same:
        people = {print_ for one in asked for print_ in one.people.values()}
        for row in _SINCE.all(tx, {"space": space, "after": min(same)}, [*people]):
            found.setdefault(row.fingerprint, {})[row.delivery] = row.seq
    return found


@dataclass(slots=True)
class _Past:
    """What came before the next record: events of the same keys, oldest first, and `since` as above."""

    window: int
    delivery: str
    before: dict[str, list[Before]] = field(default_factory=dict[str, list[Before]])
    since: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    new: int = 0

    def judge(self, id_: str, one: Named) -> Verdict:
        before: Sequence[Before] = self.before.get(one.key, ())
        if not one.lasting:
            before = [row for row in before if row.received_at > self.window]
        first = self._repeated(one, before)
        reused = first is None and bool(before) and before[-1].digest != one.digest
        if first is None:
            self._remember(id_, one)
        return Verdict(first, reused)

    def _repeated(self, one: Named, before: Sequence[Before]) -> Before | None:
        if one.kind == "record":  # A, B, A again: somebody went back to A
            before = before[-1:]
        judged = (one.revision, one.mode)
        same = [
            row
            for row in before
            if row.digest == one.digest
            and (row.outcome not in _ONLY_LOOKED_AT or (row.revision, row.mode or one.mode) == judged)
        ]
        if not same or one.kind != "hash" or not one.people:
            return same[0] if same else None
        last = same[-1]
        return None if self._came_between(last, one.people.values()) else last

    def _came_between(self, last: Before, people: Iterable[str]) -> bool:
        """Whether anything else came of any of them after that: of one list that is sent again, nothing is between."""
        aside = last.delivery if last.delivery != self.delivery else ""
        return any(
            seq > last.seq and delivery != aside
            for print_ in people
            for delivery, seq in self.since.get(print_, {}).items()
        )

    def _remember(self, id_: str, one: Named) -> None:
        """It is stored behind all others."""
        self.new += 1
        seq = _NEW + self.new
        self.before.setdefault(one.key, []).append(
            Before(one.key, id_, seq, one.digest, None, "", one.outcome, one.revision, one.mode, self.delivery, _NEW)
        )
        for print_ in one.people.values():
            self.since.setdefault(print_, {})[self.delivery] = seq
