"""The tools that the bridge reads: one file per tool, and the table that lists them.

A new tool is a payload, a schema, a file here and a line in SOURCES. `split` and `read` are pure, and
raise nothing but Unreadable.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bridge.sources import flatten, form, plain_json, tally, typeform
from bridge.sources.assemble import identities
from bridge.words import Delivery, Json, Record, Submission, Value
from schemas import normal

__all__ = ["SOURCES", "Source", "identities", "shown"]

WAIT = timedelta(seconds=2)
"""How long a call waits for its report where the tool shows it to people and nobody waits at a form."""


@dataclass(frozen=True, slots=True)
class Source:
    """`proof` is the scheme that this tool usually offers, `wait` the usual one; a hook may say otherwise."""

    name: str
    proof: str
    wait: timedelta
    split: Callable[[Delivery], list[Record]]
    read: Callable[[Record, ZoneInfo], Submission]


SOURCES: Mapping[str, Source] = {
    source.name: source
    for source in (
        Source("tally", "tally-v1", WAIT, tally.split, tally.read),
        Source("typeform", "typeform-sha256-b64", WAIT, typeform.split, typeform.read),
        Source("json", "header", WAIT, plain_json.split, flatten.read),
        Source("form", "url", WAIT, form.split, flatten.read),
    )
}


def shown(record: Record, submission: Submission, region: str) -> dict[str, Json]:
    """One element of what `flask read` prints (design 10)."""
    at = submission.submitted_at
    return {
        "key": record.key,
        "submitted_at": None if at is None else normal.to_ms(at),
        "kind": submission.kind,
        "identities": {**identities(submission.answers, region)},
        "answers": [
            {"key": answer.key, "label": answer.label, "type": answer.type, "value": _plain(answer.value)}
            for answer in submission.answers
        ],
    }


def _plain(value: Value) -> Json:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
