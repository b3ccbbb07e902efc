"""Google Forms: what a script posts, at the form (`responses`) or at its sheet (`namedValues`) (docs/tools.md 3.3).

docs/google-forms.gs is the script that says most.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, at, load, records, slices, submission
from bridge.sources.kit.answers import answers, keeps_places, labelled, numbered
from schemas.dates import written
from schemas.sources.google_forms import GoogleFormsSchema

_RESPONSE = GoogleFormsSchema()
_TYPES: Mapping[str, AnswerType] = {
    "CHECKBOX": "choices",
    "CHECKBOX_GRID": "choices",
    "DATE": "date",
    "FILE_UPLOAD": "file",
    "LIST": "choice",
    "MULTIPLE_CHOICE": "choice",
}
_CLOCKS = ("Horodateur", "Timestamp")
"""The sheet's first column, in French and in English."""


def read(record: Record, zone: ZoneInfo) -> Submission:
    """A sheet calls a second time some seconds after each answer, with nothing in its cells."""
    said = load(_RESPONSE, record.body, "Google Forms", zone)
    cell = said.get("named", {}).get("Horodateur")  # an English one may be American or British: 10/7 is no certain day
    clock = cell[0] if isinstance(cell, list) and len(cell) == 1 else cell
    when = said["timestamp"] or written(clock, zone, "%d/%m/%Y %H:%M:%S")
    answers = [*_answers(said)]
    is_said = any(answer.value not in (None, "", (), {}) for answer in answers)
    return submission(record, when, answers, "submitted" if is_said else "ping")


def _answers(said: Mapping[str, Any]) -> Iterator[Answer]:
    if said["respondent"]:
        yield from answers("respondentEmail", "respondentEmail", said["respondent"], "mail")
    if isinstance(said.get("responses"), list):
        listed = [_placed(one) for one in said["responses"]]
        yield from labelled(listed, key="id", label="title", types=_TYPES)
    else:
        for title, value in (said.get("responses") or {}).items():
            yield from answers(title, title, numbered(value) if keeps_places(value) else value)
        for header, cells in said.get("named", {}).items():
            for cell in (slices(cells) or [None]) if header not in _CLOCKS else ():
                yield from answers(header, header, cell)


def _placed(question: Json) -> Json:
    """A grid that came as one question has a place for each of its rows."""
    value = at(question, "value")
    if at(question, "type") != "GRID" or not isinstance(question, dict) or not isinstance(value, list):
        return question
    return {**question, "value": numbered(value)}


SOURCE = Source(
    title="Google Forms, with a script",
    proof="header",
    split=records("Google Forms", _RESPONSE, key="responseId"),
    read=read,
    retries="as the script does: docs/google-forms.gs tries three times",
    never_sends="from a sheet: an id, and choices apart from each other; what a file holds",
)
