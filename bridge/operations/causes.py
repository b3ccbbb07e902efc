"""What waits for a decision, by its cause: one card of To do for all that one decision ends.

A cause is a keyed fingerprint of the webhook, the reason and what it waits for; where it is asked who somebody is also
of whom it is about. It is made beside the crossing, each minute and when somebody looks; what is decided loses it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, exists, func, select, update

from bridge.crossing.opened import record_within, report_of
from bridge.hooks.revisions import By
from bridge.inbox import records
from bridge.model import Event, Who
from bridge.operations import audit
from bridge.operations.decide import ANYBODY
from bridge.report.report import Report
from bridge.services import Services
from bridge.store.store import Store, upsert
from bridge.store.tables import card, event, hook
from bridge.store.vault import BrokenSeal, Vault
from schemas import normal
from schemas.normal import folded

MOST = 50
"""Cards that are shown."""
BATCH = 200
"""Events that are named in one transaction."""
_MINUTE = 25
"""Batches in one minute: whoever crosses waits for none of them long."""
_HELD = (event.c.status == "held") & event.c.erased.is_(None)
_WAITS = select(event.c.seq).where(_HELD)
_NAMED = select(event.c.seq).where(event.c.cause.is_not(None))
_STILL = event.c.cause.is_not(None) & (event.c.seq + 0).in_(_WAITS)
"""The sum keeps both looks in their indices: a row that spills over several pages is not read to be counted."""
_SAVE = upsert(card, "at", "sealed")


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody noted at a card, and who is to see to it."""

    at: datetime
    note: str
    who: str


@dataclass(frozen=True, slots=True)
class Card:
    """`first`: the one of them that came first. `ends`: from when on the first of them has its days, None where they
    wait for as long as it takes."""

    cause: str
    many: int
    first: Event
    ends: datetime | None
    note: Note | None


def name_some(store: Store, vault: Vault, batches: int = 1) -> int:
    """Held events that have no cause yet get one, the newest first. How many those were."""
    done = 0
    for _ in range(batches):
        with store.read() as tx:
            rows = _nameless(tx, BATCH)
        if not rows:
            break
        named = [
            {"b_seq": row.seq, "b_reason": row.reason, "b_report": row.report, "b_cause": cause_of(vault, row)}
            for row in rows
        ]
        same = (event.c.seq == bindparam("b_seq")) & (event.c.report == bindparam("b_report"))
        same &= event.c.reason.is_not_distinct_from(bindparam("b_reason"))
        with store.write() as tx:
            tx.execute(update(event).where(same, _HELD).values(cause=bindparam("b_cause")), named)
        done += len(rows)
        if len(rows) < BATCH:
            break
    return done


def each_minute(services: Services) -> None:
    name_some(services.store, services.vault, _MINUTE)


def cause_of(vault: Vault, row: Event) -> str:
    """Why it is held, so that what one decision ends is the same."""
    return vault.fingerprint("cause", row.hook, row.outcome.value, row.reason or "", *_what(vault, row))


def waits_for(told: Report) -> list[str]:
    """The choices, or else the questions, for which an event waits."""
    return list(dict.fromkeys(text for line in _lines(told) for text in (line.get("outside") or (line["label"],))))


def fields_of(told: Report) -> list[str]:
    """Where what it waits for would go, as people call it."""
    names = (
        line["to"].removeprefix("custom_fields.").removeprefix("formdatas.") for line in _lines(told) if "to" in line
    )
    return list(dict.fromkeys(names))


def _lines(told: Report) -> list[Report]:
    """The answers for which it waits: the others are held with it, and say what would be sent."""
    held_ = [line for line in told["answers"] if line["status"] == "held"]
    return [line for line in held_ if line.get("outside")] or [line for line in held_ if "sent" not in line]


def whose(vault: Vault, row: Event) -> Who:
    """Whom it is about, as it was read at the door; nobody where that does not open."""
    read = records.read(record_within(vault, row) or {})
    return read[1] if read else Who({})


def listed(tx: Connection, vault: Vault, held_for: Any, most: int = MOST) -> list[Card]:
    """The worst first: who must not be written to and who somebody is, what takes a consent back, then the oldest."""
    counted = select(event.c.cause, func.count().label("many"), func.min(event.c.seq).label("first"))
    each = counted.where(_STILL).group_by(event.c.cause).subquery()
    found = select(each.c.cause, each.c.many, event, hook.c.name.label("hook_name"))
    found = found.join(event, event.c.seq == each.c.first).join(hook, hook.c.id == event.c.hook, isouter=True)
    rank = case(
        (event.c.reason.in_(("do_not_contact", "other_person")), 0),
        (event.c.withdraws.is_not(None) | (event.c.kind == "unsubscribed"), 1),
        else_=2,
    )
    rows = tx.execute(found.order_by(rank, event.c.seq).limit(most)).all()
    names = [row.cause for row in rows]
    ends, notes = _ends(tx, names, held_for), _notes(tx, vault, names)
    return [Card(row.cause, row.many, Event.from_row(row), ends.get(row.cause), notes.get(row.cause)) for row in rows]


