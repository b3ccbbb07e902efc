"""A person: found, looked at, copied. The address of a page about somebody is sealed and short-lived, and names nobody.

Erasing is in `erasing`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from bridge.errors import BridgeError
from bridge.model import Event
from bridge.operations import person_copy, person_seen
from bridge.operations.person import Choice, Near, Person, Several, Unknown, named, sought
from bridge.operations.person_seen import Proof, Seen, Waiting
from bridge.pages import numbers, session
from bridge.pages.page import action, back, download, page
from bridge.report import person_told, printed
from bridge.store.vault import BrokenSeal
from schemas import codes, normal
from schemas.outputs.people import PeoplePage, PersonPage

LASTS = timedelta(hours=12)
"""For so long the address of a page about somebody works."""
_UNCHOSEN = Choice()
NOBODY, EVERYONE = "none", "all"
OUTCOMES = {
    "delivered": ("good", lazy_gettext("Written")),
    "created": ("good", lazy_gettext("New contact")),
    "unchanged": ("good", lazy_gettext("Nothing to change")),
    "queued": ("wait", lazy_gettext("Waiting")),
    "held": ("ask", lazy_gettext("To do")),
    "ignored": ("quiet", lazy_gettext("Filtered out")),
    "duplicate": ("quiet", lazy_gettext("Already received")),
    "captured": ("quiet", lazy_gettext("Kept")),
    "previewed": ("quiet", lazy_gettext("Dry run")),
    "skipped": ("quiet", lazy_gettext("Left out")),
    "failed": ("bad", lazy_gettext("Given up")),
    "restored": ("good", lazy_gettext("Put back")),
    "forgotten": ("quiet", lazy_gettext("Erased")),
}
"""The colour of each and its label."""
_UNKNOWN = ("ask", lazy_gettext("not known to this version"))
_FOUND = {
    "id": lazy_gettext("by the contact’s number"),
    "mail": lazy_gettext("by the mail address"),
    "mobile": lazy_gettext("by the mobile number"),
    "phone": lazy_gettext("by the phone number"),
}


class Over(BridgeError):
    """The address names nobody any more; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address of a page stands for."""

    text: str = field(repr=False)
    space: str
    choice: Choice = _UNCHOSEN

    def sealed(self, now: datetime) -> str:
        contacts = sorted(self.choice.contacts, key=str)
        said: dict[str, Any] = {"person": self.text, "space": self.space, "at": normal.epoch_ms(now)}
        said |= {"contacts": contacts, "all": self.choice.everyone}
        return session.services().vault.seal_text(said)


class FindForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    who = StringField(
        lazy_gettext("Mail, phone or contact number"),
        [
            InputRequired(lazy_gettext("Fill this in.")),
            Length(max=320, message=lazy_gettext("That is too long.")),
        ],
        description=lazy_gettext("Whole and exact: jeanne@example.org, 0639980142 or +33639980142, 9000017."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    space = SelectField(lazy_gettext("Qomon account"))

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        spaces = [*session.services().settings.qomon]
        self.space.choices = [SelectChoice(one, one) for one in spaces]
        self.several = len(spaces) > 1
        if not self.several:
            del self.space

    @property
    def account(self) -> str:
        chosen: str = self.space.data if self.several else next(iter(session.services().settings.qomon))
        return chosen


@page("/people", "people.html", PeoplePage, "staff")
def people() -> dict[str, Any]:
    return {"form": FindForm(formdata=None), "spaces": [*session.services().settings.qomon]}


@action("/people")
def find_person() -> Response:
    """Nothing of what was typed is in an address, where platforms would log it."""
    mine, form = session.services(), FindForm()
    if form.validate():
        wanted = Wanted((form.who.data or "").strip(), form.account)
        try:
            with mine.store.read() as tx:
                named(mine, tx, wanted.space, wanted.text)
        except Unknown as unreadable:
            form.who.errors = [str(unreadable)]
        else:
            return back("person", None, opaque=wanted.sealed(mine.now()))
    return make_response(render_template("people.html", form=form), 400)


@page("/people/<opaque>", "person.html", PersonPage, "staff")
def person(opaque: str) -> dict[str, Any]:
    """Nobody, several of whom one is to be chosen, or one person."""
    wanted = opened(opaque)
    around = {"opaque": opaque, "account": wanted.space, "several": len(session.services().settings.qomon) > 1}
    try:
        found = sought(session.services(), wanted.space, wanted.text, wanted.choice)
    except Unknown as nothing:
        return {**around, "state": "nothing", "erased": nothing.erased}
    except Several as several:
        return {**around, "state": "several", "near": near(several.groups)}
    before = numbers.asked("before")
    person_seen.note(session.services(), found, session.by())
    return {**around, "state": "found", **_shown(person_seen.seen(session.services(), found, before), opaque, before)}


@action("/people/<opaque>/choose")
def choose_person(opaque: str) -> Response:
    """Whose is meant, where an address is shared."""
    wanted = opened(opaque)
    chosen = request.form.getlist("contact")
    numbers = frozenset(None if one == NOBODY else int(one) for one in chosen if one == NOBODY or _is_number(one))
    if not numbers and EVERYONE not in chosen:
        raise Over(_("Choose at least one. Go back and tick whose is meant."))
    choice = Choice(everyone=True) if EVERYONE in chosen else Choice(numbers)
    narrowed = Wanted(wanted.text, wanted.space, choice)
    return back("person", None, opaque=narrowed.sealed(session.services().now()))


@download("/people/<opaque>/copy/<kind>")
def copy_person(opaque: str, kind: str) -> Response:
    """All that is kept, to be handed over: a page to print, or JSON."""
    if kind not in ("html", "json"):
        abort(404)
    whole = person_copy.handed_over(session.services(), one_person(opaque), session.by())
    if kind == "html":
        answer = Response("\n".join(printed.page(person_told.copied(whole))), mimetype="text/html")
    else:
        answer = Response(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="copy.{kind}"'
    return answer


def opened(opaque: str) -> Wanted:
    """404 for what is no such address. Raises Over for one that is too old."""
    mine = session.services()
    try:
        said = cast("Mapping[str, Any]", mine.vault.unseal_text(opaque))
        wanted = Wanted(said["person"], said["space"], Choice(frozenset(said["contacts"]), said["all"]))
        at = normal.from_epoch_ms(said["at"])
    except (BrokenSeal, LookupError, TypeError, ValueError):
        abort(404)
    if not timedelta() <= mine.now() - at <= LASTS or wanted.space not in mine.settings.qomon:
        raise Over(_("This search is more than 12 hours old. Search again."))
    return wanted


def one_person(opaque: str) -> Person:
    """Raises Unknown; Over where it is not said whose is meant."""
    wanted = opened(opaque)
    try:
        return sought(session.services(), wanted.space, wanted.text, wanted.choice)
    except Several:
        raise Over(_("This address leads to several people now. Search again and choose whose is meant.")) from None


def near(groups: Iterable[Near]) -> list[dict[str, Any]]:
    return [{"contact": one.contact, "submissions": one.submissions} for one in groups]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004 - of a contact


def _shown(seen: Seen, opaque: str, before: int | None) -> dict[str, Any]:
    found = seen.person
    older = None if seen.older is None else url_for("pages.person", opaque=opaque, before=seen.older)
    newest = None if before is None else url_for("pages.person", opaque=opaque)
    return {
        "asked_by": found.asked.by,
        "contacts": [*found.contacts],
        "names": seen.names,
        "addresses": [{"kind": kind, "address": address} for kind, address in sorted(found.addresses)],
        "found_by": seen.found_by,
        "recognised": _FOUND.get(seen.found_by or ""),
        "near": near(found.near),
        "count": len(found.events),
        "lost": found.lost,
        "waits": [_waiting(one) for one in seen.waiting],
        "submissions": [{**_submission(event), "contact": contact} for event, contact in seen.listed],
        "pages": (older, newest),
        "opened": seen.opened,
        "fields": [*_fields(seen)],
        "marks": _marks(seen),
        "consents": [line for proof in seen.proofs for line in _consents(proof)],
        "taken_back": [
            {"field": key[0], "name": _label(key[0]), "choice": key[1] or None, "at": at}
            for key, at in seen.taken_back.items()
        ],
    }


def _submission(event: Event) -> dict[str, Any]:
    kind, label = OUTCOMES.get(event.outcome.value, _UNKNOWN)
    return {
        "event": event.id,
        "webhook": event.hook_name or event.hook,
        "hook": event.hook,
        "revision": event.revision,
        "submitted_at": event.submitted_at,
        "received_at": event.received_at,
        "outcome": event.outcome.value,
        "reason": event.reason,
        "erased": event.erased,
        "state": kind,
        "label": label,
    }


def _waiting(one: Waiting) -> dict[str, Any]:
    event = one.event
    why = {**codes.QUEUED, **codes.HELD}.get(event.reason or "") or codes.OUTCOMES.get(event.outcome.value, codes.LATER)
    return {**_submission(event), "due": one.due, "why": why}


def _fields(seen: Seen) -> Iterable[dict[str, Any]]:
    for deed in seen.deeds:
        for one in deed.fields:
            before, after = one.values or (None, None)
            yield {
                **_submission(deed.event),
                "at": deed.at or deed.event.received_at,
                "field": one.field,
                "name": _label(one.field),
                "change": one.change,
                "changed": codes.CHANGES.get(one.change, codes.LATER),
                "confirmed": one.confirmed,
                "before": before,
                "after": after,
            }


def _label(field: str) -> str:
    """A question of Qomon's forms by its label alone, as people know it there."""
    return field.removeprefix("custom_fields.").removeprefix("formdatas.")


def _marks(seen: Seen) -> list[dict[str, Any]]:
    return [
        {"contact": contact, "field": name, "name": _label(name), "submitted_at": at}
        for contact, fields in seen.marks.items()
        for name, at in fields.items()
    ]


def _consents(proof: Proof) -> Iterable[dict[str, Any]]:
    """A line for each thing that was said; one without words where it does not open."""
    base = {"event": proof.event.id, "webhook": proof.event.hook_name or proof.event.hook}
    if proof.said is None:
        yield {**base, "opens": False, "at": proof.event.submitted_at}
        return
    of = {"webhook": proof.said["hook"], "revision": proof.said["revision"], "at": proof.said["submitted_at"]}
    for one in proof.said["statements"]:
        said = {name: one[name] for name in ("said", "name", "value", "wording")}
        yield {**base, **of, **said, "label": _label(one["name"]), "opens": True}
