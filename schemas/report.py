"""The two views of a report (docs/report.md), and nothing of how it is made. The closed lists are in
schemas/codes.py.
"""

from collections.abc import Mapping
from typing import Any, cast

from marshmallow import fields

from schemas.contact import EntrySchema, Plain

Report = Mapping[str, Any]


class AnswerSchema(Plain):
    """`outside`: what was said and is no choice. `original`: what was said, where people put something else in its
    place, or left it out; `corrected_by` and `why` as they said it.
    """

    key = fields.String()
    label = fields.String()
    status = fields.String()
    to = fields.String()
    sent = fields.Raw()
    outside = fields.List(fields.String())
    original = fields.Raw()
    corrected_by = fields.String(allow_none=True)
    why = fields.String(allow_none=True)


class RuleSchema(Plain):
    rule = fields.Integer()
    status = fields.String()


class FieldSchema(Plain):
    field = fields.String()
    change = fields.String()
    confirmed = fields.String(allow_none=True)


class NoteSchema(Plain):
    code = fields.String()
    answer = fields.String(allow_none=True)
    rule = fields.Integer(allow_none=True)


class LeftSchema(Plain):
    """A field that was not put back, and why: a code of `codes.LEFT`."""

    field = fields.String()
    why = fields.String()


class ContactSchema(Plain):
    id = fields.Integer(allow_none=True)
    found_by = fields.String(allow_none=True)
    created = fields.Boolean()


class KeptSchema(Plain):
    """How much of the contact stayed as it was."""

    fields_ = fields.Integer(attribute="fields", data_key="fields")
    formdatas = fields.Integer()
    custom_fields = fields.Integer()
    tags = fields.Integer()


class CostSchema(Plain):
    tokens = fields.Integer()
    calls = fields.Integer()
    merged_with = fields.Integer()
    waited_ms = fields.Integer()


class ReportSchema(Plain):
    """Everything that a report may say. Each view shows a part of it."""

    event = fields.String()
    hook = fields.String()
    revision = fields.Integer()
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    received_at = fields.String()
    submitted_at = fields.String()
    clock = fields.String()
    erased = fields.String()
    parent = fields.String()
    reached = fields.List(fields.String())
    withdraws = fields.Boolean()
    contact = fields.Nested(ContactSchema, allow_none=True)
    answers = fields.Nested(AnswerSchema, many=True)
    rules = fields.Nested(RuleSchema, many=True)
    fields_ = fields.Nested(FieldSchema, many=True, attribute="fields", data_key="fields")
    formdatas = fields.Nested(EntrySchema, many=True)
    custom_fields = fields.Nested(EntrySchema, many=True)
    notes = fields.Nested(NoteSchema, many=True)
    kept = fields.Nested(KeptSchema)
    cleared = fields.List(fields.String())
    protected = fields.List(fields.String())
    restores = fields.String()
    replays = fields.String()
    left = fields.Nested(LeftSchema, many=True)
    cost = fields.Nested(CostSchema)
    report_url = fields.String(allow_none=True)


_STAFF = ReportSchema(exclude=("formdatas", "custom_fields"))
"""For those who may see the contact."""
_CALLER = ReportSchema(
    only=(
        *("event", "hook", "outcome", "reason", "received_at", "submitted_at", "erased"),
        *("answers", "formdatas", "custom_fields", "report_url"),
    )
)
"""What the caller sent and what the mapping made of it: nothing that Qomon holds, not even whether the person was known
(docs/door.md)."""
_WRITTEN = ("delivered", "created", "unchanged")
_OWN_FAULT = ("unreadable", "thin_ping", "no_identity")


def staff_view(report: Report, base_url: str) -> dict[str, Any]:
    """docs/report.md."""
    return cast("dict[str, Any]", _STAFF.dump({**report, "report_url": report_url(report, base_url)}))


def caller_view(report: Report, base_url: str, *, creates: bool) -> dict[str, Any]:
    """`creates`: the hook creates missing contacts, so that "delivered" does not tell whether there was one."""
    outcome, reason = _caller_outcome(report, creates=creates)
    told = {"outcome": outcome, "reason": reason, "report_url": report_url(report, base_url)}
    return cast("dict[str, Any]", _CALLER.dump({**report, **report["mapping"], **told}))


def report_url(report: Report, base_url: str) -> str | None:
    """Where the report is shown; None for one that is not stored."""
    return None if report["event"] is None else f"{base_url}/submissions/{report['event']}"


def _caller_outcome(report: Report, *, creates: bool) -> tuple[str, str | None]:
    outcome, reason = report["outcome"], report["reason"]
    if outcome in _WRITTEN and creates:
        return "delivered", None
    if outcome == "held" and reason in _OWN_FAULT:
        return "held", reason
    if outcome == "ignored" and reason != "missing_contact":
        return "ignored", reason
    return "accepted", None
