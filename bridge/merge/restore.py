"""An event's write taken back: each field as it was before, where it still holds what that write left there. Pure.

What somebody changed since stays, and is named (docs/laws.md 12). No consent is given again, and "do not contact" is
never lifted: a person says yes, and nobody else.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from bridge.merge.address import Log
from bridge.merge.precedence import GONE, History, Key, Mark, Stamp, element_of, print_of
from bridge.qomon import compare
from bridge.qomon.catalogue import Form
from bridge.qomon.contact import Body
from bridge.qomon.fields import ARRAYS, NUMBERS
from schemas import normal
from schemas.words import refuses

Why: TypeAlias = Literal["changed_since", "consent", "do_not_contact", "field_gone"]
"""Why a field stays as it is."""
Inverse: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Field -> `before` and `after` as `compare.part` gives them, `was`: [element, milliseconds, seq] of its marks, and
with one part of an address those that stayed (`beside`).
"""

Entry: TypeAlias = Mapping[str, Any]
"""Of a list: a tag, or what a form holds."""

_FLAGS = {f"{name}_invalid": name for name in NUMBERS}


@dataclass(frozen=True, slots=True)
class Written:
    """What is to be taken back: the write of an event, by its stamp. `at`: when it was written (milliseconds)."""

    origin: str
    stamp: Stamp
    at: int
    inverse: Inverse

    def plain(self) -> dict[str, Any]:
        """For the vault; `read_written` reads it back. Nothing that could be taken for answers."""
        stamp = [*self.stamp]
        return {"restores": self.origin, "stamp": stamp, "at": self.at, "inverse": {**self.inverse}}


def read_written(plain: Mapping[str, Any]) -> Written:
    return Written(plain["restores"], Stamp(*plain["stamp"]), plain["at"], plain["inverse"])


@dataclass(slots=True)
class Restored:
    """`body`: the whole contact; `left`: the fields that stay; `made`: the marks that it leaves."""

    body: Body
    log: Log
    left: dict[str, Why] = field(default_factory=dict[str, Why])
    made: dict[Key, Mark] = field(default_factory=dict[Key, Mark])


