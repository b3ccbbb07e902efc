"""An event of the ledger opened again for crossing: its hook, its submission, who it is about, its report so far."""

from dataclasses import dataclass, replace
from typing import Any, Self, cast

from sqlalchemy import Connection

from bridge.hooks.registry import Hook, Hooks
from bridge.mapping.compile import who_is_it
from bridge.merge import addressed
from bridge.model import Event, Record, Submission, Who
from bridge.report.report import Report
from bridge.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Opened:
    """One event, ready to cross. `stored`: as the ledger has it; `report` is as it was stored last."""

    stored: Event
    hook: Hook
    submission: Submission
    who: Who
    report: Report

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

    def open(self, tx: Connection, event: Event, before: Opened | None = None) -> Opened:
        """`before`: as it was opened last; what has not changed since is not read again."""
        hook = self._hooks.revision(tx, event.hook, event.revision)
        report = cast("Report", self._vault.unseal(event.report))
        if before is not None and before.hook is hook and before.stored.record == event.record:
            return replace(before, stored=event, report=report)
        sealed = cast("dict[str, Any]", self._vault.unseal(event.record))
        record = Record(sealed["body"], sealed["key"], frozenset(sealed["volatile"]))
        submission = hook.tool.read(record, hook.timezone)
        who = addressed.concerned(submission, who_is_it(hook, submission))
        return Opened(event, hook, submission, who, report)
