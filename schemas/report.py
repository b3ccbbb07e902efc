"""The two views of a report (design 9), and nothing of how it is made. The closed lists are in schemas/codes.py."""

from collections.abc import Mapping
from typing import Any, cast

from marshmallow import EXCLUDE, Schema, fields

Report = Mapping[str, Any]


class StaffView(Schema):
    """Everything, for those who may see the contact."""

    class Meta:
        unknown = EXCLUDE

    event = fields.String()
    hook = fields.String()
    revision = fields.Integer()
    outcome = fields.String()
    reason = fields.String()
    received_at = fields.String()
    submitted_at = fields.String()
    clock = fields.String()
    parent = fields.String()
    reached = fields.Raw()
    withdraws = fields.Boolean()
    contact = fields.Raw()
    answers = fields.Raw()
    rules = fields.Raw()
    fields_ = fields.Raw(attribute="fields", data_key="fields")
    notes = fields.Raw()
    kept = fields.Raw()
    cleared = fields.Raw()
    protected = fields.Raw()
    cost = fields.Raw()
    report_url = fields.String()


class CallerView(Schema):
    """What the caller sent and what the mapping made of it: nothing that Qomon holds, not even whether the person
    was known (design 4)."""

    class Meta:
        unknown = EXCLUDE

    event = fields.String()
    hook = fields.String()
    outcome = fields.String()
    reason = fields.String()
    received_at = fields.String()
    submitted_at = fields.String()
    answers = fields.Raw()
    formdatas = fields.Raw()
    custom_fields = fields.Raw()
    report_url = fields.String()


_STAFF, _CALLER = StaffView(), CallerView()
_WRITTEN = ("delivered", "created", "unchanged")
_OWN_FAULT = ("unreadable", "thin_ping", "no_identity")


def staff_view(report: Report, base_url: str) -> dict[str, Any]:
    """Design section 9."""
    return cast("dict[str, Any]", _STAFF.dump({**report, "report_url": report_url(report, base_url)}))


def caller_view(report: Report, base_url: str, *, creates: bool) -> dict[str, Any]:
    """`creates`: the hook creates missing contacts, so that "delivered" does not tell whether there was one."""
    outcome, reason = _caller_outcome(report, creates=creates)
    told = {"outcome": outcome, "reason": reason, "report_url": report_url(report, base_url)}
    return cast("dict[str, Any]", _CALLER.dump({**report, **report["mapping"], **told}))


def report_url(report: Report, base_url: str) -> str | None:
    """Where the report is shown; None for one that is not stored."""
    if report["event"] is None:
        return None
    return f"{base_url}/submissions/{report['event']}"


def _caller_outcome(report: Report, *, creates: bool) -> tuple[str, str | None]:
    outcome, reason = report["outcome"], report["reason"]
    if outcome in _WRITTEN and creates:
        return "delivered", None
    if outcome == "held" and reason in _OWN_FAULT:
        return "held", reason
    if outcome == "ignored" and reason != "missing_contact":
        return "ignored", reason
    return "accepted", None
