"""Which of an event's changes still apply to a contact that later ones, or people, have changed since. Pure.

Newest wins, by time of submission, per field and per element of a list; what an operation leaves behind is a mark
(ledger.md 17 to 21). Any order and any batching of the same events end in the same contact (law 13).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, TypeAlias

from bridge.qomon import facets
from bridge.words import Change
from schemas import normal

Fate: TypeAlias = Literal["applied", "kept", "blocked", "older"]
Key: TypeAlias = tuple[str, str]
"""A field, and the element of its list: "" for a field with one value, "*" for the list as a whole."""

WHOLE = "*"
GONE = ""


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
    """What is known of one contact: our marks, and when somebody else last changed it (milliseconds)."""

    marks: Mapping[Key, Mark] = field(default_factory=dict[Key, Mark])
    others: int | None = None


class Order:
    """One event's place among the others of its contact. `made` gathers the marks that it leaves.

    `late`: somebody else changed the contact since; `older`: so does an event count that a person released.
    """

    def __init__(
        self, stamp: Stamp, history: History, finger: Callable[[str], str], region: str, *, released: bool = False
    ) -> None:
        self.stamp = stamp
        self.late = history.others is not None and stamp.at < history.others
        self.older = self.late or released
        self.made: dict[Key, Mark] = {}
        self._marks = history.marks
        self._finger = finger
        self.region = region

    def narrowed(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        """What is left of the change, None when nothing is to be done, and the fate of what is not."""
        if change.target.field == "black_list":
            return change, "applied"
        if change.target.consent:
            return self._consent(change, body)
        if change.target.kind in ("checkbox", "tags"):
            return self._list(change, body)
        return self._single(change, body)

    def _single(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        name = change.target.field
        mark = self._marks.get((name, ""))
        current = facets.facet(body, name, self.region)
        if change.op == "fill" and current is not None:
            return None, "kept"
        if self._beaten(mark) or (self.older and (current is not None or mark is not None or change.op == "clear")):
            return None, "older"
        wanted = facets.wanted(change, self.region)
        sent = GONE if change.op == "clear" else self._finger(repr(wanted))
        read = mark.read if mark is not None and mark.sent == sent else sent
        self.made[name, ""] = Mark(None if change.op == "fill" else self.stamp, sent, read)
        same = mark is not None and mark.sent == sent and mark.read == self._finger(repr(current))
        return (None if same else change), "applied"

    def _list(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        if change.op in ("replace", "clear", "set"):
            return self._replace(change, body)
        if change.op == "fill" and facets.facet(body, change.target.field, self.region) is not None:
            return None, "kept"
        here = {self._element(change, value) for value in self._values(change, body)}
        left = tuple(
            value
            for value in change.values
            if not self._beaten(self._newest(change, value))
            and not (self.older and (change.op == "remove" or self._element(change, value) not in here))
        )
        for value in left:
            self._mark(change, value, there=change.op != "remove")
        return self._left(change, left, "older")

    def _replace(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        """The list becomes the wanted elements, and those that a newer event put there."""
        name = change.target.field
        if self.older or self._beaten(self._marks.get((name, WHOLE))):
            return None, "older"
        wanted = [value for value in change.values if not self._beaten(self._newest(change, value))]
        for value in wanted:
            self._mark(change, value, there=True)
        self.made[name, WHOLE] = Mark(self.stamp, GONE, GONE)
        newer = [value for value in self._values(change, body) if self._beaten(self._newest(change, value))]
        return replace(change, op="replace", values=(*wanted, *newer)), "applied"

    def _consent(self, change: Change, body: Mapping[str, Any]) -> tuple[Change | None, Fate]:
        """Consents compare the time alone; at the same time the withdrawal wins (ledger.md 21)."""
        left = []
        fate: Fate = "older"
        for value in change.values:
            mark = self._newest(change, value)
            at = mark.stamp.at if mark is not None and mark.stamp is not None else -1
            taken_back = mark is not None and mark.sent == GONE
            if at > self.stamp.at or self._others_know_better(change, value, body):
                continue
            if change.op != "remove" and at == self.stamp.at and taken_back:
                fate = "blocked"
                continue
            left.append(value)
            self._mark(change, value, there=change.op != "remove")
            if change.target.kind != "checkbox" and change.op != "remove":
                self.made[change.target.field, WHOLE] = Mark(self.stamp, GONE, GONE)
        return self._left(change, tuple(left), fate)

    def _others_know_better(self, change: Change, value: Any, body: Mapping[str, Any]) -> bool:
        """Whether people changed the contact since. A withdrawal still takes back a yes that is older than itself."""
        if not self.older:
            return False
        entries = facets.part(body, change.target.field) or []
        said = [entry for entry in entries if entry["form_ref_id"] == value[0]]
        if change.op != "remove":
            return not said
        dates = [normal.moment(entry["date"]) for entry in said if entry.get("date")]
        return any(normal.epoch_ms(date) > self.stamp.at for date in dates if date is not None)

    def _left(self, change: Change, left: tuple[Any, ...], fate: Fate) -> tuple[Change | None, Fate]:
        return (replace(change, values=left), "applied") if left else (None, fate if change.values else "applied")

    def _beaten(self, mark: Mark | None) -> bool:
        return mark is not None and mark.stamp is not None and mark.stamp > self.stamp

    def _newest(self, change: Change, value: Any) -> Mark | None:
        """The newest of what concerns the element: itself, or the whole list."""
        name = change.target.field
        marks = [self._marks.get((name, self._element(change, value))), self._marks.get((name, WHOLE))]
        stamped = [mark for mark in marks if mark is not None and mark.stamp is not None]
        return max(stamped, key=lambda mark: mark.stamp or self.stamp, default=None)

    def _mark(self, change: Change, value: Any, *, there: bool) -> None:
        element = self._element(change, value)
        sent = self._finger(element) if there else GONE
        self.made[change.target.field, element] = Mark(self.stamp, sent, sent)

    def _element(self, change: Change, value: Any) -> str:
        return str(value[0]) if isinstance(value, tuple) else self._finger(f"{change.target.field} {value}".casefold())

    def _values(self, change: Change, body: Mapping[str, Any]) -> list[Any]:
        """What the list holds now, written as a change would."""
        held = facets.part(body, change.target.field) or []
        if change.target.field == "tags":
            return [tag["name"] for tag in held]
        return [(entry["form_ref_id"], entry["data"]) for entry in held]
