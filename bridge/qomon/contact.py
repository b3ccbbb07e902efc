"""Qomon's own contact, read and echoed: both read shapes in, the request's spelling out (qomon-api.md 9 and 10). Pure.

No schema here: marshmallow drops unknown keys on dump, and what a full replace does not send is cleared.
`Body` is what a PATCH sends under `contact`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from bridge.errors import Held
from schemas import normal

Body: TypeAlias = dict[str, Any]
Entry: TypeAlias = dict[str, Any]

SCALARS: Mapping[str, tuple[str, ...]] = {
    "firstname": ("firstname",),
    "surname": ("surname",),
    "married_name": ("married_name",),
    "gender": ("gender",),
    "birthdate": ("birthdate",),
    "birth_city": ("birth_city", "birthcity"),
    "birth_country": ("birth_country", "birthcountry"),
    "birth_dept": ("birth_dept", "birthdept"),
    "nationality": ("nationality",),
    "age_category": ("age_category",),
    "mail": ("mail",),
    "phone": ("phone",),
    "mobile": ("mobile",),
    "phone_invalid": ("phone_invalid",),
    "mobile_invalid": ("mobile_invalid",),
    "user_contact_id": ("user_contact_id",),
}
"""The request's spelling and the spellings of a read (A4)."""

LISTS: Mapping[str, tuple[str, ...]] = {
    "formdatas": ("formdatas",),
    "custom_fields": ("custom_fields", "customfields"),
    "tags": ("tags",),
    "notes": ("notes",),
    "action_ids": ("action_ids", "actions_ids"),
}

ADDRESS = (
    *("housenumber", "street", "addition", "building", "building_type", "floor", "door", "infos"),
    *("postalcode", "city", "county", "state", "country", "pollingstation"),
)

ARRAYS = ("formdatas", "custom_fields")


_DECIMALS = re.compile(r"(\.\d{3})\d+")
"""Dates are read with up to nine decimals and written with three (qomon-api.md 6.3)."""

NOBODY: Mapping[str, Any] = {name: [] for name in LISTS}
"""The read of a contact that does not exist yet."""


def missing(contact: Mapping[str, Any]) -> frozenset[str]:
    """The lists that a read does not show in any spelling."""
    return frozenset(name for name, names in LISTS.items() if all(spelling not in contact for spelling in names))


def whole(
    contact: Mapping[str, Any],
    arrays: Mapping[int, str],
    region: str,
    omitted: frozenset[str] = frozenset(),
    dates: frozenset[int] = frozenset(),
) -> Body:
    """The body that replaces this contact by itself. `arrays`: form_id -> the list it belongs to, and `dates`: the
    forms that hold a date (catalogue).

    `omitted`: lists that this space was proved to leave out when they are empty. Raises Held("shape_unproved") when
    another is missing or a part cannot be read: echoing it would erase it (law 10).
    """
    if missing(contact) - omitted:
        raise Held("shape_unproved")
    body: Body = {name: _scalar(name, _first(contact, names)) for name, names in SCALARS.items()}
    body["address"] = _address(contact.get("address") or {}, region)
    body = {name: value for name, value in body.items() if value not in (None, "", {})}
    body["black_list"] = _flag(contact.get("black_list"))
    body |= _entries(contact, arrays, dates)
    body["tags"] = [{"name": _tag(tag)} for tag in _live(contact, "tags")]
    body["notes"] = [_note(note) for note in _live(contact, "notes")]
    body["action_ids"] = _live(contact, "action_ids")
    return body


