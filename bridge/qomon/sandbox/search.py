"""POST /search and /kpi: the two-level query, tokenised `eql` and exact `eql:strictdata` (docs/qomon.md 4.4). Pure.

Other operators and form conditions answer 422 here: the bridge does not use them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

Test: TypeAlias = Callable[[Mapping[str, Any]], bool]
_LEVELS: Mapping[str, Callable[[Iterable[bool]], bool]] = {"$all": all, "$at_least_one": any}
_SORTS = ("surname", "firstname", "birthdate", "gender", "lastchange", "mail", "married_name")
_LARGEST_PAGE = 1000
_PLAIN = ("mail", "mobile", "phone", "firstname", "surname", "external_id", "lastchange", "UpdatedAt")


class BadQuery(Exception):
    """The query is not what Qomon takes: 422."""


def page(body: object, contacts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One page of the contacts that match. Raises BadQuery."""
    asked = _asked(body)
    number, per_page, sort = asked.get("page", 0), asked.get("per_page"), asked.get("sort_attr", "lastchange")
    if type(per_page) is not int or not 1 <= per_page <= _LARGEST_PAGE or type(number) is not int or number < 0:
        raise BadQuery("page")
    if sort not in _SORTS:
        raise BadQuery("sort_attr")
    matching = found(body, contacts)
    matching.sort(key=lambda contact: (contact[sort], contact["id"]), reverse=not asked.get("sort_asc", True))
    return matching[number * per_page : (number + 1) * per_page]


def found(body: object, contacts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """All contacts that match. Raises BadQuery."""
    return list(filter(_query(_asked(body).get("query"), lambda group: _query(group, _condition)), contacts))


def values(body: Any) -> set[str]:
    """The values asked for, for the planted people."""
    return set(re.findall(r"[\w.]+@sandbox\.test", str(body)))


def _under(body: object, key: str) -> dict[str, Any]:
    inside = body.get(key) if isinstance(body, dict) else None
    if not isinstance(inside, dict):
        raise BadQuery(key)
    return inside


def _asked(body: object) -> dict[str, Any]:
    return _under(_under(body, "data"), "advanced_search")


def _query(query: object, inner: Callable[[object], Test]) -> Test:
    """One of the two levels, read once, whoever is stored. Raises BadQuery."""
    name, parts = next(iter(query.items())) if isinstance(query, dict) and len(query) == 1 else ("", None)
    if name not in _LEVELS or not isinstance(parts, list):
        raise BadQuery("query")
    join, tests = _LEVELS[name], [inner(part) for part in parts]
    return tests[0] if len(tests) == 1 else lambda contact: join(test(contact) for test in tests)


def _condition(condition: object) -> Test:
    asked = _under(condition, "$condition")
    attr, operator, value = asked.get("attr"), asked.get("ope"), asked.get("value")
    if not isinstance(attr, str) or not isinstance(value, str) or not (attr in _PLAIN or attr.startswith("address.")):
        raise BadQuery("attr")
    if operator not in ("eql", "eql:strictdata"):
        raise BadQuery("ope")
    name, inside, wanted = attr.removeprefix("address."), attr.startswith("address."), _tokens(value)

    def holds(contact: Mapping[str, Any]) -> bool:
        stored = str((contact.get("address", {}) if inside else contact).get(name, ""))
        if operator == "eql:strictdata":
            return stored == value
        there = _tokens(stored)  # each token asked for begins some stored token, whatever the case
        return bool(wanted) and all(any(token.startswith(want) for token in there) for want in wanted)

    return holds


@lru_cache(maxsize=50_000)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.casefold()))
