"""Several events of one contact become one write: each is weighed against what the earlier ones left. Pure.

What is folded is also what an intent holds, so that a write whose answer was lost can be told event by event.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bridge.crossing.cases import Case
from bridge.crossing.plan import Scales, Weighed, shown
from bridge.merge.address import Log
from bridge.merge.precedence import History, Key, Mark, Order, Stamp
from bridge.merge.rescue import NOTHING, Rescue, Trace, read_rescue, read_trace
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
class Draft:
    """One event's part of a write: how its report will read, what it changes, the marks it leaves."""

    event: str
    report: Report
    hold: str | None
    inverse: dict[str, Any]
    made: dict[Key, Mark]
    consents: tuple[dict[str, Any], ...] = ()
    said: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fold:
    """A contact before and after all of its events. `past`: its marks, and what somebody else changed.

    `facets`: the same two field by field. `trace`: the entries of the read that it was folded on; `lost`: what a
    colleague did between that read and the write, which a second write of `sent` puts right; then `trace` is of the
    read before that one.
    """

    contact: int
    before: Body
    after: Body
    drafts: tuple[Draft, ...]
    log: Log
    past: History
    facets: tuple[Facets, Facets]
    trace: Trace = NOTHING
    lost: Rescue | None = None
    sent: Body | None = None

    @property
    def changed(self) -> bool:
        """Whether there is anything to send."""
        before, after = self.facets
        return before != after

    @property
    def fields(self) -> set[str]:
        """Every field that any of the events changes."""
        return {name for draft in self.drafts for name in draft.inverse}

    def plain(self) -> dict[str, Any]:
        """For the vault; `opened` reads it back."""
        drafts = [
            {
                "event": draft.event,
                "report": draft.report,
                "hold": draft.hold,
                "inverse": draft.inverse,
                "made": [[*key, *_plain(mark)] for key, mark in draft.made.items()],
                "consents": [*draft.consents],
            }
            for draft in self.drafts
        ]
        same = {"contact": self.contact, "before": self.before, "after": self.after, "others": self.past.others}
        since = [[*key, at] for key, at in self.past.since.items()]
        seen = {"trace": self.trace.plain(), "lost": self.lost.plain() if self.lost else None, "sent": self.sent}
        return {**same, **seen, "since": since, "log": self.log.plain(), "drafts": drafts}


def opened(plain: Mapping[str, Any], region: str) -> Fold:
    """What an intent holds."""
    drafts = tuple(
        Draft(
            one["event"],
            one["report"],
            one["hold"],
            one["inverse"],
            dict(map(_marked, one["made"])),
            tuple(one.get("consents", ())),  # the version before wrote none
        )
        for one in plain["drafts"]
    )
    log = Log.read(plain["log"])
    both = (compare.facets(plain["before"], region), compare.facets(plain["after"], region))
    since = {(name, element): at for name, element, at in plain.get("since", ())}  # the version before wrote none, too
    past = History(others=plain["others"], since=since)
    seen = (read_trace(plain.get("trace")), read_rescue(plain.get("lost")), plain.get("sent"))
    return Fold(plain["contact"], plain["before"], plain["after"], drafts, log, past, both, *seen)


@dataclass(slots=True)
class Folding:
    """A fold that grows: what the contact would hold after the events so far."""

    contact: int
    before: Body
    history: History
    log: Log
    finger: Callable[[str], str]
    region: str
    after: Body = field(init=False)
    facets: tuple[Facets, Facets] = field(init=False)
    drafts: list[Draft] = field(default_factory=list[Draft])

    def __post_init__(self) -> None:
        self.after = self.before
        shown = compare.facets(self.before, self.region)
        self.facets = (shown, shown)

    def add(self, case: Case, scales: Scales, told: Report) -> None:
        """Weigh one more event against what the earlier ones left; they come in the order of their stamps."""
        self.take(case.id, self.weigh(case, scales, told))

    def weigh(self, case: Case, scales: Scales, told: Report, hold: str | None = None) -> Weighed:
        """Releasing by hand makes nothing older (law 8), but it asks once where somebody else changed since what the
        event would write. `hold`: why it has to wait for a person whatever it says.
        """
        decided = frozenset((case.row.decided or "").split(","))
        order = Order(Stamp(case.row.submitted_at, case.row.seq), self.history, self.finger, self.region)
        weigh = partial(scales.weigh, self.after, case.submission, told, log=self.log, shown=self.facets[1])
        weigh = partial(weigh, agreed="address_moved" in decided)
        whole = weigh(order, braked=hold)
        asks = case.row.released is not None and not decided & _SEEN_BY_A_PERSON
        if asks and order.edited and whole.hold is None:
            return shown(weigh(order.again(), braked="edited_since"), whole)
        return whole

    def take(self, event: str, weighed: Weighed) -> None:
        left, made = weighed.inverse, weighed.made
        draft = Draft(event, weighed.report, weighed.hold, left, made, weighed.consents, weighed.said)
        self.drafts.append(draft)
        self.history = replace(self.history, marks={**self.history.marks, **weighed.made})
        self.after, self.log = weighed.after, weighed.log
        self.facets = (self.facets[0], weighed.facets[1])

    def fold(self) -> Fold:
        drafts = tuple(self.drafts)
        return Fold(self.contact, self.before, self.after, drafts, self.log, self.history, self.facets)


