"""Answers put right by hand: the form's own beside what is to count, a reason, and who; nothing typed is lost."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _

from bridge.crossing.opened import Opened
from bridge.errors import BridgeError, StoreDown
from bridge.model import Answer, Event
from bridge.operations import audit
from bridge.operations.correct import ConsentAsked, Correcting, as_given, open_to
from bridge.operations.decisions import Deciders
from bridge.operations.release import NotDone
from bridge.pages import held
from bridge.pages.decide import found
from bridge.pages.page import action, back, page
from bridge.pages.session import by, services
from bridge.report import wording
from schemas.fields import spoken, spoken_each
from schemas.outputs.todo import CorrectPage


@page("/submissions/<event>/correct", "correct.html", CorrectPage, "staff")
def correct(event: str) -> dict[str, Any]:
    mine = services()
    row = found(event)
    with mine.store.write() as tx:
        audit.note(tx, mine.vault, by(), "submission_seen", event)
    return _form(row, {}, {})


@action("/submissions/<event>/correct")
def correct_now(event: str) -> Response:
    row, typed, wrong = found(event), request.form, dict[str, str]()
    if not typed.get("why", "").strip():
        wrong["why"] = _("Say why: it stays beside the answer.")
    try:
        if not wrong:
            _put_right(row, typed)
            services().engine.sweep()
            return back("todo", held.did("send", 1))
    except StoreDown:
        raise
    except ConsentAsked:
        wrong["confirmed"] = _("A consent is what the person said. If they told you themselves, tick it.")
    except BridgeError as failure:
        wrong["answers"] = wording.sentence(failure)
    return make_response(render_template("correct.html", failed=True, **_form(row, typed, wrong)), 409)


def _put_right(row: Event, typed: Any) -> None:
    """Raises BridgeError. Only what was changed is said."""
    mine, who = services(), by(typed.get("why"))
    deciding = Deciders.of(mine).deciding
    if _is_unread(row):
        with mine.store.write() as tx:
            deciding.hand.mend(tx, row.id, typed.get("body", "").replace("\r\n", "\n").encode(), who)
        return
    case = deciding.case(row.id, open_to)
    said = {}
    for one in _questions(case, {}):
        now = typed.get(one["name"], one["value"]).replace("\r\n", "\n")
        if not one["fixed"] and now.strip() != one["value"].strip():
            said[one["key"]] = now.split("\n") if one["many"] else [now.strip()]
    if not said:
        raise NotDone(_("No answer was changed."))
    Correcting(deciding).correct(row.id, said, who, confirmed="confirmed" in typed)


def _form(row: Event, typed: Mapping[str, str], wrong: Mapping[str, str]) -> dict[str, Any]:
    mine, body = services(), None
    questions = list[dict[str, Any]]()
    closed = None
    deciding = Deciders.of(mine).deciding
    try:
        if _is_unread(row):
            body = typed["body"] if "body" in typed else _came(row)
            closed = _("What came is no text: it cannot be mended here.") if body is None else None
        else:
            questions = _questions(deciding.case(row.id, open_to), typed)
    except StoreDown:
        raise
    except BridgeError as failure:
        closed = wording.sentence(failure)
    return {
        "event": row.id,
        "outcome": row.outcome.value,
        "reason": row.reason,
        "hook": row.hook_name or row.hook,
        "submitted": row.submitted_at,
        "written": row.status == "done",
        "why_held": held.why(row) if row.status == "held" else None,
        "questions": questions,
        "body": body,
        "closed": closed,
        "lost": [typed[name] for name in typed if name.startswith("answer-") or name == "body"] if closed else [],
        "why": typed.get("why", ""),
        "confirmed": "confirmed" in typed,
        "wrong": wrong,
    }


def _questions(case: Opened, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """One for each answer, as it counts now and as it was given."""
    counts = {one.key: one for one in case.submission.answers}
    return [_question(number, one, counts.get(one.key), typed) for number, one in enumerate(as_given(case), 1)]


def _question(number: int, given: Answer, now: Answer | None, typed: Mapping[str, str]) -> dict[str, Any]:
    name, value, original = f"answer-{number}", _text(now), _text(given)
    return {
        "name": name,
        "key": given.key,
        "label": given.label,
        "value": value,
        "typed": typed.get(name, value),
        "original": original,
        "many": isinstance(given.value, tuple),
        "long": isinstance(given.value, tuple) or "\n" in value or len(value) > 80,  # noqa: PLR2004 - one line of a form
        "fixed": isinstance(given.value, Mapping),
        "offered": given.offered,
    }


def _text(answer: Answer | None) -> str:
    """A list has one of its choices on each line."""
    if answer is None or answer.value is None:
        return ""
    each: Sequence[str] = spoken_each(answer.value) if isinstance(answer.value, tuple) else (spoken(answer.value),)
    return "\n".join(each)


def _is_unread(row: Event) -> bool:
    return (row.outcome.value, row.reason) == ("held", "unreadable")


def _came(row: Event) -> str | None:
    mine = services()
    with mine.store.write() as tx:
        came = Deciders.of(mine).deciding.hand.came(tx, row.id, by())
    try:
        return came.decode()
    except UnicodeDecodeError:
        return None
