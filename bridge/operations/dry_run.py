"""What one submission would do to its contact by some version of its webhook, or by its draft: nothing is stored and
nothing is written. One search and one read of a contact in Qomon at most.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection

from bridge.crossing.find import who_has
from bridge.crossing.opened import Opened, record_within
from bridge.crossing.preview import Previewed, preview, preview_offline, unstored
from bridge.door.split import fate
from bridge.errors import BridgeError
from bridge.hooks.registry import Hook
from bridge.inbox import events, records
from bridge.mapping.compile import who_is_it
from bridge.merge import addressed
from bridge.model import Outcome, Submission
from bridge.qomon import contact
from bridge.qomon.catalogue import Catalogue
from bridge.report import report
from bridge.services import Services
from schemas import normal


class NoCase(BridgeError):
    """There is nothing to try; the message says why."""


def stored(tx: Connection, services: Services, hook: Hook, event: str) -> Opened:
    """A submission of the store in its place among the others, as this hook reads it now. Raises NoCase."""
    row = events.find_event(tx, event)
    if row is not None and row.erased is not None:
        raise NoCase(_("%(event)s: its answers were erased at %(at)s.", event=event, at=normal.to_ms(row.erased)))
    sealed = record_within(services.vault, row) if row is not None else None
    if row is None or sealed is None or "body" not in sealed:
        raise NoCase(_("%(event)s: no such submission, or it could not be read as it came.", event=event))
    made = case(hook, hook.tool.read(records.written(sealed), hook.timezone), row.received_at)
    return replace(made, stored=row)


def case(hook: Hook, submission: Submission, received: datetime) -> Opened:
    """A submission that may not be in the store."""
    start = report.start(hook.name, hook.revision, Outcome.PREVIEWED, None, submission.submitted_at, received)
    who = addressed.concerned(submission, who_is_it(hook, submission))
    return unstored(hook, submission, who, {**start, "event": None})


def tried(services: Services, made: Opened, contact_id: int | None) -> Previewed:
    """On its own contact, or on this one. Raises TryLater, and Gone for a number that is not there."""
    return turned_away(made) or preview(services.context, made, contact_id)


def tried_offline(services: Services, made: Opened, otherwise: Catalogue | None = None) -> Previewed | None:
    """On a blank contact with the forms that are stored, else with these; None: there are none."""
    plan = services.plans.offline(made.hook)
    if plan is None and otherwise is not None:
        plan = services.plans.of(made.hook, otherwise)
    return turned_away(made) or (None if plan is None else preview_offline(plan, contact.NOBODY, made))


def turned_away(made: Opened) -> Previewed | None:
    """What is known of it without Qomon: the filter leaves it out, or nobody can be told by it."""
    outcome, reason = fate(made.hook, made.submission, None)
    over = outcome in (Outcome.IGNORED, Outcome.HELD)
    return Previewed(report.ended(made.report, outcome, reason)) if over else None


def contact_named(services: Services, hook: Hook, said: str) -> int:
    """The contact that somebody names by its number in Qomon or by its mail. Raises NoCase, TryLater, Held."""
    text = normal.bare(said)
    if text.isdecimal() and not text.startswith("0"):
        return int(text)
    mail = normal.mail(text)
    if mail is None:
        raise NoCase(_("That is neither a contact’s number nor a mail address."))
    visit = services.spaces[hook.space].visit()
    try:
        return _one(sorted(who_has(visit, "mail", mail, hook.region)))
    finally:
        visit.end()


def _one(found: Sequence[int]) -> int:
    if not found:
        raise NoCase(_("Nobody in Qomon has this address."))
    if len(found) > 1:
        told = ngettext(
            "%(num)s contact in Qomon has this address. Type the number of the one that you mean.",
            "%(num)s contacts in Qomon have this address. Type the number of the one that you mean.",
            len(found),
        )
        raise NoCase(told)
    return found[0]
