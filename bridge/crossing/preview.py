"""What one event would do to its contact: the crossing itself, in a turn that can neither promise nor send a write."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from bridge.crossing import identify, update
from bridge.crossing.batch import Folding
from bridge.crossing.cases import Case
from bridge.crossing.find import Found
from bridge.crossing.lane_run import Tools, Turn
from bridge.crossing.plan import Scales, Weighed
from bridge.crossing.settle import Ending, Written
from bridge.errors import Held
from bridge.hooks.registry import Hook
from bridge.inbox.lanes import Lease
from bridge.merge.address import Log
from bridge.merge.precedence import History
from bridge.model import Json, Submission, Who
from bridge.qomon import compare
from bridge.report import report
from bridge.report.report import Report
from schemas import normal


@dataclass(frozen=True, slots=True)
class Previewed:
    """`before_after`: every field that the contact has or would have, those that would change first. It is shown, never
    stored: it holds what Qomon holds."""

    report: Report
    before_after: tuple[dict[str, Json], ...] = field(default=(), repr=False)


class _TakenBack(Exception):
    """No error: how a dry run ends a transaction."""


class Dry(Turn):
    """It leads, reads, weighs and asks the brakes as every turn does; where that would write, it ends."""

    dry = True

    def __init__(self, tools: Tools, space: str) -> None:
        super().__init__(tools, Lease("preview", "", space))
        self.visit = tools.spaces(space).visit()
        self.report: Report = {}

    @contextmanager
    def promising(self) -> Iterator[Connection]:
        """Taken back at the end; what stopped by itself meanwhile is remembered for this turn."""
        with suppress(_TakenBack), self.tools.store.write() as tx:
            yield tx
            super().look(tx)
            raise _TakenBack

    def look(self, tx: Connection) -> None:
        if self._pulled is None:
            super().look(tx)

    def check(self, *_: object) -> None:
        """No lane is held."""

    def intend(self, *_: object) -> None:
        """Nothing will be sent."""

    def settle(self, endings: Sequence[Ending], written: Written | None = None) -> None:  # noqa: ARG002
        (ending,) = endings
        told = report.ended(ending.report, "previewed", ending.reason)
        self.report = {**told, "cost": self.cost(ending)}

    def move(self, cases: Sequence[Case], found: Found) -> None:
        self.lease = replace(self.lease, lane=f"contact:{self.lease.space}:{found.contact}")
        update.cross(self, [_at(case, found=found.by) for case in cases])

    def send_back(self, cases: Sequence[Case], contact: int, wrong: Sequence[str] = ()) -> None:
        """As after the last wait: a dry run says how that ends."""
        self.forgotten |= {*wrong}
        for case in cases:
            if case.row.left == contact:
                raise Held("contact_gone")
            identify.lead(self, _at(case, found=None, left=contact, left_at=0, reason="backoff"))


def preview(tools: Tools, case: Case, contact: int | None = None) -> Previewed:
    """As of now, on its own contact or on this one; nothing is written. Raises TryLater, and Gone for a number that is
    not there.
    """
    turn = Dry(tools, case.hook.space)
    scales = turn.scales(case.hook)
    try:
        if contact is None:
            identify.lead(turn, case)
        else:
            update.onto(turn, [case], contact, turn.visit.contact(contact))
            turn.report["contact"]["found_by"] = None  # nobody looked for it
    except Held as held:
        turn.settle([Ending(case, "held", held.reason, turn.unweighed(case))])
    finally:
        turn.visit.end()
    if turn.weighed is None:
        return Previewed(turn.report)
    return Previewed(turn.report, _before_after(turn.weighed, scales))


def preview_offline(scales: Scales, read: Mapping[str, Any], case: Case) -> Previewed:
    """On a contact of which nothing else is known."""
    growing = Folding(0, scales.body(read), History(), Log(), str, scales.region)
    weighed = growing.weigh(case, scales, case.report)
    return Previewed(report.ended(weighed.report, "previewed", weighed.hold), _before_after(weighed, scales))


def unstored(hook: Hook, submission: Submission, who: Who, told: Report) -> Case:
    """A submission that is not in the store, as the newest of its moment."""
    at, received = (normal.moment(told[name]) for name in ("submitted_at", "received_at"))
    row = SimpleNamespace(id="", space=hook.space, seq=sys.maxsize, attempts=0, leases=0)
    row.submitted_at, row.received_at = (normal.epoch_ms(one) if one is not None else 0 for one in (at, received))
    row.found = row.left = row.left_at = row.parent = row.reaches = None
    row.released = row.decided = row.reason = row.fault = None
    return Case(row, hook, submission, who, told)


def _at(case: Case, **values: Any) -> Case:
    """The event where it would be after a transaction that a dry run does not make."""
    row = case.row
    known = vars(row) if isinstance(row, SimpleNamespace) else row._asdict()
    return replace(case, row=SimpleNamespace(**{**known, **values}))


def _before_after(weighed: Weighed, scales: Scales) -> tuple[dict[str, Json], ...]:
    before, after = weighed.facets
    lines: list[dict[str, Json]] = [
        {
            "field": scales.name(name),
            "before": _plain(weighed.before, name, scales),
            "after": _plain(weighed.after, name, scales),
            "changed": before.get(name) != after.get(name),
        }
        for name in sorted(before.keys() | after.keys())
    ]
    return tuple(sorted(lines, key=lambda line: not line["changed"]))


def _plain(body: Mapping[str, Any], name: str, scales: Scales) -> Json:
    """A field's value for people: of a form the choices or the text, of tags and notes the texts. Lists stay lists."""
    held = compare.part(body, name)
    if isinstance(held, list):
        texts: list[Json] = [_text(one, scales) for one in held]
        single = scales.holds_one(name) and len(texts) == 1
        return (texts[0] if single else texts) or None
    return held if isinstance(held, bool) else None if held is None else str(held)


def _text(entry: object, scales: Scales) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    said = str(entry.get("name") or entry.get("data") or "")
    return scales.choice(entry.get("form_ref_id"), said)
