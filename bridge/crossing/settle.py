"""What a turn leaves behind: how each event ends, what its write leaves on the contact, and what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bridge.crossing.cases import Case
from bridge.hooks.breaker import Wrote
from bridge.merge.address import Log
from bridge.merge.history import Seen
from bridge.merge.precedence import History, Key, Mark
from bridge.model import Json
from bridge.report.report import Report


@dataclass(slots=True)
class Drained:
    """What a turn did: the reports that it stored, by event, and the lanes to drain next."""

    told: dict[str, Report] = field(default_factory=dict[str, Report])
    lanes: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Ending:
    """How one event ends. `inverse`: what puts its part of the contact back. `consents`: what it said of them."""

    case: Case
    outcome: str
    reason: str | None
    report: Report
    contact: int | None = None
    inverse: Json = None
    consents: tuple[dict[str, Json], ...] = ()

    @classmethod
    def of(cls, case: Case) -> "Ending":
        """An event that goes on."""
        return cls(case, "queued", None, case.report)


@dataclass(frozen=True, slots=True)
class Written:
    """What events leave behind on a contact. `seen`: how it was left; `past`: what somebody else changed of it."""

    contact: int
    made: Mapping[Key, Mark]
    log: Log
    seen: Seen
    past: History
    created: bool = False


def wrote(endings: Sequence[Ending]) -> dict[str, list[Wrote]]:
    """What events left that wrote something, by the id of their hook: for the brake that hooks pull themselves."""
    found: dict[str, list[Wrote]] = {}
    for ending in endings:
        if ending.outcome in ("delivered", "created") or ending.reason == "not_confirmed":
            dropped = any(line["confirmed"] in ("dropped", "doubled") for line in ending.report["fields"])
            done = Wrote(ending.outcome == "created", len(ending.report["cleared"]), dropped)
            found.setdefault(ending.case.hook.id, []).append(done)
    return found
