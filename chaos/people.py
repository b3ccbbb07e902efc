"""Who answers in a campaign, and what: invented people, and for each event a tag and a text that no other one has."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

HOOK = """
hook: chaos
address: chaos
source: json
proof: {scheme: header, header: X-Token, secret: $CHAOS_TOKEN}
mode: live
wait: 1s
contact: {find: [mail], names: agree, missing: create}
fields:
  - {from: prenom, to: firstname, as: name, change: fill}
  - {from: nom, to: surname, as: name, change: fill}
  - {from: mail, to: mail}
  - {from: metier, to: custom_fields.Métier}
  - {from: etiquette, to: tags}
"""
TOKEN = "an-invented-token"
FORM = 811
"""Qomon's form behind `metier`."""
_FIRST = ("Alba", "Bruno", "Clovis", "Dora", "Elias", "Flore", "Gaston", "Hortense", "Ilona", "Jules")
_LAST = ("Abeille", "Bouleau", "Châtaigne", "Douve", "Érable")


@dataclass(frozen=True, slots=True)
class Person:
    """`contact`: their number in the sandbox, None for somebody who is not there yet."""

    firstname: str
    surname: str
    mail: str
    contact: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One submission. `after`: seconds since the one before; `late`: seconds until its tool sends it."""

    number: int
    person: Person
    after: float
    late: float = 0.0

    @property
    def tag(self) -> str:
        return f"n{self.number:05}"

    @property
    def answer(self) -> str:
        return f"réponse {self.number:05}"


KNOWN = (
    Person("Zoé", "Lefèvre-Brûlé", "zoe.lefevre@example.org", 9000017),
    Person("Karim", "Benali", "karim.benali@example.org", 9000018),
    Person("Solène", "Guivarc'h", "solene.guivarch@example.org", 9000019),
    Person("Paul", "Martin", "paul.martin@example.org", 9000024),
    Person("Jean-Baptiste", "d'Orgeval", "jb.orgeval@example.org", 9000026),
    Person("Céleste", "Nguyễn", "celeste.nguyen@example.org", 9000029),
)
PUT_BACK, ERASED = KNOWN[5], KNOWN[3]
"""Of the one what is written is put back now and then; the other is erased, and comes again."""
COUPLE = Person("Marthe", "Dubreuil", "famille.dubreuil@example.org", 9000020)
"""Found twice by the mail: everything of theirs is held."""


def newcomers(many: int) -> list[Person]:
    """Some of them have the same names: they are different people all the same. No name is that of ten of them, or the
    hook would take it for a mistake and stop.
    """
    firsts = [_FIRST[place % len(_FIRST)] + "-Anne" * (place // 80) for place in range(many)]
    named = [
        (first, f"{_LAST[place % len(_LAST)]} {chr(ord('a') + place // 40)}") for place, first in enumerate(firsts)
    ]
    return [Person(first, last, f"nouveau{place}@example.org") for place, (first, last) in enumerate(named)]


def load(seed: int, people: int, rate: float) -> Iterator[Event]:
    """Events without end, `rate` a second: some people answer often, and now and then somebody several times at once.

    Newcomers turn up one by one all along, and the newest of them more often than others: there is always somebody to
    create, and something that waits behind it.
    """
    dice = random.Random(seed)
    waiting, here = newcomers(people), [*KNOWN, COUPLE]
    number = 0
    while True:
        if waiting and dice.random() < 0.08:
            here.append(waiting.pop(0))
        person = here[-1] if waiting and dice.random() < 0.1 else dice.choice(here)
        burst = dice.randint(2, 6) if dice.random() < 0.15 else 1
        for place in range(burst):
            late = dice.uniform(0.1, 2.0) if dice.random() < 0.15 else 0.0
            yield Event(number, person, dice.expovariate(rate / 1.5) if place == 0 else 0.0, late)
            number += 1
