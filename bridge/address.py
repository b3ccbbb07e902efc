"""The form's address against Qomon's, as one thing: half an address is a wrong address (design 5). Pure.

Under `replace` the result does not depend on the order of arrival: each event's parts are kept as a step, and the
address is what the steps, by time of submission, make of the one that stood before them (law 13).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bridge.order import Fate, Stamp
from bridge.qomon.contact import postcode
from bridge.qomon.facets import blank
from bridge.words import Change
from schemas import normal
from schemas.countries import country_code

Parts: TypeAlias = dict[str, str]

LONGEST = 10
"""Steps that are kept; the oldest then becomes part of what stood before."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one event said: parts that may contradict, parts that only fill, and parts to empty."""

    stamp: Stamp
    said: Parts
    fills: Parts = field(default_factory=dict[str, str])
    cleared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    """The address before the first step, None when there is none, and the steps since."""

    base: Parts | None = None
    steps: tuple[Step, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For the vault."""
        steps = [[*step.stamp, step.said, step.fills, list(step.cleared)] for step in self.steps]
        return {"base": self.base, "steps": steps}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Log":
        steps = (Step(Stamp(at, seq), said, fills, tuple(cleared)) for at, seq, said, fills, cleared in plain["steps"])
        return cls(plain["base"], tuple(steps))


@dataclass(frozen=True, slots=True)
class Moved:
    """The new address, the fate of each rule, and the log to keep."""

    address: Parts
    fates: dict[int, Fate]
    log: Log


def step_of(changes: Sequence[Change], stamp: Stamp) -> Step:
    """What the address rules of one event say together."""
    named = [(change.target.field.removeprefix("address."), change) for change in changes]
    return Step(
        stamp,
        {part: str(change.values[0]) for part, change in named if change.op == "set"},
        {part: str(change.values[0]) for part, change in named if change.op == "fill"},
        tuple(part for part, change in named if change.op == "clear"),
    )


def settle(stored: Parts, changes: Sequence[Change], policy: str | None, log: Log, step: Step, region: str) -> Moved:
    """`stored`: Qomon's address now. `log` is that of an address nobody else touched since (see `current`)."""
    if policy == "replace":
        log = _with(current(stored, log, region), step, region)
        address = _in_stored_spelling(replayed(log, region), stored, region)
    else:
        address = _kept(stored, step, region)
        log = Log()
    return Moved(address, {change.rule: _fate(change, address, log, step, region) for change in changes}, log)


def contradicts(stored: Parts, said: Parts, region: str) -> bool:
    """Whether a part that is said differs (folded) from one that is there."""
    return any(_differs(stored, part, text, region) for part, text in said.items())


def current(stored: Parts, log: Log, region: str) -> Log:
    """The log if it still explains the stored address; else somebody changed it, and it starts anew from there."""
    if log.base is None:
        return Log(dict(stored))
    made = replayed(log, region)
    same = made.keys() == stored.keys() and not contradicts(stored, made, region)
    return log if same else Log(dict(stored))


def explained(stored: Parts, log: Log, region: str) -> bool:
    """Whether the stored address is what the log made: nobody else's, whatever happened beside it."""
    return log.base is not None and current(stored, log, region) is log


def replayed(log: Log, region: str) -> Parts:
    address = dict(log.base or {})
    for step in log.steps:
        address = _stepped(address, step, region)
    return address


def _stepped(address: Parts, step: Step, region: str) -> Parts:
    if contradicts(address, step.said, region):
        address = dict(step.said)
    for part, text in (step.said | step.fills).items():
        if blank(part, address.get(part)):
            address[part] = text
    return {part: text for part, text in address.items() if part not in step.cleared}


def _kept(stored: Parts, step: Step, region: str) -> Parts:
    """`keep`: nothing where it contradicts, else the blanks are filled."""
    silent = Step(step.stamp, {}, {}, step.cleared) if contradicts(stored, step.said, region) else step
    return _stepped(stored, silent, region)


def _with(log: Log, step: Step, region: str) -> Log:
    steps = tuple(sorted((*(known for known in log.steps if known.stamp != step.stamp), step), key=lambda s: s.stamp))
    if len(steps) <= LONGEST:
        return Log(log.base, steps)
    return Log(_stepped(dict(log.base or {}), steps[0], region), steps[1:])


def _in_stored_spelling(address: Parts, stored: Parts, region: str) -> Parts:
    """A part that means what is stored stays as it is stored."""
    return {
        part: stored[part] if part in stored and not _differs(stored, part, text, region) else text
        for part, text in address.items()
    }


def _fate(change: Change, address: Parts, log: Log, step: Step, region: str) -> Fate:
    part = change.target.field.removeprefix("address.")
    if change.op == "clear":
        done = part not in address
    else:
        done = part in address and not _differs(address, part, str(change.values[0]), region)
    newer = any(other.stamp > step.stamp for other in log.steps)
    return "applied" if done else "older" if newer else "kept"


def _differs(stored: Parts, part: str, said: str, region: str) -> bool:
    texts = [normal.squeezed(text) for text in (stored.get(part, ""), said)]
    if part == "postalcode":
        texts = [postcode(text, stored.get("country", ""), region) for text in texts]
    elif part == "country" and texts[0] != texts[1]:
        texts = [_code(text) for text in texts]
    return not blank(part, stored.get(part)) and texts[0] != texts[1]


def _code(country: str) -> str:
    """FR, FRA and France are one country; what is none that we know stays text."""
    try:
        return country_code(country)
    except ValueError:
        return country
