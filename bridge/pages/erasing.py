"""A person is erased: first what would go, then the address typed once more, then a certificate to print."""

from collections.abc import Mapping
from typing import Any, cast

from flask import Response, abort, make_response, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from bridge.operations import forget
from bridge.operations.forget import Forgotten
from bridge.operations.person import Person, Unknown, named, others
from bridge.pages import session
from bridge.pages.page import action, back, page
from bridge.pages.people import near, one_person
from bridge.report.person_told import GONE
from bridge.store.vault import BrokenSeal
from schemas import normal
from schemas.outputs.people import ErasedPage, ErasePage

_SHORT = Length(max=320, message=lazy_gettext("That is too long."))


class EraseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    address = StringField(
        lazy_gettext("Type the address, or the number, once more"),
        [InputRequired(lazy_gettext("Fill this in.")), _SHORT],
        description=lazy_gettext("The one that you searched for. Nothing is erased by mistake."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    why = StringField(
        lazy_gettext("Why"),
        [_SHORT],
        description=lazy_gettext("Kept in the activity log. Write nobody’s name."),
        render_kw={"autocomplete": "off"},
    )


@page("/people/<opaque>/erase", "person_erase.html", ErasePage, "admin")
def person_erase(opaque: str) -> dict[str, Any]:
    return _would(opaque, one_person(opaque), EraseForm(formdata=None))


@action("/people/<opaque>/erase", "admin", sure=True)
def erase_person(opaque: str) -> Response:
    """Posted twice it finds nobody the second time."""
    mine, form = session.services(), EraseForm()
    found = one_person(opaque)
    if form.validate() and _is_named(form, found):
        done = forget.forget(mine.store, mine.vault, found, others(mine, found.asked.space), session.by(form.why.data))
        return back("person_erased", None, certificate=_certificate(found, done))
    return make_response(render_template("person_erase.html", **_would(opaque, found, form)), 400)


@page("/people/erased/<certificate>", "person_erased.html", ErasedPage, "admin")
def person_erased(certificate: str) -> dict[str, Any]:
    """Its address holds counts and a fingerprint: it may be opened and printed again."""
    try:
        said = cast("Mapping[str, Any]", session.services().vault.unseal_text(certificate))
        told = {name: said[name] for name in ErasedPage().fields}
    except (BrokenSeal, LookupError, TypeError, ValueError):
        abort(404)
    return {**told, "lines": _lines(told["gone"])}


def _would(opaque: str, found: Person, form: EraseForm) -> dict[str, Any]:
    mine = session.services()
    would = forget.would(mine.store, mine.vault, found, others(mine, found.asked.space), mine.now())
    return {
        "opaque": opaque,
        "form": form,
        "account": found.asked.space,
        "submissions": len(found.events),
        "gone": dict(would.gone),
        "lines": _lines(would.gone),
        "stay": would,
        "lost": found.lost,
        "near": near(found.near),
        "tools": _tools(found),
    }


def _is_named(form: EraseForm, found: Person) -> bool:
    """Whether the same person was typed once more, in whatever spelling."""
    mine = session.services()
    try:
        with mine.store.read() as tx:
            typed = named(mine, tx, found.asked.space, form.address.data or "")
    except Unknown as unreadable:
        form.address.errors = [str(unreadable)]
        return False
    if typed.prints & found.asked.prints:
        return True
    form.address.errors = [_("This is not what you searched for. Nothing was erased.")]
    return False


def _tools(found: Person) -> str:
    """From which tools her submissions came: those keep copies too."""
    mine = session.services()
    hooks = {event.hook for event, _contact in found.events}
    with mine.store.read() as tx:
        sources = {one.hook.source for one in mine.hooks.listed(tx) if one.hook is not None and one.hook.id in hooks}
    return ", ".join(sorted(one.replace("_", " ").title() for one in sources)) or _("the form tool")


def _lines(gone: Mapping[str, int]) -> list[tuple[int, Any]]:
    return [(gone[table], what) for table, what in GONE.items() if gone.get(table)]


def _certificate(found: Person, done: Forgotten) -> str:
    said = {
        "at": normal.to_ms(done.at),
        "account": found.asked.space,
        "asked_by": found.asked.by,
        "person": found.asked.print,
        "contacts": len(found.contacts),
        "gone": dict(done.gone),
        "in_hand": done.in_hand,
        "refused_left": done.refused,
        "refused_waiting": done.waiting,
        "contact_lost": found.lost,
        "whole": done.whole,
    }
    return session.services().vault.seal_text(cast("Any", said))
