"""Ninja Forms, the Webhooks add-on: the keys that its user chose, as a form, as JSON, or packed as JSON into one field
of a form (docs/tools.md 3.11)."""

from bridge.errors import Unreadable
from bridge.model import Delivery, Json, Record
from bridge.sources.kit import Source, checked, payload_of, read_members, unpacked
from schemas.sources.envelope import Envelope

_CALL = Envelope()


def split(delivery: Delivery) -> list[Record]:
    sent = payload_of(delivery)
    return checked("Ninja Forms", _CALL, _laid_out(sent) if isinstance(sent, dict) else sent, key="")


def _laid_out(sent: dict[str, Json]) -> dict[str, Json]:
    """What was packed lies beside the other fields, unless it would take the name of one."""
    fields: dict[str, Json] = {}
    for name, value in sent.items():
        inner = _packed(value)
        fields |= inner if inner and not inner.keys() & {*sent, *fields} else {name: value}
    return fields


def _packed(value: Json) -> dict[str, Json]:
    """Other text in braces was typed."""
    try:
        inner = unpacked(value) if isinstance(value, str) else None
    except Unreadable:
        return {}
    return inner if isinstance(inner, dict) else {}


SOURCE = Source(
    title="Ninja Forms",
    keys="hash",
    split=split,
    wordpress=True,
    read=read_members,
    never_sends="a signature; an id; fields that nobody mapped",
)
