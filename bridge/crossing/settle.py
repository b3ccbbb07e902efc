"""How events end, and what they leave beside their reports: counts, marks, receipts, the lanes to drain next.

What is stored is stored in the transaction that ends them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bridge.crossing.opened import Opened
from bridge.hooks import breaker
from bridge.hooks.breaker import Wrote
from bridge.inbox import events as inbox
from bridge.inbox import known_contacts
from bridge.inbox.lanes import Finished, Waits
from bridge.merge import history
from bridge.merge.address import Log
from bridge.merge.history import Seen
from bridge.merge.precedence import History, Key, Mark
from bridge.model import Json, Who
from bridge.report import receipts
from bridge.report.report import Report
from bridge.store.counters import PROTECTED, Counters
from bridge.store.vault import Vault
from schemas import normal


@dataclass(slots=True)
class Done:
    """What a run did: the reports that it stored, by event, and the lanes that wait now. `short`: nothing, because
    Qomon's tokens were not there.
    """

    reports: dict[str, Report] = field(default_factory=dict[str, Report])
    lanes: list[Waits] = field(default_factory=list[Waits])
    short: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending(Finished):
    """How one event ends. `consents`: what it said of them."""

    event: Opened
    consents: tuple[dict[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """What events leave behind on a contact. `seen`: how it was left; `past`: what somebody else changed of it."""

    contact: int
    made: Mapping[Key, Mark]
    log: Log
    seen: Seen
    past: History
    created: bool = False


def count(tx: Connection, endings: Sequence[Ending], now: datetime) -> None:
    """For the brake that hooks pull themselves. It is the first that the transaction does: hooks before lanes."""
    written: dict[str, list[Wrote]] = {}
    for ending in endings:
        if ending.event.written is not None:
            continue  # what is taken back is no mistake of a mapping
        if ending.outcome in ("delivered", "created") or ending.reason == "not_confirmed":
            dropped = any(line["confirmed"] in ("dropped", "doubled") for line in ending.report["fields"])
            wrote = Wrote(ending.outcome == "created", len(ending.report["cleared"]), dropped)
            written.setdefault(ending.event.hook.id, []).append(wrote)
    breaker.alone(tx, written)
    for hook in sorted(written):
        breaker.note(tx, hook, written[hook], now)


def count_protected(counters: Counters, endings: Sequence[Ending], now: datetime) -> None:
    """What a plain webhook with these answers would have erased, once each is written."""
    for ending in endings:
        if ending.outcome in ("delivered", "created") and ending.report["protected"]:
            year, week, _day = now.astimezone(ending.event.hook.timezone).isocalendar()
            counters.add(PROTECTED, len(ending.report["protected"]), week=f"{year}-W{week:02}")


def remember(tx: Connection, vault: Vault, space: str, endings: Sequence[Ending], written: Left, now: datetime) -> None:
    """What a write, or finding nothing to write, leaves: marks, `seen`, and who is known now: made or readdressed."""
    history.write(tx, vault, space, written.contact, written.made, written.log)
    history.see(tx, space, written.contact, written.seen, written.past, now)
    if written.created:
        for ending in endings:
            prints = inbox.fingerprints_of(vault, ending.event.stored.space, ending.event.who)
            if ending.event.decision.others:  # they have the address, too: it leads to nobody
                known_contacts.unclaim(tx, ending.event.id)
                continue
            known_contacts.remember(tx, space, list(prints.values()), written.contact, now)
    for ending in endings:
        if ending.event.who.joins and ending.outcome in ("delivered", "unchanged"):
            prints = inbox.fingerprints_of(vault, space, Who(ending.event.who.joins))
            known_contacts.remember(tx, space, list(prints.values()), written.contact, now)


def _told_again(event: Opened) -> dict[str, Json]:
    """Who wrote down what the person told them, where that is not what the form says."""
    told: list[Json] = [
        {"by": one.by.who, "why": one.by.why, "at": normal.to_ms(one.by.at)} for one in event.decision.confirmed
    ]
    return {"confirmed_by_person": told} if told else {}


def keep_receipts(tx: Connection, vault: Vault, endings: Sequence[Ending], now: datetime) -> None:
    """A receipt for each consent that was given or taken back."""
    for ending in endings:
        if ending.consents and ending.contact is not None:
            hook = ending.event.hook
            through: dict[str, Json] = {"contact": ending.contact, "hook": hook.name, "revision": hook.revision}
            through["submitted_at"] = ending.report["submitted_at"]
            through |= _told_again(ending.event)
            receipts.keep(tx, vault, ending.event.stored, through, ending.consents, now)
