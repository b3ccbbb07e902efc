"""Invented people who fill in forms, some of them known to the sandbox, and what Qomon should hold of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bridge.qomon.sandbox.people import ZOE
from schemas import normal
from tests.support.end_to_end import flat

CROWD = """
hook: crowd
address: essai234
source: json
proof: {scheme: header, header: X-Token, secret: $JSON_TOKEN}
mode: live
wait: 0
contact: {find: [mobile, mail], names: agree, missing: create, address: keep}
fields:
  - {from: prenom, to: firstname, as: name, change: fill}
  - {from: mail, to: mail, change: fill}
  - {from: mobile, to: mobile, change: fill}
  - {from: nom, to: surname}
  - {from: naissance, to: birthdate, as: {date: DD/MM/YYYY}}
  - {from: metier, to: custom_fields.Métier}
  - {from: enfants, to: custom_fields.812, change: clear}
  - {from: dispo, to: custom_fields.Disponibilités}
"""
FIELDS: Mapping[str, str] = {
    "nom": "surname",
    "naissance": "birthdate",
    "metier": "custom_fields.811",
    "enfants": "custom_fields.812",
}
"""The questions with one answer, and where the sandbox has it."""
HELP = "custom_fields.810"
FILLED = ("firstname", "mail", "mobile")


@dataclass(frozen=True)
class Person:
    """`partner`: the first name of somebody with the same mail, whose mobile this one may give by mistake."""

    firstname: str
    mails: tuple[str, ...]
    mobiles: tuple[str, ...] = ()
    contact: int | None = None
    partner: str | None = None


def _stranger(number: int, firstname: str) -> Person:
    mails = (f"{firstname.lower()}@example.org", f"{firstname.lower()}.travail@example.org")
    return Person(firstname, mails[: 1 + number % 2], (f"+336399801{number:02}",))


_DUBREUIL = ("famille.dubreuil@example.org",)
_EXEMPLE = ("famille.exemple@example.org",)
_NEW = ("Basile", "Camille", "Damien", "Elsa", "Fabien", "Hugo", "Irène", "Jules", "Katell", "Lucas", "Mathilde")
PEOPLE = {
    one.firstname: one
    for one in (
        Person("Zoé", ("zoe.lefevre@example.org",), ("+33639980177",), ZOE),
        Person("Ambre", ("ambre@example.org",), ("+33639980131",)),
        Person("Nour", ("nour.haddad@example.org",), ("+33639980128",), 9000028),
        Person("Marthe", _DUBREUIL, ("+33639980120",), 9000020, partner="Léon"),
        Person("Léon", _DUBREUIL, ("+33639980121",), 9000021, partner="Marthe"),
        Person("Oscar", _EXEMPLE, ("+33639980132",), partner="Simone"),
        Person("Simone", _EXEMPLE, ("+33639980133",), partner="Oscar"),
        Person("Karim", ("karim.benali@example.org",), ("+33639980155",), 9000018),
        Person("Jean-Baptiste", ("jb.orgeval@example.org",), (), 9000026),
        Person("Céleste", ("celeste.nguyen@example.org",), ("+33639980134",), 9000029),
        *(_stranger(number, firstname) for number, firstname in enumerate(_NEW, start=40)),
    )
}


@dataclass(frozen=True)
class Sent:
    """One event: who it is about, when it was submitted (milliseconds), what was answered."""

    id: str
    person: Person
    at: int
    body: Mapping[str, Any]
    key: str


def said(question: str, number: int, person: Person) -> Any:
    """An answer that only this person gives; now and then the same one again."""
    return {
        "nom": f"{person.firstname}-Nom {number % 7}",
        "naissance": (date(1950, 1, 1) + timedelta(days=number % 7)).strftime("%d/%m/%Y"),
        "metier": f"Métier {number % 7} de {person.firstname}",
        "enfants": (str(number % 7), "")[number % 3 == 0],
        "dispo": ["Porte-à-porte", "Tractage", "Marchés"][number % 3],
    }[question]


def written(person: Person, by: int, asked: Collection[str], number: int, at: int) -> dict[str, Any]:
    """A form filled in at that moment (milliseconds). `by`: how the person is known from it; 5 is by mistake."""
    mail = {"mail": person.mails[by % len(person.mails)]} if by != 1 or not person.mobiles else {}
    mobiles = PEOPLE[person.partner].mobiles if person.partner and by == 5 else person.mobiles
    mobile = {"mobile": mobiles[0]} if mobiles and by in (0, 1, 5) else {}
    answers = {question: said(question, number, person) for question in sorted(asked)}
    moment = normal.to_ms(normal.from_epoch_ms(at))
    return {"prenom": person.firstname, **mail, **mobile, **answers, "submitted_at": moment}


def held_by_qomon(stored: Mapping[str, Any], question: str) -> Any:
    """What a contact of the sandbox holds, written as an answer would be."""
    found = flat(stored).get(FIELDS[question])
    if question == "naissance":
        return f"{found[8:10]}/{found[5:7]}/{found[:4]}" if found else ""
    if question in ("metier", "enfants"):
        return "; ".join(sorted(text for _ref, text in found)) if found else ""
    return found or ""


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Fields that a contact holds otherwise than before."""
    one, other = flat(before), flat(after)
    return {name for name in one.keys() | other.keys() if (one.get(name) or None) != (other.get(name) or None)}


def named(events: Sequence[Sent], contact: int) -> set[str]:
    """Fields of a known contact that its own person's answers may change."""
    mine = [event for event in events if event.person.contact == contact]
    asked = {question for event in mine for question in event.body}
    fields = {FIELDS[question] for question in asked if question in FIELDS} | ({HELP} if "dispo" in asked else set())
    return fields | (set(FILLED) if mine else set())