def one(tx: Connection, vault: Vault, cause: str, held_for: Any) -> Card | None:
    """None where nobody waits for it any more."""
    many = tx.scalar(select(func.count()).select_from(event).where(event.c.cause == cause, _STILL)) or 0
    rows = held(tx, cause, 1)
    if not many or not rows:
        return None
    return Card(cause, many, rows[0], _ends(tx, [cause], held_for).get(cause), _notes(tx, vault, [cause]).get(cause))


def held(tx: Connection, cause: str, most: int, after: int = 0) -> list[Event]:
    """What waits for it, in the order in which it came. `after`: a number of the order."""
    mine = select(event, hook.c.name.label("hook_name")).join(hook, hook.c.id == event.c.hook, isouter=True)
    mine = mine.where(event.c.cause == cause, event.c.seq > after, _HELD).order_by(event.c.seq).limit(most)
    return [Event.from_row(row) for row in tx.execute(mine)]


def unnamed(tx: Connection) -> int:
    """How many wait and have no cause yet."""
    return tx.scalar(select(func.count()).select_from(_WAITS.except_(_NAMED).subquery())) or 0


def note(tx: Connection, vault: Vault, cause: str, said: Note, by: By) -> None:
    """Beside the card, in the place of what was noted before; nothing said takes it away."""
    if said.note or said.who:
        sealed = vault.seal({"note": said.note, "who": said.who})
        tx.execute(_SAVE(tx), {"cause": cause, "at": normal.epoch_ms(said.at), "sealed": sealed})
    else:
        tx.execute(delete(card).where(card.c.cause == cause))
    audit.note(tx, vault, by, "cause_noted", cause)


def notes_of(rows: Sequence[int]) -> ColumnElement[bool]:
    """Which notes are at a cause of these events, by their numbers."""
    theirs = select(event.c.cause).where(event.c.seq.in_(rows), event.c.cause.is_not(None))
    return card.c.cause.in_(theirs)


def left_notes() -> ColumnElement[bool]:
    """Notes at causes that nobody waits for."""
    return ~exists().where(event.c.cause == card.c.cause, _HELD)


def closed_last(tx: Connection) -> tuple[str, datetime] | None:
    """Who decided last, and when: among the newest of what people did."""
    return audit.last(tx, ("released", "retried", "skipped", "decided", "corrected"))


def _nameless(tx: Connection, most: int) -> list[Event]:
    """Both looks need nothing but an index."""
    lacking = _WAITS.except_(_NAMED).subquery()
    seqs = select(lacking.c.seq).order_by(lacking.c.seq.desc()).limit(most)
    return [Event.from_row(row) for row in tx.execute(select(event).where(event.c.seq.in_(seqs)))]


def _what(vault: Vault, row: Event) -> Iterator[str]:
    if row.reason in ANYBODY:
        who = whose(vault, row)
        yield from (f"{kind} {value}" for kind, value in sorted(who.identities.items()))
        yield f"{folded(who.firstname)}\n{folded(who.surname)}"
    elif row.reason in ("unknown_choice", "unknown_field"):
        told = report_of(vault, row)
        yield from sorted(map(folded, waits_for(told)))
        yield from sorted(fields_of(told))


def _ends(tx: Connection, names: Sequence[str], held_for: Any) -> dict[str, datetime]:
    """What takes a consent back has no end (`retention`)."""
    takes_back = event.c.withdraws.is_not(None) | (event.c.kind == "unsubscribed")
    first = select(event.c.cause, func.min(event.c.ended)).where(event.c.cause.in_(names), _HELD, ~takes_back)
    rows = tx.execute(first.group_by(event.c.cause)).all()
    return {cause: normal.from_epoch_ms(at) + held_for for cause, at in rows if at is not None}


def _notes(tx: Connection, vault: Vault, names: Sequence[str]) -> dict[str, Note]:
    found = dict[str, Note]()
    for row in tx.execute(select(card).where(card.c.cause.in_(names))):
        try:
            said = cast("dict[str, Any]", vault.unseal(row.sealed))
        except BrokenSeal:
            continue
        found[row.cause] = Note(normal.from_epoch_ms(row.at), said["note"], said["who"])
    return found
