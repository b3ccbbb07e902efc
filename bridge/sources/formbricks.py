"""Formbricks: answers by the id of their question; one response comes up to three times (docs/tools.md 3.24)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, Json, Record, Submission
from bridge.sources.kit import Source, at, load, records, submission, text_of
from bridge.sources.kit.answers import answers, keeps_places, members, numbered
from bridge.sources.kit.people import ADDRESS
from schemas import normal
from schemas.sources.formbricks import FormbricksSchema, ResponseSchema

_EVENT, _RESPONSE = FormbricksSchema(), ResponseSchema()
_RESPONSES = ("responseCreated", "responseUpdated", "responseFinished")
_CONTACT = ("first", "last", "mail", "phone", "company")
_POSTCODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9 -]{2,9}")


def read(record: Record, zone: ZoneInfo) -> Submission:
    """Only a finished response is somebody's answer: the same while it is written is a `ping`, ignored. A call without
    a response tries out the address."""
    event = load(_EVENT, record.body, "Formbricks")
    if event["event"] not in _RESPONSES:
        return submission(record, None, (), "test" if event["event"] == "testEndpoint" else "ping")
    if not event["data"]:
        return submission(record, None, (), "test")
    response = load(_RESPONSE, event["data"], "Formbricks", zone)
    is_finished = event["event"] == "responseFinished"
    return submission(record, response["updated_at"], _answers(response), "submitted" if is_finished else "ping")


def _answers(response: Mapping[str, Any]) -> Iterator[Answer]:
    """Who somebody is and where come as lists, in which a place has a meaning."""
    for name, value in response["said"].items():
        if _is_contact(value):
            for place, part in enumerate(_CONTACT):
                key, alias = f"{name}.{part}", f"{name}.{place}"
                yield from answers(key, key, value[place], "mail" if part == "mail" else None, aliases=(alias,))
        elif _texts(value, len(ADDRESS)) and (_POSTCODE.fullmatch(text_of(at(value, "4"))) or keeps_places(value)):
            # of six texts the fifth is a postcode, or something before another was left open
            yield from answers(name, name, dict(zip(ADDRESS, value, strict=True)), "address")
        else:
            yield from answers(name, name, numbered(value) if keeps_places(value) else value)
    yield from members(response["variables"], prefix="variables.")
    yield from members(response["attributes"], prefix="contactAttributes.")


def _is_contact(value: Json) -> bool:
    """Of five texts the third is a mail address, or nothing, where others are left open too."""
    mail = text_of(at(value, "2"))
    return _texts(value, len(_CONTACT)) and (bool(normal.mail(mail)) if mail else keeps_places(value))


def _texts(value: Json, length: int) -> bool:
    return isinstance(value, list) and len(value) == length and all(isinstance(one, str) for one in value)


SOURCE = Source(
    title="Formbricks",
    proof="standard-webhooks-v1",
    split=records("Formbricks", _EVENT, key="event data.id"),
    read=read,
    retries="3 times",
    never_sends="labels: a question is its id; a choice's id",
)
