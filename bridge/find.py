"""Which contact is this person: one, none, several, or somebody else (ledger.md 14). Reads Qomon, writes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers

from bridge.errors import Gone, Held
from bridge.qomon.client import Visit
from bridge.words import Who
from schemas import names, normal

_LONGEST_ID = 19


@dataclass(frozen=True, slots=True)
class Found:
    """A contact's number and the identity that led to it: id, mail, mobile or phone."""

    contact: int
    by: str


def find(
    visit: Visit, who: Who, order: Sequence[str], *, agree: bool, region: str, recall: Callable[[str], int | None]
) -> Found | None:
    """The first identity with a hit wins. `recall` answers from memory; the contact lane checks what it said.

    Raises Held: several_contacts, or other_person when the only hit's first name contradicts.
    """
    for name in (name for name in order if name in who.identities):
        contact = recall(name) if name != "id" else None
        contact = contact or _look(visit, who, name, region, agree=agree)
        if contact is not None:
            return Found(contact, name)
    return None


def carries(contact: Mapping[str, Any], name: str, value: str, region: str) -> bool:
    """Whether this identity is really on the contact."""
    if name == "id":
        return str(contact.get("id")) == value
    stored = contact.get(name)
    if not isinstance(stored, str):
        return False
    return (normal.mail(stored) if name == "mail" else normal.phone(stored, region)) == value


def names_agree(who: Who, contact: Mapping[str, Any]) -> bool:
    """Whether the event may be this contact's by the names (ledger.md 14)."""
    return names.agree((who.firstname, who.surname), _named(contact))


def spellings(e164: str) -> list[str]:
    """How a number may be stored: Qomon's own normalising is unknown (qomon-api.md 4.4, 6.4)."""
    number = phonenumbers.parse(e164)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    digits = "".join(c for c in national if c.isdigit())
    return list(dict.fromkeys([e164, national, digits, international, e164.lstrip("+"), "00" + e164.lstrip("+")]))


def _look(visit: Visit, who: Who, name: str, region: str, *, agree: bool) -> int | None:
    value = who.identities[name]
    if name == "id":
        return _by_id(visit, value)
    asked = [value] if name == "mail" else spellings(value)
    hits = {hit["id"]: hit for hit in visit.search(name, asked) if carries(hit, name, value, region)}
    if len(hits) > 1:
        raise Held("several_contacts")
    for contact, hit in hits.items():
        if agree and not names_agree(who, hit):
            raise Held("other_person")
        return int(contact)
    return None


def _by_id(visit: Visit, value: str) -> int | None:
    if not (value.isascii() and value.isdigit() and len(value) < _LONGEST_ID):
        return None
    try:
        return int(visit.contact(int(value))["id"])
    except Gone:
        return None


def _named(contact: Mapping[str, Any]) -> tuple[str, str]:
    return str(contact.get("firstname") or ""), str(contact.get("surname") or "")
