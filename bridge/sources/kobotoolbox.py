"""KoboToolbox: field work, with `group/question` for names and repeats inside (docs/tools.md 3.22)."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, Delivery, Json, Record, Submission
from bridge.sources.kit import Source, at, key_of, load, parse_json, slices, submission, table, tables, text_of
from bridge.sources.kit.answers import answers, theirs
from bridge.sources.kit.choices import links
from bridge.sources.kit.xml_body import parse_xml
from schemas.sources.kobotoolbox import KoboSchema

_SUBMISSION = KoboSchema()
_NOT_ANSWERS = ("formhub/", "meta/", "_")
_CLOCKS = ("start", "end", "today", "audit")
_DEVICE = ("username", "phonenumber", "deviceid", "simserial", "subscriberid")
"""Of the interviewer and of what they hold. `email` is theirs too where one of these stands beside it."""
_MARKS = {"_uuid", "_submission_time", "_xform_id_string"}


def split(delivery: Delivery) -> list[Record]:
    is_xml = delivery.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
    payload = _of_xml(parse_xml(delivery.body)) if is_xml else parse_json(delivery.body)
    load(_SUBMISSION, payload, "KoboToolbox")
    return [Record(payload, key_of(at(_unwrapped(payload), "_uuid")))]


def read(record: Record, _zone: ZoneInfo) -> Submission:
    body = _unwrapped(record.body)
    said = load(_SUBMISSION, body, "KoboToolbox")
    return submission(record, said["submitted"], _answers(body, _files(said["attachments"])))


def _of_xml(tree: Json) -> dict[str, Json]:
    """The submission under the names that it has as JSON: `group/question`. Of an element that comes again each is a
    repeat; a repeat with one entry looks like a group, and is read as one."""
    (root,) = tree.values() if isinstance(tree, dict) else ({},)
    said = _named(root, "")
    uuid = text_of(said.get("meta/instanceID")).removeprefix("uuid:")
    return {**said, **({"_uuid": uuid} if uuid else {})}


def _named(node: Json, group: str) -> dict[str, Json]:
    named: dict[str, Json] = {}
    for name, value in table(node).items():
        place = f"{group}{name}"
        if isinstance(value, dict):
            named |= _named(value, f"{place}/")
        elif isinstance(value, list):
            named[place] = [_named(one, f"{place}/") if isinstance(one, dict) else one for one in value]
        else:
            named[place] = value
    return named


def _unwrapped(body: Json) -> Json:
    """The submission in what a payload template puts around it."""
    inner = [one for one in table(body).values() if _MARKS & table(one).keys()]
    return inner[0] if inner and not _MARKS & table(body).keys() else body


def _answers(body: Json, files: Mapping[str, Json], place: str = "", label: str = "") -> Iterator[Answer]:
    """A repeat's questions are numbered; its label begins with the name of the repeat. Those who are listed in it,
    as of a household, did not answer."""
    # The groups, "" for none, in which an author put what Kobo notes of the interviewer.
    split_names = [name.rpartition("/") for name in table(body)] if not place else []
    about = {group for group, _, last in split_names if last in _DEVICE}
    for name, value in table(body).items():
        group, _, last = name.rpartition("/")
        if group in about and last in (*_DEVICE, "email"):
            yield from answers(f"interviewer.{last}", f"interviewer.{last}", value, "text", aliases=(name,))
            continue
        short = f"{label}{last}"
        if name.startswith(_NOT_ANSWERS) or name in _CLOCKS or (group in about and last in _CLOCKS):
            continue
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for number, one in enumerate(value):
                yield from _answers(one, files, f"{place}{name}.{number}.", f"{short}.{number}.")
        elif isinstance(value, str) and value in files:
            yield from answers(f"{place}{name}", short, files[value], "file")
        else:
            said = answers(f"{place}{name}", short, value)
            yield from theirs(said, ()) if place else said


def _files(attachments: Json) -> dict[str, Json]:
    """The attachments by what the answers call them: the last part of their name."""
    named = [one for one in tables(slices(attachments)) if one.get("download_url")]
    return {text_of(one.get("filename")).rpartition("/")[2]: [*links(one)] for one in named}


SOURCE = Source(
    title="KoboToolbox",
    proof="basic",
    split=split,
    read=read,
    busy=503,
    retries="3 times within 20 min, after 502, 503, 504 and timeouts only",
    never_sends="the questions as people read them; which of the answers are several codes: they come as one text",
)
