"""What is kept of one person, and what went of it, in words (docs/laws.md 8.4)."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.report.wording import consents_told, told
from schemas.fields import spoken_each

GONE = {
    "event": lazy_gettext("submissions emptied: their answers and reports"),
    "undo": lazy_gettext("ways back"),
    "receipt": lazy_gettext("proofs of consent"),
    "mark": lazy_gettext("marks of what was written on the contact"),
    "seen": lazy_gettext("notes of how the contact looked"),
    "known": lazy_gettext("addresses that led to the contact"),
    "creating": lazy_gettext("claims on a creation"),
    "intent": lazy_gettext("writes that were about to be made"),
    "spread": lazy_gettext("counts of the brake"),
    "card": lazy_gettext("notes of To do"),
    "refused": lazy_gettext("refused calls"),
}
"""By table, in the order in which it is told."""


def copied(said: Mapping[str, Any]) -> Iterator[str]:
    """Each submission and each contact after a blank line."""
    yield _("All that is kept of one person, in the account %(account)s, at %(at)s.", **said)
    yield from (f"{one['kind']}: {one['address']}" for one in said["addresses"])
    for one in said["submissions"]:
        yield ""
        yield from _submission_told(one)
    for one in said["contacts"]:
        yield ""
        yield _("Contact %(contact)s, last looked at: %(looked_at)s. Written:", **one)
        yield from (f"  {line['field']}  {line['submitted_at'] or ''}".rstrip() for line in one["written"])
    if said["taken_back"]:
        yield ""
        yield _("Taken back:")
        yield from (f"  {one['field']}  {one['submitted_at']}" for one in said["taken_back"])
    if said["refused_calls"]:
        yield ""
        yield ngettext(
            "%(num)s refused call holds one of these addresses. It goes 72 hours after it came.",
            "%(num)s refused calls hold one of these addresses. They go 72 hours after they came.",
            said["refused_calls"],
        )


def _submission_told(one: Mapping[str, Any]) -> Iterator[str]:
    yield _("Submission %(event)s", **one)
    if not one["opens"]:
        yield _("What is stored of it does not open.")
    for answer in one["answers"]:
        yield f"  {answer['label'] or answer['key']}: {_spoken(answer['value'])}"
    if not one["answers"] and one["sent"] is not None:
        yield "  " + _("As it came: see --json.")
    yield from (f"  {line}" for line in (*told(one["report"]), *consents_told(one["consents"])))
    if one["before"]:
        yield "  " + _("Before that the contact showed:")
        yield from (f"    {field}: {_before(fields)}" for field, fields in one["before"]["fields"].items())


def _spoken(value: Any) -> str:
    return "" if value is None else ", ".join(spoken_each(value))


def _before(fields: Any) -> str:
    before = fields.get("before") if isinstance(fields, dict) else None
    if isinstance(before, list):  # entries of a form: what they say
        before = ", ".join(str(one.get("data", one)) if isinstance(one, dict) else str(one) for one in before)
    return _("nothing") if before in (None, "") else str(before)
