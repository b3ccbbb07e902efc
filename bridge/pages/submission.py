"""One submission: what happened to this person's answers, and what can be done about it now.

A tool reads its report under the same address, with its webhook's proof (docs/door.md).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, abort, g
from flask_babel import format_timedelta

from bridge.door import problems, receive
from bridge.model import Outcome
from bridge.operations import story
from bridge.operations.story import Story
from bridge.pages import became, session
from bridge.pages.inbox import whose
from bridge.pages.page import me, page
from bridge.pages.shown import for_role
from bridge.pages.timeline import steps
from schemas import codes, normal
from schemas.fields import spoken_each
from schemas.outputs.submission import SubmissionPage

_UNDECIDED = ("unmapped", "not_sent")
_STAYS = ("older", "kept", "blocked", "invalid")
"""Answers that did not get where they go."""
_NEVER_READ = ("unreadable", "thin_ping")


_NO_VALUES: Mapping[str, Any] = {"confirmed": None, "confirmed_told": "", "known": False, "before": [], "after": []}


def _for_tool(event: str) -> Response | None:
    """In the door's language, not in that of pages."""
    if session.me() is not None:
        return None
    spoken = g.pop("language", None)
    try:
        answer = receive.report_for_tool(event)
    except Exception as failure:  # noqa: BLE001 - a tool is never shown a page
        answer = problems.told(failure)
    if answer is None:
        g.language = spoken
    return answer


@page("/submissions/<event>", "submission.html", SubmissionPage, first=_for_tool)
def submission(event: str) -> dict[str, Any]:
    mine = session.services()
    told = story.told(mine, event)
    if told is None:
        abort(404)
    story.look(mine, event, session.by())
    return {**_facts(told), **_state(told), **_fields(told)}


def _facts(told: Story) -> dict[str, Any]:
    """What it is, whose and when."""
    one, contact = told.event, told.report.get("contact") or {}
    number = contact.get("id") or told.deed.contact
    named = whose(session.services().vault, one, number)
    return {
        "event": one.id,
        "hook": one.hook_name or one.hook,
        "hook_id": one.hook,
        "version": one.revision,
        "submitted_at": normal.to_ms(one.submitted_at),
        "received_at": normal.to_ms(one.received_at),
        "written_at": _iso(told.written),
        "after": _after(told),
        "person": for_role(named, me().role) if named else None,
        "contact": number,
        "space": one.space,
        "found_by": contact.get("found_by"),
        "created": bool(contact.get("created")),
        "action": one.action,
        "about": one.origin,
        "parent": one.parent,
        "reached": told.report.get("reached", []),
        "technical": _technical(told),
        "summary": "\n".join(_summary(told)),
    }


def _state(told: Story) -> dict[str, Any]:
    """What became of it, and what can be done about it."""
    one = told.event
    kind, word = became.word(one, told.report)
    decides = me().may("staff")
    return {
        "kind": kind,
        "word": word,
        "headline": became.headline(told),
        "why": became.why(one),
        "outcome": one.outcome.value,
        "reason": one.reason,
        "next_try": _iso(told.next_try),
        "erased": _iso(one.erased),
        "forgotten": one.outcome is Outcome.FORGOTTEN,
        "opens": told.opens,
        "faults": [*told.faults],
        "stopped": None if told.stop is None else str(codes.QUEUED.get(told.stop.reason, codes.LATER)),
        "deeds": _deeds(told) if decides else [],
        "cannot": _cannot(told) if decides else [],
        "steps": steps(told),
    }


def _fields(told: Story) -> dict[str, Any]:
    """What became of each answer and each field."""
    report = told.report
    return {
        "answers": [*_answers(told)],
        "changed": [*_changed(told)],
        "stays": [*_stays(told)],
        "kept": report["kept"],
        "notes": [str(codes.NOTES.get(note["code"], codes.LATER)) for note in report["notes"]],
        "protected": report["protected"],
        "consents": [*_consents(told)],
        "cost": report["cost"],
    }


def _iso(at: Any) -> str | None:
    return None if at is None else normal.to_ms(at)


def _after(told: Story) -> str | None:
    """How long after the form it was written."""
    if told.written is None or told.event.action is not None:
        return None
    return str(format_timedelta(told.written - told.event.submitted_at, granularity="second", threshold=0.99))


def _deeds(told: Story) -> list[str]:
    """What makes sense now, the main thing first."""
    one = told.event
    if one.erased is not None or not told.opens:
        return ["skip"] if one.status != "done" and one.erased is None else []
    if one.outcome is Outcome.HELD:
        decides = [] if one.reason in _NEVER_READ or one.action == "restore" else ["decide", "correct"]
        return [*decides, "release", "skip"]
    if one.outcome is Outcome.FAILED or one.status == "open":
        return ["retry", "skip"]
    if one.status == "kept":
        return ["release", "skip"]
    more = ["restore"] if told.no_restore is None else []
    return [*more, "replay"] if told.no_replay is None else more


def _cannot(told: Story) -> list[str]:
    """Why what was written cannot be put back, where somebody would look for that."""
    wrote = told.event.status == "done" and told.deed.wrote and told.event.outcome is not Outcome.FORGOTTEN
    return [told.no_restore] if wrote and told.no_restore is not None else []


