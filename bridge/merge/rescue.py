"""What a colleague did in the moment of our write, as Qomon shows it after, and how it is put right (docs/laws.md 11).
Pure.

Only Qomon's own times are compared with each other, never with ours. Entries are told apart by their ids between two
reads with one PATCH in between, which gives new ids to whatever lived.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.errors import Held
from bridge.qomon.contact import Body, touched
from bridge.qomon.entries import Entry, Forms, alive, content, entry
from bridge.qomon.fields import ARRAYS, SPELLINGS
from bridge.qomon.reply import number
from schemas import normal

_ACT = 1000
"""Milliseconds that a PATCH may take to delete one by one what lived. Whatever went within them before its end counts
as deleted by it: to bring back what somebody removed is a smaller harm than to take out what nobody did."""
_APART = 10
"""Milliseconds, where it deletes all at once: then what went earlier went without it."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The entries of a read by list and id, and the latest time that Qomon says the contact changed (milliseconds)."""

    alive: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    latest: int = 0

    def plain(self) -> dict[str, Any]:
        """For an intent; `read_trace` reads it back."""
        return {"alive": sorted(self.alive), "gone": sorted(self.gone), "latest": self.latest}


NOTHING = Trace()


def read_trace(plain: Mapping[str, Any] | None) -> Trace:
    return Trace(frozenset(plain["alive"]), frozenset(plain["gone"]), plain["latest"]) if plain else NOTHING


@dataclass(frozen=True, slots=True)
class Rescue:
    """`back`: a colleague's entries that our PATCH deleted, each with its list, oldest first. `out`: what a colleague
    had removed before our PATCH and it made anew. `at`: when they did it (milliseconds).
    """

    back: tuple[tuple[str, Entry], ...]
    out: tuple[tuple[str, Entry], ...]
    at: int

    def plain(self) -> dict[str, Any]:
        """For an intent; `read_rescue` reads it back."""
        return {"back": [*map(list, self.back)], "out": [*map(list, self.out)], "at": self.at}

    def fields(self, forms: Forms) -> set[str]:
        return {_field(shown, item, forms) for shown, item in self.back + self.out}


def read_rescue(plain: Mapping[str, Any] | None) -> Rescue | None:
    if plain is None:
        return None
    back, out = (tuple((array, item) for array, item in plain[name]) for name in ("back", "out"))
    return Rescue(back, out, plain["at"])


@dataclass(frozen=True, slots=True)
class _Dead:
    """A deleted entry that lived in the read before (`known`), or was not there yet. Times in milliseconds."""

    known: bool
    array: str
    entry: Entry
    made: int
    gone: int


def trace(contact: Mapping[str, Any]) -> Trace:
    """Of a read that is whole."""
    living, gone = set[str](), set[str]()
    for _array, key, item in _items(contact):
        (living if alive(item) else gone).add(key)
    return Trace(frozenset(living), frozenset(gone), touched(contact) or 0)


def tells(known: Trace, shown: Mapping[str, Any]) -> bool:
    """Whether an echo shows what was deleted, where reads do."""
    return not known.gone or any(not alive(item) for _array, _key, item in _items(shown))


def between(known: Trace, sent: Body, shown: Mapping[str, Any], forms: Forms, *, echo: bool) -> Rescue | None:
    """What a colleague did between the read and our PATCH of `sent`. `shown`: what Qomon shows after it, at once
    (`echo`) or later, when others may have been there again.
    """
    dead = [item for item in _dead(known, shown, forms) if item.known or item.made >= known.latest - _ACT]
    if not dead:
        return None
    new = (item for _array, key, item in _items(shown) if key not in known.alive and alive(item))
    fresh = [made for made in (_ms(item.get("created_at")) for item in new) if made > 0]
    begun, took = (min(fresh), max(fresh) - min(fresh)) if fresh else ((touched(shown) or 0) if echo else 0, 0)
    by_list = {array: [item for item in dead if item.array == array] for array in ARRAYS}
    since = {array: _deleted_since(gone, begun, took, echo=echo) for array, gone in by_list.items()}
    ours = {content(item) for array in ARRAYS for item in sent[array]}
    at_ours = [item for item in dead if item.gone >= since[item.array]]
    before = {content(item.entry) for item in dead if item.known}
    end = max([begun, *(item.gone for item in dead if item.known)])
    theirs = [
        item
        for item in sorted(at_ours, key=lambda item: item.made)
        if not item.known and content(item.entry) not in before | ours and (echo or item.made <= end + took)
    ]
    there = {content(item.entry) for item in at_ours}
    removed = [item for item in dead if item.known and item not in at_ours and content(item.entry) in ours - there]
    if not theirs and not removed:
        return None
    at = max([item.made for item in theirs] + [item.gone for item in removed])
    back, out = ({content(item.entry): (item.array, item.entry) for item in many} for many in (theirs, removed))
    return Rescue(tuple(back.values()), tuple(out.values()), at)


