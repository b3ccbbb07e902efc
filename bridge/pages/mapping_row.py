"""One answer of the mapping: how it is read, what it does to an existing value, which choice means which."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from bridge.mapping.targets import NOTHING, fit, form_target, plain_target
from bridge.model import Target
from bridge.operations.authoring import drafts
from bridge.operations.authoring.drafts import Line, Moved, Row
from bridge.operations.authoring.proposal import rule
from bridge.pages import mapping, shown, targets
from bridge.pages.board import CHANGES, Board, board
from bridge.pages.page import action, back, page
from bridge.pages.webhook import around
from bridge.qomon.catalogue import Form
from schemas.fields import spoken_each
from schemas.outputs.mapping import MappingRowPage

_AS = {
    "text": lazy_gettext("As it is written"),
    "name": lazy_gettext("A name: without stray spaces"),
    "mail": lazy_gettext("A mail address"),
    "phone": lazy_gettext("A phone number"),
    "number": lazy_gettext("A number"),
    "date": lazy_gettext("A date"),
    "bool": lazy_gettext("Yes or no"),
    "country": lazy_gettext("A country"),
    "gender": lazy_gettext("A gender: Madame, Mr, F, M..."),
    "split_name": lazy_gettext("First name and surname, told apart"),
}
_DATES = ("DD/MM/YYYY", "YYYY-MM-DD", "MM/DD/YYYY", "DD-MM-YYYY", "DD.MM.YYYY", "YYYY/MM/DD")
_MOST = 60
"""Choices of one question that its page lists."""


@page("/webhooks/<hook>/mapping/<row>", "mapping_row.html", MappingRowPage, "staff")
def mapping_row(hook: str, row: str) -> dict[str, Any]:
    at = board(hook)
    one = _found(at, row)
    return _told(at, one, _line(at, one))


def _told(at: Board, one: Row, line: Line) -> dict[str, Any]:
    """`line`: the rule as it is, as it is proposed, or as somebody typed it."""
    form, target = _place(at, line, one)
    change, convert = line.get("change") or (fit(target).changes[0] if target else None), _convert(line)
    return {
        **around(at.webhook, "mapping"),
        "row": mapping.row_told(at, one),
        "kind": "consent" if form is not None and form.consent else "choices" if form and not form.free else "plain",
        "to": _to(at, line),
        "to_name": targets.called(_to(at, line)) if line else None,
        "groups": targets.groups(at.catalogue),
        "wording": " · ".join(dict.fromkeys([one.question.label, *one.question.offered])),
        "converts": _converts(target, convert),
        "convert": convert,
        "changes": [(code, str(CHANGES[code])) for code in fit(target).changes] if target else [],
        "change": change,
        "choices": _choices(at, one, line, form),
        "options": [(one.value, one.label or one.value) for one in form.choices if not one.lacks_value]
        if form is not None and not form.free
        else [],
        "otherwise": line.get("otherwise") or "hold",
        "based": drafts.fingerprint(at.base),
        "read_only": at.read_only,
        "drafted": at.begun.by if at.begun else None,
    }


@action("/webhooks/<hook>/mapping/<row>")
def save_mapping_row(hook: str, row: str) -> Response:
    at, said = board(hook), request.form
    one = _found(at, row)
    line = _line(at, one)
    to = said.get("to", "")
    if to != _to(at, line):
        lines, on = mapping.lines_for(at, one, to), "mapping_row" if to not in ("", NOTHING) else "mapping"
    else:
        lines, on = [_changed(at, one, line, said)], "mapping"
    label = {"hook": hook, **({"row": row} if on == "mapping_row" else {})}

    def again(now: Board, wrong: mapping.Wrong, moved: Moved | None) -> Response:
        """With what was typed, as the rule that it would be."""
        told = {**_told(now, _found(now, row), lines[0] if lines else {}), **mapping.refused(now, wrong, moved)}
        return make_response(render_template("mapping_row.html", **told), 409 if moved else 400)

    return mapping.keep(at, mapping.edited([(one, lines)], {}), lambda: back(on, _("Saved."), **label), again)


def _found(at: Board, row: str) -> Row:
    one = next((one for one in at.rows if one.id == row), None)
    return one if one is not None else abort(404)


def _line(at: Board, row: Row) -> Line:
    """What it says now, else what is proposed."""
    if row.lines:
        return row.lines[0]
    proposed = at.suggested.get(row.id)
    return rule(proposed) if proposed is not None and proposed.to is not None else {}


def _to(at: Board, line: Line) -> str:
    said = line.get("to")
    return at.option(tuple(said) if isinstance(said, list) else said) or ""


def _place(at: Board, line: Line, row: Row) -> tuple[Form | None, Target | None]:
    to = line.get("to")
    if isinstance(to, list):
        return None, plain_target(str(to[0]))
    form = targets.form_of(to, at.catalogue, row.rules[0].form_id if row.rules else None)
    return form, form_target(form) if form is not None else plain_target(str(to))


def _convert(line: Line) -> str:
    said = line.get("as") or ""
    return f"date {said['date']}" if isinstance(said, Mapping) else str(said)


def _converts(target: Target | None, now: str) -> list[tuple[str, str]]:
    """The first one is what happens without a word. A whole name is told apart in any case."""
    if target is None or now == "split_name":
        return []
    listed = [one for one in fit(target).converts if one != "split_name"]
    made = [("", str(_AS[listed[0]]))] + [(one, str(_AS[one])) for one in listed[1:] if one != "date"]
    if "date" in listed:
        made += [(f"date {form}", _("A date written %(form)s", form=form)) for form in _DATES]
    if now not in dict(made):
        made.append((now, now))
    return made if len(made) > 1 else []


def _choices(at: Board, row: Row, line: Line, form: Form | None) -> list[dict[str, Any]]:
    """What may be answered, and what it means in Qomon: as the rule says, else what Qomon would make of the words."""
    if form is None or form.free:
        return []
    counts = Counter(text for value in _values(at, row) for text in spoken_each(value) if text.strip())
    table: Mapping[str, str] = line.get("values") or {}
    boxes = ("true", "false") if row.question.type == "bool" else ()
    listed = list(dict.fromkeys([*boxes, *row.question.offered, *table, *counts]))[:_MOST]
    return [
        {"said": said, "shown": _said(said), "seen": counts[said], "value": _meant(said, table, form, line)}
        for said in listed
    ]


def _values(at: Board, row: Row) -> list[Any]:
    answers = (answer for one in at.past for answer in one.submission.answers if answer.key == row.question.key)
    return [answer.value for answer in answers]


def _said(said: str) -> str:
    return {"true": _("box ticked"), "false": _("box not ticked")}.get(said) or shown.value(said)


def _meant(said: str, table: Mapping[str, str], form: Form, line: Line) -> str:
    text = table.get(said, "" if line.get("values") else said)
    if text == NOTHING:
        return NOTHING
    found = form.choice(text) if text else ()
    return found[0].value if len(found) == 1 else ""


def _changed(at: Board, row: Row, line: Line, said: Mapping[str, str]) -> Line:
    """The same rule with what its page says."""
    form, target = _place(at, line, row)
    made = {key: value for key, value in line.items() if key not in ("change", "as", "values", "otherwise")}
    convert = said.get("as", _convert(line))
    if convert:
        made["as"] = {"date": convert.removeprefix("date ")} if convert.startswith("date ") else convert
    if form is not None and not form.free:
        made |= _table(said)
    elif line.get("values"):
        made |= {key: line[key] for key in ("values", "otherwise") if line.get(key)}
    usual = fit(target).changes[0] if target is not None else None
    change = said.get("change", line.get("change"))
    if change and (change != usual or line.get("change")):
        made["change"] = change
    return made


def _table(said: Mapping[str, str]) -> dict[str, Any]:
    """`choice-3` says what `said-3` means. What is not listed does what `otherwise` says."""
    numbers = [key.removeprefix("said-") for key in said if key.startswith("said-")]
    values = {said[f"said-{one}"]: said[f"choice-{one}"] for one in numbers if said.get(f"choice-{one}")}
    if not values:
        return {}
    return {"values": values, "otherwise": said.get("otherwise", "hold")}
