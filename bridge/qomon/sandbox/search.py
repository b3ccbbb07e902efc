"""POST /search: the two-level query, tokenised `eql` and exact `eql:strictdata` (qomon-api.md 4.4). Pure.

Other operators and form conditions answer 422 here: the bridge does not use them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

_LEVELS: Mapping[str, Callable[[Iterable[bool]], bool]] = {"$all": all, "$at_least_one": any}
_SORTS = ("surname", "firstname", "birthdate", "gender", "lastchange", "mail", "married_name")
_LARGEST_PAGE = 1000
_PLAIN = ("mail", "mobile", "phone", "firstname", "surname", "external_id", "lastchange", "UpdatedAt")


class BadQuery(Exception):
    """The query is not what Qomon takes: 422."""


def found(body: object, contacts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One page of the contacts that match. Raises BadQuery."""
    asked = _under(_under(body, "data"), "advanced_search")
    page, per_page, sort = asked.get("page", 0), asked.get("per_page"), asked.get("sort_attr", "lastchange")
    if type(per_page) is not int or not 1 <= per_page <= _LARGEST_PAGE or type(page) is not int or page < 0:
        raise BadQuery("page")
    if sort not in _SORTS:
        raise BadQuery("sort_attr")
    query = asked.get("query")
    matching = [contact for contact in contacts if _matches(query, contact)]
    _matches(query, {})  # a faulty query is one whoever is stored
    matching.sort(key=lambda contact: (contact[sort], contact["id"]), reverse=not asked.get("sort_asc", True))
    return matching[page * per_page : (page + 1) * per_page]


def values(body: Any) -> set[str]:
    """The values asked for, for the planted people."""
    return set(re.findall(r"[\w.]+@sandbox\.test", str(body)))


def _under(body: object, key: str) -> dict[str, Any]:
    inside = body.get(key) if isinstance(body, dict) else None
    if not isinstance(inside, dict):
        raise BadQuery(key)
    return inside


def _matches(query: object, contact: Mapping[str, Any]) -> bool:
    join, groups = _level(query)
    verdicts = []
    for group in groups:
        inner, conditions = _level(group)
        verdicts.append(inner([_holds(condition, contact) for condition in conditions]))
    return join(verdicts)


def _level(query: object) -> tuple[Callable[[Iterable[bool]], bool], list[object]]:
    if isinstance(query, dict) and len(query) == 1:
        ((name, parts),) = query.items()
        if name in _LEVELS and isinstance(parts, list):
            return _LEVELS[name], parts
    raise BadQuery("query")


def _holds(condition: object, contact: Mapping[str, Any]) -> bool:
    asked = _under(condition, "$condition")
    attr, operator, value = asked.get("attr"), asked.get("ope"), asked.get("value")
    if not isinstance(attr, str) or not isinstance(value, str) or not (attr in _PLAIN or attr.startswith("address.")):
        raise BadQuery("attr")
    place = contact.get("address", {}) if attr.startswith("address.") else contact
    stored = str(place.get(attr.removeprefix("address."), ""))
    if operator == "eql:strictdata":
        return stored == value
    if operator != "eql":
        raise BadQuery("ope")
    return _tokens_match(value, stored)


def _tokens_match(value: str, stored: str) -> bool:
    """Each token asked for begins some stored token, whatever the case."""
    wanted, there = (re.findall(r"\w+", text.casefold()) for text in (value, stored))
    return bool(wanted) and all(any(token.startswith(want) for token in there) for want in wanted)
