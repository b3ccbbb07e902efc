"""The same people, as Typeform sends what they answered: twelve questions with their definition, signed.

Three hooks take it: the person is named by the contact's number (`id`), looked for by mail (`mail`), or new (`new`).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from bench import people
from bench.load import Call

By: TypeAlias = Literal["id", "mail", "new"]

SECRET = "bench-signing-secret"  # noqa: S105  # opens nothing but the bench
_HOOK = """
hook: typeform-{by}-{wait}
address: typeform-{by}-{wait}
source: typeform
proof: {{scheme: typeform-sha256-b64, secret: $BENCH_SECRET}}
mode: live
wait: {wait}
contact: {{find: [{find}], names: agree, missing: {missing}, address: keep}}
fields:
  {named}
  - {{from: "Quel est votre prénom ?", to: firstname, as: name, change: fill}}
  - {{from: "Quel est votre nom de famille ?", to: surname, as: name, change: fill}}
  - {{from: Votre adresse e-mail, to: mail}}
  - {{from: Votre numéro de mobile, to: mobile}}
  - {{from: Votre date de naissance, to: birthdate}}
  - {{from: "Où habitez-vous ?", to: address.city}}
  - {{from: Votre code postal, to: address.postalcode}}
  - {{from: "Quel est votre métier ?", to: custom_fields.Métier}}
  - {{from: "Comment souhaitez-vous aider ?", to: custom_fields.Disponibilités}}
  - {{from: "Comment vous déplacez-vous ?", to: formdatas.735}}
  - {{from: "Nous soutenez-vous ?", to: formdatas.Niveau de soutien}}
  - from: "Voulez-vous recevoir notre lettre ?"
    to: formdatas.Consentement
    values: {{Oui: consent_email, Non: nothing}}
"""
_NAMED = "- {from: contact, to: id}"
_FOUND: Mapping[By, Mapping[str, str]] = {
    "id": {"find": "id, mail", "missing": "hold", "named": _NAMED},
    "mail": {"find": "mail", "missing": "hold", "named": ""},
    "new": {"find": "mail", "missing": "create", "named": ""},
}
HOOKS = tuple(_HOOK.format(by=by, wait=wait, **found) for by, found in _FOUND.items() for wait in ("0", "10s"))
_ASKED = (
    ("prenom", "Quel est votre prénom ?", "short_text", "text", ()),
    ("nom", "Quel est votre nom de famille ?", "short_text", "text", ()),
    ("mail", "Votre adresse e-mail", "email", "email", ()),
    ("mobile", "Votre numéro de mobile", "phone_number", "phone_number", ()),
    ("naissance", "Votre date de naissance", "date", "date", ()),
    ("ville", "Où habitez-vous ?", "short_text", "text", ()),
    ("code", "Votre code postal", "short_text", "text", ()),
    ("metier", "Quel est votre métier ?", "short_text", "text", ()),
    ("dispo", "Comment souhaitez-vous aider ?", "multiple_choice", "choices", ("Tractage", "Marchés", "Porte-à-porte")),
    ("transport", "Comment vous déplacez-vous ?", "multiple_choice", "choices", ("Bus", "Vélo", "Voiture")),
    ("soutien", "Nous soutenez-vous ?", "multiple_choice", "choice", ("Soutien", "Indécis", "Opposé")),
    ("lettre", "Voulez-vous recevoir notre lettre ?", "multiple_choice", "choice", ("Oui", "Non")),
)
"""Name in `people.answers`, title, type of the question, type of its answer, choices."""


def events(numbers: Iterable[int], turn: int, *, by: By = "id", wait: str = "0") -> list[Call]:
    """One call of each of these people."""
    return [_call(f"/hooks/typeform-{by}-{wait}", number, turn, by) for number in numbers]


def calls(numbers: Iterable[int], turn: int) -> list[Call]:
    """The same for the floors."""
    return [_call("/call", number, turn, "id") for number in numbers]


def _call(path: str, number: int, turn: int, by: By) -> Call:
    body = json.dumps(_payload(number, turn, by), ensure_ascii=False, separators=(",", ":")).encode()
    sign = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    return Call("POST", path, body, {"Content-Type": "application/json", "Typeform-Signature": f"sha256={sign}"})


def _payload(number: int, turn: int, by: By) -> dict[str, Any]:
    said = people.answers(number, turn)
    token = hashlib.md5(f"{by} {number} {turn}".encode(), usedforsecurity=False).hexdigest()
    response = {
        "form_id": "bE4nChF0",
        "token": token,
        "landed_at": "2026-11-20T09:00:00Z",
        "submitted_at": "2026-11-20T09:05:00Z",
        "hidden": {"contact": str(said["id"])} if by == "id" else {},
        "definition": {
            "id": "bE4nChF0",
            "title": "Rejoindre la campagne",
            "fields": [_question(*one) for one in _ASKED],
        },
        "answers": [_answer(said[name], *one) for name, *one in ((one[0], *one) for one in _ASKED)],
    }
    return {"event_id": token[:26], "event_type": "form_response", "form_response": response}


def _question(name: str, title: str, asked: str, given: str, choices: tuple[str, ...]) -> dict[str, Any]:
    question = {"id": _id(name), "title": title, "type": asked, "ref": _ref(name)}
    more = {"allow_multiple_selections": given == "choices", "allow_other_choice": False}
    listed = [{"id": _id(choice), "ref": _ref(choice), "label": choice} for choice in choices]
    return {**question, **more, "properties": {}, **({"choices": listed} if listed else {})}


def _answer(value: Any, name: str, _title: str, asked: str, given: str, _choices: tuple[str, ...]) -> dict[str, Any]:
    if given == "choices":
        value = {"ids": [*map(_id, value)], "labels": value, "refs": [*map(_ref, value)]}
    elif given == "choice":
        value = {"id": _id(value), "label": value, "ref": _ref(value)}
    elif given == "phone_number":
        value = f"+33{value.replace(' ', '')[1:]}"
    return {"type": given, given: value, "field": {"id": _id(name), "type": asked, "ref": _ref(name)}}


def _id(name: str) -> str:
    """As Typeform makes them: twelve letters and digits."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def _ref(name: str) -> str:
    found = hashlib.sha256(f"ref {name}".encode()).hexdigest()
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:32]))
