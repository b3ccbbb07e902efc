"""Action Network: a batch of actions, each under a key that says its type (sources.md 3.12)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, json_records, load, submission
from bridge.sources.kit.answers import answers, members, theirs
from bridge.sources.kit.choices import exploded
from bridge.sources.kit.people import primary_first
from bridge.sources.kit.withdrawals import Channel, withdrawal
from schemas.codes import Kind
from schemas.sources.action_network import ActionNetworkSchema

_ELEMENT = ActionNetworkSchema()
_NOT_ANSWERS = ("person", "created_date", "modified_date", "identifiers", "_links")
_CONTACTS: tuple[tuple[str, AnswerType, str], ...] = (("email", "mail", "address"), ("phone", "phone", "number"))
"""What the person has several of, its type, and where it lies in an element of the list."""
_LEFT = ("unsubscribed", "spam complaint")


def read(record: Record, zone: ZoneInfo) -> Submission:
    element = load(_ELEMENT, record.body, "Action Network", zone)
    back = withdrawal(element["person"]["emails"], _refused)
    said = (*_person(element["person"]), *theirs(members(element["action"], hidden=_NOT_ANSWERS), ()), *back)
    kind: Kind = "unsubscribed" if back else "submitted"
    return submission(record, element["modified_date"], said, kind)


def _refused(mails: Json) -> tuple[Channel, ...]:
    """By the main address. A number is unsubscribed until somebody asks for more: that says nothing."""
    return ("email",) if mails and primary_first(mails)[0].get("status") in _LEFT else ()


def _person(person: Mapping[str, Any]) -> Iterator[Answer]:
    yield from members(
        {name: person[name] for name in ("given_name", "family_name", "languages_spoken") if name in person}
    )
    for name, kind, place in _CONTACTS:
        for number, one in enumerate(primary_first(person[f"{name}s"]), start=1):
            key, status = (name, f"{name}_status") if number == 1 else (f"{name}.{number}", f"{name}.{number}.status")
            yield from answers(key, key, one.get(place), kind)
            yield from members({status: one["status"]} if "status" in one else {})
    for number, address in enumerate(primary_first(person["addresses"]), start=1):
        key = "address" if number == 1 else f"address.{number}"
        yield from answers(key, key, _parts(address), "address")
    yield from members(exploded(person["custom_fields"]), prefix="custom_fields.")


def _parts(address: Mapping[str, Json]) -> dict[str, Json]:
    """Without its place on a map. The lines come as a list."""
    lines = address.get("address_lines")
    numbered = {f"line{number}": line for number, line in enumerate(lines if isinstance(lines, list) else [], start=1)}
    known = ("locality", "region", "postal_code", "country")
    return {**numbered, **{name: part for name, part in address.items() if name in known}}


SOURCE = Source(
    name="action_network",
    title="Action Network",
    proof="url",
    keys="event",
    split=json_records("Action Network", _ELEMENT, each="", key="idempotency_key"),
    read=read,
    retries="not stated",
    never_sends="a signature; anything that the form did not ask",
)
