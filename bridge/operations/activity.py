"""What was done: which events changed which contacts, and all that is held and was done on one person. Only reads.

It says what is stored: rows, reports, ways back, receipts. What was erased, or does not open, is named, and the rest
goes on. Nothing is asked of Qomon.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, TypeAlias, cast

from bridge.crossing.opened import report_within
from bridge.inbox import written
from bridge.inbox.written import Place, Stored, Window
from bridge.model import Event, Json, Outcome
from bridge.report import receipts
from bridge.report.report import Report
from bridge.services import Services
from bridge.store.store import Store
from bridge.store.vault import BrokenSeal, Vault
from schemas import normal

Name: TypeAlias = Callable[[str, str], str]
"""Of a field of a space, for people."""
Inverse: TypeAlias = Mapping[str, Mapping[str, Any]]

PAGE = 200
"""Events that are in memory at once."""
_ALL_WRITTEN = (Outcome.DELIVERED, Outcome.CREATED, Outcome.RESTORED)


@dataclass(frozen=True, slots=True)
class Wrote:
    """One field of an event. `change` and `confirmed` as in its report; `values`: what was there and what was put
    there, each a list of texts; None where no way back is kept.
    """

    field: str
    change: str
    confirmed: str | None
    values: tuple[list[str], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """One event and what it wrote. `at`: when it wrote last, as far as that is known. `contact` None: not known.
    `way_back`: whether it left one. `opens`: whether what is stored of it does; `report` None of one that was erased,
    too.
    """

    event: Event
    at: datetime | None
    contact: int | None
    fields: tuple[Wrote, ...]
    report: Report | None
    way_back: bool
    opens: bool

    @property
    def wrote(self) -> bool:
        """Something of it reached Qomon. Of one that does not open only its row tells."""
        if self.fields or self.way_back or self.event.outcome in _ALL_WRITTEN:
            return True
        return self.report is None and self.event.reason == "not_confirmed"


def names(services: Services) -> Name:
    """By Qomon's forms as they were last read."""
    known: dict[str, Mapping[str, str]] = {}

    def name(space: str, field: str) -> str:
        if space not in known:
            catalogue = services.catalogues.stored(space)
            known[space] = {} if catalogue is None else catalogue.names()
        return known[space].get(field, field)

    return name


def deed(vault: Vault, stored: Stored, name: Name, proved: int | None = None) -> Deed:
    """What is stored of one event, opened. `proved`: the contact that it left a receipt for."""
    event, back = stored.event, stored.back
    report = None if event.erased is not None else report_within(vault, event)
    inverse = None if back is None else _inverse(vault, back.sealed)
    opens = (event.erased is not None or report is not None) and (back is None or inverse is not None)
    told = ((report or {}).get("contact") or {}).get("id")
    contact = back.contact if back is not None else told or event.reaches or proved
    fields = _fields(event, report or {}, inverse or {}, lambda field: name(event.space, field))
    at = None if stored.place is None else normal.from_epoch_ms(stored.place.at)
    return Deed(event, at, contact, tuple(fields), report, back is not None, opens)


def changed(store: Store, vault: Vault, window: Window, name: Name) -> Iterator[Deed]:
    """What was written within the window. Those whose way back and answers were erased since come first, in the order
    of their reception; all others in order of writing.
    """
    for found in chain(_erased(store, window), _written_pages(store, window)):
        yield from (one for one in opened(store, vault, found, name) if one.wrote)


def opened(store: Store, vault: Vault, found: Sequence[Stored], name: Name) -> list[Deed]:
    """One page of them."""
    with store.read() as tx:
        proved = receipts.contacts(tx, [stored.event.id for stored in found])
    return [deed(vault, stored, name, proved.get(stored.event.id)) for stored in found]


def _written_pages(store: Store, window: Window) -> Iterator[list[Stored]]:
    after = Place()
    while found := _page(store, window, after):
        after = found[-1].place or after
        yield found


def _page(store: Store, window: Window, after: Place) -> list[Stored]:
    with store.read() as tx:
        return written.page(tx, window, after, PAGE)


def _erased(store: Store, window: Window) -> Iterator[list[Stored]]:
    after: int | None = 0
    while after is not None:
        with store.read() as tx:
            found = written.erased(tx, window, after, PAGE)
        yield found
        after = found[-1].event.seq if found else None


def _inverse(vault: Vault, sealed: bytes) -> Inverse | None:
    """None where it does not open."""
    try:
        told = vault.unseal(sealed)
    except (BrokenSeal, ValueError):
        return None
    both = {"before", "after"}
    whole = isinstance(told, dict) and all(isinstance(one, dict) and both <= one.keys() for one in told.values())
    return cast("Inverse", told) if whole else None


def _fields(event: Event, report: Mapping[str, Any], inverse: Inverse, name: Callable[[str], str]) -> Iterator[Wrote]:
    """What the report says was written, with its values; and what only the way back remembers: of an event that wrote
    a part before it was held, and whose report begins anew since.
    """
    done = {name(field): _values(one) for field, one in inverse.items()}
    whole = event.outcome in _ALL_WRITTEN
    lines = [line for line in report.get("fields", ()) if _written(line, done, whole=whole)]
    for line in lines:
        yield Wrote(line["field"], line["change"], line["confirmed"], done.get(line["field"]))
    if len(lines) < len(done):  # else a field that was renamed since would be told twice
        told = {line["field"] for line in lines}
        yield from (Wrote(field, _change(*both), None, both) for field, both in done.items() if field not in told)


def _written(line: Mapping[str, Any], done: Mapping[str, Any], *, whole: bool) -> bool:
    """A field that another event of the same write changed again is confirmed for that one only."""
    return line["change"] != "unchanged" and (whole or line["confirmed"] is not None or line["field"] in done)


def _values(one: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    return _texts(one["before"]), _texts(one["after"])


def _texts(held: Json) -> list[str]:
    """What a contact holds in a field, as people read it: entries of a form by what they say, tags by name."""
    if held in (None, "", False):
        return []
    parts: Iterable[Any] = held if isinstance(held, list) else [held]
    return [str(part.get("data", part.get("name", ""))) if isinstance(part, dict) else _text(part) for part in parts]


def _text(value: Json) -> str:
    return "true" if value is True else str(value)


def _change(before: Sequence[str], after: Sequence[str]) -> str:
    return "cleared" if not after else "changed" if before else "set"
