"""An event of the store opened again for crossing: its hook, its submission, who it is about, its report so far."""

from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Connection, Row

from bridge.hooks.registry import Hook, Hooks
from bridge.mapping.compile import who_is_it
from bridge.merge import addressed
from bridge.model import Record, Submission, Who
from bridge.report.report import Report
from bridge.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Case:
    """One event, ready to cross. `row` is the store's; `report` is as it was stored last."""

    row: Any
    hook: Hook
    submission: Submission
    who: Who
    report: Report

    @property
    def id(self) -> str:
        return cast("str", self.row.id)


class Cases:
    """Opens events: the only place where a sealed record becomes a submission again."""

    def __init__(self, vault: Vault, hooks: Hooks) -> None:
        self._vault = vault
        self._hooks = hooks

    def open(self, tx: Connection, row: Row[Any], before: Case | None = None) -> Case:
        """`before`: as it was opened last; what has not changed since is not read again."""
        hook = self._hooks.revision(tx, row.hook, row.revision)
        report = cast("Report", self._vault.unseal(row.report))
        if before is not None and before.hook is hook and before.row.record == row.record:
            return replace(before, row=row, report=report)
        sealed = cast("dict[str, Any]", self._vault.unseal(row.record))
        record = Record(sealed["body"], sealed["key"], frozenset(sealed["volatile"]))
        submission = hook.tool.read(record, hook.timezone)
        who = addressed.concerned(submission, who_is_it(hook, submission))
        return Case(row, hook, submission, who, report)
