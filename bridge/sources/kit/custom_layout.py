"""How a hook says where things lie in the calls of a tool that the bridge does not know (docs/tools.md 6 a-d, i). Pure.

It goes with the sources `json` and `form`, whose records it cuts further and names.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Delivery, Json, Record, Submission
from bridge.sources.kit import any_json
from bridge.sources.kit.any_json import USUAL, Names
from bridge.sources.kit.source import Source, submission
from bridge.sources.kit.values import changed, found, key_of, slices, text_of, unpacked, without
from schemas.codes import Kind
from schemas.dates import epoch, moment

JSON, FORM = OPEN = ("json", "form")
"""The sources that take it: every other tool's file says where its things lie."""

_HEADER = "header:"
_LAST_YEAR = 5138
"""A count since 1970 that would be a later one in seconds is one of milliseconds."""


@dataclass(frozen=True, slots=True)
class Ping:
    """A call with one of these texts there says nothing of anybody."""

    at: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """Places are written as in `places`. `records`: the list of records; `label`, `value` and `key`: what the parts of
    a question are called; `unpack`: texts that hold JSON; `id` and `time`: a place, or `header:X-Name`."""

    records: str = ""
    label: str = ""
    value: str = ""
    key: str = ""
    unpack: tuple[str, ...] = ()
    id: str = ""
    time: str = ""
    ping: Ping | None = None

    @property
    def names(self) -> Names:
        if not self.label:
            return USUAL
        return Names(((self.label, self.value), *USUAL.pairs), (self.key,) if self.key else USUAL.ids)


def as_said(source: Source, reads: Reads | None) -> Source:
    """The source as this hook reads it."""
    if reads is None:
        return source
    cut = partial(any_json.split, names=reads.names) if source.name == JSON else source.split

    def split(delivery: Delivery) -> list[Record]:
        return [piece for record in cut(delivery) for piece in _pieces(record, delivery, reads)]

    keys = "record" if reads.id and not reads.id.startswith(_HEADER) else source.keys
    return replace(source, keys=keys, split=split, read=partial(_read, reads))


def _pieces(record: Record, delivery: Delivery, reads: Reads) -> Iterator[Record]:
    """The records of a record, each with its key. Raises Unreadable where the list that the hook names is not."""
    body = record.body
    for place in reads.unpack:
        body = changed(body, place, unpacked)
    cut = bool(reads.records) and not _is_ping(body, reads)
    if cut and not _holds(body, reads.records.split(".")):
        raise Unreadable(
            _("Nothing lies at %(records)s, where the hook says that the records are.", records=reads.records)
        )
    bodies = slices(body, reads.records) if cut else [body]
    for number, piece in enumerate(bodies, start=1):
        key = _key(record, piece, delivery, reads)
        shared = key is not None and len(bodies) > 1 and (not reads.id or reads.id.startswith(_HEADER))
        yield _timed(replace(record, body=piece, key=f"{key}#{number}" if shared else key), delivery, reads.time)


def _key(record: Record, body: Json, delivery: Delivery, reads: Reads) -> str | None:
    """Without an `id` that of the call, as its headers say it, where they do."""
    if not reads.id:
        return record.key
    in_header = reads.id.startswith(_HEADER)
    told = delivery.id_in(reads.id.removeprefix(_HEADER).lower()) if in_header else found(body, reads.id)
    return key_of(told)


def _timed(record: Record, delivery: Delivery, place: str) -> Record:
    """A time that came in a header goes along in the record: an object has room for it, a list of pairs has none."""
    if not place.startswith(_HEADER) or not isinstance(record.body, dict):
        return record
    said = delivery.headers.get(place.removeprefix(_HEADER).lower(), "")
    return replace(record, body={**record.body, place: said}, volatile=record.volatile | {place})


def _holds(node: Json, steps: list[str]) -> bool:
    """Of a list any element does, or there is none: one that is odd must not cost the others."""
    if isinstance(node, list):
        return not node or any(_holds(one, steps) for one in node)
    return not steps or (isinstance(node, dict) and steps[0] in node and _holds(node[steps[0]], steps[1:]))


def _is_ping(body: Json, reads: Reads) -> bool:
    return reads.ping is not None and text_of(found(body, reads.ping.at)) in reads.ping.allowed


def _read(reads: Reads, record: Record, zone: ZoneInfo) -> Submission:
    """A time that the hook names and that cannot be read is none: no other is taken in its place."""
    said = without(record.body, [reads.time]) if reads.time.startswith(_HEADER) else record.body
    told = found(record.body, reads.time)
    at = (moment(told, zone) or _counted(told)) if reads.time else any_json.submitted_at(said, zone)
    kind: Kind = "ping" if _is_ping(record.body, reads) else "submitted"
    return submission(record, at, any_json.answers(said, reads.names), kind)


def _counted(told: Json) -> datetime | None:
    """Seconds since 1970, or milliseconds."""
    seconds = epoch(told)
    return epoch(told, 1000) if seconds is None or seconds.year > _LAST_YEAR else seconds
