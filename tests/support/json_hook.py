"""A hook for hand-made JSON in front of the whole bridge, and what tests of the flow ask about what was stored."""

import copy
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, delete, func, insert, select, update
from werkzeug.test import TestResponse

from bridge.hooks.registry import Hook
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.whole_bridge import House

TOKEN = "an-invented-token"
PROOF = {"X-Token": TOKEN}
HEADER = "{scheme: header, header: X-Token, secret: $JSON_TOKEN}"
SOMEBODY = "camille.exemple@example.org"
ZOES_MAIL = "zoe.lefevre@example.org"
ESSAI = """
hook: essai
address: essai234
source: json
proof: {scheme: header, header: X-Token, secret: $JSON_TOKEN}
mode: live
wait: 0
contact: {find: [id, mail, mobile], names: agree, missing: create, address: keep}
fields:
  - {from: numero, to: id}
  - {from: prenom, to: firstname, as: name, change: fill}
  - {from: nom, to: surname, as: name, change: fill}
  - {from: mail, to: mail}
  - {from: mobile, to: mobile}
  - {from: naissance, to: birthdate, as: {date: DD/MM/YYYY}}
  - {from: metier, to: custom_fields.Métier}
  - {from: dispo, to: custom_fields.Disponibilités}
  - {from: lettre, to: formdatas.Consentement, values: {Oui: consent_email, Non: nothing}}
"""


def plain_house(folder: Path, *hooks: str, **environ: str) -> House:
    """`environ` may say other things than JSON_TOKEN. The sandbox's forms are its own: tests may change them."""
    house = House(folder, hooks or (ESSAI,), JSON_TOKEN=TOKEN, **environ)
    house.sandbox.forms = copy.deepcopy(dict(house.sandbox.forms))
    return house


def written(**answers: Any) -> bytes:
    return json.dumps(answers, ensure_ascii=False).encode()


ZOES = written(mail=ZOES_MAIL, metier="Boulangère")


def send(house: House, body: bytes, headers: Mapping[str, str] | None = None) -> Any:
    """A proven call to `essai`; the answer's JSON."""
    given = {"Content-Type": "application/json", **PROOF, **(headers or {})}
    answer = house.door.post("/hooks/essai234", data=body, headers=given)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def sent(house: House, body: bytes, headers: Mapping[str, str] | None = None) -> str:
    """The id of the one event that a call made."""
    (event,) = send(house, body, headers)["events"]
    return cast("str", event["event"])


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The body of an error, which is a problem of RFC 9457."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body: dict[str, Any] = json.loads(answer.get_data())
    assert list(body) == ["type", "title", "status", "detail", "request"]
    assert (body["type"], body["status"], bool(body["title"])) == ("about:blank", status, True)
    return body


def crossed(house: House, **answers: Any) -> dict[str, Any]:
    """Post these answers, drain, and the staff's report."""
    event = sent(house, written(**answers))
    house.drain()
    return house.report(event)


def said(report: Mapping[str, Any]) -> tuple[str, str | None]:
    return report["outcome"], report["reason"]


def later(house: House, event: str, **span: float) -> tuple[str, str | None]:
    """What became of the event after a wait."""
    house.clock.move(**span)
    house.drain()
    return said(house.report(event))


def outcomes(house: House, events: list[str]) -> list[tuple[str, str | None]]:
    return [said(house.report(event)) for event in events]


def hook_in(house: House, name: str = "benevoles") -> Hook:
    """The version of a hook that is in service."""
    with house.services.store.read() as tx:
        hook = house.services.hooks.by_name(tx, name)
    assert hook is not None
    return hook


def statuses(report: Mapping[str, Any]) -> dict[str, str]:
    """What became of each answer, by key."""
    return {line["key"]: line["status"] for line in report["answers"]}


def count(house: House, table: Table) -> int:
    with house.services.store.read() as tx:
        return tx.scalar(select(func.count()).select_from(table)) or 0


def has_been_asked(house: House, event: str, **span: float) -> None:
    """As if Qomon had been asked for this event for so long."""
    asked = timedelta(**span) // timedelta(milliseconds=1)
    with house.services.store.write() as tx:
        tx.execute(update(tables.event).where(tables.event.c.id == event).values(asked=asked))


def rows(house: House, table: Table) -> list[Any]:
    with house.services.store.read() as tx:
        return list(tx.execute(select(table)))


def fault(house: House, method: str, path: str, name: str, times: int = 1, **more: Any) -> None:
    """Plan what the next calls of this kind get: the sandbox's table says what there is."""
    asked = {"method": method, "path": path, "fault": name, "times": times, **more}
    assert house.qomon.test_client().post("/_sandbox/faults", json=asked).status_code == 200


def switch(house: House, **switches: Any) -> None:
    assert house.qomon.test_client().patch("/_sandbox/switches", json=switches).status_code == 200


def asked(house: House, method: str, path: str = "/contacts") -> int:
    """How many calls of this kind Qomon saw."""
    return sum(call["method"] == method and call["path"].startswith(path) for call in house.sandbox.calls)


def writes(house: House) -> list[tuple[str, int]]:
    """Every call that could have changed a contact, with what Qomon answered."""
    wrote = ("PATCH", "POST", "PUT", "DELETE")
    calls = [call for call in house.sandbox.calls if call["method"] in wrote and call["path"] != "/search"]
    return [(call["method"], call["status"]) for call in calls]


def stored(house: House, contact: int = ZOE) -> dict[str, Any]:
    return copy.deepcopy(house.sandbox.contacts.all[contact])


def spoil(house: House, contact: int, text: str = "steps") -> None:
    """Make our own code fail on this contact: what is remembered of its address is nothing that we ever wrote."""
    cure(house, contact)
    told = house.services.vault.seal_text({"base": {}, text: 1})
    row = {"space": "default", "contact": contact, "field": "address", "element": "", "sent": told, "read": ""}
    with house.services.store.write() as tx:
        tx.execute(insert(tables.mark).values(**row))


def cure(house: House, contact: int) -> None:
    """Forget what is remembered of its address."""
    with house.services.store.write() as tx:
        tx.execute(delete(tables.mark).where(tables.mark.c.contact == contact, tables.mark.c.field == "address"))


def live(house: House, form: int, contact: int = ZOE) -> list[str]:
    """What Qomon holds under a form."""
    entries = [e for array in ("formdatas", "custom_fields") for e in stored(house, contact)[array]]
    return [entry["data"] for entry in entries if entry["form_id"] == form and not entry["deleted_at"]]


def change(house: House, event: str, **columns: Any) -> None:
    with house.services.store.write() as tx:
        tx.execute(update(tables.event).where(tables.event.c.id == event).values(**columns))
