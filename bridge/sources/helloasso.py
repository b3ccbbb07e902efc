"""HelloAsso: an order, whose members are people of their own, or one payment (docs/tools.md 3.5). Amounts are in
cents.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import (
    Source,
    at,
    checked,
    load,
    parse_json,
    picked,
    sequence,
    slices,
    submission,
    tables,
    text_of,
)
from bridge.sources.kit.answers import answers, beside, labelled, members
from bridge.sources.kit.choices import listed
from schemas.dates import day, moment
from schemas.normal import folded
from schemas.sources.helloasso import HelloAssoSchema, ItemSchema

_CALL, _ITEM = HelloAssoSchema(), ItemSchema()
_TYPES: Mapping[str, AnswerType] = {"email": "mail", "dateOfBirth": "date"}
_FIELDS: Mapping[str, AnswerType] = {"Phone": "phone", "Date": "date", "YesNo": "choice", "ChoiceList": "choice"}
_BOUGHT = ("name", "type", "amount", "state")
_PAID = ("Authorized", "Registered")


def split(delivery: Delivery) -> list[Record]:
    """One record per item of an order. A payment repeats what is in its order, and its state is part of its id."""
    payload = parse_json(delivery.body)
    if at(payload, "eventType") == "Order" and at(payload, "data.items"):
        return checked("HelloAsso", _CALL, payload, each="data.items", key="eventType data.id data.items.0.id")
    state = " data.state" if at(payload, "eventType") == "Payment" else ""
    return checked("HelloAsso", _CALL, payload, key=f"eventType data.id{state}")


def read(record: Record, zone: ZoneInfo) -> Submission:
    """What people typed is as old as the order, also where a payment of it comes a year later."""
    call = load(_CALL, record.body, "HelloAsso", zone)
    data = call["data"]
    when = moment(at(data["order"], "date"), zone) or data["date"]
    paid = call["event"] == "Payment" and data.get("state") in _PAID
    if not paid and call["event"] != "Order":
        return submission(record, when, (), "ping")
    item = {} if paid else load(_ITEM, at(data["items"], "0") or {}, "HelloAsso")
    said = (*_people(data["payer"] or {}, item.get("user") or {}), *_asked(item))
    bought = beside(_bought(item, data), prefix="item.")
    return submission(record, when, (*said, *bought, *beside(call["metadata"], prefix="metadata.")))


def _bought(item: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Json]:
    """An item of an order, or a payment, which may be for several."""
    names: list[Json] = [] if item else [name for name in (at(one, "name") for one in slices(data["items"])) if name]
    named: dict[str, Json] = {"name": names if len(names) > 1 else names[0]} if names else {}
    return {**named, **picked({**(item or data)}, *_BOUGHT)}


def _people(payer: dict[str, Json], user: dict[str, Json]) -> Iterator[Answer]:
    """The member under the plain names. A payer who is somebody else points at nobody: only texts, under `payer.`."""
    born = payer.get("dateOfBirth")
    if isinstance(born, str) and born[10:11] == "T":  # midnight, also of Greenwich with the offset of Paris: as written
        payer = {**payer, "dateOfBirth": born[:10]}
    if not user or _name(user) == _name(payer):
        yield from members({**payer, **user}, types=_TYPES)
        return
    yield from members(user, types=_TYPES)
    for name, value in payer.items():
        yield from answers(f"payer.{name}", f"payer.{name}", value, "date" if name == "dateOfBirth" else "text")


def _asked(item: Mapping[str, Any]) -> Iterator[Answer]:
    layout: Mapping[str, Any] = {"key": "id", "label": "name", "value": "answer", "types": _FIELDS}
    yield from labelled(_answered(item.get("custom_fields")), **layout)
    if item.get("options") is not None:
        yield from answers("options", "options", [*listed(item["options"])], "choices")
    for option in sequence(item.get("options")):
        yield from labelled(_answered(at(option, "customFields")), **layout)


def _answered(fields: Json) -> list[Json]:
    """A question for a day is answered as dd/mm/yyyy, whoever answers it."""
    return [
        {**field, "answer": day(field.get("answer"), "%d/%m/%Y")} if at(field, "type") == "Date" else field
        for field in tables(fields)
    ]


def _name(person: Mapping[str, Json]) -> str:
    return folded(" ".join(text_of(person.get(part)) for part in ("firstName", "lastName")))


SOURCE = Source(
    title="HelloAsso",
    proof="helloasso-sha256-hex",
    split=split,
    read=read,
    never_sends="a signature, unless the account is a partner's: else the proof is `url`",
    hides=("data.items.qrCode", "data.paymentReceiptUrl", "data.payments.paymentReceiptUrl"),
)
