"""Any JSON, as people build it by hand or in an automation tool, into records and answers (docs/tools.md 3.4, 6). It
guesses only what a value shows.

Three layouts, mixed at will: an object of label: value, a list of {label, value}, objects inside objects.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission, Value
from bridge.sources.kit.form_body import fields_of, is_json
from bridge.sources.kit.json_body import HEADERS, MAX_FIELDS, header_key, parse_json, parse_query
from bridge.sources.kit.php_names import rebuild
from bridge.sources.kit.source import SHOWN, Source, submission
from bridge.sources.kit.values import (
    MAX_RECORDS,
    opened,
    seen_type,
    sequence,
    table,
    tables,
    text_of,
    texts_of,
    value_of,
)
from schemas.dates import moment

_SAID = ("submittedat", "updatedat", "modifiedat", "lastmodified", "lastmodifiedtime", "timestamp")
_MADE = "createdat"
_ROWS = ("id", "row", "rowid", "rownumber", "recordid", "tableid")
"""Who has one of these beside when it was made is a row of a table, which is changed again and again."""

_FILE = {"filename", "content_type"}
_ABOUT = {"key", "id", "ref", "type", "required", "hidden", "isHidden", "slug", "order", "position", "question_id"}
"""What builders write beside a label, of whom a heading or a question without an answer has no more."""

_QUESTION = "question"
"""Nothing else is called so: it needs no value beside it to be one."""

_NESTED = (dict, list)

_Path = tuple[str, ...]

_OF_THE_CALL = """
headers rawHeaders multiValueHeaders cookies webhookUrl executionMode client_ip ip method httpMethod url path rawBody
rawPath rawQueryString requestContext isBase64Encoded binary
"""
"""As n8n, Pipedream, Make and the gateways of clouds call it."""

_RAW = "raw_body"
"""What Zapier calls the body of a call that it did not read."""

_OF_THE_TOOL = ("__IMTHEADERS__", "__IMTMETHOD__", "pairedItem")
"""What Make's own webhook adds where it is told to pass on headers and method, and n8n's count of the items of a step,
which stands beside their `json`."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the parts of a {label, value} are called: the two, and its id."""

    pairs: tuple[tuple[str, str], ...] = (
        ("label", "value"),
        ("question", "answer"),
        ("q", "a"),
        ("title", "value"),
        ("name", "value"),
        ("key", "value"),
    )
    ids: tuple[str, ...] = ("key", "id", "name")

    def of(self, element: Json) -> tuple[str, str] | None:
        """What label and value are called in this {label, value}; None when it is no such thing."""
        if not isinstance(element, dict):
            return None
        return next((one for one in self.pairs if one[1] in element and isinstance(element.get(one[0]), str)), None)


USUAL = Names()
"""As people call them."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One answer and where it lies. `label` is what stands beside it, "" when only the path names it. `among`: how many
    objects the list has in which it lies, 0 for none."""

    path: _Path
    label: str
    value: Json
    among: int = 0


def read(record: Record, zone: ZoneInfo) -> Submission:
    return submission(record, submitted_at(record.body, zone), answers(record.body))


def is_pairs(node: Json, names: Names = USUAL) -> bool:
    """Whether this is a list of {label, value}, under one of their names. Some may lack the value: JSON leaves out
    what is undefined, and nobody answers a heading. Such a one has the label of the others and nothing of its own."""
    if not isinstance(node, list) or not node:
        return False
    found = [(element, names.of(element)) for element in node]
    whole = [element for element, pair in found if pair and isinstance(element, dict)]
    labels = {pair[0] for _, pair in found if pair} or {_QUESTION}
    known = _ABOUT.union(labels, *whole)
    others = [table(element) for element, pair in found if not pair]
    return all(known.issuperset(one) and any(isinstance(one.get(label), str) for label in labels) for one in others)


