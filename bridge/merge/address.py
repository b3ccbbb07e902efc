"""The form's address against Qomon's, as one thing: half an address is a wrong address (docs/hook-file.md). Pure.

Under `replace` the result does not depend on the order of arrival: each event's parts are kept as a step, and the
address is what the steps, by time of submission, make of the one that stood before them (docs/laws.md 13).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bridge.merge.precedence import Fate, Stamp
from bridge.model import Change
from bridge.qomon.compare import blank
from bridge.qomon.contact import postcode
from schemas import normal, places
from schemas.countries import code_of

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
    sets: Parts
    fills: Parts = field(default_factory=dict[str, str])
    clears: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    """The address before the first step, None when there is none, and the steps since."""

    base: Parts | None = None
    steps: tuple[Step, ...] = ()

    def plain(self) -> dict[str, Any]:
        steps = [[*step.stamp, step.sets, step.fills, list(step.clears)] for step in self.steps]
        return {"base": self.base, "steps": steps}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Log":
        steps = (Step(Stamp(at, seq), sets, fills, tuple(clears)) for at, seq, sets, fills, clears in plain["steps"])
        return cls(plain["base"], tuple(steps))


@dataclass(frozen=True, slots=True)
class Moved:
    """The new address, the fate of each rule, and the log to keep."""

    address: Parts
    fates: dict[int, Fate]
    log: Log


def step_of(changes: Sequence[Change], stamp: Stamp) -> Step:
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
        address = replayed(log, region)
        alike = {part for part, text in address.items() if part in stored and _same(stored, part, text, region)}
        address |= {part: stored[part] for part in alike}  # what means just what is stored stays as it is stored
    else:
        contrary = contradicts(stored, {**step.sets, **step.fills}, region)  # nothing then, else the blanks are filled
        address = _stepped(stored, Step(step.stamp, {}, {}, step.clears) if contrary else step, region)
        log = Log()
    address = _with_its_zero(address, stored, region)
    return Moved(address, {change.rule: _fate(change, address, log, step, region) for change in changes}, log)


def contradicts(stored: Parts, wanted: Parts, region: str) -> bool:
    """Whether these cannot be one address: a part that is wanted is another than is there. What one of the two leaves
    open (a district, a CEDEX, a house number) is no contradiction (docs/laws.md 15).
    """
    if any(_differs(stored, part, text, region) for part, text in wanted.items() if part not in _LINE):
        return True
    return any(ours and theirs and ours != theirs for ours, theirs in zip(_line(stored), _line(wanted), strict=True))


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
    if contradicts(address, step.sets, region):
        address = dict(step.sets)
    if not contradicts(address, {**step.sets, **step.fills}, region):
        address = _filled(_filled(address, step.sets), step.fills)
    return {part: text for part, text in address.items() if part not in step.clears}


def _filled(address: Parts, wanted: Parts) -> Parts:
    """With the blanks filled. A house number that the street begins or ends with is not written twice."""
    blanks = {part: text for part, text in wanted.items() if blank(part, address.get(part))}
    if _line(address)[0] and "street" in address and not address.get("housenumber"):
        blanks.pop("housenumber", None)
    return {**address, **blanks}


def _with(log: Log, step: Step, region: str) -> Log:
    steps = tuple(sorted((*(known for known in log.steps if known.stamp != step.stamp), step), key=lambda s: s.stamp))
    if len(steps) <= LONGEST:
        return Log(log.base, steps)
    return Log(_stepped(dict(log.base or {}), steps[0], region), steps[1:])


def _with_its_zero(address: Parts, stored: Parts, region: str) -> Parts:
    """A new French postcode that a column of numbers cut to four digits is written with five, and without the decimals
    of such a column (docs/tools.md 8.17).
    """
    written = address.get("postalcode", "")
    code = places.whole(written)
    if written == stored.get("postalcode") or (len(code) != _CUT and code == written):
        return address
    cut = len(code) == _CUT
    return {**address, "postalcode": postcode(code, address.get("country", ""), region) if cut else code}


def _fate(change: Change, address: Parts, log: Log, step: Step, region: str) -> Fate:
    part = change.target.field.removeprefix("address.")
    if change.op == "clear":
        done = part not in address
    else:
        wanted = {part: str(change.values[0])}
        there = part in address or (part == "housenumber" and _line(address)[0] != "")
        done = there and not contradicts(address, wanted, region)
    newer = any(other.stamp > step.stamp for other in log.steps)
    return "applied" if done else "older" if newer else "kept"


def _line(parts: Parts) -> tuple[str, str]:
    """House number and street in normal form, "" for what is not said, in whichever part they stand."""
    within, street = places.street(parts.get("street", ""))
    return places.number(parts.get("housenumber", "")) or within, street


def _differs(stored: Parts, part: str, wanted: str, region: str) -> bool:
    if blank(part, stored.get(part)) or _same(stored, part, wanted, region):
        return False
    if part == "city":
        (ours, here), (theirs, there) = places.town(stored[part]), places.town(wanted)
        return ours != theirs or bool(here and there and here != there)
    return True


def _same(stored: Parts, part: str, wanted: str, region: str) -> bool:
    """Whether both spellings of a part say the same, no less and no more."""
    if stored[part] == wanted:
        return True
    if part == "postalcode":
        texts = (postcode(places.postcode(text), stored.get("country", ""), region) for text in (stored[part], wanted))
        return len({*texts}) == 1
    form = _FORMS.get(part, normal.squeezed)
    return form(stored[part]) == form(wanted)


_FORMS: Mapping[str, Callable[[str], object]] = {
    "country": lambda text: code_of(text) or normal.squeezed(text),  # FR, FRA and France are one
    "street": places.street,
    "housenumber": places.number,
    "city": places.town,
}
"""How the parts of two addresses are compared; more loosely than a field by itself (`qomon.fields`)."""
