"""A contact's body field by field, in normal form: what is compared before a write, after it, and for the report. Pure.

A facet is there for each field that holds something; equal facets are not sent (docs/laws.md 9).
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeAlias

from bridge.model import Change
from bridge.qomon.fields import ARRAYS, NORMAL_FORMS, SCALARS, plain
from schemas import normal

Facets: TypeAlias = dict[str, Hashable]

_NAMES = tuple(field.name for field in SCALARS)


def facets(body: Mapping[str, Any], region: str) -> Facets:
    """Field -> normal form, for the fields that hold something. Equal facets are not sent (docs/laws.md 9)."""
    named = {name: body[name] for name in _NAMES if body.get(name) not in (None, "", False)}
    named |= {f"address.{part}": text for part, text in body.get("address", {}).items()}
    found: Facets = {name: _normal(name, value, region) for name, value in named.items()}
    for array in ARRAYS:
        found |= _forms(array, body.get(array, ()))
    if body.get("black_list"):
        found["black_list"] = True
    lists = {
        "tags": sorted(normal.tag(tag["name"]) for tag in body.get("tags", ())),
        "notes": sorted(str(note.get("data", "")) for note in body.get("notes", ())),
        "action_ids": sorted(map(str, body.get("action_ids", ()))),
    }
    return found | {name: tuple(values) for name, values in lists.items() if values}


def part(body: Mapping[str, Any], field: str) -> Any:
    """What a body holds under the name of a facet: a value, a form's entries, None when nothing."""
    group, _, rest = field.partition(".")
    if group == "address":
        return body.get("address", {}).get(rest)
    if group in ARRAYS:
        return [entry for entry in body.get(group, ()) if str(entry["form_id"]) == rest] or None
    return body.get(group)


def facet(body: Mapping[str, Any], field: str, region: str) -> Hashable:
    held = part(body, field)
    if field.partition(".")[0] in ARRAYS:
        return tuple(sorted({(e["form_ref_id"], plain(e["data"])) for e in held or ()}, key=str)) or None
    if field == "tags":
        return tuple(sorted(normal.tag(tag["name"]) for tag in held or ())) or None
    return None if blank(field, held) or held is False else _normal(field, held, region)


def wanted(change: Change, region: str) -> Hashable:
    """The facet that a change of a single field leaves, None for a clear."""
    if not change.values:
        return None
    value = change.values[0]
    if isinstance(value, tuple):
        return ((value[0], plain(value[1])),)
    return _normal(change.target.field, value, region)


def alike(one: Hashable, other: Hashable) -> bool:
    """Equal once case, spaces, accents and punctuation are gone: Qomon normalised what was sent (docs/laws.md 11)."""
    return squeezed_facet(one) == squeezed_facet(other)


def squeezed_facet(facet: Hashable) -> Hashable:
    """A facet with every text in it squeezed; one of signs only stays itself, not to be like every other."""
    if isinstance(facet, str):
        return normal.squeezed(facet).lstrip("0") or facet
    if isinstance(facet, tuple):
        return tuple(squeezed_facet(part) for part in facet)
    return facet


def same_text(field: str, one: str, other: str, region: str) -> bool:
    return _normal(field, one, region) == _normal(field, other, region)


def blank(field: str, value: Any) -> bool:
    """Nothing there: absent, empty, only what nobody sees, or the zero date that Go writes for "none"."""
    return not normal.bare(str(value or "")) or (field == "birthdate" and str(value).startswith("0001-01-01"))


def _normal(field: str, value: Any, region: str) -> Hashable:
    return NORMAL_FORMS.get(field, plain)(value, region) if isinstance(value, str) else str(value)


def _forms(array: str, entries: Iterable[Mapping[str, Any]]) -> Facets:
    by_form: dict[int, set[tuple[Any, str]]] = {}
    for entry in entries:
        by_form.setdefault(entry["form_id"], set()).add((entry["form_ref_id"], plain(entry["data"])))
    return {
        f"{array}.{form}": tuple(held if len(held) == 1 else sorted(held, key=str)) for form, held in by_form.items()
    }
