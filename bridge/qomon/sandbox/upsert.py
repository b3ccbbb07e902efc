"""POST /contacts/upsert, when its time has come: who is meant, and what is written (docs/qomon.md 4.3).

Anything that does not fit drops the whole record, and nobody is told.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bridge.qomon.sandbox import check
from bridge.qomon.sandbox.contacts import ADDRESS, FLAGS, NUMBERS, TEXTS, Contacts, Entries

_CATEGORIES = {
    "consents": "consent",
    "status": "level_of_support",
    "forms": "survey",
    "custom_fields": "custom_fields",
    "actions": "tasks",
    "name_presences": "presence_status",
}
_NAMES = {"birthcity": "birth_city", "birthcountry": "birth_country", "birthdept": "birth_dept"}
_ADDRESS = (*ADDRESS, "citycode", "latitude", "longitude", "id")
Forms = Mapping[str, Sequence[dict[str, Any]]]


class _Dropped(Exception):
    """Silently."""


def apply(contacts: Contacts, forms: Forms, record: Mapping[str, Any], at: datetime, *, unknown_id: str) -> None:
    """`unknown_id`: drop the record, or go on to match by the mail and the names (docs/qomon.md A8)."""
    try:
        entries = _entries(record, forms)
        contact_id = _meant(contacts, record, unknown_id)
        old = contacts.all.get(contact_id or 0, {})
        contacts.merge(contact_id, _changes(record, old), entries, at)
    except _Dropped:
        return


def _entries(record: Mapping[str, Any], forms: Forms) -> Entries:
    found: dict[str, list[dict[str, Any]]] = {"formdatas": [], "custom_fields": []}
    for key, category in _CATEGORIES.items():
        asked = record.get(key, [])
        if not isinstance(asked, list):
            raise _Dropped
        array = "custom_fields" if category == "custom_fields" else "formdatas"
        found[array] += [_entry(one, forms.get(category, ())) for one in asked]
    return found


def _entry(asked: object, forms: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """By the form's id, or its label if there is one such; a choice by its value or label. A date is ignored."""
    given = asked if isinstance(asked, dict) else {}
    name = "id" if "id" in given else "label"
    meant = [form for form in forms if name in given and form[name] == given[name]]
    if len(meant) != 1 or not isinstance(given.get("value"), str):
        raise _Dropped
    kind, value = meant[0]["type"], given["value"]
    for ref in meant[0]["refvalues"]:
        written = ref["value"] if value in (ref["value"], ref["label"]) and ref["value"] else value
        if check.fits(written, kind, ref):
            return {"form_id": meant[0]["id"], "form_ref_id": ref["id"], "data": written}
    raise _Dropped


def _meant(contacts: Contacts, record: Mapping[str, Any], unknown_id: str) -> int | None:
    """Whose record it is, by the documented order; None when it is nobody's yet."""
    if record.get("id"):
        for contact_id, contact in contacts.all.items():
            if contact_id == record["id"] or contact.get("nationbuilderid") == str(record["id"]):
                return contact_id
        if unknown_id == "drop":
            raise _Dropped
    everybody = contacts.all.items()
    return next((id_ for same in (_same_mail, _same_name) for id_, one in everybody if same(one, record)), None)


def _same_mail(contact: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    if not record.get("mail") or contact["mail"].casefold() != str(record["mail"]).casefold():
        return False
    return all(_alike(contact, record, name) for name in ("firstname", "surname") if record.get(name))


def _same_name(contact: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    if not all(record.get(name) and _alike(contact, record, name) for name in ("firstname", "surname")):
        return False
    born = bool(contact["birthdate"] and record.get("birthdate"))
    if born and not _alike(contact, record, "birthdate"):
        return False
    here, there = contact["address"], record.get("address") or {}
    if not (here and there):
        return True
    near = any(there.get(part) and _alike(here, there, part) for part in ("city", "postalcode"))
    return near and (born or _alike(here, there, "street"))


def _alike(one: Mapping[str, Any], other: Mapping[str, Any], key: str) -> bool:
    return str(one.get(key) or "").casefold() == str(other.get(key) or "").casefold()


def _changes(record: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The stored keys that the record names; tags come to those that are there."""
    named = {_NAMES.get(key, key): value for key, value in record.items()}
    if any(check.scalar_errors(named)):
        raise _Dropped
    found = {key: named[key] for key in (*TEXTS, *FLAGS, *NUMBERS, "nationbuilderid") if key in named}
    address = record.get("address", {})
    if not isinstance(address, dict):
        raise _Dropped
    parts = {part: str(address[part]) for part in _ADDRESS if part in address}
    found |= {"address": {**old.get("address", {}), **parts}} if parts else {}
    if "tags" in record:
        tags = record["tags"] if isinstance(record["tags"], list) else [None]
        names = [tag.get("name") if isinstance(tag, dict) else None for tag in tags]
        if not all(isinstance(name, str) for name in names):
            raise _Dropped
        found["tags"] = list(dict.fromkeys([*old.get("tags", []), *names]))
    return found
