"""The form's address against Qomon's, as one thing: half an address is a wrong address (design 5). Pure.

Under `replace` the result does not depend on the order of arrival: each event's parts are kept as a step, and the
address is what the steps, by time of submission, make of the one that stood before them (law 13).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bridge.merge.precedence import Fate, Stamp
from bridge.model import Change
from bridge.qomon.compare import blank
from bridge.qomon.contact import postcode
from schemas import normal, places
from schemas.countries import country_code

Parts: TypeAlias = dict[str, str]

_LINE = ("housenumber", "street")
LONGEST = 10
"""Steps that are kept; the oldest then becomes part of what stood before."""

_CUT = 4
"""Digits of a French postcode without its zero."""


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
    address = _with_its_zero(address, stored, region)
    return Moved(address, {change.rule: _fate(change, address, log, step, region) for change in changes}, log)


def contradicts(stored: Parts, said: Parts, region: str) -> bool:
    """Whether these cannot be one address: a part that is said is another one than is there. What one of the two leaves
    open (a district, a CEDEX, a house number) is no contradiction (law 15).
    """
    if any(_differs(stored, part, text, region) for part, text in said.items() if part not in _LINE):
        return True
    return any(ours and theirs and ours != theirs for ours, theirs in zip(_line(stored), _line(said), strict=True))


def current(stored: Parts, log: Log, region: str) -> Log:
    """The log if it still explains the stored address; else somebody changed it, and it starts anew from there."""
    if log.base is None:
        return Log(dict(stored))
    made = replayed(log, region)
    same = made.keys() == stored.keys() and all(_same(stored, part, text, region) for part, text in made.items())
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
    if not contradicts(address, {**step.said, **step.fills}, region):
        address = _filled(_filled(address, step.said), step.fills)
    return {part: text for part, text in address.items() if part not in step.cleared}


def _filled(address: Parts, said: Parts) -> Parts:
    """With the blanks filled. A house number that the street begins or ends with is not written twice."""
    blanks = {part: text for part, text in said.items() if blank(part, address.get(part))}
    if _line(address)[0] and "street" in address and not address.get("housenumber"):
        blanks.pop("housenumber", None)
    return {**address, **blanks}


def _kept(stored: Parts, step: Step, region: str) -> Parts:
    """`keep`: nothing where it contradicts, else the blanks are filled."""
    contrary = contradicts(stored, {**step.said, **step.fills}, region)
    return _stepped(stored, Step(step.stamp, {}, {}, step.cleared) if contrary else step, region)


def _with(log: Log, step: Step, region: str) -> Log:
    steps = tuple(sorted((*(known for known in log.steps if known.stamp != step.stamp), step), key=lambda s: s.stamp))
    if len(steps) <= LONGEST:
        return Log(log.base, steps)
    return Log(_stepped(dict(log.base or {}), steps[0], region), steps[1:])


def _in_stored_spelling(address: Parts, stored: Parts, region: str) -> Parts:
    """A part that means just what is stored stays as it is stored."""
    return {
        part: stored[part] if part in stored and _same(stored, part, text, region) else text
        for part, text in address.items()
    }


def _with_its_zero(address: Parts, stored: Parts, region: str) -> Parts:
    """A new French postcode that a column of numbers cut to four digits is written with five, and without the decimals
    of such a column (sources.md 8.17).
    """
    said = address.get("postalcode", "")
    code = places.whole(said)
    if said == stored.get("postalcode") or (len(code) != _CUT and code == said):
        return address
    cut = len(code) == _CUT
    return {**address, "postalcode": postcode(code, address.get("country", ""), region) if cut else code}


def _fate(change: Change, address: Parts, log: Log, step: Step, region: str) -> Fate:
    part = change.target.field.removeprefix("address.")
    if change.op == "clear":
        done = part not in address
    else:
        said = {part: str(change.values[0])}
        there = part in address or (part == "housenumber" and _line(address)[0] != "")
        done = there and not contradicts(address, said, region)
    newer = any(other.stamp > step.stamp for other in log.steps)
    return "applied" if done else "older" if newer else "kept"


def _line(parts: Parts) -> tuple[str, str]:
    """House number and street in normal form, "" for what is not said, in whichever part they stand."""
    within, street = places.street(parts.get("street", ""))
    return places.number(parts.get("housenumber", "")) or within, street


def _differs(stored: Parts, part: str, said: str, region: str) -> bool:
    if blank(part, stored.get(part)) or _same(stored, part, said, region):
        return False
    if part == "city":
        (ours, here), (theirs, there) = places.town(stored[part]), places.town(said)
        return ours != theirs or bool(here and there and here != there)
    return True


def _same(stored: Parts, part: str, said: str, region: str) -> bool:
    """Whether both spellings of a part say the same, no less and no more."""
    if stored[part] == said:
        return True
    if part == "postalcode":
        texts = (postcode(places.postcode(text), stored.get("country", ""), region) for text in (stored[part], said))
        return len({*texts}) == 1
    return _plain(part, stored[part]) == _plain(part, said)


def _plain(part: str, text: str) -> object:
    if part == "country":
        return _code(text)
    said = {"street": places.street, "housenumber": places.number, "city": places.town}.get(part, normal.squeezed)
    return said(text)


def _code(country: str) -> str:
    """FR, FRA and France are one country; what is none that we know stays text."""
    try:
        return country_code(country)
    except ValueError:
        return normal.squeezed(country)
