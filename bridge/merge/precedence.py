"""Which of an event's changes still apply to a contact that later ones, or people, have changed since. Pure.

Newest wins, by time of submission, per field and per element of a list; what an operation leaves behind is a mark
(docs/ledger.md 17 to 21). Any order and any batching of the same events end in the same contact (docs/laws.md 13).
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, TypeAlias

from bridge.model import Change
from bridge.qomon import compare
from bridge.qomon.compare import Facets
from bridge.qomon.fields import ARRAYS
from schemas import normal

Fate: TypeAlias = Literal["applied", "kept", "blocked", "older"]
Key: TypeAlias = tuple[str, str]
"""A field, and the element of its list: "" for a field with one value, "*" for the list as a whole."""

WHOLE = "*"
GONE = ""
THERE = "1"
_SHORT = 12
"""Digits that are kept of the fingerprint of a value: to tell changes of one contact, not to find anybody."""


class Stamp(NamedTuple):
    """When an event was submitted (milliseconds), and its place among those of the same moment."""

    at: int
    seq: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The last operation on a field or element. `stamp` None: a fill, which any set beats.

    `sent` and `read`: fingerprints of what was wanted, and of what Qomon then showed; GONE for a removal.
    """

    stamp: Stamp | None
    sent: str
    read: str


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one contact: our marks, and when somebody else changed it (milliseconds).

    `since`: what a read showed otherwise than the read before, and when that was at the latest. `others`: the same of
    all that no read before could tell of.
    `withdrawn`: when one of its addresses took a consent back, whoever had the address then.
    """

    marks: Mapping[Key, Mark] = field(default_factory=dict[Key, Mark])
    others: int | None = None
    since: Mapping[Key, int] = field(default_factory=dict[Key, int])
    withdrawn: Mapping[Key, int] = field(default_factory=dict[Key, int])

    def changed(self, name: str, element: str | None = None) -> int:
        """When somebody else may last have changed an element, or anything of the field; 0 for never."""
        times = (at for key, at in self.since.items() if key[0] == name and element in (None, key[1]))
        return max(times, default=self.others or 0)


def printed(shown: Facets, finger: Callable[[str], str]) -> dict[Key, str]:
    """Fingerprints of what a contact shows, element by element: to know later what somebody else changed."""
    found: dict[Key, str] = {}
    for name, facet in shown.items():
        if isinstance(facet, tuple) and name == "tags":
            found |= {(name, finger(f"{name} {tag}")): THERE for tag in facet}
        elif isinstance(facet, tuple) and name.partition(".")[0] in ARRAYS:
            texts: dict[str, list[str]] = {}
            for ref, text in facet:
                texts.setdefault(str(ref), []).append(text)
            found |= {(name, ref): finger(repr(listed))[:_SHORT] for ref, listed in texts.items()}
        else:
            found[name, ""] = finger(repr(facet))[:_SHORT]
    return found


def print_of(finger: Callable[[str], str], facet: Hashable) -> str:
    """A field with one value, in a mark."""
    return GONE if facet is None else finger(repr(facet))


def element_of(finger: Callable[[str], str], name: str, value: Any) -> str:
    """An element of a list, in a mark: `value` as a change has it."""
    return str(value[0]) if isinstance(value, tuple) else finger(normal.tag(f"{name} {value}"))


@dataclass(slots=True)
class Order:
    """One event's place among the others of its contact. `made` gathers the marks that it leaves; `edited`: something
    of it stays out because somebody else changed that since.
    """

    stamp: Stamp
    history: History
    finger: Callable[[str], str]
    region: str
    made: dict[Key, Mark] = field(default_factory=dict[Key, Mark])
    edited: bool = False

    def again(self) -> "Order":
        """The same place, nothing done yet."""
        return Order(self.stamp, self.history, self.finger, self.region)

    def late(self, names: Iterable[str]) -> bool:
        return any(self.stamp.at < self.history.changed(name) for name in names)

    def narrowed(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        """What is left of the change, None when nothing is to be done, and the fate of what is not."""
        if change.target.field == "black_list" and change.values != (True,):
            return change, "applied"  # never lifted, so that it is nothing which could be older or newer
        if change.target.consent:
            return self._consent(change, body)
        if change.target.is_list:
            return self._list(change, body)
        return self._single(change, body)

    def _single(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        name = change.target.field
        mark = self.history.marks.get((name, ""))
        current = compare.facet(body, name, self.region)
        wanted = compare.wanted(change, self.region)
        if change.op == "fill" and current is not None:
            return None, "kept"
        if self._beaten(mark):
            return None, "older"
        if self._theirs(self.history.changed(name), mark, self._print(current)):
            if current == wanted:
                return None, "applied"
            # A field that is blank, and that a read showed somebody else to have changed since, was emptied.
            changed = any(key[0] == name and self.stamp.at < at for key, at in self.history.since.items())
            if current is not None or mark is not None or changed:
                self.edited = True
                return None, "older"
        sent = self._print(wanted)
        read = mark.read if mark is not None and mark.sent == sent else sent
        stamp = self.stamp if change.op != "fill" else mark.stamp if mark is not None else None
        self.made[name, ""] = Mark(stamp, sent, read)
        same = mark is not None and mark.sent == sent and mark.read == self._print(current)
        return (None if same else change), "applied"

    def _list(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        if change.op in ("replace", "clear", "set"):
            return self._replace(change, body)
        if change.op == "fill" and compare.facet(body, change.target.field, self.region) is not None:
            return None, "kept"
        here = self._here(change, body)
        left = [value for value in change.values if not self._beaten(self._newest(change, value))]
        done = [value for value in left if (self._element(change, value) in here) == (change.op != "remove")]
        ours = [value for value in left if not self._foreign(change, value, here)]
        for value in ours:
            self._mark(change, value, there=change.op != "remove")
        self.edited |= any(value not in ours and value not in done for value in left)
        return self._left(change, tuple(value for value in left if value in ours or value in done), "older")

    def _replace(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        """The list becomes the wanted elements, and those that a newer event, or somebody else, put there since."""
        name = change.target.field
        if self._beaten(self.history.marks.get((name, WHOLE))):
            return None, "older"
        here, held = self._here(change, body), self._values(change, body)
        newer = [value for value in held if self._beaten(self._newest(change, value))]
        theirs = [value for value in held if value not in newer and self._foreign(change, value, here)]
        left = [value for value in change.values if not self._beaten(self._newest(change, value))]
        ours = [value for value in left if not self._foreign(change, value, here)]
        after = {self._element(change, value) for value in (*ours, *newer, *theirs)}
        wanted = {self._element(change, value) for value in (*left, *newer)}
        refused = after != wanted
        self.edited |= refused
        if refused and after == here:
            return None, "older"
        for value in ours:
            self._mark(change, value, there=True)
        self.made[name, WHOLE] = Mark(self.stamp, GONE, GONE)
        return replace(change, op="replace", values=(*ours, *newer, *theirs)), "applied"

    def _consent(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        """Consents compare the time alone; at the same time the withdrawal wins (docs/ledger.md 21)."""
        left = []
        fate: Fate = "older"
        for value in change.values:
            at, taken_back = self._last_word(change, value)
            if at > self.stamp.at:
                continue
            again = not change.withdraws and self._was_withdrawn(change, value)
            if not again and self._others_know_better(change, value, body):
                continue
            if again or (not change.withdraws and at == self.stamp.at and taken_back):
                fate = "blocked"
                continue
            left.append(value)
            self._mark(change, value, there=change.op != "remove")
            if change.op != "remove" and (change.target.kind != "checkbox" or change.refuses_all):
                self.made[change.target.field, WHOLE] = Mark(self.stamp, GONE, GONE)
        if left and change.op == "replace":
            left += [
                value for value in self._values(change, body) if value not in left and self._newer(change, value, body)
            ]
        return self._left(change, tuple(left), fate)

    def _last_word(self, change: Change, value: Any) -> tuple[int, bool]:
        """When a consent was last given or taken back, -1 for never, and whether something took it back then, whatever
        gave it in the same moment. A yes to one of several clears the list, and takes nothing back of itself.
        """
        own, whole = self._concerning(change, value)
        at = max((mark.stamp.at for mark in (own, whole) if mark is not None and mark.stamp is not None), default=-1)
        cleared = whole if own is None or own.sent == GONE or whole is None or whole.stamp != own.stamp else None
        then = [mark for mark in (own, cleared) if mark is not None and mark.stamp is not None and mark.stamp.at == at]
        return at, any(mark.sent == GONE for mark in then)

    def _was_withdrawn(self, change: Change, value: Any) -> bool:
        """Whether an address took it back, at this moment or later, before anybody knew whose the address is."""
        name = change.target.field
        places = ((name, self._element(change, value)), (name, WHOLE), ("black_list", WHOLE))
        return any(self.stamp.at <= self.history.withdrawn.get(place, -1) for place in places)

    def _newer(self, change: Change, value: Any, body: Mapping[str, Any]) -> bool:
        """Whether a choice was given after this refusal of all of them."""
        mark = self._newest(change, value)
        later = mark is not None and mark.stamp is not None and mark.stamp.at > self.stamp.at
        return later or self._said_later(change, body, value[0])

    def _said_later(self, change: Change, body: Mapping[str, Any], ref: int | None) -> bool:
        """Whether Qomon says of a choice, None: of any, that it was given after this was submitted."""
        entries = compare.part(body, change.target.field) or []
        dates = [entry["date"] for entry in entries if ref in (None, entry["form_ref_id"]) and entry.get("date")]
        moments = (normal.moment(date) for date in dates)
        return any(normal.epoch_ms(at) > self.stamp.at for at in moments if at is not None)

    def _others_know_better(self, change: Change, value: Any, body: Mapping[str, Any]) -> bool:
        """A withdrawal takes back every yes that is not dated after it; a yes that is late is not put anywhere."""
        if change.withdraws and change.refuses and change.target.kind == "checkbox":
            return False  # what is newer stays beside it
        if change.withdraws:
            return self._said_later(change, body, None if change.refuses else value[0])
        given = any(entry["form_ref_id"] == value[0] for entry in compare.part(body, change.target.field) or [])
        here = self._here(change, body)
        beside = [] if change.target.kind == "checkbox" else self._values(change, body)
        late = not given and any(self._foreign(change, choice, here) for choice in (value, *beside))
        self.edited |= late
        return late

    def _foreign(self, change: Change, value: Any, here: Collection[str]) -> bool:
        """Whether the element, there or not, is as somebody else left it since."""
        element = self._element(change, value)
        at = self.history.changed(change.target.field, element)
        return self._theirs(at, self._newest(change, value), self.finger(element) if element in here else GONE)

    def _theirs(self, changed: int, mark: Mark | None, shown: str) -> bool:
        """A field that still shows what we wrote is nobody else's, whatever happened beside it (docs/ledger.md 19)."""
        return self.stamp.at < changed and (mark is None or mark.read != shown)

    def _print(self, facet: Hashable) -> str:
        return print_of(self.finger, facet)

    def _left(self, change: Change, left: tuple[Any, ...], fate: Fate) -> tuple[Change | None, Fate]:
        return (replace(change, values=left), "applied") if left else (None, fate if change.values else "applied")

    def _beaten(self, mark: Mark | None) -> bool:
        return mark is not None and mark.stamp is not None and mark.stamp > self.stamp

    def _newest(self, change: Change, value: Any) -> Mark | None:
        """The newest of what concerns the element: itself, or the whole list."""
        stamped = [mark for mark in self._concerning(change, value) if mark is not None and mark.stamp is not None]
        return max(stamped, key=lambda mark: mark.stamp or self.stamp, default=None)

    def _concerning(self, change: Change, value: Any) -> tuple[Mark | None, Mark | None]:
        name = change.target.field
        return self.history.marks.get((name, self._element(change, value))), self.history.marks.get((name, WHOLE))

    def _mark(self, change: Change, value: Any, *, there: bool) -> None:
        element = self._element(change, value)
        sent = self.finger(element) if there else GONE
        self.made[change.target.field, element] = Mark(self.stamp, sent, sent)

    def _element(self, change: Change, value: Any) -> str:
        return element_of(self.finger, change.target.field, value)

    def _here(self, change: Change, body: Mapping[str, Any]) -> set[str]:
        return {self._element(change, value) for value in self._values(change, body)}

    def _values(self, change: Change, body: Mapping[str, Any]) -> list[Any]:
        """What the list holds now, written as a change would."""
        held = compare.part(body, change.target.field) or []
        if change.target.field == "tags":
            return [tag["name"] for tag in held]
        return [(entry["form_ref_id"], entry["data"]) for entry in held]