def joined(first: Rescue | None, second: Rescue | None) -> Rescue | None:
    """What was done one after the other; the later counts."""
    if first is None or second is None:
        return first or second
    came, went = ({content(item) for _shown, item in many} for many in (second.back, second.out))
    back = tuple(item for item in first.back if content(item[1]) not in came | went)
    out = tuple(item for item in first.out if content(item[1]) not in came | went)
    return Rescue(back + second.back, out + second.out, max(first.at, second.at))


def mend(body: Body, rescue: Rescue, forms: Forms, written: Collection[str]) -> Body:
    """The body as the colleague left it. `written`: fields that our events wrote; where one of them holds one value, it
    is the colleague's, who was the last to say.
    """
    out = {content(item) for _shown, item in rescue.out}
    mended = {array: [item for item in body[array] if content(item) not in out] for array in ARRAYS}
    for shown, item in rescue.back:
        field, form = _field(shown, item, forms), forms.get(item["form_id"])
        array = field.partition(".")[0]
        if content(item) in map(content, mended[array]):
            continue
        if form is not None and (form.kind == "radio" or (form.free and field in written)):
            mended[array] = [other for other in mended[array] if other["form_id"] != item["form_id"]]
        mended[array] = [*mended[array], item]
    return {**body, **mended}


def _field(shown: str, item: Entry, forms: Forms) -> str:
    form = forms.get(item["form_id"])
    return f"{form.array if form else shown}.{item['form_id']}"


def _deleted_since(dead: Collection[_Dead], begun: int, took: int, *, echo: bool) -> int:
    """From when on what went of a list was deleted by our PATCH, which had made the new ones by `begun`.

    Of an echo its deletions are the last there were, unless they are long before anything was made anew: then nothing
    lived. Later on others may have deleted what we made; what lived before was deleted by us at the latest.
    """
    gone = [item.gone for item in dead if echo or item.known]
    last = max(gone, default=0)
    if echo and last < begun - _ACT:
        return begun - _ACT
    at_once = gone.count(last) > 1 and not any(last - _APART < at < last for at in gone)
    return last if at_once else last - max(took, _ACT)


def _dead(known: Trace, shown: Mapping[str, Any], forms: Forms) -> Iterator[_Dead]:
    for array, key, item in _items(shown):
        if key in known.gone or alive(item):
            continue
        try:
            gone = item["deleted_at"]
            at = _ms(gone["Time"] if isinstance(gone, Mapping) else gone)
            yield _Dead(key in known.alive, array, entry(item, forms), _ms(item.get("created_at")), at)
        except Held:  # deleted, and nobody can say what it was
            continue


def _items(contact: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """List, key and entry, of entries that have an id: the two lists may count by themselves."""
    for array in ARRAYS:
        for spelling in SPELLINGS[array]:
            for item in contact.get(spelling) or ():
                id_ = number(item.get("id")) if isinstance(item, dict) else None
                if id_ is not None:
                    yield array, f"{array} {id_}", item


def _ms(value: object) -> int:
    """0 for what is no time."""
    at = normal.moment(value) if isinstance(value, str) else None
    return normal.epoch_ms(at) if at is not None and at.year > 1 else 0
