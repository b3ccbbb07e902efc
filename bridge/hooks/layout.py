"""The `reads` of a hook file: where things lie in what a tool sends that the bridge does not know.

What is done with it is the business of `sources.reads`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.errors import Fault
from bridge.sources import SOURCES
from bridge.sources.kit.custom_layout import OPEN, Ping, Reads

_TOGETHER = (("label", "value"), ("value", "label"), ("key", "label"))


def read_reads(said: Mapping[str, Any] | None, source: str | None) -> tuple[Reads | None, list[Fault]]:
    """None: the file says nothing of it."""
    if said is None:
        return None, []
    ping = Ping(**said["ping"]) if "allowed" in said.get("ping", {}) and "at" in said["ping"] else None
    return Reads(**{**said, "ping": ping}), list(_faults(said, source))


def _faults(said: Mapping[str, Any], source: str | None) -> Iterator[Fault]:
    if source in SOURCES and source not in OPEN:
        yield "reads", f"goes with source: {' or '.join(OPEN)}. Where things lie in `{source}`, the bridge knows."
    if not said:
        yield "reads", "is empty. Remove it, or say where things lie, such as {records: data.entries}."
    for name, other in _TOGETHER:
        if name in said and other not in said:
            yield f"reads.{name}", f"goes with `{other}`: what the two parts of a question are called."
