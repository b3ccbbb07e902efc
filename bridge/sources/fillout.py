"""Fillout: questions with their types, and beside them bookings, payments and what the link said (docs/tools.md 3.26).

Only questions, and the mail that somebody proved to be let in, say who somebody is: the mail of a booking, a payment or
a link may be another's, and is a text.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, load, picked, records, submission, text_of
from bridge.sources.kit.answers import answers, members
from schemas.sources.fillout import FilloutSchema

_CALL = FilloutSchema()
_TYPES: Mapping[str, AnswerType] = {
    **dict.fromkeys(("ShortAnswer", "LongAnswer", "TimePicker", "DateTimePicker", "URLInput"), "text"),
    **dict.fromkeys(("MultipleChoice", "Dropdown"), "choice"),
    **dict.fromkeys(("Checkboxes", "MultiSelect", "ImagePicker", "Ranking", "RecordPicker"), "choices"),
    **dict.fromkeys(("NumberInput", "CurrencyInput", "OpinionScale", "Slider", "StarRating"), "number"),
    **dict.fromkeys(("Checkbox", "Switch"), "bool"),
    "EmailInput": "mail",
    "PhoneNumber": "phone",
    "DatePicker": "date",
    "Address": "address",
    "FileUpload": "file",
}
_BESIDE = ("url_parameters", "calculations", "scheduling", "payments")


def read(record: Record, zone: ZoneInfo) -> Submission:
    """An edit comes under the same id, with a later `lastUpdatedAt`."""
    said = load(_CALL, record.body, "Fillout", zone)["submission"]
    return submission(record, said["last_updated_at"] or said["submission_time"], _answers(said))


def _answers(said: Mapping[str, Any]) -> Iterator[Answer]:
    for question in said["questions"]:
        yield from _answer("", question, _TYPES.get(text_of(question.get("type"))))
    yield from members(picked(said["login"], "email"), prefix="login.", types={"email": "mail"})
    for group in _BESIDE:
        for one in said[group]:
            yield from _answer(f"{group}.", one, "number" if one.get("type") == "number" else "text")
    yield from members(said["quiz"], prefix="quiz.")


def _answer(group: str, element: Mapping[str, Json], kind: AnswerType | None) -> Iterator[Answer]:
    """A matrix, a booking and a payment are objects: each row is an answer."""
    id_, label, value = text_of(element.get("id")), text_of(element.get("name")), element.get("value")
    key = f"{group}{id_ or label}"
    if not isinstance(value, dict) or kind == "address":
        yield from answers(key, label or id_, value, kind)
        return
    for name, piece in value.items():
        yield from answers(f"{key}.{name}", f"{label or id_}.{name}", piece, kind if group else None)


SOURCE = Source(
    title="Fillout",
    proof="header",
    split=records("Fillout", _CALL, key="submission.submissionId"),
    read=read,
    never_sends="a signature; questions that nobody was shown",
)
