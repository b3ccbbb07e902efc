"""What one event would do to its contact: the crossing itself, in a run that can neither promise nor send a write."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from bridge.crossing import identify, update
from bridge.crossing.batch import Batch
from bridge.crossing.find import Found
from bridge.crossing.lane_run import Context, LaneRun
from bridge.crossing.opened import Opened
from bridge.crossing.plan import Effect, Plan
from bridge.crossing.settle import Ending, Left
from bridge.errors import Held
from bridge.hooks import breaker
from bridge.hooks.registry import Hook
from bridge.inbox.lanes import Lease
from bridge.merge.address import Log
from bridge.merge.precedence import History
from bridge.model import Event, Json, Lane, Outcome, Submission, Who
from bridge.qomon import compare
from bridge.report import report
from bridge.report.report import Report
from schemas import normal

_LONG_AGO = normal.from_epoch_ms(0)


@dataclass(frozen=True, slots=True)
class Previewed:
    """`before_after`: every field that the contact has or would have, those that would change first. It is shown, never
    stored: it holds what Qomon holds."""

    report: Report
    before_after: tuple[dict[str, Json], ...] = field(default=(), repr=False)


class _TakenBack(Exception):
    """No error: how a dry run ends a transaction."""


class Dry(LaneRun):
    """It leads, reads, weighs and asks the brakes as every run does; where that would write, it ends."""

    dry = True

    def __init__(self, context: Context, space: str, floor: float) -> None:
        super().__init__(context, Lease(Lane("event", space, "preview"), "", space))
        self.visit.floor = floor
        self.gate.once = True
        self.report: Report = {}
        self.reports: dict[str, Report] = {}

    @contextmanager
    def promising(self) -> Iterator[Connection]:
        """Taken back at the end; what stopped by itself meanwhile is remembered for this run."""
        with suppress(_TakenBack), self.context.store.write() as tx:
            yield tx
            self.gate.stopped = breaker.pulled(tx)
            raise _TakenBack

    def check(self, *_: object) -> None:
        """No lane is held."""

    def intend(self, *_: object) -> None:
        """Nothing will be sent."""

    def finish(self, endings: Sequence[Ending], left: Left | None = None) -> None:  # noqa: ARG002
        for ending in endings:
            told = report.ended(ending.report, Outcome.PREVIEWED, ending.reason)
            self.report = {**told, "cost": self.cost(ending.event, ending.report["cost"]["merged_with"])}
            self.reports[ending.event.id] = self.report

    def transfer(self, events: Sequence[Opened], found: Found) -> None:
        self.lease = replace(self.lease, lane=Lane.of_contact(self.lease.space, found.contact))
        update.cross(self, [event.at(found=found.by) for event in events], found.contact)

    def send_back(self, events: Sequence[Opened], contact: int, wrong: Sequence[str] = ()) -> None:
        """As after the last wait: a dry run says how that ends."""
        self.forgotten |= {*wrong}
        for event in events:
            if event.stored.left == contact:
                raise Held("contact_gone")
            identify.lead(self, event.at(found=None, left=contact, left_at=_LONG_AGO, reason="backoff"))


def preview(context: Context, event: Opened, contact: int | None = None, floor: float = 0) -> Previewed:
    """As of now, on its own contact or on this one; nothing is written. Raises TryLater, and Gone for a number that is
    not there. `floor`: the tokens that it leaves to others.
    """
    run = Dry(context, event.hook.space, floor)
    plan = run.plan(event.hook)
    try:
        if contact is None:
            identify.lead(run, event)
        else:
            update.onto(run, [event], contact, run.visit.contact(contact))
            run.report["contact"]["found_by"] = None  # nobody looked for it
    except Held as held:
        run.hold([event], held.reason)
    finally:
        run.visit.end()
    if run.effect is None:
        return Previewed(run.report)
    return Previewed(run.report, _before_after(run.effect, plan))


def preview_all(context: Context, events: Sequence[Opened], contact: int, floor: float = 0) -> dict[str, Report]:
    """What these would do to this contact one after the other, by event. Raises TryLater, Gone."""
    run = Dry(context, events[0].hook.space, floor)
    try:
        update.onto(run, events, contact, run.visit.contact(contact))
    except Held as held:
        run.hold(events, held.reason)
    finally:
        run.visit.end()
    return run.reports


def preview_offline(plan: Plan, read: Mapping[str, Any], event: Opened) -> Previewed:
    """On a contact of which nothing else is known."""
    batch = Batch.starting_from(0, plan.body(read), plan.region, History(), Log())
    effect = batch.merge(event, plan, plan.map(event.submission, event.report), event.report, str, None)
    return Previewed(report.ended(effect.report, Outcome.PREVIEWED, effect.hold), _before_after(effect, plan))


def unstored(hook: Hook, submission: Submission, who: Who, told: Report) -> Opened:
    """A submission that is not in the store, as the newest of its moment."""
    submitted, received = (normal.moment(told[name]) or _LONG_AGO for name in ("submitted_at", "received_at"))
    event = Event(
        id="",
        seq=sys.maxsize,
        space=hook.space,
        delivery="",
        hook=hook.id,
        revision=hook.revision,
        mode=hook.mode,
        key="",
        digest="",
        kind=submission.kind,
        lane=None,
        status="open",
        outcome=Outcome.QUEUED,
        reason=None,
        submitted_at=submitted,
        received_at=received,
        record=b"",
        report=b"",
    )
    return Opened(event, hook, submission, who, told)


def _before_after(effect: Effect, plan: Plan) -> tuple[dict[str, Json], ...]:
    before, after = effect.facets
    lines: list[dict[str, Json]] = [
        {
            "field": plan.name(name),
            "before": _plain(effect.before, name, plan),
            "after": _plain(effect.after, name, plan),
            "changed": before.get(name) != after.get(name),
        }
        for name in sorted(before.keys() | after.keys())
    ]
    return tuple(sorted(lines, key=lambda line: not line["changed"]))


def _plain(body: Mapping[str, Any], name: str, plan: Plan) -> Json:
    """A field's value for people: of a form the choices or the text, of tags and notes the texts. Lists stay lists."""
    held = compare.part(body, name)
    if isinstance(held, list):
        texts: list[Json] = [_text(one, plan) for one in held]
        single = plan.holds_one(name) and len(texts) == 1
        return (texts[0] if single else texts) or None
    return held if isinstance(held, bool) else None if held is None else str(held)


def _text(entry: object, plan: Plan) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    said = str(entry.get("name") or entry.get("data") or "")
    return plan.choice(entry.get("form_ref_id"), said)
