"""Who fills in the form, and what they answer: invented, and as rich in Qomon as the sandbox's Zoé."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bench.load import Call
from bridge.qomon.sandbox.people import PEOPLE

FIRST = 8_000_000
TOKEN = "bench-token"  # noqa: S105  # opens nothing but the bench
HOOK = """
hook: bench
address: bench234
source: json
proof: {scheme: header, header: X-Token, secret: $BENCH_TOKEN}
mode: live
wait: 0
contact: {find: [mail], names: agree, missing: hold, address: keep}
fields:
  - {from: prenom, to: firstname, as: name, change: fill}
  - {from: nom, to: surname, as: name, change: fill}
  - {from: mail, to: mail}
  - {from: mobile, to: mobile}
  - {from: naissance, to: birthdate}
  - {from: ville, to: address.city}
  - {from: code, to: address.postalcode}
  - {from: metier, to: custom_fields.Métier}
  - {from: dispo, to: custom_fields.Disponibilités}
  - {from: transport, to: formdatas.735}
  - {from: soutien, to: formdatas.Niveau de soutien}
  - {from: lettre, to: formdatas.Consentement, values: {Oui: consent_email, Non: nothing}}
"""
_KEY = {"Content-Type": "application/json", "X-Token": TOKEN}


def person(number: int) -> dict[str, Any]:
    """As the sandbox's inspection page takes it."""
    zoe = {key: value for key, value in PEOPLE[0].items() if key != "id"}
    live = {key: [e for e in zoe[key] if not e.get("deleted_at")] for key in ("formdatas", "custom_fields")}
    return {
        **zoe,
        **live,
        "firstname": "Camille",
        "surname": f"Exemple {number}",
        "mail": _mail(number),
        "mobile": _mobile(number),
    }


def answers(number: int, turn: int) -> dict[str, Any]:
    """Twelve of them; those of another turn differ in one, so that there is something to write."""
    return {
        "id": FIRST + number,
        "prenom": "Camille",
        "nom": f"Exemple {number}",
        "mail": _mail(number),
        "mobile": _mobile(number),
        "naissance": f"{date(1950, 1, 1) + timedelta(days=number % 18_000)}",
        "ville": "Bourg-en-Bresse",
        "code": "01000",
        "metier": f"Menuisière {turn}, n° {number}",
        "dispo": ["Tractage", "Marchés"],
        "transport": ["Bus", "Vélo"],
        "soutien": "Soutien",
        "lettre": "Oui",
    }


def events(numbers: range, turn: int) -> list[Call]:
    """One event of each of these people, for the bridge."""
    return [_call("/hooks/bench234", answers(number, turn), _KEY) for number in numbers]


def listed(numbers: Sequence[int], turn: int) -> Call:
    """All of them in one call."""
    bodies = json.dumps([answers(number, turn) for number in numbers], ensure_ascii=False).encode()
    return Call("POST", "/hooks/bench234", bodies, _KEY)


def moving_in(numbers: range) -> Iterator[Call]:
    yield from (_call(f"/_sandbox/contacts/{FIRST + number}", person(number), _KEY, "PUT") for number in numbers)


def _mobile(number: int) -> str:
    """As everybody has it already: there are ten thousand numbers that are nobody's, and a hook stops itself that gives
    one to a third."""
    return f"06 39 98 {number // 100 % 100:02d} {number % 100:02d}"


def _mail(number: int) -> str:
    """Of one length: Qomon's search finds whatever begins so (docs/qomon.md 4.4)."""
    return f"personne{number:06}@example.org"


def _call(path: str, body: Mapping[str, Any], headers: Mapping[str, str], method: str = "POST") -> Call:
    return Call(method, path, json.dumps(body, ensure_ascii=False).encode(), headers)