@dataclass(frozen=True, slots=True)
class Restoring:
    """`forms`: the catalogue's, by number; `many`: the fields of those that hold several values; `region`: of the
    contact's numbers; `finger`: makes the fingerprints of marks.
    """

    written: Written
    history: History
    forms: Mapping[int, Form]
    many: Collection[str]
    region: str
    finger: Callable[[str], str]

    def onto(self, body: Body, log: Log) -> Restored:
        """`body` stays as it was: lists are replaced, never changed in place."""
        done = Restored({**body, "address": dict(body.get("address", {}))}, log)
        inverse = self.written.inverse
        self._address(done, {name: one for name, one in inverse.items() if name.startswith("address.")})
        others = [name for name in inverse if not name.startswith("address.")]
        for name in sorted(others, key=lambda name: name in _FLAGS):  # numbers before what is said of them
            self._put_back(done, name, inverse[name])
        if not done.body["address"]:
            done.body.pop("address")
        return done

    def _put_back(self, done: Restored, name: str, one: Mapping[str, Any]) -> None:
        group, _, rest = name.partition(".")
        if name == "black_list":
            self._leave(done, name, "do_not_contact")
        elif name in _FLAGS and _FLAGS[name] in done.left:
            self._leave(done, name, done.left[_FLAGS[name]])
        elif name == "tags":
            self._elements(done, name, *_moved(name, one), one)
        elif group in ARRAYS and int(rest) not in self.forms:
            self._leave(done, name, "field_gone")
        elif group in ARRAYS and self.forms[int(rest)].consent:
            self._consent(done, name, one)
        elif name in self.many:
            self._elements(done, name, *_moved(name, one), one)
        elif not self._holds(done.body, name, one["after"]):
            if not self._shows(done.body, name, one["before"]):
                self._leave(done, name, "changed_since")
        else:
            done.body = placed(done.body, name, one["before"])
            shown = print_of(self.finger, compare.facet(done.body, name, self.region))
            self._mark(done, name, {"": shown}, one)

    def _address(self, done: Restored, parts: Inverse) -> None:
        """One thing: of an address that somebody changed since in any part, all of it stays (docs/laws.md 15)."""
        if not parts:
            return
        theirs = any(at > self.written.at for key, at in self.history.since.items() if key[0].startswith("address."))
        if theirs or not all(self._holds(done.body, name, one["after"]) for name, one in parts.items()):
            if not all(self._shows(done.body, name, one["before"]) for name, one in parts.items()):
                done.left |= dict.fromkeys(parts, "changed_since")
            return
        for name, one in parts.items():
            done.body = placed(done.body, name, one["before"])
            for part, text in one.get("beside", {}).items():
                done.body = placed(done.body, f"address.{part}", text)
        done.log = Log()

    def _shows(self, body: Body, name: str, value: Any) -> bool:
        now, wanted = (compare.facet(one, name, self.region) for one in (body, placed(body, name, value)))
        return now == wanted

    def _holds(self, body: Body, name: str, after: Any) -> bool:
        """Whether it shows what the write left: as it was sent, or as Qomon then spelled it."""
        now, wrote = (compare.facet(one, name, self.region) for one in (body, placed(body, name, after)))
        mark = self.history.marks.get((name, ""))
        sent, shown = (print_of(self.finger, facet) for facet in (wrote, now))
        return now == wrote or (mark is not None and (mark.sent, mark.read) == (sent, shown))

    def _consent(self, done: Restored, name: str, one: Mapping[str, Any]) -> None:
        """Only what was given goes, and only a no comes back."""
        added, removed = _moved(name, one)
        given = [entry for entry in added if not self._refuses(name, entry)]
        refused = [entry for entry in removed if self._refuses(name, entry)]
        self._elements(done, name, given, refused, one)
        if (len(given), len(refused)) != (len(added), len(removed)):
            done.left[name] = "consent"

    def _elements(
        self, done: Restored, name: str, added: Sequence[Entry], removed: Sequence[Entry], one: Mapping[str, Any]
    ) -> None:
        """Each element of a list by itself: what others put there stays, and what they took away or put back is as it
        was before. `added` and `removed`: by the write.
        """
        there: list[Entry] = compare.part(done.body, name) or []
        held = {_key(name, entry) for entry in there}
        away = [entry for entry in added if _key(name, entry) in held]
        back = [entry for entry in removed if _key(name, entry) not in held]
        if not away and not back:
            return
        gone = {_key(name, entry) for entry in away}
        done.body = placed(done.body, name, [*(entry for entry in there if _key(name, entry) not in gone), *back])
        shown = {self._element(name, entry): GONE for entry in away}
        shown |= {(element := self._element(name, entry)): self.finger(element) for entry in back}
        self._mark(done, name, shown, one)

    def _mark(self, done: Restored, name: str, shown: Mapping[str, str], one: Mapping[str, Any]) -> None:
        """As before the write, as far as the way back says: whatever comes again is not older than what was taken
        back. `shown`: by element.
        """
        was = {element: Stamp(at, seq) for element, at, seq in one.get("was", ())}
        ours = {
            element: mark.read
            for (field_, element), mark in self.history.marks.items()
            if field_ == name and mark.stamp == self.written.stamp
        }
        for element, read in {**ours, **shown}.items():
            done.made[name, element] = Mark(was.get(element), read, read)

    def _element(self, name: str, entry: Entry) -> str:
        return element_of(self.finger, name, entry["name"] if name == "tags" else (entry["form_ref_id"], ""))

    def _leave(self, done: Restored, name: str, why: Why) -> None:
        done.left[name] = why

    def _refuses(self, name: str, entry: Mapping[str, Any]) -> bool:
        return refuses(str(entry["data"])) or refuses(self._label(name, entry))

    def _label(self, name: str, entry: Mapping[str, Any]) -> str:
        form = self.forms[int(name.partition(".")[2])]
        return next((choice.label for choice in form.choices if choice.id == entry["form_ref_id"]), "")


def placed(body: Body, name: str, value: Any) -> Body:
    """The body with a field as `compare.part` gives it; None or nothing in a list: without it."""
    group, _, rest = name.partition(".")
    if group == "address":
        parts = {**body.get("address", {}), rest: value}
        return {**body, "address": {part: text for part, text in parts.items() if text is not None}}
    if group in ARRAYS:
        entries = body.get(group, [])
        at = next((index for index, entry in enumerate(entries) if str(entry["form_id"]) == rest), len(entries))
        first, last = entries[:at], [entry for entry in entries[at:] if str(entry["form_id"]) != rest]
        return {**body, group: [*first, *(value or ()), *last]}
    if group == "tags":
        return {**body, "tags": value or []}
    left = {field_: held for field_, held in body.items() if field_ != name}
    return left if value is None else {**left, name: value}


def _moved(name: str, one: Mapping[str, Any]) -> tuple[list[Entry], list[Entry]]:
    """The elements of a list that the write added, and those that it removed."""
    before, after = one["before"] or [], one["after"] or []
    had, has = ({_key(name, entry) for entry in held} for held in (before, after))
    added = [entry for entry in after if _key(name, entry) not in had]
    return added, [entry for entry in before if _key(name, entry) not in has]


def _key(name: str, entry: Entry) -> Hashable:
    """What an element of a list is known by: a tag's name, an entry's choice."""
    return normal.tag(entry["name"]) if name == "tags" else entry["form_ref_id"]