def answers(body: Json, names: Names = USUAL) -> Iterator[Answer]:
    """One by one: of more of them than a record may have, the rest is never made."""
    leaves = [*islice(_leaves(body, (), "", names), MAX_FIELDS + 1)]
    ends = Counter(leaf.path[-1] for leaf in leaves)
    skipped = 0 if _inside(body) is body else 1
    nobodys = _nobodys(leaves)
    for leaf in leaves:
        one = _answer(leaf, ends, skipped)
        yield replace(one, type="text") if leaf.path in nobodys else one


def _nobodys(leaves: list[_Leaf]) -> frozenset[_Path]:
    """Of people in a list the addresses are texts where one stands outside of it, or where they are several: nobody
    knows which of them answers."""
    if not any(leaf.among for leaf in leaves):
        return frozenset()
    mails = [leaf for leaf in leaves if _type(leaf.value) == "mail"]
    beside = any(not leaf.among for leaf in mails)
    several = len({_value(leaf.value) for leaf in mails if leaf.among > 1}) > 1
    return frozenset(leaf.path for leaf in mails if (leaf.among and beside) or (leaf.among > 1 and several))


def _answer(leaf: _Leaf, ends: Counter[str], skipped: int) -> Answer:
    """The key is the whole path. The last step is a name too as long as no other answer ends alike."""
    key, end = ".".join(leaf.path), leaf.path[-1]
    short = end if ends[end] == 1 and not end.isdigit() else key
    aliases = {short, ".".join(leaf.path[skipped:])} - {key} if len(leaf.path) > 1 else ()
    return Answer(key, leaf.label or short, _type(leaf.value), _value(leaf.value), tuple(sorted(aliases)))


def _leaves(node: Json, path: _Path, label: str, names: Names) -> Iterator[_Leaf]:
    if path and _is_answer(node):
        yield _Leaf(path, label, node)
    elif isinstance(node, dict):
        for name, inner in node.items():
            yield from _leaves(inner, (*path, name), label and f"{label}.{name}", names)
    elif isinstance(node, list) and is_pairs(node, names):
        for name, shown, inner in _pairs(node, names):
            yield from _leaves(inner, (*path, name), f"{label}.{shown}" if label else shown, names)
    elif isinstance(node, list):
        places = _keep_places(node)
        for index, inner in enumerate(node):
            at = str(index)
            row: Json = {str(place): one for place, one in enumerate(sequence(inner))} if places else inner
            if places:
                yield _Leaf((*path, at), label and f"{label}.{at}", row)
            else:
                for leaf in _leaves(row, (*path, at), label and f"{label}.{at}", names):
                    yield replace(leaf, among=max(leaf.among, len(node)))


def _is_answer(node: Json) -> bool:
    """A scalar, a list of them, nothing at all, or files: what is not looked into."""
    if isinstance(node, dict):
        return not node or _is_file(node)
    if isinstance(node, list):
        return all(_is_file(one) for one in node) or not any(isinstance(one, _NESTED) for one in node)
    return True


def _pairs(node: list[Json], names: Names) -> Iterator[tuple[str, str, Json]]:
    """The id (else the label), the label and the value of each. The `id` of a {key, value} is that of a row in some
    table, and another one tomorrow."""
    found = [(element, names.of(element)) for element in node]
    labels = [label for label, _ in dict.fromkeys(pair for _, pair in found if pair)] or [_QUESTION]
    for element, pair in found:
        if isinstance(element, dict):
            said = [pair[0]] if pair else [one for one in labels if isinstance(element.get(one), str)]
            label = text_of(element[said[0]])
            ids = () if said[0] == "key" else (element.get(one) for one in names.ids if one != said[0])
            key = next((text_of(one) for one in ids if isinstance(one, str | int) and one != ""), label)
            yield key, label, element.get(pair[1]) if pair else None


def _keep_places(rows: list[Json]) -> bool:
    """Rows of a table, of which one has a blank cell: then a place in a row means something."""
    listed = all(isinstance(row, list) and not any(isinstance(one, _NESTED) for one in row) for row in rows)
    return listed and any(one in (None, "") for row in rows for one in sequence(row))


