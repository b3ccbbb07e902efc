"""A contact and what the bridge remembers of it, without a store: batches of events are merged into it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.merge.address import Log
from bridge.merge.merge import merge
from bridge.merge.precedence import Fate, History, Key, Mark, Order, Stamp
from bridge.model import Change
from bridge.qomon.compare import facets
from schemas import normal, places


@dataclass(frozen=True)
class Event:
    stamp: Stamp
    changes: tuple[Change, ...]


@dataclass
class Contact:
    """A body and what the bridge remembers of it; every write is confirmed."""

    body: dict[str, Any]
    marks: dict[Key, Mark]
    log: Log
    others: int | None = None

    def take(self, events: Sequence[Event]) -> list[Fate]:
        """One batch, folded in the order of the stamps."""
        fates: list[Fate] = []
        for event in sorted(events, key=lambda event: event.stamp):
            order = Order(event.stamp, History(self.marks, self.others), str, "FR")
            date = written_at(event.stamp.at)
            merged = merge(self.body, event.changes, policy="replace", date=date, order=order, log=self.log)
            self.body, self.log = merged.body, merged.log
            self.marks |= order.made
            fates += merged.fates
        return fates

    @property
    def facets(self) -> dict[str, Any]:
        return dict(facets(self.body, "FR"))

    @property
    def meant(self) -> dict[str, Any]:
        """An address stays as it was spelt first."""
        read: dict[str, Callable[[str], object]] = {
            "street": places.street,
            "city": places.town,
            "postalcode": places.postcode,
        }
        said = self.body.get("address", {})
        return self.facets | {f"address.{name}": read[name](said[name]) for name in read if name in said}


def written_at(ms: int) -> str:
    return normal.to_ms(normal.from_epoch_ms(ms))


def contact(**body: Any) -> Contact:
    lists: dict[str, Any] = {name: [] for name in ("tags", "formdatas", "custom_fields", "notes", "action_ids")}
    return Contact({"black_list": False, **lists, **body}, {}, Log())


def entry(form_id: int, ref: int, text: str, at: int = 0) -> dict[str, Any]:
    return {"form_id": form_id, "form_ref_id": ref, "data": text, "date": written_at(at)}
