"""The sandbox's switches, checked when set. The package's table explains them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args, get_origin, get_type_hints


@dataclass(slots=True)
class Switches:
    """The types say what may be set; no number is negative."""

    shape: Literal["seed", "newer"] = "seed"
    envelope: Literal["contact", "bare"] = "contact"
    lists: Literal["shown", "omit_empty", "omit_all"] = "shown"
    soft_deleted: bool = True
    echo: Literal["full", "partial"] = "full"
    drops: list[str] = field(default_factory=list[str])
    normalises: bool = False
    unknown_entries: Literal["refuse", "ignore", "drop"] = "refuse"
    unknown_keys: Literal["ignore", "refuse"] = "ignore"
    spelling: Literal["newer", "seed"] = "newer"
    entries: Literal["replaced", "appended", "literal"] = "replaced"
    alive: Literal["null", "zero", "go", "empty", "invalid"] = "null"
    ids: Literal["number", "text", "spaced"] = "number"
    refs: Literal["shown", "missing"] = "shown"
    empty: Literal["list", "null", "text", "zero", "false", "object"] = "list"
    remains: bool = False
    stamps: Literal["act", "row"] = "act"
    touches: bool = False
    upsert_id: Literal["drop", "match"] = "drop"
    upsert_delay_ms: float = 2000
    latency_ms: float = 0
    index_delay_ms: float = 0
    burst: float = 100
    rate: float = 10
    retry_after: Literal["seconds", "date", "none"] = "seconds"

    def set(self, asked: Mapping[str, Any]) -> None:
        """All of them or, on a ValueError, none."""
        for name, value in asked.items():
            if not _fits(value, _TYPES.get(name)):
                raise ValueError(f"no such switch or value: {name}")
        for name, value in asked.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        return asdict(self)


_TYPES = get_type_hints(Switches)


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind == list[str]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind is float:
        return type(value) in (int, float) and value >= 0  # type: ignore[operator]
    return kind is bool and isinstance(value, bool)