def _is_file(node: Json) -> bool:
    return isinstance(node, dict) and node.keys() == _FILE


def _type(value: Json) -> AnswerType:
    files = value if isinstance(value, list) else [value]
    return "file" if files and all(map(_is_file, files)) else seen_type(value)


def _value(value: Json) -> Value:
    names = [file["filename"] for file in tables(value if isinstance(value, list) else [value]) if _is_file(file)]
    if names:
        return texts_of(names)
    return None if value == {} else value_of(value)


def _inside(body: Json) -> Json:
    """What lies in a wrapper such as {"body": {...}}, which automation tools put around everything."""
    if isinstance(body, dict) and len(body) == 1:
        (inner,) = body.values()
        if isinstance(inner, dict) or is_pairs(inner):
            return inner
    return body


def submitted_at(body: Json, zone: ZoneInfo) -> datetime | None:
    """`submitted_at`, else when it was changed. When a row was made is not when it says this."""
    inner = _inside(body)
    named = {name.replace("_", "").lower(): one for name, one in table(inner).items()}
    made = () if any(name in named for name in _ROWS) else (_MADE,)
    said = (moment(named[name], zone) for name in (*_SAID, *made) if name in named)
    return next((at for at in said if at is not None), None)


def split(delivery: Delivery, names: Names = USUAL) -> list[Record]:
    """Whatever the content type says: hand-made senders leave `text/plain`. A GET answers in its query.

    An id from the headers is that of the delivery: each record of a list adds its number, from 1.
    """
    key = header_key(delivery)
    if delivery.method == "GET":
        return [Record(rebuild(parse_query(delivery.query.encode("utf-8", "surrogateescape"))), key=key)]
    parsed = parse_json(delivery.body)
    if isinstance(parsed, list) and not is_pairs(parsed, names):
        if len(parsed) > MAX_RECORDS:
            raise Unreadable(_("The list holds more than %(most)s records. Send it in parts.", most=MAX_RECORDS))
        bodies = (_checked(passed_on(body), names) for body in parsed)
        return [Record(body, key=key and f"{key}#{number}") for number, body in enumerate(bodies, start=1)]
    return [Record(_checked(passed_on(parsed), names), key=key)]


def passed_on(body: Json) -> Json:
    """A whole call that an automation tool passes on, wherever it lies, without what the caller's program said of
    itself: headers and cookies hold secrets, and nobody's answers. What was in its query may be some."""
    if not isinstance(body, dict):
        return body
    kept = {name: passed_on(value) for name, value in body.items() if name not in _OF_THE_TOOL}
    if _RAW in kept:
        kept[_RAW] = opened(kept[_RAW])
    headers = body.get("headers")  # by their names, or listed as `{name, value}`
    named = isinstance(headers, dict) or (bool(tables(headers)) and len(tables(headers)) == len(sequence(headers)))
    if not (named and ("body" in body or _RAW in body)):
        return kept
    said = {name: one for name, one in kept.items() if name not in _OF_THE_CALL.split() and (one or name == "body")}
    return {**said, "body": opened(said["body"])} if "body" in said else said


def _checked(body: Json, names: Names) -> Json:
    if not isinstance(body, dict) and not is_pairs(body, names):
        raise Unreadable(_("A record is neither an object of answers nor a list of {label, value}."))
    return body


def split_either(delivery: Delivery) -> list[Record]:
    """One step may post JSON and the next one a form, to one hook; a field of a form may hold a step's JSON."""
    if is_json(delivery):
        return split(delivery)
    fields = {name: opened(value) for name, value in fields_of(delivery).items()}
    return [Record(passed_on(fields), key=header_key(delivery))]


def automation(title: str, retries: str) -> Source:
    """An automation tool: somebody sees its run, so it waits for the report."""
    return Source(
        title=title,
        proof="header",
        keys="event",
        wait=SHOWN,
        split=split_either,
        read=read,
        names_in=HEADERS,
        retries=retries,
        never_sends="what its steps leave out; an id, unless a step sends Idempotency-Key",
    )