@dataclass(frozen=True, slots=True)
class Told:
    """How one event of a fold ends."""

    event: str
    outcome: str
    reason: str | None
    report: Report
    inverse: dict[str, Any]
    consents: tuple[dict[str, Any], ...] = ()


def told(fold: Fold, statuses: Mapping[str, str], name: Callable[[str], str]) -> list[Told]:
    """Each event's end, by what Qomon shows of its own fields; `statuses` as `send.confirm` gives them (law 11).

    A field that a later event of the same fold wrote again has no status for the earlier one.
    """
    others = {field: status for field, status in statuses.items() if field not in fold.fields}
    return [_told(fold, draft, {**others, **_own(fold, draft, statuses)}, name) for draft in fold.drafts]


def kept_marks(fold: Fold, statuses: Mapping[str, str], after: Facets, finger: Callable[[str], str]) -> dict[Key, Mark]:
    """The marks of what Qomon kept, with what it shows; what it dropped or somebody changed leaves none."""
    made = {key: mark for draft in fold.drafts for key, mark in draft.made.items()}
    return {
        key: Mark(mark.stamp, mark.sent, finger(repr(after.get(key[0]))) if _normalised(key, statuses) else mark.read)
        for key, mark in made.items()
        if _left(fold, key[0], statuses, after)
    }


def kept_log(fold: Fold, statuses: Mapping[str, str]) -> Log:
    """The log of the address, unless Qomon holds another one than we sent."""
    moved = any(status in _LOST for field, status in statuses.items() if field.startswith("address."))
    return Log() if moved else fold.log


def _left(fold: Fold, name: str, statuses: Mapping[str, str], after: Facets) -> bool:
    """Whether what we wrote is there; a colleague's entry may stand beside it, or in its place."""
    ours, now = fold.facets[1].get(name), after.get(name)
    if statuses.get(name) == "rescued" and isinstance(ours, tuple):
        return isinstance(now, tuple) and set(ours) <= set(now)
    return statuses.get(name) not in _LOST


def _normalised(key: Key, statuses: Mapping[str, str]) -> bool:
    return key[1] == "" and statuses.get(key[0]) in ("normalised", "doubled", "rescued")


def _own(fold: Fold, draft: Draft, statuses: Mapping[str, str]) -> dict[str, str]:
    return {
        field: statuses[field]
        for field, change in draft.inverse.items()
        if field in statuses and change["after"] == compare.part(fold.after, field)
    }


def _told(fold: Fold, draft: Draft, statuses: Mapping[str, str], name: Callable[[str], str]) -> Told:
    report = reports.confirmed(draft.report, statuses, name)
    report = {**report, "cost": {**report["cost"], "merged_with": len(fold.drafts) - 1}}
    reason = "not_confirmed" if _DOUBTFUL & {*statuses.values()} else draft.hold
    outcome = "held" if reason else "delivered" if draft.inverse else "unchanged"
    consents = tuple(one for one in draft.consents if statuses.get(one["field"]) not in _LOST)
    return Told(draft.event, outcome, reason, report, draft.inverse, consents)


def _plain(mark: Mark) -> Sequence[Any]:
    return (mark.stamp, mark.sent, mark.read)


def _marked(plain: Sequence[Any]) -> tuple[Key, Mark]:
    field_, element, stamp, sent, read = plain
    return (field_, element), Mark(Stamp(*stamp) if stamp else None, sent, read)
