"""Which bodies Qomon refuses, and where: types, dates and entries that do not fit the forms.

Strict where the real one is unknown (qomon-api.md A6): a client that passes here is exact.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bridge.qomon.sandbox.contacts import ADDRESS, ARRAYS, FLAGS, NUMBERS, SENT, TEXTS, FormById

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ROOT = "body.data.contact"
_KNOWN = (*TEXTS, *FLAGS, *NUMBERS, *ARRAYS, "address", "tags", "action_ids", "notes")
Error = dict[str, Any]


def errors(sent: object, form_by_id: FormById, *, strict: bool = False) -> list[Error]:
    """Everything wrong with a contact body; empty when Qomon would store it. `strict` takes no unknown key."""
    if not isinstance(sent, dict):
        return [_error("", "expected object", sent)]
    found = [*scalar_errors(sent), *_lists(sent), *_entry_errors(sent, form_by_id)]
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
            message = _entry_fault(entry, form_by_id)
            if message:
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


def _lists(sent: Mapping[str, Any]) -> Iterator[Error]:
    address, tags, actions = sent.get("address"), sent.get("tags"), sent.get("action_ids")
    if not isinstance(address, dict | None):
        yield _error("address", "expected object", address)
    for part in ADDRESS:
        if isinstance(address, dict) and not isinstance(address.get(part), str | None):
            yield _error(f"address.{part}", "expected string", address[part])
    if not _all(tags, lambda tag: isinstance(tag, dict) and isinstance(tag.get("name"), str)):
        yield _error("tags", "expected array of {name}", tags)
    if not _all(actions, lambda action: type(action) is int):
        yield _error("action_ids", "expected array of integer", actions)
    if not _all(sent.get("notes"), lambda note: isinstance(note, dict)):
        yield _error("notes", "expected array of object", sent.get("notes"))


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


def _all(found: object, fits: Callable[[Any], bool]) -> bool:
    return found is None or (isinstance(found, list) and all(fits(item) for item in found))


def _error(place: str, message: str, value: object) -> Error:
    return {"location": f"{_ROOT}.{place}" if place else _ROOT, "message": message, "value": value}
