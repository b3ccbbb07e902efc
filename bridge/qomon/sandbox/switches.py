"""The sandbox's switches and one-shot faults, checked when set. The package's table explains them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

_CHOICES: Mapping[str, tuple[object, ...]] = {
    "shape": ("seed", "newer"),
    "envelope": ("contact", "bare"),
    "lists": ("shown", "omit_empty", "omit_all"),
    "echo": ("full", "partial"),
    "unknown_entries": ("refuse", "ignore", "drop"),
    "unknown_keys": ("ignore", "refuse"),
    "spelling": ("newer", "seed"),
    "entries": ("replaced", "appended", "literal"),
    "alive": ("null", "zero", "go", "empty", "invalid"),
    "ids": ("number", "text", "spaced"),
    "refs": ("shown", "missing"),
    "empty": ("list", "null", "text", "zero", "false", "object"),
    "stamps": ("act", "row"),
    "upsert_id": ("drop", "match"),
    "retry_after": ("seconds", "date", "none"),
}
BEFORE = {"error_before": 500, "refused": 401, "rejected": 422, "missing": 404, "quota": 429}
AFTER = (
    *("error_after", "html", "truncated", "cut", "other_contact", "slow", "timeout_after", "dribble"),
    *("edited", "added", "removed", "merged_away"),
)
EDITS = ("edited", "added", "removed")
PATHS = ("contacts", "upsert", "search", "kpi", "forms")
_LASTS = {"slow": 5_000, "timeout_after": 25_000, "dribble": 25_000}
"""Milliseconds: below and above what the bridge waits for an answer."""


@dataclass(slots=True)
class Switches:
    shape: str = "seed"
    envelope: str = "contact"
    lists: str = "shown"
    soft_deleted: bool = True
    echo: str = "full"
    drops: list[str] = field(default_factory=list[str])
    normalises: bool = False
    unknown_entries: str = "refuse"
    unknown_keys: str = "ignore"
    spelling: str = "newer"
    entries: str = "replaced"
    alive: str = "null"
    ids: str = "number"
    refs: str = "shown"
    empty: str = "list"
    remains: bool = False
    stamps: str = "act"
    touches: bool = False
    upsert_id: str = "drop"
    upsert_delay_ms: float = 2000
    latency_ms: float = 0
    index_delay_ms: float = 0
    burst: float = 100
    rate: float = 10
    retry_after: str = "seconds"

    def set(self, asked: Mapping[str, Any]) -> None:
        """All of them or, on a ValueError, none."""
        for name, value in asked.items():
            if not _fits(name, value):
                raise ValueError(f"no such switch or value: {name}")
        for name, value in asked.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Fault:
    """`times` calls of this method and kind of path, about this contact if one is named, meet `name`."""

    method: str
    path: str
    name: str
    times: int = 1
    contact: int | None = None
    ms: float = 0
    edit: Mapping[str, Any] = field(default_factory=dict[str, Any])


def fault_asked(asked: Mapping[str, Any]) -> Fault:
    """Raises ValueError for what is no fault."""
    name, contact, edit = str(asked.get("fault")), asked.get("contact"), asked.get("edit", {})
    times, ms = asked.get("times", 1), asked.get("ms", _LASTS.get(name, 0))
    fault = Fault(str(asked.get("method")), str(asked.get("path")), name, times, contact, ms, edit)
    fine = (
        asked.keys() <= {"method", "path", "fault", "times", "contact", "ms", "edit"}
        and (name in BEFORE or name in AFTER)
        and (fault.path in PATHS and fault.method in ("GET", "POST", "PATCH"))
        and (type(times) is int and times >= 1 and type(contact) in (int, type(None)))
        and (type(ms) in (int, float) and ms >= 0 and isinstance(edit, dict) and bool(edit) == (name in EDITS))
    )
    if not fine:
        raise ValueError("no such fault")
    return fault


def _fits(name: str, value: object) -> bool:
    if name in _CHOICES:
        return value in _CHOICES[name]
    default = next((getattr(Switches(), f.name) for f in fields(Switches) if f.name == name), None)
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, list):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return default is not None and isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
