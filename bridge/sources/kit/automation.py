"""How automation tools post what somebody put together in them: as JSON or as a form (sources.md 3.4)."""

from bridge.model import Delivery, Record
from bridge.sources.kit import any_json, plain_json
from bridge.sources.kit.form_body import fields_of, is_json
from bridge.sources.kit.json_body import HEADERS, header_key
from bridge.sources.kit.paths import opened
from bridge.sources.kit.source import SHOWN, Source


def split(delivery: Delivery) -> list[Record]:
    """One step may post JSON and the next one a form, to one hook; a field of a form may hold a step's JSON."""
    if is_json(delivery):
        return plain_json.split(delivery)
    fields = {name: opened(value) for name, value in fields_of(delivery).items()}
    return [Record(plain_json.passed_on(fields), key=header_key(delivery))]


def automation(name: str, title: str, retries: str) -> Source:
    """An automation tool: somebody sees its run, so it waits for the report."""
    return Source(
        name=name,
        title=title,
        proof="header",
        keys="event",
        wait=SHOWN,
        split=split,
        read=any_json.read,
        names_in=HEADERS,
        retries=retries,
        never_sends="what its steps leave out; an id, unless a step sends Idempotency-Key",
    )
