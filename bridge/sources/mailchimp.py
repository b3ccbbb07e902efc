"""Mailchimp: who joined, left or changed in an audience, as a form with brackets (docs/tools.md 3.15)."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import (
    Source,
    fields_of,
    load,
    picked,
    records,
    submission,
    tables,
    text_of,
    withdrawal,
)
from bridge.sources.kit.answers import answers, members
from schemas.codes import Kind
from schemas.sources.mailchimp import ChangeSchema, DataSchema, MailchimpSchema

_CALL, _DATA, _CHANGE = MailchimpSchema(), DataSchema(), ChangeSchema()
_KINDS: Mapping[str, Kind] = {
    "subscribe": "subscribed",
    "unsubscribe": "unsubscribed",
    "profile": "submitted",
    "upemail": "mail_changed",
}
_TYPES: Mapping[str, AnswerType] = {"EMAIL": "mail", "PHONE": "phone", "ADDRESS": "address"}
_BETWEEN = re.compile(r"(?<!\\),(?! )")
"""Groups are joined by a bare comma; one with a blank behind it belongs to a name."""


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """A campaign is a `ping`, and so is an address that was `cleaned` because it bounced: nobody took a yes back."""
    call = load(_CALL, record.body, "Mailchimp")
    kind, said = _kind(call), list[Answer]()
    if kind == "mail_changed":  # the old address first: it says whose the new one is
        mails = load(_CHANGE, call["data"], "Mailchimp")
        said = [one for name in ("old_email", "new_email") for one in answers(name, name, mails[name], "mail")]
    elif kind not in ("ping", "deleted"):
        said = [*_answers(load(_DATA, call["data"], "Mailchimp"))]
    back = withdrawal(record.body, lambda _body: ("email",) if kind == "unsubscribed" else ())
    return submission(record, call["fired_at"], said, kind, back)


def _kind(call: Mapping[str, Any]) -> Kind:
    if call["type"] == "cleaned" and call["data"].get("reason") == "abuse":
        return "unsubscribed"
    if call["type"] == "unsubscribe" and call["data"].get("action") == "delete":
        return "deleted"  # somebody of the team archived the contact: not the word of the person
    return _KINDS.get(call["type"], "ping")


def _answers(data: Mapping[str, Any]) -> Iterator[Answer]:
    yield from members(picked({**data}, "email", "action", "reason"), types={"email": "mail"})
    for name, value in data["merges"].items():
        if name == "GROUPINGS":
            for one in tables(value):
                group = text_of(one.get("name")) or "GROUPINGS"
                yield from answers(f"GROUPINGS.{group}", group, _groups(one.get("groups")), "choices")
        elif name == "INTERESTS":
            yield from answers(name, name, _groups(value), "choices")
        else:
            yield from members({name: value}, types=_TYPES)


def _groups(joined: Json) -> list[Json]:
    return [piece.replace("\\,", ",").strip() for piece in _BETWEEN.split(text_of(joined)) if piece.strip()]


SOURCE = Source(
    title="Mailchimp",
    keys="hash",
    split=records("Mailchimp", _CALL, body=partial(fields_of, programs=True)),
    read=read,
    retries="for about an hour",
    never_sends="a signature; an id of the event",
    hides=("data.ip_opt", "data.ip_signup"),
    handshake="plain",
)
