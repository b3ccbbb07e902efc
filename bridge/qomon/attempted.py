"""What is put on a throw-away contact and taken away again, to see what Qomon makes of it. Pure.

Invented: numbers that nobody has, and a place that is no person's. A part that the contact already holds stays as it
is, so that it can be put back.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.qomon.catalogue import Catalogue, Form
from bridge.qomon.contact import Body
from bridge.qomon.entries import Entry

TEXT = "Test Pont"
DAY = "2025-03-02T09:15:00.456Z"
"""Of the entries; with milliseconds, to see whether they stay."""
_SCALARS: Mapping[str, Any] = {
    "surname": "Pont Test",  # still a Test, whatever becomes of the other name
    "married_name": TEXT,
    "gender": "F",
    "birthdate": "1988-02-29T00:00:00.000Z",
    "birth_city": "Bourg-en-Bresse",
    "birth_country": "France",
    "birth_dept": "01",
    "nationality": "FR",
    "age_category": 3,
    "mobile": "06 39 98 01 77",
    "phone": "01 99 00 12 34",
}
_ADDRESS = {
    "housenumber": "12",
    "street": "rue des Tilleuls",
    "floor": "2",
    "postalcode": "01000",
    "city": "Bourg-en-Bresse",
    "country": "France",
}
_SAFE = ("custom_fields", "survey")
_CHOICES = 2

_ROLES: Mapping[str, tuple[tuple[str, ...], Callable[[Form], bool]]] = {
    "text": (_SAFE, lambda form: form.kind == "text" and form.free_ref is not None),
    "checkbox": (_SAFE, lambda form: form.kind == "checkbox" and _chosen(form)),
    "radio": (_SAFE, lambda form: form.kind == "radio" and _chosen(form)),
    "date": (_SAFE, lambda form: form.kind == "date" and form.free_ref is not None),
    "consent": (("consent",), lambda form: form.kind in ("radio", "checkbox") and bool(_values(form))),
    "left_out": (_SAFE[::-1], lambda form: form.free_ref is not None or bool(_values(form))),
}
"""What an entry is put there for: the categories that are looked through in turn, and which form will do."""
ENTRIES = tuple(_ROLES)


@dataclass(frozen=True, slots=True)
class Attempted:
    """`parts`: what is added, a field's value, or for a role of ENTRIES its list and entries. `forms`: by role."""

    parts: Mapping[str, Any]
    forms: Mapping[str, Form]


def additions(before: Body, catalogue: Catalogue) -> Attempted:
    parts: dict[str, Any] = {name: before.get(name) or value for name, value in _SCALARS.items() if name != "surname"}
    parts["surname"] = _SCALARS["surname"]
    parts["address"] = before.get("address") or _ADDRESS
    parts["tags"] = [*(tag for tag in before["tags"] if tag["name"] != TEXT), {"name": TEXT}]
    parts["notes"] = [*before["notes"], {"data": TEXT}]
    forms = dict(_picked(before, catalogue))
    if before["black_list"]:
        forms.pop("consent", None)  # nobody who is not to be contacted agrees to anything here, not even a Test
    for role, form in forms.items():
        parts[role] = (form.array, [_entry(form, 0)])
    return Attempted(parts, forms)


def taken_away(full: Body, attempted: Attempted, refused: frozenset[str]) -> Body:
    """The next body: two fields and an entry less, and other answers in three."""
    body = {name: value for name, value in full.items() if name not in ("married_name", "nationality")}
    for role, form in attempted.forms.items():
        if role in refused or role not in ("text", "checkbox", "radio", "left_out"):
            continue
        others = [entry for entry in body[form.array] if entry["form_id"] != form.id]
        body[form.array] = others + ([] if role == "left_out" else [_entry(form, 1)])
    return body


def _picked(before: Body, catalogue: Catalogue) -> Iterator[tuple[str, Form]]:
    """Each role a form of its own, of which the contact holds nothing."""
    taken = {entry["form_id"] for array in ("formdatas", "custom_fields") for entry in before[array]}
    for role, (categories, fits) in _ROLES.items():
        forms = (form for kind in categories for form in catalogue.forms.values() if form.category == kind)
        for form in forms:
            if form.id not in taken and fits(form):
                taken.add(form.id)
                yield role, form
                break


def _values(form: Form) -> list[tuple[int, str]]:
    if form.kind not in ("radio", "checkbox"):
        return []
    return [(choice.id, choice.value) for choice in form.choices if not choice.lacks_value]


def _chosen(form: Form) -> bool:
    return len(_values(form)) >= _CHOICES


def _entry(form: Form, which: int) -> Entry:
    """One answer, or another."""
    if form.free_ref is None:
        ref, data = _values(form)[which]
    else:
        ref = form.free_ref
        data = {"date": "2025-03-02T00:00:00.000Z", "numeric": str(which)}.get(form.kind, f"{TEXT} {which + 1}")
    return {"form_id": form.id, "form_ref_id": ref, "data": data, "date": DAY}