def _first(contact: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((contact[name] for name in names if contact.get(name) not in (None, "")), None)


def _scalar(name: str, value: Any) -> Any:
    if name == "birthdate" and value is not None:
        return _date(value)
    if isinstance(value, dict | list):
        raise Held("shape_unproved")
    return value


def _date(value: Any) -> str:
    at = normal.in_ms(str(value))
    if at is None:
        raise Held("shape_unproved")
    return at


def _flag(value: Any) -> bool:
    """Read too cautiously rather than lifted: what is neither a yes nor a no is not echoed as a no (law 7)."""
    said = str(value).strip().casefold()
    if said not in ("true", "1", "false", "0", "none", ""):
        raise Held("shape_unproved")
    return said in ("true", "1")


def _text(value: Any) -> str:
    """Numbers of a read become text; a whole float loses its `.0` (A10)."""
    if isinstance(value, dict | list):
        raise Held("shape_unproved")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def _address(read: Any, region: str) -> dict[str, str]:
    if not isinstance(read, Mapping):
        raise Held("shape_unproved")
    parts = {part: _text(read.get(part)) for part in ADDRESS}
    if isinstance(read.get("postalcode"), int | float):
        parts["postalcode"] = postcode(parts["postalcode"], parts["country"], region)
    return {part: text for part, text in parts.items() if text}


def postcode(text: str, country: str, region: str) -> str:
    """A number read back as text gets its French zeros again; of another country it stays as read (law 10)."""
    french = normal.folded(country) in ("france", "fr", "fra") or (not country.strip() and region == "FR")
    return text.zfill(5) if french and text.isdigit() else text


def _live(contact: Mapping[str, Any], name: str) -> list[Any]:
    """The entries that are not soft-deleted, of whichever spelling the read has; null is an empty list."""
    found: list[Any] = []
    for spelling in LISTS[name]:
        read = contact.get(spelling)
        items = [read] if isinstance(read, Mapping) and name == "notes" else read or []
        if not isinstance(items, list):
            raise Held("shape_unproved")
        live = [item for item in items if not (isinstance(item, dict) and item.get("deleted_at"))]
        found += [item for item in live if item not in found] if found else live
    return found


def _entries(contact: Mapping[str, Any], arrays: Mapping[int, str], dates: frozenset[int]) -> dict[str, list[Entry]]:
    """Live entries under the list of their form; an unknown form stays where it was (law 5, A2).

    What both lists show is one entry, with the date that either of them knows (law 3).
    """
    first, second = ([_entry(read, dates) for read in _live(contact, array)] for array in ARRAYS)
    twins = {_identity(entry): entry for entry in reversed(second) if "date" in entry}
    shown = {_identity(entry) for entry in first}
    first = [{**twins.get(_identity(entry), {}), **entry} for entry in first]
    second = [entry for entry in second if _identity(entry) not in shown]
    sorted_: dict[str, list[Entry]] = {array: [] for array in ARRAYS}
    for array, entries in zip(ARRAYS, (first, second), strict=True):
        for entry in entries:
            sorted_[arrays.get(entry["form_id"], array)].append(entry)
    return sorted_


def _identity(entry: Entry) -> tuple[Any, ...]:
    return (entry["form_id"], entry["form_ref_id"], entry["data"])


def _entry(read: Any, dates: frozenset[int]) -> Entry:
    if not isinstance(read, dict) or not isinstance(read.get("form_id"), int):
        raise Held("shape_unproved")
    entry: Entry = {"form_id": read["form_id"], "form_ref_id": read.get("form_ref_id"), "data": _text(read.get("data"))}
    if entry["form_id"] in dates:
        entry["data"] = _DECIMALS.sub(r"\1", entry["data"])
    if read.get("date"):
        entry["date"] = _date(read["date"])
    if read.get("survey_id"):
        entry["survey_id"] = read["survey_id"]
    return entry


def _tag(read: Any) -> str:
    name = read.get("name") if isinstance(read, Mapping) else read
    if not isinstance(name, str):
        raise Held("shape_unproved")
    return name


def _note(read: Any) -> dict[str, Any]:
    """As read, its text also under `data`, the newer request's name (A7)."""
    if not isinstance(read, Mapping):
        raise Held("shape_unproved")
    return {**read, "data": read.get("data") or read.get("content")}
