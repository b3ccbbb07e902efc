"""Tries things on a throw-away contact by the real client, and puts it back whatever happens: evidence of what Qomon
does there, from which `facts` are read.

Each step is a whole replace and the read after it. Nothing is tried that Qomon may act on: levels of support and
presences can send messages, nothing here lifts a "Do not contact", and a mail could be that of a person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from flask_babel import gettext as _

from bridge.errors import BridgeError, Rejected, TryLater
from bridge.qomon import compare, contact
from bridge.qomon.attempted import ENTRIES, Attempted, additions, taken_away
from bridge.qomon.catalogue import Catalogue
from bridge.qomon.client import Visit
from bridge.qomon.contact import Body
from bridge.qomon.entries import Forms
from bridge.qomon.fields import ARRAYS, FIELDS, LISTS
from bridge.qomon.shape import Shape, seen_in
from schemas.normal import folded

STRANGE_KEY, STRANGE = "bridge_try", "Test Pont"
"""A key that no contact has."""
_LISTS = frozenset(one.name for one in LISTS)
_OLDER = {one.name: one.older[0] for one in FIELDS if one.older and one.name not in ARRAYS}
_AGAIN = (0.0, 1.0, 3.0, 8.0)
"""Seconds before each attempt to put the contact back."""
_PATIENCE = timedelta(seconds=60)
"""How long all steps together wait for tokens."""

T = TypeVar("T")


class NotATest(BridgeError):
    """Not a contact to try things on. Nothing was written."""


class NotPutBack(BridgeError):
    """The contact is not as it was found."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One replace: what was sent, what its answer showed, what a read shows then, what it cost."""

    sent: Body
    echo: Mapping[str, Any]
    read: Mapping[str, Any]
    cost: float


@dataclass(slots=True)
class Evidence:
    """`found`, `again`: two reads before anything was written. `before`: the body that writes it as it was found.

    `stages`: by the name of the step; None where Qomon refused it, absent where it was not tried.
    `refused`: parts of the step `full` that Qomon does not take.
    """

    forms: Forms
    region: str
    found: Mapping[str, Any]
    again: Mapping[str, Any]
    before: Body
    attempted: Attempted
    stages: dict[str, Stage | None] = field(default_factory=dict[str, "Stage | None"])
    refused: frozenset[str] = frozenset()

    @property
    def shape(self) -> Shape | None:
        """Of all reads."""
        return seen_in([self.found, self.again, *(stage.read for stage in self.stages.values() if stage is not None)])

    def body(self, read: Mapping[str, Any]) -> Body:
        """What a read shows, in the request's spelling; a list that it leaves out is empty. Raises Held."""
        return contact.whole(read, self.forms, self.region, _LISTS)


def run(visit: Visit, id_: int, catalogue: Catalogue, region: str, sleep: Callable[[float], object]) -> Evidence:
    """Raises NotATest and Held before anything is written; NotPutBack; and what the calls raise, the contact being as
    it was.
    """
    hand = _Hand(visit, id_, catalogue.forms, region, sleep)
    found = hand.read()
    if "test" not in folded(f"{found.get('firstname') or ''} {found.get('surname') or ''}").split():
        raise NotATest(
            _(
                "Contact %(id)s is not called Test. This writes to the contact, so it is not tried on a person: make "
                "one in Qomon whose first name or surname is Test (such as Test Pont), with nothing else in it.",
                id=id_,
            )
        )
    before = contact.whole(found, catalogue.forms, region, _LISTS)
    known = Evidence(catalogue.forms, region, found, hand.read(), before, additions(before, catalogue))
    try:
        _steps(hand, known)
    finally:
        hand.put_back(before)
    return known


def _steps(hand: "_Hand", known: Evidence) -> None:
    stages = known.stages
    stages["same"] = hand.write(known.before)  # what is missing now is empty, whatever it was
    full = _full(hand, known)
    if full is None:
        return
    stages["full"] = full
    stages["less"] = less = hand.tried(taken_away(full.sent, known.attempted, known.refused))
    base = full.sent if less is None else less.sent
    stages["strange_key"] = hand.tried({**base, STRANGE_KEY: STRANGE})
    stages["strange_form"] = hand.tried(_with_strange_form(base, known.forms))
    if _birth(full.sent) != _birth(known.body(full.read)):
        stages["older"] = hand.tried(_with_older_spelling(base, frozenset(_birth(full.sent))))


def _full(hand: "_Hand", known: Evidence) -> Stage | None:
    """All that Qomon takes. None where that is nothing."""
    _body, stage, known.refused = _fitted(hand, known.before, known.attempted.parts)
    return stage


