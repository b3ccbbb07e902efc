"""What is held, in sentences: one for each cause, and what each decision would do, with the count in it."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.crossing.opened import report_of
from bridge.model import Event, Outcome
from bridge.operations import causes
from bridge.operations.decide import ANYBODY
from bridge.operations.decisions import possible
from bridge.operations.staff import Role
from bridge.pages import shown
from bridge.report import masked
from bridge.report.report import Report
from bridge.store.vault import Vault
from bridge.translations import quoted
from schemas import codes

TOGETHER = ("send", "release", "look", "without_consent", "leave_out", "once", "mapped", "same", "skip")
"""Decisions that may be the same for many."""
BUTTONS = {
    "same": lazy_gettext("Same person"),
    "contact": lazy_gettext("This one"),
    "create": lazy_gettext("Create a new contact"),
    "put_right": lazy_gettext("Correct and send"),
    "once": lazy_gettext("Only this time"),
    "mapped": lazy_gettext("Always"),
    "leave_out": lazy_gettext("Do not send it"),
    "without_consent": lazy_gettext("Write the rest, not the consent"),
    "only": lazy_gettext("Use the ticked answers"),
    "send": lazy_gettext("Send"),
    "release": lazy_gettext("Try again"),
    "look": lazy_gettext("Look again"),
    "skip": lazy_gettext("Leave out"),
}


def button(choice: str, reason: str | None) -> str:
    """What stands on it."""
    return _("Fill blanks only") if (choice, reason) == ("send", "edited_since") else str(BUTTONS[choice])


def is_asked_who(row: Event) -> bool:
    return row.reason in ANYBODY


def choices(row: Event) -> Sequence[str]:
    """What can be decided of it. What was given up after days of tries is tried again, or left out."""
    return ("release", "skip") if row.outcome is Outcome.FAILED else possible(row.reason)


def why(row: Event) -> str:
    """Why it is held, in general."""
    if row.outcome is Outcome.FAILED:
        return str(codes.OUTCOMES["failed"])
    return str(codes.HELD.get(row.reason or "", codes.LATER))


def cause(row: Event, told: Report, role: Role) -> str:
    """Why it is held, with the choice or the field in it. A choice is an answer: a viewer sees its shape."""
    waits = [shown.for_role(one, role) for one in causes.waits_for(told)]
    fields = [masked.asked(one) for one in causes.fields_of(told)]
    if row.reason == "unknown_choice" and waits:
        if len(waits) == 1 and len(fields) == 1:
            return _("‘%(choice)s’ is not a choice of ‘%(field)s’ in Qomon.", choice=waits[0], field=fields[0])
        return _("These are no choices in Qomon: %(choices)s", choices=quoted(waits))
    if row.reason == "unknown_field" and (fields or waits):
        asked = fields or [masked.asked(one) for one in causes.waits_for(told)]
        return _("No longer in Qomon: %(fields)s", fields=quoted(asked))
    return why(row)


def person(vault: Vault, row: Event, role: Role) -> str:
    """How the form calls whom it is about: a name, else an address or number; empty where it says none."""
    who = causes.whose(vault, row)
    name = " ".join(filter(None, (who.firstname, who.surname)))
    said = name or next(iter(who.identities.values()), "")
    return shown.for_role(said, role) if said else ""


def card(vault: Vault, one: causes.Card, role: Role) -> dict[str, Any]:
    """One cause, for its card and for the head of its own page."""
    row, told = one.first, report_of(vault, one.first)
    note = one.note
    return {
        "cause": one.cause,
        "many": one.many,
        "event": row.id,
        "hook": row.hook_name or row.hook,
        "hook_id": row.hook,
        "outcome": row.outcome.value,
        "reason": row.reason,
        "sentence": cause(row, told, role),
        "waits_for": [shown.for_role(text, role) for text in causes.waits_for(told)],
        "person": person(vault, row, role) if is_asked_who(row) else "",
        "asks_who": is_asked_who(row),
        "withdraws": row.withdraws or row.kind == "unsubscribed",
        "since": row.received_at,
        "ends": one.ends,
        "note": shown.for_role(note.note, role) if note else "",
        "who": note.who if note else "",
        "noted_at": note.at if note else None,
    }


def would(choice: str, many: int, what: str = "", value: str = "") -> str:
    """The effect, before anything is done."""
    if choice == "skip":
        return ngettext("%(num)s submission will be left out.", "%(num)s submissions will be left out.", many)
    if choice == "leave_out":
        return ngettext(
            "%(num)s submission will be sent without ‘%(what)s’.",
            "%(num)s submissions will be sent without ‘%(what)s’.",
            many,
            what=what,
        )
    if choice == "once":
        return ngettext(
            "%(num)s submission will be sent with ‘%(value)s’ in the place of ‘%(what)s’.",
            "%(num)s submissions will be sent with ‘%(value)s’ in the place of ‘%(what)s’.",
            many,
            what=what,
            value=value,
        )
    if choice == "without_consent":
        return ngettext(
            "%(num)s submission will be sent without its consent.",
            "%(num)s submissions will be sent without their consents.",
            many,
        )
    return ngettext("%(num)s submission will be sent.", "%(num)s submissions will be sent.", many)


def goes(choice: str, many: int) -> str:
    """The button that does it: verb and count."""
    if choice == "skip":
        return ngettext("Leave out %(num)s submission", "Leave out %(num)s submissions", many)
    return ngettext("Send %(num)s submission", "Send %(num)s submissions", many)


def did(choice: str, many: int) -> str:
    """What was done."""
    if choice == "skip":
        return ngettext("%(num)s submission was left out.", "%(num)s submissions were left out.", many)
    return ngettext(
        "%(num)s submission is on its way to Qomon.", "%(num)s submissions are on their way to Qomon.", many
    )
