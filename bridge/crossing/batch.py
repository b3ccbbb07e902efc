"""Several events of one contact become one write: each is merged into what the earlier ones left. Pure.

What is in it is also what an intent holds, so that a write whose answer was lost can be told event by event.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self

from bridge.crossing.opened import Opened
from bridge.crossing.plan import Effect, Plan
from bridge.crossing.settle import Ending
from bridge.merge.address import Log
from bridge.merge.precedence import History, Key, Mark, Order, Stamp
from bridge.merge.rescue import NOTHING, Rescue, Trace, read_rescue, read_trace
from bridge.merge.restore import Written
from bridge.model import Changes, Outcome
from bridge.qomon import compare
from bridge.qomon.compare import Facets
from bridge.qomon.contact import Body
from bridge.report import report as reports
from bridge.report.report import Report

_LOST = ("dropped", "overwritten")
_SEEN_BY_A_PERSON = frozenset(("edited_since", "approval", "breaker"))
"""Reasons to be held after which a person has looked at what the event would write."""
_DOUBTFUL = {"dropped", "doubled"}
"""Told, and held for a person to look."""


@dataclass(frozen=True, slots=True)
class Part:
    """One event's part of a write: how its report will read, what it changes, the marks it leaves."""

    event: str
    report: Report
    hold: str | None
    inverse: dict[str, Any]
    made: dict[Key, Mark]
    consents: tuple[dict[str, Any], ...] = ()
    said: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Batch:
    """A contact before and after the events so far, whole and field by field (`facets`). `region`: the numbers that it
    holds without a country are read by it, whichever hook's event comes next. `history`: its marks, and what somebody
    else changed.

    `trace`: the entries of the read that it was made on; `lost`: what a colleague did between that read and the write,
    which a second write of `sent` puts right; then `trace` is of the read before that one.
    """

    contact: int
    before: Body
    after: Body
    region: str
    history: History
    log: Log
    facets: tuple[Facets, Facets]
    parts: list[Part] = field(default_factory=list[Part])
    trace: Trace = NOTHING
    lost: Rescue | None = None
    sent: Body | None = None

    @classmethod
    def starting_from(cls, contact: int, body: Body, region: str, history: History, log: Log) -> Self:
        shown = compare.facets(body, region)
        return cls(contact, body, body, region, history, log, (shown, shown))

    def merge(
        self,
        event: Opened,
        plan: Plan,
        changes: Changes,
        report: Report,
        finger: Callable[[str], str],
        hold: str | None,
    ) -> Effect:
        """What one more event does to what the earlier ones left; they come in the order of their stamps.

        Releasing by hand makes nothing older (docs/laws.md 8), but it asks once where somebody else changed since what
        the event would write. `hold`: why it has to wait for a person whatever it says.
        """
        stored = event.stored
        order = Order(Stamp(*stored.stamp), self.history, finger, self.region)
        merge = partial(plan.merge, self.after, event.submission, changes, report, log=self.log, shown=self.facets[1])
        merge = partial(merge, agreed="address_moved" in stored.decided, lets=event.decision.lets)
        whole = merge(order=order, hold=hold)
        chosen = event.decision.only is not None
        asks = stored.released is not None and not (chosen or _SEEN_BY_A_PERSON.intersection(stored.decided))
        if asks and order.edited and whole.hold is None:
            return merge(order=order.again(), hold="edited_since").showing(whole)
        return whole

    def put_back(self, plan: Plan, written: Written, report: Report, finger: Callable[[str], str]) -> Effect:
        """What another event wrote is taken back from what the earlier ones left."""
        return plan.put_back(self.after, written, report, self.history, self.facets[1], self.log, finger)

    def add(self, event: Opened, effect: Effect) -> None:
        """The next event is merged into what this one leaves."""
        made = effect.made
        inverse = _with_marks(effect.inverse, self.history)
        part = Part(event.id, effect.report, effect.hold, inverse, made, effect.consents, effect.said)
        self.parts.append(part)
        self.history = replace(self.history, marks={**self.history.marks, **made})
        self.after, self.log = effect.after, effect.log
        self.facets = (self.facets[0], effect.facets[1])

    @property
    def unchanged(self) -> bool:
        """Whether there is nothing to send."""
        before, after = self.facets
        return before == after

    @property
    def fields(self) -> set[str]:
        """Every field that any of the events changes."""
        return {name for part in self.parts for name in part.inverse}

    def said(self, events: Sequence[Opened]) -> Iterator[tuple[Opened, Sequence[tuple[str, str]]]]:
        """The free values of those that cross, as the gate counts them."""
        by_event = {event.id: event for event in events}
        for part in self.parts:
            if part.event in by_event and part.hold is None:
                yield by_event[part.event], part.said

    def plain(self) -> dict[str, Any]:
        """For the vault; `opened` reads it back."""
        parts = [
            {
                "event": part.event,
                "report": part.report,
                "hold": part.hold,
                "inverse": part.inverse,
                "made": [[*key, mark.stamp and [*mark.stamp], mark.sent, mark.read] for key, mark in part.made.items()],
                "consents": [*part.consents],
            }
            for part in self.parts
        ]
        same = {"contact": self.contact, "before": self.before, "after": self.after, "others": self.history.others}
        since = [[*key, at] for key, at in self.history.since.items()]
        seen = {"trace": self.trace.plain(), "lost": self.lost.plain() if self.lost else None, "sent": self.sent}
        return {**same, **seen, "region": self.region, "since": since, "log": self.log.plain(), "parts": parts}


