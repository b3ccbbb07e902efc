"""Labels out of Jotform's `Label:Value, Label:Value`, whose separators stand inside both too (sources.md 3.6).

The values are known, so the labels are what lies between them. Where that is not certain there is no label.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from bridge.model import Json
from bridge.sources.kit.people import is_phone, phone
from bridge.sources.kit.values import text_of

MAX_LOOKS = 20_000
"""Into one line, for all values together: where a value stands more often than this, nothing is certain."""


class _Place(NamedTuple):
    start: int
    end: int
    key: str


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
        places += [_Place(*spot, key) for spot, key in zip(spots, sharing, strict=False)]
    return _between(pretty, sorted(places), explained=len(places) == sum(map(len, keys.values())))


def _between(pretty: str, places: list[_Place], *, explained: bool) -> dict[str, str]:
    found, begin = {}, 0
    for place in places:
        label = pretty[begin : place.start]
        if label and (explained or ", " not in label):
            found[place.key] = label
        begin = max(begin, place.end + len(", "))
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
