"""`flask prune`: what had its days goes now, instead of within the hour."""

import sys
from collections import Counter
from collections.abc import Iterator
from threading import Event
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from bridge.commands.command import AS_JSON, command, show
from bridge.operations import retention
from bridge.operations.retention import Days
from bridge.services import Services

_KINDS = {
    "erased": lazy_gettext("answers and reports of finished submissions, after KEEP_DAYS"),
    "given_up": lazy_gettext("submissions that nobody decided about, after HELD_DAYS"),
    "undo": lazy_gettext("ways back, after UNDO_DAYS"),
    "known": lazy_gettext("who an address is, after 7 days"),
    "deliveries": lazy_gettext("calls, after KEEP_DAYS"),
    "refused": lazy_gettext("refused calls, after 72 hours, or HELD_DAYS where a variable was missing"),
    "spread": lazy_gettext("counts of the brake, after an hour"),
    "contacts": lazy_gettext("what was known of contacts, 400 days after they were last looked at"),
    "claims": lazy_gettext("claims of submissions that are over"),
    "intents": lazy_gettext("intents of lanes that are gone"),
    "cards": lazy_gettext("notes of To do at which nothing waits any more, after HELD_DAYS"),
    "jobs": lazy_gettext("what was sent again or put back in one go, after AUDIT_DAYS"),
    "audit": lazy_gettext("who did what, after AUDIT_DAYS"),
}
"""In words. What is only dated is not told: nothing of it goes."""


@command("prune")
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@AS_JSON
def prune_command(services: Services, *, dry_run: bool, as_json: bool) -> None:
    """Erase or delete what had its days, and give its room back. The bridge does it by itself, each hour.

    Nothing that waits to be written goes, whatever its age. Receipts of consents stay.

    \b
    Example:
      flask prune --dry-run
      flask prune
    """
    days = Days.of(services.settings)
    gone = retention.due(services.store, services.now(), days)
    if not dry_run:
        gone = _pruned(services, days, sum(gone.values()))
    said: dict[str, Any] = {"dry_run": dry_run, "gone": {code: gone[code] for code in _KINDS}}
    show({**said, "bytes": gone["bytes"]}, _lines(gone, dry_run=dry_run), as_json=as_json)


def _pruned(services: Services, days: Days, many: int) -> Counter[str]:
    with click.progressbar(length=many, label=_("Erasing"), file=sys.stderr, hidden=not many) as bar:

        def told(code: str, done: int) -> None:
            bar.update(done if code in _KINDS else 0)

        return retention.prune(services.store, services.now, days, Event().wait, told=told)


def _lines(gone: Counter[str], *, dry_run: bool) -> Iterator[str]:
    for code, what in _KINDS.items():
        if gone[code]:
            yield f"{gone[code]:>9,}  {what}"
    if gone["bytes"]:
        yield _("%(mb)s MB given back to the disk.", mb=f"{gone['bytes'] / 1e6:.1f}")
    if not any(gone[code] for code in _KINDS):
        yield _("Nothing has had its days.")
    elif dry_run:
        yield _("Nothing was changed. Without --dry-run these go.")