def opened(plain: Mapping[str, Any], region: str) -> Batch:
    """What an intent holds. `region`: for one of a version that did not say."""
    region = plain.get("region", region)
    since = {(name, element): at for name, element, at in plain["since"]}
    facets = (compare.facets(plain["before"], region), compare.facets(plain["after"], region))
    return Batch(
        plain["contact"],
        plain["before"],
        plain["after"],
        region,
        History(others=plain["others"], since=since),
        Log.read(plain["log"]),
        facets,
        [_part(one) for one in plain["parts"]],
        read_trace(plain["trace"]),
        read_rescue(plain["lost"]),
        plain["sent"],
    )


def _with_marks(inverse: dict[str, Any], history: History) -> dict[str, Any]:
    """And by which events these fields were as they were: element, moment, number."""
    was: dict[str, list[Any]] = {}
    for (name, element), mark in history.marks.items():
        if name in inverse and mark.stamp is not None:
            was.setdefault(name, []).append([element, *mark.stamp])
    return {name: {**one, "was": was[name]} if name in was else one for name, one in inverse.items()}


def _part(plain: Mapping[str, Any]) -> Part:
    made = {
        (name, element): Mark(Stamp(*stamp) if stamp else None, sent, read)
        for name, element, stamp, sent, read in plain["made"]
    }
    return Part(plain["event"], plain["report"], plain["hold"], plain["inverse"], made, tuple(plain["consents"]))


def endings(
    batch: Batch, events: Sequence[Opened], statuses: Mapping[str, str], name: Callable[[str], str]
) -> list[Ending]:
    """Each event's end, by what Qomon shows of its own fields; `statuses` as `send.confirm` gives them
    (docs/laws.md 11).

    A field that a later event of the same batch wrote again has no status for the earlier one.
    """
    by_event, written = {event.id: event for event in events}, batch.fields
    others = {field: status for field, status in statuses.items() if field not in written}
    ended = list[Ending]()
    for part in [part for part in batch.parts if part.event in by_event]:
        own = [name for name, done in part.inverse.items() if done["after"] == compare.part(batch.after, name)]
        mine = {field: statuses[field] for field in own if field in statuses}
        ended.append(_ending(batch, by_event[part.event], part, {**others, **mine}, name))
    return ended


def kept_marks(
    batch: Batch, statuses: Mapping[str, str], after: Facets, finger: Callable[[str], str]
) -> dict[Key, Mark]:
    """The marks of what Qomon kept, with what it shows; what it dropped or somebody changed leaves none."""
    made = {key: mark for part in batch.parts for key, mark in part.made.items()}
    spelled = {(name, "") for name, status in statuses.items() if status in ("normalised", "doubled", "rescued")}
    return {
        key: replace(mark, read=finger(repr(after.get(key[0])))) if key in spelled else mark
        for key, mark in made.items()
        if _left(batch, key[0], statuses, after)
    }


def kept_log(batch: Batch, statuses: Mapping[str, str]) -> Log:
    """The log of the address, unless Qomon holds another one than we sent."""
    moved = any(status in _LOST for field, status in statuses.items() if field.startswith("address."))
    return Log() if moved else batch.log


def _left(batch: Batch, name: str, statuses: Mapping[str, str], after: Facets) -> bool:
    """Whether what we wrote is there; a colleague's entry may stand beside it, or in its place."""
    ours, now = batch.facets[1].get(name), after.get(name)
    if statuses.get(name) == "rescued" and isinstance(ours, tuple):
        return isinstance(now, tuple) and set(ours) <= set(now)
    return statuses.get(name) not in _LOST


def _ending(batch: Batch, event: Opened, part: Part, statuses: Mapping[str, str], name: Callable[[str], str]) -> Ending:
    report = reports.confirmed(part.report, statuses, name)
    report = {**report, "cost": {**report["cost"], "merged_with": len(batch.parts) - 1}}
    reason = "not_confirmed" if _DOUBTFUL & {*statuses.values()} else part.hold
    wrote = Outcome.DELIVERED if event.written is None else Outcome.RESTORED
    outcome = Outcome.HELD if reason else wrote if part.inverse else Outcome.UNCHANGED
    consents = tuple(one for one in part.consents if statuses.get(one["field"]) not in _LOST)
    return Ending(outcome, reason, report, batch.contact, part.inverse, event=event, consents=consents)
