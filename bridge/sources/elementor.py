"""Elementor Pro forms: with Advanced Data a description of each field, without it labels as keys
(docs/tools.md 3.8).
"""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, fields_of, records, submission, table, text_of
from bridge.sources.kit.answers import answers, members
from bridge.sources.kit.choices import listed
from schemas.sources.envelope import Envelope

_TYPES: Mapping[str, AnswerType] = {
    "email": "mail",
    "tel": "phone",
    "number": "number",
    "date": "date",
    "radio": "choice",
    "select": "choice",
    "checkbox": "choices",
    "upload": "file",
}
_NOBODYS = ("recaptcha", "recaptcha_v3", "honeypot")
_NOT_ANSWERS = ("Page URL", "User Agent", "Remote IP", "Powered by", "form_id", "form_name")
_CLOCKS = ("Date", "Time")
"""Questions may be called so too, of a form whose owner wants no such notes: then none of the others is there.

English here, in the site's language there: then they are listed, as answers that no rule names."""


def read(record: Record, _zone: ZoneInfo) -> Submission:
    body = table(record.body)
    fields = body.get("fields")
    if isinstance(body.get("form"), dict) and isinstance(fields, dict | list):  # PHP's keys 0, 1, 2 arrive as a list
        return submission(record, None, _described(fields))
    noted = any(name in body for name in _NOT_ANSWERS[:4])
    return submission(record, None, members(record.body, hidden=(*_NOT_ANSWERS, *(_CLOCKS if noted else ()))))


def _described(fields: dict[str, Json] | list[Json]) -> Iterator[Answer]:
    named = fields.items() if isinstance(fields, dict) else ((str(at), field) for at, field in enumerate(fields))
    for name, field in named:
        if isinstance(field, dict) and text_of(field.get("type")) not in _NOBODYS:
            kind = _TYPES.get(text_of(field.get("type")))
            yield from answers(name, text_of(field.get("title")) or name, _value(field, kind), kind)


def _value(field: Mapping[str, Json], kind: AnswerType | None) -> Json:
    """`raw_value` is what was said, `value` the same as a text, and of a file its address."""
    raw = field.get("raw_value", field.get("value"))
    if kind == "file":
        return [*listed(field.get("value", raw), ",")]
    return [*listed(raw, ", ")] if kind == "choices" else raw


SOURCE = Source(
    title="Elementor Pro",
    keys="hash",
    split=records("Elementor", Envelope(), volatile="meta Date Time", body=fields_of),
    read=read,
    retries="never",
    never_sends="a signature; an id; a time that can be read for certain",
    wordpress=True,
    hides=("meta.remote_ip", "Remote IP"),
)
