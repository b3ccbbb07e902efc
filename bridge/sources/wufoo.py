"""Wufoo: fields under numbers, and with metadata what each is, as JSON text (docs/tools.md 3.30)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import Source, at, checked, fields_of, submission, table, tables, text_of, unpacked
from bridge.sources.kit.answers import answers
from bridge.sources.kit.people import ADDRESS
from schemas.dates import moment
from schemas.sources.wufoo import WufooSchema

_FORM = WufooSchema()
_FIELD = re.compile(r"Field\d+(-url)?")
_STRUCTURES = ("FieldStructure", "FormStructure")
_TYPES: Mapping[str, AnswerType] = {
    "email": "mail",
    "phone": "phone",
    "number": "number",
    "radio": "choice",
    "select": "choice",
    "checkbox": "choices",
    "file": "file",
    "shortname": "name",
    "name": "name",
    "address": "address",
}
_PARTS: Mapping[str, tuple[str, ...]] = {
    "shortname": ("first", "last"),
    "name": ("prefix", "first", "last", "suffix"),
    "address": ADDRESS,
}
"""In the order of a question's parts, whose labels are in the form's language."""


def split(delivery: Delivery) -> list[Record]:
    """Entries are numbered within their form, which only the metadata names."""
    form = fields_of(delivery)
    form |= {name: unpacked(form[name]) for name in _STRUCTURES if name in form}
    named = "FormStructure.Hash EntryId" if at(form, "FormStructure.Hash") else "EntryId"
    return checked("Wufoo", _FORM, form, key=named)


def read(record: Record, zone: ZoneInfo) -> Submission:
    return submission(record, moment(at(record.body, "DateCreated"), zone), _answers(table(record.body)))


def _answers(form: Mapping[str, Json]) -> Iterator[Answer]:
    """The questions in their order, then fields that no question has."""
    left = {name: value for name, value in form.items() if _FIELD.fullmatch(name)}
    for question in tables(at({**form}, "FieldStructure.Fields")):
        id_, kind = text_of(question.get("ID")), text_of(question.get("Type"))
        parts = {text_of(part.get("ID")): text_of(part.get("Label")) for part in tables(question.get("SubFields"))}
        if left.keys() & {id_, f"{id_}-url", *parts}:
            title = text_of(question.get("Title")) or id_
            yield from answers(id_, title, _said(left, id_, parts, kind), _TYPES.get(kind))
    for name, value in left.items():
        yield from answers(name, name, value)


def _said(left: dict[str, Json], id_: str, parts: Mapping[str, str], kind: str) -> Json:
    """Taken out of what is left. A file is its address; parts that share a label keep their ids."""
    link = left.pop(f"{id_}-url", None)
    if link or not parts:
        whole = left.pop(id_, None)
        return link or whole
    known = _PARTS.get(kind, ())
    names = dict(zip(parts, known, strict=True)) if len(known) == len(parts) else parts
    there = [(name, part) for part, name in names.items() if part in left]
    if kind == "checkbox":
        return [left.pop(part) for _, part in there]
    shared = Counter(name for name, _ in there)
    return {name if shared[name] == 1 else part: left.pop(part) for name, part in there}


SOURCE = Source(
    title="Wufoo",
    proof="body",
    split=split,
    read=read,
    never_sends="a signature; without metadata, the label of a question",
    hides=("IP",),
    proof_field="HandshakeKey",
)
