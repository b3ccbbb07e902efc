"""Jotform: a form with JSON text in it, whose labels stand only in a line for people (sources.md 3.6)."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import Source, checked, load, submission, text_of
from bridge.sources.kit.answers import answers, shown_type
from bridge.sources.kit.form_body import fields_of
from bridge.sources.kit.jotform_labels import labels
from bridge.sources.kit.paths import unpacked
from schemas.sources.jotform import JotformSchema

_FORM = JotformSchema()
_UPLOADS = "https://www.jotform.com/uploads/"
_INTERNAL = """
slug path jsExecutionTracker submitSource submitDate buildDate uploadServerUrl eventObserver event_id timeToSubmit
preview temp_upload file_server validatedNewRequiredFieldIDs JotFormPopulatedFields noRedirect submissionEdited
simple_spc website formOpenId_V5 embedUrl
"""


def split(delivery: Delivery) -> list[Record]:
    form = fields_of(delivery)
    return checked("Jotform", _FORM, {**form, "rawRequest": unpacked(form.get("rawRequest"))}, key="submissionID")


def read(record: Record, _zone: ZoneInfo) -> Submission:
    form = load(_FORM, record.body, "Jotform")
    return submission(record, None, _answers(form["raw"], labels(form["pretty"], form["raw"])))


def _answers(raw: Mapping[str, Json], known: Mapping[str, str]) -> Iterator[Answer]:
    """`q3_studentsName` is also found as studentsName; files come under that short name alone."""
    for key, sent in raw.items():
        short, value = key.partition("_")[2] or key, _chosen(sent)
        yield from answers(key, known.get(key, short), value, _type(value), aliases=(short,) if short != key else ())


def _chosen(value: Json) -> Json:
    """Where people may write a choice of their own, PHP makes an object of the list, or of the one choice."""
    if (
        not isinstance(value, dict)
        or "other" not in value
        or not all(name == "other" or name.isdigit() for name in value)
    ):
        return value
    listed = [one for name, one in value.items() if name.isdigit()]
    return [*listed, value["other"]] if listed else value["other"]


def _type(value: Json) -> AnswerType | None:
    listed = value if isinstance(value, list) else []
    return "file" if any(text_of(one).startswith(_UPLOADS) for one in listed) else shown_type(value)


SOURCE = Source(
    name="jotform",
    title="Jotform",
    proof="url",
    keys="record",
    split=split,
    read=read,
    retries="not stated",
    never_sends="a signature; the time of submission; the label of a question without an answer",
    hides=("webhookURL", "ip", "username", *(f"rawRequest.{name}" for name in _INTERNAL.split())),
)