def _answers(told: Story) -> Iterator[dict[str, Any]]:
    """Each answer and its fate; those that nobody decided about, or decided not to send, last."""
    said = {answer.key: ", ".join(spoken_each(answer.value)) for answer in told.answers if answer.value is not None}
    lines = sorted(told.report["answers"], key=lambda line: line["status"] in _UNDECIDED)
    role = me().role
    for line in lines:
        original = line.get("original")
        yield {
            "question": line["label"] or line["key"],
            "key": line["key"],
            "said": for_role(said.get(line["key"], ""), role),
            "to": line.get("to"),
            "sent": for_role(line["sent"], role) if line.get("sent") is not None else None,
            "status": line["status"],
            "told": str(codes.ANSWERS.get(line["status"], codes.LATER)),
            "outside": [for_role(one, role) for one in line.get("outside", ())],
            "original": for_role(", ".join(spoken_each(original)), role) if "original" in line else None,
            "corrected_by": line.get("corrected_by"),
            "why": line.get("why"),
        }


def _from_form(told: Story) -> Mapping[str, list[str]]:
    """What the form says of each field, by its name."""
    found: dict[str, list[str]] = {}
    for line in told.report["answers"]:
        if line.get("to") and line.get("sent") is not None:
            found.setdefault(line["to"], []).append(for_role(line["sent"], me().role))
    return found


def _changed(told: Story) -> Iterator[dict[str, Any]]:
    """What was written, or of a dry run would be. Its values are known as long as the way back is kept."""
    said = _from_form(told)
    role = me().role
    if told.event.outcome is Outcome.PREVIEWED:
        yield from (
            {**_NO_VALUES, "field": line["field"], "change": line["change"], "form": said.get(line["field"], [])}
            | {"told": str(codes.CHANGES.get(line["change"], codes.LATER))}
            for line in told.report["fields"]
            if line["change"] != "unchanged"
        )
    for line in told.deed.fields if told.deed.wrote else ():
        before, after = line.values or ([], [])
        yield {
            "field": line.field,
            "change": line.change,
            "told": str(codes.CHANGES.get(line.change, codes.LATER)),
            "confirmed": line.confirmed,
            "confirmed_told": str(codes.CONFIRMED.get(line.confirmed, codes.LATER)) if line.confirmed else "",
            "known": line.values is not None,
            "before": [for_role(one, role) for one in before],
            "form": said.get(line.field, []),
            "after": [for_role(one, role) for one in after],
        }


def _stays(told: Story) -> Iterator[dict[str, Any]]:
    """What the form said, or somebody wanted back, and is not there: and why."""
    role = me().role
    for line in told.report["answers"]:
        if line["status"] in _STAYS and line.get("to") not in (None, "nothing"):
            sent = for_role(line["sent"], role) if line.get("sent") is not None else None
            why = str(codes.ANSWERS.get(line["status"], codes.LATER))
            yield {"field": line["to"], "form": sent, "code": line["status"], "why": why}
    for line in told.report.get("left", ()):
        why = str(codes.LEFT.get(line["why"], codes.LATER))
        yield {"field": line["field"], "form": None, "code": line["why"], "why": why}


def _consents(told: Story) -> Iterator[dict[str, Any]]:
    for receipt in told.receipts:
        for one in receipt["statements"]:
            yield {
                "said": one["said"],
                "name": one["name"],
                "value": one["value"],
                "wording": one["wording"],
                "at": receipt.get("submitted_at"),
                "told_by": [said["by"] for said in receipt.get("confirmed_by_person", ())],
            }


def _technical(told: Story) -> list[tuple[str, str]]:
    one = told.event
    pairs: list[tuple[str, Any]] = [
        ("event", one.id),
        ("seq", one.seq),
        ("delivery", one.delivery),
        ("space", one.space),
        ("hook", one.hook),
        ("revision", one.revision),
        ("mode", one.mode),
        ("kind", one.kind),
        ("status", one.status),
        ("outcome", one.outcome.value),
        ("reason", one.reason),
        ("fault", one.fault),
        ("attempts", one.attempts),
        ("clock", told.report["clock"]),
        ("found", one.found),
        ("decided", ", ".join(one.decided)),
        ("job", one.job),
    ]
    return [(name, str(value)) for name, value in pairs if value not in (None, "")]


def _summary(told: Story) -> Iterator[str]:
    """For whoever is asked for help: ids and codes, no question, no answer, no contact."""
    yield from (f"{name}: {value}" for name, value in _technical(told))
    report = told.report
    yield f"received_at: {report['received_at']}"
    yield "answers: " + ", ".join(line["status"] for line in report["answers"])
    yield "fields: " + ", ".join(f"{line['change']}/{line['confirmed'] or '-'}" for line in report["fields"])
    yield "notes: " + ", ".join(note["code"] for note in report["notes"])
    yield "cost: " + ", ".join(f"{name} {value}" for name, value in report["cost"].items())
    yield f"loads: {'yes' if not told.faults else 'no'}, opens: {'yes' if told.opens else 'no'}"
    yield f"audit: {', '.join(one.did for one in told.noted)}"
