"""A hook's file written by the bridge: what staff decided becomes the YAML that `hook_yaml` reads. Pure.

Files that people write are never written anew: their comments and their order are theirs.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import yaml

from bridge.hooks.yaml import Plain, read_yaml

_ORDER = (
    "hook",
    "address",
    "source",
    "proof",
    "mode",
    "approve",
    "owner",
    "wait",
    "space",
    "timezone",
    "region",
    "only",
    "contact",
)


def as_yaml(plain: Mapping[str, Any]) -> str:
    """Short tables on one line, rules one below the other; texts that YAML would take for something else in quotes."""
    keys = [
        *(key for key in _ORDER if key in plain),
        *(key for key in plain if key not in (*_ORDER, "fields")),
        "fields",
    ]
    ordered = {key: plain[key] for key in keys if key in plain}
    return yaml.safe_dump(ordered, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100_000)


def plain_of(text: str) -> dict[str, Plain]:
    """What a file says, as plain texts, lists and tables; the file must load."""
    return cast("dict[str, Plain]", read_yaml(text).plain)


def with_mode(text: str, mode: str) -> str:
    """The same file in another mode. Only for files that the bridge wrote."""
    return as_yaml({**plain_of(text), "mode": mode})


def with_rules(text: str, rules: Sequence[Mapping[str, Any]]) -> str:
    """The same file with more rules. Only for files that the bridge wrote."""
    plain = plain_of(text)
    listed = plain.get("fields")
    return as_yaml({**plain, "fields": [*(listed if isinstance(listed, list) else []), *rules]})


def without_rules(text: str, numbers: Collection[int]) -> str:
    """The same file without these of its rules, numbered from 1. Only for files that the bridge wrote."""
    plain = plain_of(text)
    listed = plain.get("fields")
    rules = listed if isinstance(listed, list) else []
    return as_yaml({**plain, "fields": [one for number, one in enumerate(rules, 1) if number not in numbers]})


def with_contact(text: str, address: str | None, missing: str | None) -> str:
    """The same file with these policies, where given. Only for files that the bridge wrote."""
    plain = plain_of(text)
    before = plain.get("contact")
    said = {key: value for key, value in (("missing", missing), ("address", address)) if value is not None}
    if not said:
        return text
    return as_yaml({**plain, "contact": {**(before if isinstance(before, dict) else {}), **said}})
