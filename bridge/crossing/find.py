"""Which contact is this person: one, none, several, or somebody else (docs/ledger.md 14). Reads Qomon, writes
nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers

from bridge.errors import Gone, Held
from bridge.merge import addressed
from bridge.model import Who
from bridge.qomon.client import Visit
from schemas import names, normal


@dataclass(frozen=True, slots=True)
class Found:
    """A contact's number and the identity that led to it: id, mail, mobile or phone.

    `shared`: others have that identity too, and only the name told who of them it is: it leads nobody else there.
    """

    contact: int
    by: str
    shared: bool = False


def find(
    visit: Visit,
    who: Who,
    order: Sequence[str],
    *,
    agree: bool,
    region: str,
    recall: Callable[[str], int | None],
    straight: bool,
    same: Callable[[int, Mapping[str, Any]], bool] = lambda _contact, _hit: False,
) -> Found | None:
    """The first identity with a hit wins. `recall` answers from memory; the contact lane checks what it said, and what
    an id names: it is looked at here only if it does not lead `straight` there. `same`: whether a person said that the
    other name of this contact is hers.

    Raises Held: several_contacts, or other_person when the only hit's first name contradicts.
    """
    for name in (name for name in order if name in who.identities):
        found = _named_by_id(visit, who.identities[name], straight=straight) if name == "id" else recall(name)
        if found is not None:
            return Found(found, name)
        named = same if agree else _anybody
        hit = _look(visit, who, name, region, named) if name != "id" else None
        if hit is not None:
            return hit
    return None


def carries(contact: Mapping[str, Any], name: str, value: str, region: str) -> bool:
    """Whether this identity is really on the contact."""
    if name == "id":
        return str(contact.get("id")) == value
    stored = contact.get(name)
    if not isinstance(stored, str):
        return False
    return (normal.mail(stored) if name == "mail" else addressed.number(contact, stored, region)) == value


def names_agree(who: Who, contact: Mapping[str, Any]) -> bool:
    """Whether the event may be this contact's by the names (docs/ledger.md 14)."""
    return names.agree((who.firstname, who.surname), _named(contact))


def joins(one: Who, other: Who, order: Sequence[str]) -> bool:
    """Whether the first thing that the other one is looked for by is what the one has from now on."""
    first = next((name for name in order if name in other.identities), "")
    return first in one.joins and one.joins[first] == other.identities[first]


def spellings(e164: str) -> list[str]:
    """How a number may be stored: Qomon's own normalising is unknown (docs/qomon.md 4.4, 6.4), and a column of numbers
    cuts the zero in front.
    """
    number = phonenumbers.parse(e164)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    own = international.partition(" ")[2]  # the tokens of every spelling with the country in front
    digits, bare = ("".join(c for c in text if c.isdigit()) for text in (national, own))
    plain = e164.lstrip("+")
    return list(dict.fromkeys([e164, national, digits, international, own, bare, plain, "00" + plain]))


def who_has(visit: Visit, name: str, value: str, region: str) -> dict[int, dict[str, Any]]:
    """The contacts that carry a mail, mobile or phone, by number, as Qomon's search shows them."""
    asked = [value] if name == "mail" else spellings(value)
    return {int(hit["id"]): hit for hit in visit.search(name, asked) if carries(hit, name, value, region)}


def _look(
    visit: Visit, who: Who, name: str, region: str, same: Callable[[int, Mapping[str, Any]], bool]
) -> Found | None:
    hits = who_has(visit, name, who.identities[name], region)
    if len(hits) > 1:
        return _the_very_one(who, name, hits)
    for contact, hit in hits.items():
        if not (names_agree(who, hit) or same(contact, hit)):
            raise Held("other_person")
        return Found(contact, name)
    return None


def _anybody(_contact: int, _hit: object) -> bool:
    return True


def _the_very_one(who: Who, name: str, hits: Mapping[int, Mapping[str, Any]]) -> Found:
    """Of several the only one with just this first name and surname (docs/laws.md 14)."""
    said = (who.firstname, who.surname)
    same = [contact for contact, hit in hits.items() if names.same(said, _named(hit))]
    if len(same) != 1:
        raise Held("several_contacts")
    return Found(same[0], name, shared=True)


def _named_by_id(visit: Visit, value: str, *, straight: bool) -> int | None:
    if straight:
        return int(value)
    try:
        return int(visit.contact(int(value))["id"])
    except Gone:
        return None


def _named(contact: Mapping[str, Any]) -> tuple[str, str]:
    return str(contact.get("firstname") or ""), str(contact.get("surname") or "")
