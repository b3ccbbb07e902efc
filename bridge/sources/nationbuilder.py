"""NationBuilder: a whole person after a change, or a donation with its donor (sources.md 3.13)."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.sources.assemble import submission
from bridge.sources.layouts import answers, members
from bridge.sources.records import json_records
from bridge.sources.source import Source
from bridge.sources.times import day, moment
from bridge.sources.typed import load
from bridge.words import Answer, AnswerType, Json, Record, Submission
from schemas.sources.nationbuilder import NationBuilderSchema

_CALL = NationBuilderSchema()
_TYPES: Mapping[str, AnswerType] = {
    **dict.fromkeys(("email", "email1", "email2", "email3", "email4"), "mail"),
    **dict.fromkeys(("mobile", "phone", "work_phone_number"), "phone"),
    "birthdate": "date",
    "tags": "choices",
}
_NOT_ANSWERS = ("id", "created_at", "updated_at")


def read(record: Record, zone: ZoneInfo) -> Submission:
    call = load(_CALL, record.body, "NationBuilder")
    when = moment(call["person"].get("updated_at"), zone)
    return submission(record, when, (*_person(call["person"]), *_beside(call["said"])))


def _person(person: Mapping[str, Json]) -> Iterator[Answer]:
    days = {name: day(person[name], "%a, %d %b %Y") for name in ("birthdate",) if name in person}
    yield from members({**person, **days}, types=_TYPES, hidden=_NOT_ANSWERS)


def _beside(said: Mapping[str, Json]) -> Iterator[Answer]:
    for name, value in said.items():
        if isinstance(value, dict):
            yield from members(value, prefix=f"{name}.", hidden=_NOT_ANSWERS)
        else:
            yield from answers(name, name, value)


SOURCE = Source(
    name="nationbuilder",
    title="NationBuilder",
    proof="body",
    split=json_records("NationBuilder", _CALL, key="payload.person.id payload.person.updated_at"),
    read=read,
    retries="not stated",
    never_sends="the labels of custom fields: only their slugs",
    proof_field="token",
)
