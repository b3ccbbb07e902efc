"""A letter that several people get at one address, and the hook of the tool that says who wants it no more."""

import json
from pathlib import Path
from typing import Any

from bridge.store import tables
from tests.support.json_hook import PROOF, plain_house, rows
from tests.support.whole_bridge import House

MAIL = "gil@example.org"
MARTHE, LEON, INES = 9400001, 9400002, 9400003
HOOK = """
hook: lettre
address: lettre234
source: brevo
proof: {scheme: header, header: X-Token, secret: $JSON_TOKEN}
mode: live
wait: 0
only: {answer: PAYS, is: [France]}
contact: {find: [mail], names: agree, missing: ignore}
fields:
  - {from: email, to: mail}
  - {from: PRENOM, to: firstname, as: name}
  - {from: SMS, to: mobile}
  - {when: {kind: subscribed}, to: formdatas.Consentement, value: consent_email}
  - {when: {kind: unsubscribed}, to: formdatas.Consentement, value: consent_email, change: remove}
  - {when: {kind: unsubscribed}, to: tags, value: parti}
"""
YES = {"form_id": 710, "form_ref_id": 7101, "data": "consent_email", "date": "2021-05-04T10:00:00.000Z"}


def a_house(folder: Path, hook: str = HOOK) -> House:
    return plain_house(folder, hook).read_catalogue()


def person(house: House, id_: int, **fields: Any) -> None:
    named = {"firstname": f"Prénom{id_}", "surname": "Gil", "mail": MAIL, "formdatas": [YES]}
    house.sandbox.contacts.put(id_, {**named, **fields})


def told(house: House, **fields: Any) -> Any:
    body = {"id": 10, "event": "unsubscribe", "email": MAIL, **fields}
    answer = house.door.post(
        "/hooks/lettre234", data=json.dumps(body), headers={"Content-Type": "application/json", **PROOF}
    )
    assert answer.status_code == 200
    return answer.get_json()["events"][0]


def branches(house: House, event: str) -> list[Any]:
    found = [row for row in rows(house, tables.event) if row.parent == event]
    return sorted(found, key=lambda row: row.seq)
