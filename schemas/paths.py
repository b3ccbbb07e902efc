"""JMESPath into the record that a tool sent: checked when the hook's file is read, searched for each event. Pure."""

from collections.abc import Iterator
from typing import Any, cast

import jmespath
from flask_babel import gettext as _
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

Found = str | int | float | bool | tuple[str | int | float | bool, ...] | None

LONGEST = 300


def path_fault(path: str) -> str | None:
    """A sentence about an expression that can never be searched, None for a good one."""
    if len(path) > LONGEST:
        return _("is too long for a path (most: %(most)s characters).", most=LONGEST)
    try:
        tree: Any = jmespath.compile(path).parsed
        return next(_wrong_calls(tree), None)
    except RecursionError:
        return _("is nested too deep for a path.")
    except JMESPathError as error:
        at = getattr(error, "lex_position", None)
        if not at:
            return _(
                "is no JMESPath expression: it cannot be read at its beginning. Write one such as data.person.mail."
            )
        return _(
            "is no JMESPath expression: it cannot be read after character %(at)s. Write one such as data.person.mail.",
            at=at,
        )


def _wrong_calls(node: dict[str, Any]) -> Iterator[str]:
    """JMESPath itself would only tell when an event comes, and not for every event."""
    name, given = node.get("value"), node.get("children", [])
    if node["type"] == "function_expression":
        known = Functions.FUNCTION_TABLE.get(name)
        if known is None:
            yield _("calls `%(name)s`, which is no function of JMESPath.", name=name)
        elif not _fits(len(given), known["signature"]):
            counts = {"given": len(given), "wanted": len(known["signature"])}
            yield _("calls `%(name)s` with %(given)s arguments instead of %(wanted)s.", name=name, **counts)
    for child in given:
        yield from _wrong_calls(child) if isinstance(child, dict) else ()


def _fits(given: int, signature: tuple[dict[str, Any], ...]) -> bool:
    endless = bool(signature) and signature[-1].get("variadic", False)
    return given >= len(signature) if endless else given == len(signature)


def reach(path: str, record: object) -> Found:
    """The text, number, bool or list of them that lies there; None when nothing does. Raises ValueError for
    anything else, and where the expression does not suit this record (`sum` of a text)."""
    try:
        found = jmespath.search(path, record)
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
        raise ValueError("The path does not suit what the tool sent.") from None
    listed = found if isinstance(found, list) else [found]
    if not all(one is None or isinstance(one, str | int | float) for one in listed):
        raise ValueError("The path leads to a table, not to a text, a number or a list of them.")
    if isinstance(found, list):
        return tuple(one for one in found if one is not None)
    return cast("Found", found)
