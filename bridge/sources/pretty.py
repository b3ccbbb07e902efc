"""Labels out of Jotform's `Label:Value, Label:Value`, whose separators stand inside both too (sources.md 3.6).

The values are known, so the labels are what lies between them. Where that is not certain there is no label.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from bridge.sources.people import is_phone, phone
from bridge.sources.typed import text_of
from bridge.words import Json


class _Place(NamedTuple):
    start: int
    end: int
    key: str


def labels(pretty: str, raw: Mapping[str, Json]) -> dict[str, str]:
    """The label of each key; `raw` has the answers in the order of `pretty`, which leaves the blank ones out."""
    shown = {key: text for key, text in ((key, _shown(value)) for key, value in raw.items()) if text}
    places = sorted(place for text in dict.fromkeys(shown.values()) for place in _places(pretty, text, shown))
    explained = len(places) == len(shown)
    found, begin = {}, 0
    for place in places:
        label = pretty[begin : place.start]
        if label and (explained or ", " not in label):
            found[place.key] = label
        begin = max(begin, place.end + len(", "))
    return found


def _places(pretty: str, text: str, shown: Mapping[str, str]) -> Iterator[_Place]:
    """Where this value stands: in as many places as it has answers, or nowhere for certain."""
    keys, whole = [key for key, one in shown.items() if one == text], f":{text}"
    spots: list[tuple[int, int]] = []
    start = pretty.find(whole)
    while start >= 0 and len(spots) <= len(keys):
        end = start + len(whole)
        if end == len(pretty) or pretty.startswith(", ", end):
            spots.append((start, end))
        start = pretty.find(whole, start + 1)
    if len(spots) == len(keys):
        yield from (_Place(*spot, key) for spot, key in zip(spots, keys, strict=True))


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
