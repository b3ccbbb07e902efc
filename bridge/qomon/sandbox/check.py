"""Which bodies Qomon refuses, and where: types, dates and entries that do not fit the forms.

Strict where the real one is unknown (docs/qomon.md A6): a client that passes here is exact.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bridge.qomon.sandbox.contacts import ADDRESS, ARRAYS, FLAGS, NUMBERS, SENT, TEXTS, FormById

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ROOT = "body.data.contact"
_KNOWN = (*TEXTS, *FLAGS, *NUMBERS, *ARRAYS, "address", "tags", "action_ids", "notes")
Error = dict[str, Any]
_LISTS: Sequence[tuple[str, str, Callable[[Any], bool]]] = (
    ("tags", "{name}", lambda tag: isinstance(tag, dict) and isinstance(tag.get("name"), str)),
    ("action_ids", "integer", lambda action: type(action) is int),
    ("notes", "object", lambda note: isinstance(note, dict)),
)


def errors(sent: object, form_by_id: FormById, *, strict: bool = False) -> list[Error]:
    """Everything wrong with a contact body; empty when Qomon would store it. `strict` takes no unknown key."""
    if not isinstance(sent, dict):
        return [_error("", "expected object", sent)]
    found = [*scalar_errors(sent), *_part_errors(sent), *_entry_errors(sent, form_by_id)]
    return found or (list(_unknown_keys(sent)) if strict else [])


def _unknown_keys(sent: Mapping[str, Any]) -> Iterator[Error]:
    places = [("", sent, _KNOWN), ("address.", sent.get("address") or {}, ADDRESS)]
    places += [(f"{array}[{n}].", entry, SENT) for array in ARRAYS for n, entry in enumerate(sent.get(array) or [])]
    for place, inside, known in places:
        yield from (_error(place + key, "unexpected property", inside[key]) for key in inside if key not in known)


def _entry_errors(sent: Mapping[str, Any], form_by_id: FormById) -> Iterator[Error]:
    for array in ARRAYS:
        entries = sent.get(array)
        if not isinstance(entries, list | None):
            yield _error(array, "expected array", entries)
            continue
        for place, entry in enumerate(entries or []):
            if message := _entry_fault(entry, form_by_id):
                yield _error(f"{array}[{place}]", message, entry)


def without_faulty_entries(sent: Any, form_by_id: FormById) -> Any:
    """For the switch `unknown_entries`; the very same when nothing is faulty."""
    lists = [key for key in ARRAYS if isinstance(sent, dict) and isinstance(sent.get(key), list)]
    fine = {key: [entry for entry in sent[key] if not _entry_fault(entry, form_by_id)] for key in lists}
    return {**sent, **fine} if isinstance(sent, dict) else sent


def scalar_errors(sent: Mapping[str, Any]) -> Iterator[Error]:
    typed: Mapping[type, tuple[str, ...]] = {str: TEXTS, bool: FLAGS, int: NUMBERS}
    for kind, names in typed.items():
        for name in names:
            if sent.get(name) is not None and type(sent[name]) is not kind:
                yield _error(name, f"expected {kind.__name__}", sent[name])
    if isinstance(sent.get("mail"), str) and not _MAIL.fullmatch(sent["mail"]):
        yield _error("mail", "not an email", sent["mail"])
    if isinstance(sent.get("birthdate"), str) and not _is_date(sent["birthdate"]):
        yield _error("birthdate", "not a date-time", sent["birthdate"])


def _part_errors(sent: Mapping[str, Any]) -> Iterator[Error]:
    address = sent.get("address")
    if not isinstance(address, dict | None):
        yield _error("address", "expected object", address)
    for part, text in (address if isinstance(address, dict) else {}).items():
        if part in ADDRESS and not isinstance(text, str | None):
            yield _error(f"address.{part}", "expected string", text)
    for name, kind, fits in _LISTS:
        items = sent.get(name)
        if items is not None and not (isinstance(items, list) and all(map(fits, items))):
            yield _error(name, f"expected array of {kind}", items)


def _entry_fault(entry: object, form_by_id: FormById) -> str | None:
    if not isinstance(entry, dict):
        return "expected object"
    form = form_by_id(entry["form_id"]) if type(entry.get("form_id")) is int else None
    if form is None:
        return "unknown form"
    ref = next((r for r in form.get("refvalues") or [] if r["id"] == entry.get("form_ref_id")), None)
    if ref is None:
        return "unknown refvalue"
    written, date = entry.get("data"), entry.get("date")
    if date is not None and not (isinstance(date, str) and _is_date(date)):
        return "not a date-time"
    return None if isinstance(written, str) and fits(written, str(form.get("type")), ref) else "value does not fit"


def fits(written: str, kind: str, ref: Mapping[str, Any]) -> bool:
    if kind in ("radio", "select", "checkbox"):
        return bool(written == ref["value"])
    if kind == "numeric":
        return re.fullmatch(r"-?\d+(\.\d+)?", written) is not None
    return _is_date(written) if kind == "date" else written != ""


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def _error(place: str, message: str, value: object) -> Error:
    return {"location": f"{_ROOT}.{place}" if place else _ROOT, "message": message, "value": value}