def _fitted(hand: "_Hand", body: Body, parts: Mapping[str, Any]) -> tuple[Body, Stage | None, frozenset[str]]:
    """As many parts as Qomon takes: all at once, else each half by itself; and those that it refuses."""
    wider = body
    for part, value in parts.items():
        wider = _added(wider, part, value)
    if stage := hand.tried(wider):
        return stage.sent, stage, frozenset()
    if len(parts) == 1:
        return body, None, frozenset(parts)
    names = list(parts)
    half = len(names) // 2
    body, first, refused = _fitted(hand, body, {name: parts[name] for name in names[:half]})
    body, second, others = _fitted(hand, body, {name: parts[name] for name in names[half:]})
    return body, second or first, refused | others


def _birth(body: Body) -> dict[str, Any]:
    return {name: body[name] for name in ("birth_city", "birth_country", "birth_dept") if body.get(name)}


def _with_older_spelling(body: Body, names: frozenset[str]) -> Body:
    return {_OLDER.get(name, name) if name in names else name: value for name, value in body.items()}


def _added(body: Body, part: str, value: Any) -> Body:
    """Entries beside those that are there; everything else in the place of what was there."""
    if part in ENTRIES:
        array, entries = value
        return {**body, array: [*body[array], *entries]}
    return {**body, part: value}


def _with_strange_form(body: Body, forms: Forms) -> Body:
    """And another nationality, by which one sees whether the rest of such a body counts."""
    form = max(forms, default=0) + 1_000_003
    strange = {"form_id": form, "form_ref_id": form, "data": STRANGE}
    return {**body, "nationality": "BE", "formdatas": [*body["formdatas"], strange]}


class _Hand:
    """The contact, and the calls about it."""

    def __init__(self, visit: Visit, id_: int, forms: Forms, region: str, sleep: Callable[[float], object]) -> None:
        self._visit, self._id, self._forms, self._region, self._sleep = visit, id_, forms, region, sleep
        self._left = _PATIENCE

    def read(self) -> dict[str, Any]:
        return self._patiently(lambda: self._visit.contact(self._id))

    def write(self, body: Body) -> Stage:
        spent = self._visit.tokens
        echo = self._patiently(lambda: self._visit.replace(self._id, body))
        cost = self._visit.tokens - spent
        return Stage(body, echo, self.read(), cost)

    def tried(self, body: Body) -> Stage | None:
        """None: Qomon does not take it."""
        try:
            return self.write(body)
        except Rejected:
            return None

    def put_back(self, before: Body) -> None:
        """Until a read shows that it is as it was. Raises NotPutBack, with the fields that are not."""
        self._left = max(self._left, _PATIENCE / 2)
        body, first, differs = before, None, frozenset[str]()
        for seconds in _AGAIN:
            if seconds:
                self._sleep(seconds)
            try:
                self._replaced(first, body)
                read = self.read()
                differs, doubled = self._differs(read, before)
            except BridgeError:
                continue
            if not differs | doubled:
                return
            first = _bare(before, doubled) if doubled else None
            body = _with_older_spelling(before, differs)
            differs |= doubled
        raise NotPutBack(_not_as_before(self._id, differs))

    def _replaced(self, first: Body | None, body: Body) -> None:
        """What Qomon refuses or does not answer may be right all the same: the read decides."""
        for one in (first, body):
            try:
                if one is not None:
                    self._patiently(partial(self._visit.replace, self._id, one))
            except BridgeError:
                continue

    def _differs(self, read: Mapping[str, Any], before: Body) -> tuple[frozenset[str], frozenset[str]]:
        """Fields that hold something else than before, and those that hold it more than once."""
        after = contact.whole(read, self._forms, self._region, _LISTS)
        one, other = (compare.facets(body, self._region) for body in (before, after))
        differs = {name for name in one.keys() | other.keys() if not _alike(one.get(name), other.get(name))}
        return frozenset(differs), contact.more(read, before, self._forms)

    def _patiently(self, call: Callable[[], T]) -> T:
        """Wait for tokens, and for nothing else."""
        while True:
            try:
                return call()
            except TryLater as failure:
                if failure.reason != "quota" or failure.after > self._left:
                    raise
                self._left -= failure.after
                self._sleep(failure.after.total_seconds())


def _alike(one: Any, other: Any) -> bool:
    """Qomon may write it in its own way."""
    return one == other or (None not in (one, other) and compare.alike(one, other))


def _bare(before: Body, doubled: frozenset[str]) -> Body:
    """Without the entries of these forms: what is not sent goes, so that the next replace makes each of them once."""
    found = dict(before)
    for array in ARRAYS:
        found[array] = [entry for entry in before[array] if f"{array}.{entry['form_id']}" not in doubled]
    return found


def _not_as_before(id_: int, differs: frozenset[str]) -> str:
    if not differs:
        return _(
            "Whether contact %(id)s is as it was is not known: Qomon does not answer. Look at it in Qomon, and take "
            "away what says Test Pont. Nothing was learned.",
            id=id_,
        )
    return _(
        "Contact %(id)s is not as it was before (%(fields)s): look at it in Qomon, and put that right by hand. Nothing "
        "was learned.",
        id=id_,
        fields=", ".join(sorted(differs)),
    )
