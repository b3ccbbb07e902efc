"""Qomon's fields: what can forms write to, and who does. Read from the store; Qomon is asked when somebody says so."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.operations import forms
from bridge.operations.forms import Fields
from bridge.operations.release import NotDone
from bridge.pages import numbers, session
from bridge.pages.page import action, back, page
from bridge.pages.session import services
from bridge.qomon.catalogue import CATEGORIES, Form
from schemas.normal import folded
from schemas.outputs.catalogue import AdoptPage, CataloguePage

_WEIGHT, _OF_A_FORM = 1200, 6
"""What one page shows at most, in choices; a field counts as some of them."""
_CHOICES = 200
"""Of one field; a longer list is cut, and says so."""
_NAMES = {
    "consent": lazy_gettext("Consents"),
    "survey": lazy_gettext("Surveys"),
    "level_of_support": lazy_gettext("Level of support"),
    "custom_fields": lazy_gettext("Custom fields"),
    "presence_status": lazy_gettext("Presence"),
    "tasks": lazy_gettext("Tasks"),
}
_KINDS = {
    "text": lazy_gettext("text"),
    "numeric": lazy_gettext("number"),
    "date": lazy_gettext("date"),
    "radio": lazy_gettext("one choice"),
    "checkbox": lazy_gettext("several choices"),
    "unknown": lazy_gettext("unknown: nothing is written to it"),
}


@page("/catalogue", "catalogue.html", CataloguePage)
def catalogue() -> dict[str, Any]:
    space, known = _asked()
    wanted = request.args.get("q", "").strip()[:100]
    found = [form for form in known.forms if not wanted or _says(form, known, wanted)]
    parts = list(_parts(found))
    part = min(max(numbers.asked("part") or 1, 1), max(1, len(parts)))
    here = parts[part - 1] if parts else []
    return {
        "space": space,
        "spaces": list(services().settings.qomon),
        "read": known.at,
        "known": known.catalogue is not None,
        "many": len(known.forms),
        "choices": sum(len(form.choices) for form in known.forms if not form.free),
        "found": len(found),
        "wanted": wanted,
        "part": part,
        "parts": len(parts),
        "lost": known.lost,
        "lost_at": known.lost_at,
        "twice": len(known.twice),
        "categories": [_category(name, [*mine], known) for name, mine in groupby(here, lambda form: form.category)],
    }


@action("/catalogue/refresh")
def refresh_catalogue() -> Response:
    space = _space(request.form.get("space"))
    forms.refresh(services(), space, session.by())
    known = forms.known(services(), space)
    if known.lost is not None:
        return back("catalogue", space=space)
    told = ngettext("%(num)s field was read from Qomon.", "%(num)s fields were read from Qomon.", len(known.forms))
    return back("catalogue", told, space=space)


@page("/catalogue/adopt", "adopt.html", AdoptPage, "staff")
def adopt_fields() -> dict[str, Any]:
    space, known = _asked()
    if known.lost is None:
        raise NotDone(_("Qomon’s fields are as Qomon has them: there is nothing to adopt."))
    uses = {name for mine in known.uses.values() for _id, name in mine}
    return {"space": space, "lost": known.lost, "lost_at": known.lost_at, "read": known.at, "webhooks": sorted(uses)}


@action("/catalogue/adopt")
def adopt_fields_now() -> Response:
    """Read anew, and taken as it is."""
    space = _space(request.form.get("space"))
    if forms.known(services(), space).lost is None:
        return back("catalogue", _("Qomon’s fields are as Qomon has them: there is nothing to adopt."), space=space)
    forms.refresh(services(), space, session.by(), forced=True)
    many = len(forms.known(services(), space).forms)
    told = ngettext(
        "Qomon’s list of %(num)s field is used from now on.",
        "Qomon’s list of %(num)s fields is used from now on.",
        many,
    )
    return back("catalogue", told, space=space)


def _asked() -> tuple[str, Fields]:
    space = _space(request.args.get("space"))
    return space, forms.known(services(), space)


def _space(said: str | None) -> str:
    """404 for an account that the settings do not name."""
    space = said or "default"
    if space not in services().settings.qomon:
        abort(404)
    return space


def _says(form: Form, known: Fields, wanted: str) -> bool:
    """Whether something of a field that is shown has these words in it."""
    like = folded(wanted)
    texts = [form.label, str(form.id), *(name for _id, name in known.uses.get(form.id, ()))]
    texts += [] if form.free else [text for choice in form.choices for text in (choice.label, choice.value)]
    return any(like in folded(text) for text in texts)


def _parts(found: Sequence[Form]) -> Iterator[list[Form]]:
    """Pages of about the same length, in the order of CATEGORIES."""
    order = {name: index for index, name in enumerate(CATEGORIES)}
    part: list[Form] = []
    weight = 0
    for form in sorted(found, key=lambda form: order.get(form.category, len(order))):
        mine = _OF_A_FORM + (0 if form.free else min(len(form.choices), _CHOICES))
        if part and weight + mine > _WEIGHT:
            yield part
            part, weight = [], 0
        part.append(form)
        weight += mine
    if part:
        yield part


def _category(name: str, mine: Sequence[Form], known: Fields) -> dict[str, Any]:
    return {
        "code": name,
        "name": str(_NAMES.get(name, name)),
        "fields": [_field(form, known) for form in mine],
    }


def _field(form: Form, known: Fields) -> dict[str, Any]:
    choices = () if form.free else form.choices
    return {
        "id": form.id,
        "label": form.label,
        "type": form.kind,
        "kind": str(_KINDS[form.kind]),
        "choices": [{"label": one.label, "value": one.value, "empty": one.lacks_value} for one in choices[:_CHOICES]],
        "more": max(0, len(choices) - _CHOICES),
        "twice": form.id in known.twice,
        "uses": [{"id": id_, "name": used} for id_, used in known.uses.get(form.id, ())],
    }
