"""The mapping of a webhook: where does each answer go in Qomon, what does it become there, and what is not decided?

Everything that is changed here goes into the draft. A form says what it was made from (`based`) and what each place
said then (`was-...`): only what a person changed is changed, and never over somebody else's work unseen.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.errors import Faults
from bridge.hooks.hook import Hook
from bridge.hooks.yaml import plain_of
from bridge.mapping.targets import NOTHING
from bridge.operations.authoring import drafts
from bridge.operations.authoring.drafts import Line, Moved, Row
from bridge.operations.authoring.proposal import Suggestion, rule
from bridge.operations.authoring.suggest import chosen
from bridge.pages import session, shown, targets
from bridge.pages.board import CHANGES, Board, board
from bridge.pages.page import action, back, me, page
from bridge.pages.session import services
from bridge.pages.webhook import around
from schemas import codes
from schemas.outputs.mapping import MappingPage

Wrong = Sequence[tuple[str | None, str]]
"""As `drafts.placed` gives it."""
Edit = Callable[[Hook], str]
Again = Callable[[Board, Wrong, Moved | None], Response]
SURENESS = {"sure": lazy_gettext("sure"), "likely": lazy_gettext("likely"), "guess": lazy_gettext("guess")}
_FIND = ("id,mail,mobile", "mail,mobile", "mobile,mail", "mail", "mobile", "id,mail,mobile,phone", "id")
_BY = {
    "id": lazy_gettext("number in Qomon"),
    "mail": lazy_gettext("mail"),
    "mobile": lazy_gettext("mobile phone"),
    "phone": lazy_gettext("landline"),
}
_WARNED = {
    "level_of_support": lazy_gettext("Qomon may send automatic messages when this changes."),
    "black_list": lazy_gettext("“Do not contact” can only be set here: only people in Qomon lift it."),
}


@page("/webhooks/<hook>/mapping", "mapping.html", MappingPage)
def mapping(hook: str) -> dict[str, Any]:
    return _told(board(hook))


@action("/webhooks/<hook>/mapping")
def save_mapping(hook: str) -> Response:
    at, said = board(hook), request.form
    typed = {key: value for key, value in said.items() if value != said.get(f"was-{key}", value)}
    changed = [row for row in at.rows if f"to-{row.id}" in typed]
    decisions = [(row, lines_for(at, row, typed[f"to-{row.id}"])) for row in changed]
    policies = {name: typed[name] for name in drafts.POLICIES if typed.get(name)}
    asks = [row for row in changed if at.is_consent(typed[f"to-{row.id}"])]
    saved = ngettext("%(num)s answer decided.", "%(num)s answers decided.", len(changed)) if changed else _("Saved.")

    def done() -> Response:
        if len(asks) == 1:
            return back("mapping_row", _("Saved. Now say which answer means yes."), hook=hook, row=asks[0].id)
        return back("mapping", saved, hook=hook)

    return keep(at, edited(decisions, policies), done, _with(typed))


@action("/webhooks/<hook>/mapping/accept")
def accept_suggestions(hook: str) -> Response:
    """The sure ones that the page showed, and no other; consents are never among them. `others`: those of which nobody
    knows where they might go are not sent.
    """
    at, said = board(hook), request.form
    listed = [row for row in at.sure if row.id in said.getlist("row")]
    proposed: list[tuple[Row, list[Line]]] = [(row, [rule(at.suggested[row.id])]) for row in listed]
    if said.get("others"):
        aside = [row for row in _unlike(at) if row.id in said.getlist("other")]
        proposed += [(row, lines_for(at, row, NOTHING)) for row in aside]
        listed += aside
    policy = {"address": said["address"]} if said.get("address") else {}
    told = ngettext("%(num)s answer decided.", "%(num)s answers decided.", len(listed))
    ids = ",".join(row.id for row in listed)
    return keep(at, edited(proposed, policy), lambda: back("mapping", told, hook=hook, accepted=ids), _with(policy))


def _unlike(at: Board) -> list[Row]:
    """Questions that are not decided, and are like nothing in Qomon."""
    open_ = ((row, at.suggested.get(row.id)) for row in at.rows if row.id in at.left)
    return [row for row, proposed in open_ if proposed is not None and proposed.confidence == "none"]


@action("/webhooks/<hook>/mapping/undo")
def undo_suggestions(hook: str) -> Response:
    """What was accepted in one go is not decided any more."""
    at, ids = board(hook), request.form.get("rows", "").split(",")
    listed = [row for row in at.rows if row.id in ids and row.lines]
    told = ngettext("%(num)s answer is open again.", "%(num)s answers are open again.", len(listed))
    return keep(at, edited([(row, []) for row in listed], {}), lambda: back("mapping", told, hook=hook), _with({}))


def edited(decisions: list[tuple[Row, list[Line]]], policies: Mapping[str, Any]) -> Edit:
    said: dict[str, Any] = {**policies}
    if "find" in said:
        said["find"] = said["find"].split(",")
    return lambda before: drafts.decided(before.text, decisions, said)


def lines_for(at: Board, row: Row, to: str) -> list[Line]:
    """The rules of a row that somebody decided: as it was proposed, else with what its answers need there."""
    if not to:
        return []
    if to == "=":
        return [*row.lines]
    proposed = at.suggested.get(row.id)
    if proposed is not None and to == at.option(proposed.to):
        return [rule(proposed)]
    if to == NOTHING or at.catalogue is None or row.part:
        return [{"from": row.source, "to": to}]
    asked = "whole name" if to == targets.WHOLE_NAME else to
    return [rule(chosen(row.question, row.source, asked, at.catalogue, at.base.region))]


def keep(at: Board, edit: Edit, done: Callable[[], Response], again: Again) -> Response:
    """Save the draft; what is wrong with it, or who was faster, stands on the page with everything that was typed."""
    if at.read_only is not None:
        raise Faults([at.read_only])
    if _lacks_policy(text := edit(at.base)):
        return again(at, [("address", _("Choose what happens when the form’s address is not Qomon’s."))], None)
    mine = services()
    try:
        with mine.store.write() as tx:
            drafts.save(tx, mine.hooks, at.webhook.name, request.form.get("based", ""), edit, session.by())
    except Moved as moved:
        return again(board(at.webhook.id), [], moved)
    except Faults as failure:
        return again(at, drafts.placed(failure.faults, text, _rows_of(at, text)), None)
    return done()


def _lacks_policy(text: str) -> bool:
    plain: Mapping[str, Any] = plain_of(text)
    contact = plain.get("contact")
    listed = [one.get("to") for one in plain.get("fields", [])]
    mapped = any(str(to).startswith("address.") for to in listed)
    return mapped and not (isinstance(contact, dict) and contact.get("address"))


def _rows_of(at: Board, text: str) -> list[Row]:
    """With the numbers that the rules would have; of a text that does not load, those of its lines by `from`."""
    written: list[Any] = plain_of(text).get("fields") or []  # type: ignore[assignment]
    found = []
    for row in at.rows:
        names = {row.source, *(str(line.get("from")) for line in row.lines)}
        numbers = [at for at, one in enumerate(written, 1) if one.get("from") in names]
        found.append(Row(row.id, row.question, row.part, row.source, row.lines, tuple(numbers), row.rules))
    return found


def _with(typed: Mapping[str, str]) -> Again:
    """The page once more, with what was typed and what is wrong."""

    def again(at: Board, wrong: Wrong, moved: Moved | None) -> Response:
        told = {**_told(at, typed), **refused(at, wrong, moved)}
        return make_response(render_template("mapping.html", **told), 409 if moved else 400)

    return again


def refused(at: Board, wrong: Wrong, moved: Moved | None) -> dict[str, Any]:
    told: dict[str, Any] = {"failed": True, "moved": _moved(moved) if moved else None}
    return told | ({"problems": [_problem(at, place, sentence) for place, sentence in wrong]} if wrong else {})


def _moved(moved: Moved) -> str:
    facts = {"who": moved.who or _("Somebody"), "ago": shown.ago(moved.at, services().now())}
    return _("%(who)s saved this draft %(ago)s. Yours is kept below: look at it, then apply it on top.", **facts)


def _problem(at: Board, place: str | None, sentence: str) -> dict[str, Any]:
    row = next((one for one in at.rows if one.id == place), None)
    anchor = f"row-{row.id}" if row is not None else "address" if place == "address" else "who"
    return {"anchor": anchor, "label": _label(row) if row is not None else None, "sentence": sentence, "row": place}


def _label(row: Row) -> str:
    return f"{row.question.label} · {row.part}" if row.part else row.question.label


def _told(at: Board, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    kept = typed or {}
    faults = [_problem(at, place, sentence) for place, sentence in at.faults]
    told = [row_told(at, row, kept, [one["sentence"] for one in faults if one["row"] == row.id]) for row in at.rows]
    left = [row for row in at.rows if row.id in at.left]
    known = {"find": ",".join(at.base.find), "names": at.base.names, "missing": at.base.missing}
    known["address"] = at.base.address_policy or ""
    accepted = [one for one in request.args.get("accepted", "").split(",") if one] if request.method == "GET" else []
    return {
        **around(at.webhook, "mapping"),
        "rows": told,
        "undecided": len(left),
        "undecided_rows": [{"anchor": f"row-{row.id}", "label": _label(row)} for row in left],
        "sure": [{"id": row.id, "label": _label(row), **_suggestion(at, at.suggested[row.id])} for row in at.sure],
        "unlike": [{"id": row.id, "label": _label(row)} for row in _unlike(at)],
        "sure_address": any(str(at.suggested[row.id].to).startswith("address.") for row in at.sure),
        "accepted": accepted if all(len(one) <= 12 for one in accepted) else [],  # noqa: PLR2004 - a row's id
        "groups": targets.groups(at.catalogue),
        "no_fields": at.catalogue is None,
        "policies": known | {name: value for name, value in kept.items() if name in drafts.POLICIES},
        "saved_policies": known,
        "finds": [(one, _order(one)) for one in dict.fromkeys((known["find"], *_FIND))],
        "who_sentences": _who(at.base),
        "asks_address": bool(known["address"]) or any(str(one["to"]).startswith("address.") for one in told),
        "beside": [targets.called(one.to) for one in drafts.beside(at.base, at.rows)],
        "problems": faults,
        "based": drafts.fingerprint(at.base),
        "read_only": at.read_only,
        "may_edit": at.read_only is None and me().may("staff"),
        "drafted": at.begun.by if at.begun else None,
        "yaml": at.base.text,
        "comments": any(line.lstrip().startswith("#") for line in at.base.text.splitlines()),
        "samples": len(at.past),
    }


def row_told(at: Board, row: Row, kept: Mapping[str, str] | None = None, faults: Sequence[str] = ()) -> dict[str, Any]:
    kept, role, was = kept or {}, me().role, at.option(row.to) or ""
    form = targets.form_of(row.to, at.catalogue, row.rules[0].form_id if row.rules else None)
    proposed = at.suggested.get(row.id) if not row.lines else None
    first = row.rules[0] if row.rules else None
    status, becomes = at.becomes.get(row.id, (None, None))
    change = at.change_of(row)
    return {
        "id": row.id,
        "key": row.question.key,
        "part": row.part,
        "label": _label(row),
        "seen": row.question.seen,
        "said": [shown.for_role(_plain(value), role) for value in at.said(row)],
        "to": kept.get(f"to-{row.id}", was),
        "was": was,
        "changed": f"to-{row.id}" in kept,
        "extra": was if was and was not in at.options else None,
        "to_name": targets.called(was) if was not in ("", "=") else None,
        "decided": bool(row.lines),
        "many": len(row.lines),
        "blocks": row.id in at.left,
        "convert": first.convert if first else None,
        "change": change,
        "change_words": str(CHANGES[change]) if change else None,
        "status": status,
        "status_words": str(codes.ANSWERS[status]) if status else None,
        "becomes": None if becomes is None else shown.for_role(becomes, role),
        "warning": _warning(row, form),
        "suggestion": _suggestion(at, proposed) if proposed is not None else None,
        "faults": [*faults],
    }


def _warning(row: Row, form: Any) -> str | None:
    said = _WARNED.get(form.category if form is not None else row.to or "")
    return str(said) if said else None


def _suggestion(at: Board, one: Suggestion) -> dict[str, Any]:
    to = at.option(one.to)
    return {
        "to": to,
        "to_name": targets.called(to) if to else None,
        "confidence": one.confidence,
        "word": str(SURENESS.get(one.confidence, "")),
        "reason": str(one.reason),
        "asks": one.asks,
    }


def _plain(value: Any) -> Any:
    return [*value] if isinstance(value, tuple) else value


def _order(find: str) -> str:
    return _(", then ").join(str(_BY[name]) for name in find.split(","))


def _who(hook: Hook) -> list[str]:
    """The two sentences that the panel comes to."""
    how = {"how": _(" or ").join(str(_BY[name]) for name in hook.find)}
    agree = _("Somebody found by %(how)s is updated only if the first name agrees; otherwise you decide.", **how)
    any_ = _("Somebody found by %(how)s is updated, whatever the first name.", **how)
    missing = {
        "create": _("Whoever is not found becomes a new contact."),
        "hold": _("Whoever is not found waits for your decision."),
        "ignore": _("Whoever is not found is left out."),
    }
    return [agree if hook.names == "agree" else any_, missing[hook.missing], _("Where several fit, you decide.")]
