"""An event of the ledger opened again for crossing: its hook, its submission, who it is about, its report so far."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self, cast

from sqlalchemy import Connection

from bridge.crossing.decision import NOTHING, Decision, decision_within
from bridge.errors import Faults, KeyElsewhere, Unopenable
from bridge.hooks.registry import Hook, Hooks
from bridge.inbox import records
from bridge.inbox.waiting import Revision
from bridge.mapping.amend import amended
from bridge.mapping.compile import who_is_it
from bridge.merge import addressed
from bridge.merge.restore import Written, read_written
from bridge.model import Event, Outcome, Record, Submission, Who
from bridge.report import report as reports
from bridge.report.report import Report
from bridge.store import sealed_columns
from bridge.store.vault import BrokenSeal, Vault

log = logging.getLogger(__name__)

SILENT = Submission(None, None, "ping", ())
"""Of an event that says nothing of itself."""
_WHOLE = reports.ALWAYS | {"event"}


@dataclass(frozen=True, slots=True)
class Opened:
    """One event, ready to cross. `stored`: as the ledger has it; `report` is as it was stored last. `decision`: what
    a person said of it. `written`: what another event wrote, where this one is to take that back; then it says nothing
    of itself.
    """

    stored: Event
    hook: Hook
    submission: Submission
    who: Who
    report: Report
    decision: Decision = NOTHING
    written: Written | None = None

    @property
    def id(self) -> str:
        return self.stored.id

    def at(self, **changes: Any) -> Self:
        """The same where the ledger would have it otherwise: for a dry run, which changes no row."""
        return replace(self, stored=replace(self.stored, **changes))


class Opener:
    """Opens events: the only place where a sealed record becomes a submission again."""

    def __init__(self, vault: Vault, hooks: Hooks) -> None:
        self._vault = vault
        self._hooks = hooks

    def unloaded(self, tx: Connection, events: Iterable[Event]) -> set[Revision]:
        """The versions of hooks of these events that cannot be used now: a secret that they name is missing, say."""
        first = {(event.hook, event.revision): event for event in events}
        return {version for version, event in first.items() if self.hook(tx, event) is None}

    def hook(self, tx: Connection, event: Event) -> Hook | None:
        """None where it does not load."""
        try:
            return self._hooks.revision(tx, event.hook, event.revision)
        except Faults:
            return None

    def open(self, tx: Connection, event: Event, before: Opened | None = None) -> Opened:
        """`before`: as it was opened last; what has not changed since is not read again. Raises Faults where its hook
        does not load, Unopenable and KeyElsewhere.
        """
        self.look_for_key(tx, event.report, event.record, *filter(None, [event.decision]))
        report = None if event.damaged else report_within(self._vault, event)
        decision = decision_within(self._vault, event)
        if report is None or decision is None:
            raise Unopenable(event.id)
        hook = self._hooks.revision(tx, event.hook, event.revision)
        if before is not None and before.hook is hook and before.stored.record == event.record:
            return replace(before, stored=event, report=report, decision=decision)
        try:
            sealed = cast("dict[str, Any]", record_within(self._vault, event))
            if event.action == "restore":
                return Opened(event, hook, SILENT, Who({}), report, written=read_written(sealed))
            submission, who = records.read(sealed) or _read_again(hook, records.written(sealed), decision)
        except Exception as failure:
            log.exception("an event cannot be opened", extra={"event": event.id})
            raise Unopenable(event.id) from failure
        return Opened(event, hook, submission, who, report, decision)

    def look_for_key(self, tx: Connection, *seals: bytes) -> None:
        """Raises KeyElsewhere."""
        lacking = {id_ for sealed in seals if (id_ := self._vault.lacks(sealed))}
        if any(sealed_columns.in_use(tx, id_) for id_ in lacking):
            raise KeyElsewhere(", ".join(sorted(lacking)))


def _read_again(hook: Hook, record: Record, decision: Decision) -> tuple[Submission, Who]:
    """What the version before stored."""
    submission = amended(hook.tool.read(record, hook.timezone), decision.values)
    return submission, addressed.concerned(submission, who_is_it(hook, submission))


def record_within(vault: Vault, event: Event) -> dict[str, Any] | None:
    """What the tool sent: of an event, or the `raw` call that could not be read; None where it does not open."""
    try:
        sealed = vault.unseal(event.record)
    except (BrokenSeal, ValueError):
        return None
    if not isinstance(sealed, dict) or event.damaged:
        return None
    return sealed if "raw" in sealed or "restores" in sealed or records.is_record(sealed) else None


def report_within(vault: Vault, event: Event) -> Report | None:
    """The report that was stored last; None where it does not open, or is none."""
    try:
        told = vault.unseal(event.report)
    except (BrokenSeal, ValueError):
        return None
    whole = isinstance(told, dict) and told.keys() >= _WHOLE
    return cast("Report", told) if whole else None


def report_of(vault: Vault, event: Event) -> Report:
    """The same for whoever reads it: in the place of one that does not open, or was erased, one that says so."""
    if event.erased is not None:
        return reports.erased(event, event.erased)
    return report_within(vault, event) or _blank(event)


def _blank(event: Event) -> Report:
    """Of one that is over the row says what became of it."""
    known = event.status == "done" and not event.damaged
    outcome, reason = (event.outcome, event.reason) if known else (Outcome.HELD, "unopenable")
    name, at = event.hook_name or event.hook, event.received_at
    return {**reports.start(name, event.revision, outcome, reason, event.submitted_at, at), "event": event.id}
