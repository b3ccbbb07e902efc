"""Jotform: a form with JSON text in it, whose labels stand only in a line for people (docs/tools.md 3.6)."""

from collections.abc import Iterator, Mapping
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from bridge.model import Answer, Delivery, Json, Record, Submission
from bridge.sources.kit import Source, checked, fields_of, load, sequence, submission, text_of, unpacked
from bridge.sources.kit.answers import answers
from bridge.sources.kit.people import is_phone, phone
from schemas.sources.jotform import JotformSchema

_FORM = JotformSchema()
_UPLOADS = "https://www.jotform.com/uploads/"
_INTERNAL = """
slug path jsExecutionTracker submitSource submitDate buildDate uploadServerUrl eventObserver event_id timeToSubmit
preview temp_upload file_server validatedNewRequiredFieldIDs JotFormPopulatedFields noRedirect submissionEdited
simple_spc website formOpenId_V5 embedUrl
"""
MAX_LOOKS = 20_000
"""Into one line, for all values together: where a value stands more often than this, nothing is certain."""


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
        uploaded = any(text_of(one).startswith(_UPLOADS) for one in sequence(value))
        aliases = (short,) if short != key else ()
        yield from answers(key, known.get(key, short), value, "file" if uploaded else None, aliases=aliases)


def _chosen(value: Json) -> Json:
    """Where people may write a choice of their own, PHP makes an object of the list, or of the one choice."""
    own = isinstance(value, dict) and "other" in value and all(name == "other" or name.isdigit() for name in value)
    if not own or not isinstance(value, dict):
        return value
    listed = [one for name, one in value.items() if name.isdigit()]
    return [*listed, value["other"]] if listed else value["other"]


def labels(pretty: str, raw: Mapping[str, Json]) -> dict[str, str]:
    """The label of each key; `raw` has the answers in the order of `pretty`, which leaves the blank ones out."""
    keys: dict[str, list[str]] = {}
    for key, value in raw.items():
        keys.setdefault(_shown(value), []).append(key)
    keys.pop("", None)
    places, looks = [], MAX_LOOKS
    for text, sharing in keys.items():
        spots, looked = _spots(pretty, f":{text}", len(sharing), looks)
        looks -= looked
        places += [(*spot, key) for spot, key in zip(spots, sharing, strict=False)]
    return _between(pretty, sorted(places), explained=len(places) == sum(map(len, keys.values())))


def _between(pretty: str, places: list[tuple[int, int, str]], *, explained: bool) -> dict[str, str]:
    found, begin = {}, 0
    for start, end, key in places:
        label = pretty[begin:start]
        if label and (explained or ", " not in label):
            found[key] = label
        begin = max(begin, end + len(", "))
    return found


def _spots(pretty: str, whole: str, wanted: int, looks: int) -> tuple[list[tuple[int, int]], int]:
    """Where this value stands, and how often was looked for it: in as many places as it has answers, or nowhere for
    certain."""
    spots: list[tuple[int, int]] = []
    looked, start = 1, pretty.find(whole) if looks > 0 else -1
    while start >= 0 and len(spots) <= wanted and looked < looks:
        end = start + len(whole)
        if end == len(pretty) or pretty.startswith(", ", end):
            spots.append((start, end))
        start, looked = pretty.find(whole, start + 1), looked + 1
    return (spots if len(spots) == wanted and start < 0 else []), looked


def _shown(value: Json) -> str:
    """The value as the line has it: parts and choices joined by spaces, files by their names."""
    if isinstance(value, list):
        return " ".join(filter(None, map(_name, value)))
    if isinstance(value, dict):
        return text_of(phone(value)) if is_phone(value) else " ".join(filter(None, map(text_of, value.values())))
    return text_of(value).strip()


def _name(one: Json) -> str:
    text = text_of(one)
    return unquote(text.rpartition("/")[2]) if text.startswith("https://") else text


SOURCE = Source(
    title="Jotform",
    split=split,
    read=read,
    never_sends="a signature; the time of submission; the label of a question without an answer",
    hides=("webhookURL", "ip", "username", *(f"rawRequest.{name}" for name in _INTERNAL.split())),
)
