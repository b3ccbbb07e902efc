"""What a person took back, where a tool says it by a mark among everything else: the call is then an unsubscription,
whatever else it says.

An unsubscription is about one address, so it has an answer `channel`: `email` or `sms`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Literal, TypeAlias

from bridge.model import Answer, Json, Record
from bridge.sources.kit.values import text_of

Channel: TypeAlias = Literal["email", "sms"]
Refused: TypeAlias = Callable[[Json], tuple[Channel, ...]]
"""The channels that a record refuses, each once."""

BOTH: tuple[Channel, ...] = ("email", "sms")

ONE = "withdrawn_from"
"""In a record that was made for one of several channels: which one."""


def each_channel(records: Iterable[Record], refused: Refused) -> list[Record]:
    """A record that refuses both becomes one for each."""
    return [piece for record in records for piece in _pieces(record, refused(record.body))]


def _pieces(record: Record, channels: tuple[Channel, ...]) -> list[Record]:
    if channels != BOTH or not isinstance(record.body, dict):
        return [record]
    return [
        replace(record, body={**record.body, ONE: one}, key=record.key and f"{record.key}:{one}") for one in channels
    ]


def withdrawal(body: Json, refused: Refused) -> tuple[Answer, ...]:
    """The answer `channel` of a record that is an unsubscription; nothing of any other."""
    channels = refused(body)
    one = body.get(ONE) if isinstance(body, dict) else None
    said = text_of(one) if one in channels else next(iter(channels), "")
    return (Answer("channel", "channel", "text", said),) if said else ()


def marked(fields: Json, marks: Mapping[str, tuple[Channel, ...]]) -> tuple[Channel, ...]:
    """The channels of the fields that are on; one that is off, or empty, says nothing."""
    named = fields if isinstance(fields, dict) else {}
    found = {channel for name, channels in marks.items() if is_on(named.get(name)) for channel in channels}
    return tuple(channel for channel in BOTH if channel in found)


def is_on(mark: Json) -> bool:
    return text_of(mark).strip().casefold() in ("true", "1", "yes")
