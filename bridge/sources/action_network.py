"""Action Network: a batch of actions, each under a key that says its type (docs/tools.md 3.12)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, load, picked, records, sequence, submission, withdrawal
from bridge.sources.kit.answers import answers, members, theirs
from bridge.sources.kit.choices import exploded
from bridge.sources.kit.people import primary_first
from schemas.sources.action_network import ActionNetworkSchema

_ELEMENT = ActionNetworkSchema()
_NOT_ANSWERS = ("person", "created_date", "modified_date", "identifiers", "_links")
_CONTACTS: tuple[tuple[str, AnswerType, str], ...] = (("email", "mail", "address"), ("phone", "phone", "number"))
"""What the person has several of, its type, and where it lies in an element of the list."""
_LEFT = ("unsubscribed", "spam complaint")


def read(record: Record, zone: ZoneInfo) -> Submission:
    element = load(_ELEMENT, record.body, "Action Network", zone)
    said = (*_person(element["person"]), *theirs(members(element["action"], hidden=_NOT_ANSWERS), ()))
    mails = element["person"]["emails"]
    # By the main address. A number is unsubscribed until somebody asks for more: that says nothing.
    left = bool(mails) and primary_first(mails)[0].get("status") in _LEFT
    back = withdrawal(mails, lambda _mails: ("email",) if left else ())
    return submission(record, element["modified_date"], said, back=back)


def _person(person: Mapping[str, Any]) -> Iterator[Answer]:
    yield from members(picked({**person}, "given_name", "family_name", "languages_spoken"))
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
    lines = enumerate(sequence(address.get("address_lines")), start=1)
    numbered = {f"line{number}": line for number, line in lines}
    return {**numbered, **picked({**address}, "locality", "region", "postal_code", "country")}


SOURCE = Source(
    title="Action Network",
    keys="event",
    split=records("Action Network", _ELEMENT, each="", key="idempotency_key"),
    read=read,
    never_sends="a signature; anything that the form did not ask",
)
