"""One runner's run on one lane: what can be done under its lease. Every write is one transaction and is guarded."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bridge.crossing import retry, settle
from bridge.crossing.find import Found
from bridge.crossing.gate import Gate
from bridge.crossing.opened import Opened, report_of
from bridge.crossing.plan import Effect, Plan, Plans
from bridge.crossing.right_of_way import RightOfWay
from bridge.crossing.settle import Done, Ending, Left
from bridge.crossing.steady import Steady
from bridge.errors import TryLater
from bridge.hooks.registry import Hook
from bridge.inbox import events as inbox
from bridge.inbox import known_contacts, lanes
from bridge.inbox.lanes import Faults, Finished, Lease, Waits
from bridge.merge import addressed, consent
from bridge.merge.addressed import Address
from bridge.model import Class, Event, Lane, Outcome
from bridge.qomon.client import Qomon, Visit
from bridge.report import report
from bridge.report.report import Report
from bridge.store.counters import Counters
from bridge.store.store import Store
from bridge.store.vault import Vault

log = logging.getLogger(__name__)

AHEAD = 6
"""Tokens to have before a run begins: a read and a write (docs/qomon.md 7). Runs that could only read would take turns
at an empty bucket for ever, and nobody would write."""

SEARCH = 2
"""And to search for somebody before that."""

_LIVE = timedelta(minutes=1)


def rank(event: Event, now: datetime, attempts: int) -> Class:
    """Its class while it waits (docs/ledger.md 23). `attempts`: how often Qomon failed on it."""
    if event.job is not None:
        return Class.REPLAY
    if event.released or event.action is not None:
        return Class.STAFF
    if attempts:
        return Class.RETRY
    return Class.LIVE if now - event.received_at <= _LIVE else Class.BACKLOG


@dataclass(frozen=True, slots=True)
class Context:
    """What every run works with. `qomon` gives the client of a space, or raises NoAccount; `started`: when the process
    did.
    """

    store: Store
    vault: Vault
    plans: Plans
    qomon: Callable[[str], Qomon]
    now: Callable[[], datetime]
    started: datetime
    steady: Steady
    way: RightOfWay
    counters: Counters

    def fresh(self) -> bool:
        """Nothing is given up so soon after a start: its clock may just have been set (docs/ledger.md 27a)."""
        return timedelta() <= self.now() - self.started < retry.SETTLED


def told_why(tx: Connection, context: Context, events: Sequence[Event], reason: str) -> dict[str, Report]:
    """Why these wait, in their reports, though they cannot be opened now: by event."""
    now, told = context.now(), dict[str, Report]()
    for one in events:
        told[one.id] = report.ended(report_of(context.vault, one), Outcome.QUEUED, reason)
        lanes.reschedule(tx, context.vault, one, reason, told[one.id], _so_far(one, now, None))
    return told


def _so_far(event: Event, now: datetime, since: datetime | None) -> Faults:
    return Faults(event.attempts, event.fault, retry.asked(event, now), since)


class LaneRun:
    """Lasts from claiming the lane to releasing it; each method that ends an event releases the lane with it.

    `dry`: nothing is promised and nothing is sent (`preview`). `effect`: what the last event would write.
    `opened`: the events that it takes; before, those of the run that handed this lane over. `omitted`: the lists that
    the space was proved to leave out, once they are read. `handed`: the lane that this runner goes on with.
    `forgotten`: fingerprints that a dry run knows to lead nowhere, and the store does not.
    """

    dry = False
    forgotten: frozenset[str] = frozenset()

    def __init__(self, context: Context, lease: Lease, visit: Visit | None = None) -> None:
        self.context = context
        self.lease = lease
        self.done = Done()
        self.visit: Visit = visit or context.qomon(lease.space).visit()
        self.visit.begin(0 if self.dry else AHEAD)
        self.handed: Lease | None = None
        self.effect: Effect | None = None
        self.opened: dict[str, Opened] = {}
        self.omitted: frozenset[str] | None = None
        self.gate = Gate(context.store, context.now)
        self._finger = context.vault.fingers("mark", lease.space)
        self._fingers: dict[str, str] = {}
        self._plans: dict[tuple[str, int], Plan] = {}

    def plan(self, hook: Hook) -> Plan:
        """The hook's, the same for the whole run unless Qomon's forms are read again. Raises TryLater."""
        mine = (hook.id, hook.revision)
        if mine not in self._plans:
            self._plans[mine] = self.context.plans.plan(hook, self.context.now(), self.omitted)
        return self._plans[mine]

    def renewed(self, hook: Hook) -> Plan | None:
        """With Qomon's forms read anew, when they differ."""
        fresh = self.context.plans.renewed(hook, self.context.now())
        if fresh is not None:
            self._plans.clear()
        return fresh

    @contextmanager
    def promising(self) -> Iterator[Connection]:
        """The transaction that says what will be sent, while the lane is ours."""
        with self.context.store.write() as tx:
            yield tx

    def check(self, tx: Connection, rest: timedelta = timedelta()) -> None:
        """Raises LeaseLost unless the lane is still ours, and for that long."""
        lanes.check(tx, self.lease, self.context.now(), rest)

    def intend(self, tx: Connection, sealed: bytes) -> None:
        """What is about to be sent, for whoever finds it when this run never ends."""
        lanes.write_intent(tx, self.lease, sealed, self.context.now())

    def finish(self, endings: Sequence[Ending], left: Left | None = None) -> None:
        """These events are over, in one transaction with what they leave on the contact; the lane is released."""
        self.context.way.give()
        now, vault = self.context.now(), self.context.vault
        finished = dict[str, Ending]()
        for ending in endings:
            told = report.ended(ending.report, ending.outcome, ending.reason)
            told["cost"] = self.cost(ending.event, ending.report["cost"]["merged_with"])
            finished[ending.event.id] = replace(ending, report=told)
        with self.context.store.write() as tx:
            if left is not None:
                settle.count(tx, endings, now)
            lanes.finish(tx, vault, self.lease, finished, now)
            if left is not None:
                settle.remember(tx, vault, self.lease.space, endings, left, now)
            settle.keep_receipts(tx, vault, endings, now)
            self._release(tx, now, checked=True)
        settle.count_protected(self.context.counters, [*finished.values()], now)
        for ending in finished.values():
            self._reported(ending.event, ending.report)

    def end(self, event: Opened, outcome: Outcome, reason: str | None, told: Report | None = None) -> None:
        """One event is over, without a write."""
        self.finish([Ending(outcome, reason, told or event.report, event=event)])

    def hold(self, events: Sequence[Opened], reason: str) -> None:
        """A person has to look, before any contact was looked at or whatever it said."""
        self.finish([Ending(Outcome.HELD, reason, self.unplanned(event), event=event) for event in events])

    def retry(self, events: Sequence[Opened]) -> None:
        """A fault of ours: the events wait longer each time, and the lane's leases go on counting
        (docs/ledger.md 5).
        """
        self.reschedule(events, "backoff", self.stumble(), stumbled=True)

    def stumble(self) -> timedelta:
        """How long the lane rests after a fault of ours."""
        return retry.wait("backoff", timedelta(), self.lease.leases, timedelta()) or timedelta()

    def look(self, since: datetime, redate: Callable[[Connection, datetime], None]) -> timedelta | None:
        """How long until the next look for what Qomon made of something since then; None: a person looks.

        `redate` writes down that it is counted from now: a clock that was set back since said when it was, and until
        that time has come again somebody would look each few seconds.
        """
        now = self.context.now()
        if since > now:
            with self.promising() as tx:
                self.check(tx)
                redate(tx, now)
            since = now
        left = retry.look(now - since)
        return retry.SETTLED if left is None and not self.dry and self.context.fresh() else left

    def look_again(self, event: Opened) -> timedelta | None:
        """The same for the contact that the event was sent back from."""
        since = event.stored.left_at or event.stored.received_at
        return self.look(since, partial(lanes.redate_left, event_=event.stored))

    def reschedule(
        self,
        events: Sequence[Opened],
        reason: str,
        after: timedelta,
        faults: Mapping[str, Faults] | None = None,
        *,
        stumbled: bool = False,
    ) -> None:
        """The events go on waiting, and their reports say for what. `faults`: by event, where that changes.

        What waits for tokens is due: whoever takes it looks first whether they are there (docs/ledger.md 29).
        """
        after = timedelta() if reason == "quota" else after
        now, counted = self.context.now(), faults or {}
        since = None if reason in retry.UNASKED else now
        waiting = {
            event.id: {**report.ended(event.report, Outcome.QUEUED, reason), "cost": self.cost(event)}
            for event in events
        }
        with self.context.store.write() as tx:
            lanes.check(tx, self.lease, now)
            so_far = {event.id: counted.get(event.id) or _so_far(event.stored, now, since) for event in events}
            for event in events:
                lanes.reschedule(tx, self.context.vault, event.stored, reason, waiting[event.id], so_far[event.id])
            ranks = (rank(event.stored, now, so_far[event.id].times) for event in events)
            first = min(ranks, default=Class.BACKLOG)
            waits = lanes.release(tx, self.lease, now, after, first, stumbled=stumbled, checked=True)
            self.done.lanes += [waits._replace(told=reason == "quota")] if waits else []
        for event in events:
            self._reported(event, waiting[event.id])

    def set_aside(self, events: Sequence[Event], reason: str) -> None:
        """These are held as they are stored, and the run goes on with the others."""
        finished = self._held(events, reason)
        with self.context.store.write() as tx:
            lanes.set_aside(tx, self.context.vault, self.lease, finished, self.context.now())

    def shut(self, event: Event, reason: str) -> None:
        """This one is held as it is stored, and the lane is released; no intent stays behind."""
        finished, now = self._held([event], reason), self.context.now()
        with self.context.store.write() as tx:
            lanes.finish(tx, self.context.vault, self.lease, finished, now)
            self._release(tx, now, checked=True)

    def _held(self, events: Sequence[Event], reason: str) -> dict[str, Finished]:
        vault = self.context.vault
        told = {event.id: report.ended(report_of(vault, event), Outcome.HELD, reason) for event in events}
        self.done.reports |= told
        for id_ in told:
            log.error("event held", extra={"event": id_, "reason": reason})
        return {id_: Finished(Outcome.HELD, reason, one) for id_, one in told.items()}

    def transfer(self, events: Sequence[Opened], found: Found) -> None:
        """Lead the events into their contact's lane; if nobody works there, this runner goes on with it (`handed`)."""
        now, space = self.context.now(), self.lease.space
        to = Lane.of_contact(space, found.contact)
        with self.context.store.write() as tx:
            for event in events:
                told = self.context.vault.seal({**event.report, "cost": self.cost(event)})
                lanes.transfer(tx, self.lease, event.stored, found.contact, found.by, told, now)
            first = min(rank(event.stored, now, event.stored.attempts) for event in events)
            inbox.wake(tx, [to], now, first)  # lanes before what is known, and that before claims: everywhere
            leads = [] if found.shared else [self.fingerprints(events[0])[found.by]]
            known_contacts.remember(tx, space, leads, found.contact, now)
            for event in events:
                known_contacts.unclaim(tx, event.id)
            self.hand_over(tx, to, now)

    def hand_over(self, tx: Connection, to: Lane, now: datetime) -> None:
        """Release the lane and go on with that one, if nobody works there."""
        self._release(tx, now)
        self.handed = lanes.claim(tx, to, now)

    def send_back(self, events: Sequence[Opened], contact: int, wrong: Sequence[str] = ()) -> None:
        """The contact of this lane is not, or no longer, these events' person: find again, each alone.

        `wrong`: fingerprints that surely do not lead here. One that Qomon denies may be there the next moment, and its
        search not show it yet: whoever forgot it would create it again.
        """
        now = self.context.now()
        alone = [Lane("event", event.stored.space, event.id) for event in events]
        with self.context.store.write() as tx:
            first = min(rank(event.stored, now, event.stored.attempts) for event in events)
            inbox.wake(tx, alone, now, first)  # contact lanes are locked last (docs/ledger.md 4)
            for event in events:
                lanes.send_back(tx, self.lease, event.stored, contact, now)
            known_contacts.forget(tx, self.lease.space, wrong, contact)
            self.done.lanes += [Waits(one, first, now) for one in alone]
            lanes.drop_intent(tx, self.lease)
            self._release(tx, now)

    def release(self) -> None:
        """Nothing waits here, or nothing that an intent left behind could still be about."""
        with self.context.store.write() as tx:
            lanes.drop_intent(tx, self.lease)
            self._release(tx, self.context.now())

    def _release(self, tx: Connection, now: datetime, *, checked: bool = False) -> None:
        waits = lanes.release(tx, self.lease, now, checked=checked)
        self.done.lanes += [waits] if waits else []

    def consent_addresses(self, events: Sequence[Opened], carried: Iterable[Address]) -> list[Address]:
        """These addresses, and those that the events are about: what they took back before they were anybody's counts.
        None where no rule gives a consent. Raises TryLater.
        """
        if not any(self.plan(event.hook).consents for event in events):
            return []
        return [*carried, *(one for event in events for one in addressed.addresses(event.who))]

    def withdrawn(self, tx: Connection, addresses: Sequence[Address]) -> Mapping[tuple[str, str], int]:
        """When these took back what, by field and element."""
        return consent.recall(tx, self.context.vault, self.lease.space, addresses)

    def unplanned(self, event: Opened, status: str = "held") -> Report:
        """The report with its answers, for an event that ends before any contact was looked at.

        A caller must not see from missing answers that nobody was found. `status`: of those that would be sent.
        """
        try:
            plan = self.plan(event.hook)
        except TryLater:  # Qomon's forms were never read, and cannot be now
            return event.report
        return plan.unplanned(event.submission, event.report, status)

    def recall(self, tx: Connection, fingerprint: str) -> int | None:
        """The contact that memory has for this identity."""
        if fingerprint in self.forgotten:
            return None
        return known_contacts.recall(tx, self.lease.space, fingerprint, self.context.now())

    def fingerprints(self, event: Opened) -> dict[str, str]:
        """Identity name -> its keyed fingerprint."""
        return inbox.fingerprints_of(self.context.vault, event.stored.space, event.who)

    def finger(self, text: str) -> str:
        """A value's keyed fingerprint, for marks. Kept for the run: what is read back is mostly what was read."""
        found = self._fingers.get(text)
        if found is None:
            found = self._fingers[text] = self._finger(text)
        return found

    def cost(self, event: Opened, merged_with: int | None = None) -> dict[str, Any]:
        """This run's calls on top of those that the event has caused already."""
        cost = dict(event.report["cost"])  # its report, and no older one from an intent, counts what it cost until now
        cost["merged_with"] = cost["merged_with"] if merged_with is None else merged_with
        cost["tokens"] += round(self.visit.tokens)
        cost["calls"] += self.visit.calls
        if event.stored.reason == "quota":
            cost["waited_ms"] = (self.context.now() - event.stored.received_at) // timedelta(milliseconds=1)
        return cost

    def _reported(self, event: Opened, told: Report) -> None:
        self.done.reports[event.id] = told
        if (told["outcome"], told["reason"]) == ("queued", event.stored.reason):
            return  # it waits for what it waited for: no change
        extra = {"event": event.id, "hook": event.hook.name, "reason": told["reason"]}
        log.info("event %s", told["outcome"], extra=extra)
