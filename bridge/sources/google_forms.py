"""Google Forms: what a script posts, at the form (`responses`) or at its sheet (`namedValues`) (sources.md 3.3).

docs/google-forms.gs is the script that says most.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, at, json_records, load, slices, submission
from bridge.sources.kit.answers import answers, keeps_places, labelled, numbered
from schemas.sources.google_forms import GoogleFormsSchema
from schemas.times import written

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
    said = load(_RESPONSE, record.body, "Google Forms", zone)
    at_ = said["timestamp"] or _in_the_sheet(said.get("named", {}), zone)
    answers = [*_answers(said)]
    return submission(record, at_, answers, "submitted" if any(map(_is_said, answers)) else "ping")


def _is_said(answer: Answer) -> bool:
    """A sheet calls a second time some seconds after each answer, with nothing in its cells."""
    return answer.value not in (None, "", ()) and answer.value != {}


def _in_the_sheet(row: Mapping[str, Json], zone: ZoneInfo) -> datetime | None:
    """A French sheet's time. An English one may be American or British: 10/7 is then no certain day."""
    return written(_first(row.get("Horodateur")), zone, "%d/%m/%Y %H:%M:%S")


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


def _first(value: Json) -> Json:
    """A cell is a list of one; of two questions with one title it is a list of both."""
    return at(value, "0") if isinstance(value, list) and len(value) == 1 else value or None


SOURCE = Source(
    name="google_forms",
    title="Google Forms, with a script",
    proof="header",
    keys="record",
    split=json_records("Google Forms", _RESPONSE, key="responseId"),
    read=read,
    retries="as the script does: docs/google-forms.gs tries three times",
    never_sends="from a sheet: an id, and choices apart from each other; what a file holds",
)
