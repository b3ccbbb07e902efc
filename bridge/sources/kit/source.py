"""What the bridge knows of a tool. A tool's file ends with `SOURCE = Source(...)`; the table lists them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from bridge.model import Delivery, Record, Submission
from bridge.sources.kit.paths import without
from bridge.sources.kit.replies import REPORT, Reply

SHOWN = timedelta(seconds=2)
"""How long a call waits for its report where the tool shows it to people and nobody waits at a form."""

AT_ONCE = timedelta()
"""Where a visitor waits, or the tool hangs up early."""

Keys: TypeAlias = Literal["event", "record", "hash"]
"""What an id of this tool names: a call or event, which never means anything else; a record or submission, which comes
again when it is edited, and when it is edited back; or nothing, because the tool sends none (ledger.md 3)."""


@dataclass(frozen=True, slots=True)
class Source:
    """`proof` and `wait` are what this tool usually offers; a hook may say otherwise.

    `retries` and `never_sends` are short sentences for people. `hides`: places in a record (`rawRequest.path`) of
    secrets and of what the tool keeps for itself: they are taken out before anything is stored. `proof_field`: where
    the tool writes its secret, for the proof `body`; it is hidden too. `reply`: what it must hear of a stored call,
    `handshake`: how it sets a webhook up (replies.py). `names_in`: the headers that may name a call or event.
    `busy`: the status that it takes for "later": 503 where it drops what is answered 429.
    """

    name: str
    title: str
    proof: str
    keys: Keys
    split: Callable[[Delivery], list[Record]]
    read: Callable[[Record, ZoneInfo], Submission]
    retries: str
    never_sends: str
    wait: timedelta = AT_ONCE
    hides: tuple[str, ...] = ()
    proof_field: str = ""
    reply: Reply = REPORT
    handshake: str | None = None
    names_in: tuple[str, ...] = ()
    busy: int = 429


def hiding(source: Source) -> Source:
    """The source with a split that lets nothing hidden out."""
    places = (*source.hides, *filter(None, [source.proof_field]))
    if not places:
        return source

    def split(delivery: Delivery) -> list[Record]:
        return [replace(record, body=without(record.body, places)) for record in source.split(delivery)]

    return replace(source, split=split)
