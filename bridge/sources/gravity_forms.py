"""Gravity Forms, the Webhooks add-on: a whole entry under numbers, or the keys that its user chose
(docs/tools.md 3.7).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

from bridge.errors import Unreadable
from bridge.model import Answer, Json, Record, Submission
from bridge.sources.kit import Source, payload_of, records, submission, table, text_of, unpacked
from bridge.sources.kit.answers import answers, members
from schemas.countries import code_of
from schemas.dates import moment
from schemas.sources.envelope import Envelope

_ENTRY = {"form_id", "date_created"}
_QUESTION = re.compile(r"\d+(\.\d+)?")
_POSTCODE = re.compile(r"\d{4,6}")
_NAME = {"2": "prefix", "3": "first", "4": "middle", "6": "last", "8": "suffix"}
_PRODUCT = {"1": "name", "2": "price", "3": "quantity"}
_PRICE = re.compile(r"(?:[^\w\s]|[A-Z]{3})?\s*\d[\d.,\s]*(?:[^\w\s]|[A-Z]{3})?")
_QUANTITY = re.compile(r"\d+(?:[.,]\d+)?")
_ADDRESS = {"1": "line1", "2": "line2", "3": "city", "4": "state", "5": "postalcode", "6": "country"}


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """A whole entry has its own time, in UTC; what stands beside the numbers is what WordPress notes."""
    body = table(record.body)
    if not (_ENTRY & body.keys() and any(map(_QUESTION.fullmatch, body))):
        return submission(record, None, members(record.body))
    return submission(record, moment(body.get("date_created"), UTC), _answers(body))


def _answers(entry: Mapping[str, Json]) -> Iterator[Answer]:
    """`2.3` and `2.6` are parts of the question 2, which stands where its first part does; both name them."""
    questions: dict[str, dict[str, Json]] = {}
    for name in filter(_QUESTION.fullmatch, entry):
        question, _, part = name.partition(".")
        questions.setdefault(question, {})[part] = entry[name]
    for question, said in questions.items():
        numbers = {part: text_of(one) for part, one in said.items() if part}
        whole = _listed(said[""]) if "" in said else _whole(said)
        for answer in answers(question, question, whole):
            yield replace(answer, parts=numbers)


def _whole(said: Mapping[str, Json]) -> Json:
    """A name has no part 1, which boxes always have. Six boxes look like an address, but for the country; three like a
    consent or a product, but for what stands in them."""
    texts = {part: text_of(one).strip() for part, one in said.items()}
    if "1" not in said and {"3", "6"} <= said.keys() <= _NAME.keys():
        return {_NAME[part]: text for part, text in said.items()}
    if said.keys() == _ADDRESS.keys() and _is_address(said):
        return {_ADDRESS[part]: text for part, text in said.items()}
    if said.keys() == _PRODUCT.keys() and not any(texts.values()):
        return None
    if _is_consent(texts):
        return True if texts["1"] == "1" else None
    if said.keys() == _PRODUCT.keys() and _is_product(texts):
        return {_PRODUCT[part]: text for part, text in said.items()}
    return list(said.values())


def _is_consent(texts: Mapping[str, str]) -> bool:
    """Whether it is ticked, the text beside the box, and the number of the revision of that text. Open, it is no no."""
    whole = texts.keys() == _PRODUCT.keys()
    ticked = texts.get("1") in (("", "0", "1") if whole else ("1",))
    wording, revision = texts.get("2", "..."), texts.get("3", "0")
    known = len(texts) > 1 and texts.keys() <= _PRODUCT.keys()
    return known and ticked and bool(wording) and not wording.isdigit() and revision.isdigit()


def _is_product(texts: Mapping[str, str]) -> bool:
    """A price is a number, with its currency or without."""
    return (
        not texts["1"].isdigit()
        and bool(_PRICE.fullmatch(texts["2"]))
        and (not texts["3"] or bool(_QUANTITY.fullmatch(texts["3"])))
    )


def _is_address(said: Mapping[str, Json]) -> bool:
    """By its country; without one, by a city and a postcode."""
    country = text_of(said["6"])
    if country:
        return bool(code_of(country))
    return bool(said["3"]) and bool(_POSTCODE.fullmatch(text_of(said["5"]).strip()))


def _listed(value: Json) -> Json:
    """A list that some fields write as JSON text; a text that only begins like one stays a text."""
    if not isinstance(value, str) or not value.startswith("["):
        return value
    try:
        return unpacked(value)
    except Unreadable:
        return value


SOURCE = Source(
    title="Gravity Forms",
    split=records(
        "Gravity Forms",
        Envelope(),
        key="form_id id",
        volatile="date_updated is_read is_starred status",
        body=payload_of,
    ),
    read=read,
    retries="never",
    never_sends="a signature; the label of a question",
    hides=("ip",),
)
