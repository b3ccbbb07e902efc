"""The sandbox's switches and one-shot faults, checked when set. The package's table explains them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

_CHOICES: Mapping[str, tuple[object, ...]] = {
    "shape": ("seed", "newer"),
    "envelope": ("contact", "bare"),
    "lists": ("shown", "omit_empty", "omit_all"),
    "echo": ("full", "partial"),
    "unknown_entries": ("refuse", "ignore"),
    "retry_after": ("seconds", "date", "none"),
}
BEFORE = {"error_before": 500, "refused": 401, "rejected": 422, "missing": 404, "quota": 429}
AFTER = ("error_after", "html", "truncated", "cut", "other_contact")
PATHS = ("contacts", "search", "forms")


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
    """`times` calls of this method and kind of path answer with `name`."""

    method: str
    path: str
    name: str
    times: int = 1


def fault_asked(asked: Mapping[str, Any]) -> Fault:
    """Raises ValueError for what is no fault."""
    times = int(str(asked.get("times", 1)))
    fault = Fault(str(asked.get("method")), str(asked.get("path")), str(asked.get("fault")), times)
    known = fault.name in BEFORE or fault.name in AFTER
    if not known or fault.path not in PATHS or fault.method not in ("GET", "POST", "PATCH") or fault.times < 1:
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
