"""Learns on a throw-away contact whether a space leaves empty lists out of its reads (docs/laws.md 10;
docs/qomon.md A2).

A list is proved when it is not shown while it is surely empty, because we just wrote it so, and is shown once it holds
something. Less would not do: a read that never shows the list looks the same as one of an empty list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from bridge.errors import BridgeError, Rejected
from bridge.qomon import compare, contact
from bridge.qomon.catalogue import Catalogue
from bridge.qomon.client import Visit
from bridge.qomon.contact import Body
from bridge.qomon.fields import LISTS, SPELLINGS
from schemas.normal import folded

TEXT = "Test Pont"
_LISTS = frozenset(field.name for field in LISTS)
_CATEGORIES: Mapping[str, tuple[str, ...]] = {"custom_fields": ("custom_fields",), "formdatas": ("survey", "consent")}
"""Where to put something for a moment. Not where Qomon may act on it: levels of support can send messages."""


class NotATest(BridgeError):
    """Not a contact to try things on. Nothing was written."""


class NotPutBack(BridgeError):
    """The contact is not as it was found."""


@dataclass(frozen=True, slots=True)
class Learned:
    """`omitted`: left out when empty, proved. `shown`: there although empty. `unproved`: missing, why is open."""

    omitted: frozenset[str]
    shown: frozenset[str]
    unproved: frozenset[str]


def learn(visit: Visit, id_: int, catalogue: Catalogue, region: str) -> Learned:
    """Read the contact; where lists are missing, write it whole, fill them one by one, and put it back.

    Raises NotATest, NotPutBack, and what the calls raise.
    """
    read = visit.contact(id_)
    if "test" not in folded(f"{read.get('firstname') or ''} {read.get('surname') or ''}").split():
        raise NotATest(
            _(
                "Contact %(id)s is not called Test. This writes to the contact, so it is not tried on a person: make "
                "one in Qomon whose first name or surname is Test (such as Test Pont), with nothing else in it.",
                id=id_,
            )
        )
    missing = contact.missing(read)
    shown = frozenset(name for name in _LISTS - missing if not _filled(read, name))  # with nothing in it, dead or alive
    if not missing:
        return Learned(frozenset(), shown, frozenset())
    forms = catalogue.forms
    before = contact.whole(read, forms, region, _LISTS)
    try:
        visit.replace(id_, before)  # what is missing now is empty, whatever it was
        empty = missing & contact.missing(visit.contact(id_))
        seen = frozenset(name for name in sorted(empty) if _appears(visit, id_, before, name, catalogue))
    finally:
        visit.replace(id_, before)
    after = contact.whole(visit.contact(id_), forms, region, _LISTS)
    if compare.facets(after, region) != compare.facets(before, region):
        raise NotPutBack(_("Contact %(id)s is not as it was before: look at it in Qomon. Nothing was learned.", id=id_))
    return Learned(_proved(empty, seen), shown, missing - _proved(empty, seen))


def _proved(empty: frozenset[str], seen: frozenset[str]) -> frozenset[str]:
    """Nobody can fill `action_ids` for a try: it goes with the others, when all that are missing are proved."""
    others = empty - {"action_ids"}
    return empty if others and others == seen else seen


def _filled(read: Mapping[str, Any], name: str) -> bool:
    return any(read.get(spelling) for spelling in SPELLINGS[name])


def _appears(visit: Visit, id_: int, before: Body, name: str, catalogue: Catalogue) -> bool:
    """Whether the list shows what is put into it. What Qomon refuses proves nothing."""
    filler = _filler(name, catalogue)
    if filler is None:
        return False
    try:
        visit.replace(id_, {**before, name: [filler]})
    except Rejected:
        return False
    return _filled(visit.contact(id_), name)


def _filler(name: str, catalogue: Catalogue) -> dict[str, Any] | None:
    """Of forms a text, else a choice; dates and numbers have their own rules."""
    if name in ("tags", "notes"):
        return {"name" if name == "tags" else "data": TEXT}
    for form in (form for form in catalogue.forms.values() if form.category in _CATEGORIES.get(name, ())):
        if form.kind == "text" and form.free_ref is not None:
            return {"form_id": form.id, "form_ref_id": form.free_ref, "data": TEXT}
        if form.kind in ("radio", "checkbox") and form.choices:
            return {"form_id": form.id, "form_ref_id": form.choices[0].id, "data": form.choices[0].value}
    return None
