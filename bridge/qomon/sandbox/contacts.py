"""The stored contacts, in the request's spelling: creating, and Qomon's full replace (docs/qomon.md 2.1).

A soft-deleted entry has its `deleted_at` set and stays. Nothing stored is ever changed in place, the contact's own
keys aside: reads show the same lists without a copy.
"""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeAlias

from schemas.normal import to_ms

TEXTS = (
    *("firstname", "surname", "married_name", "gender", "mail", "phone", "mobile", "birthdate"),
    *("birth_city", "birth_country", "birth_dept", "nationality"),
)
FLAGS = ("phone_invalid", "mobile_invalid", "black_list")
NUMBERS = ("age_category", "user_contact_id")
ADDRESS = (
    *("housenumber", "street", "addition", "building", "floor", "door", "infos"),
    *("postalcode", "city", "county", "state", "country", "pollingstation"),
)
ARRAYS = ("formdatas", "custom_fields")
_BLANK = {**dict.fromkeys(TEXTS, ""), **dict.fromkeys(FLAGS, False), **dict.fromkeys(NUMBERS, 0)}
SENT = ("form_id", "form_ref_id", "data", "date", "survey_id")
_GROUP = 42
GONE = 100
"""Soft-deleted entries kept in each of the two lists. Qomon's own number is unknown; without one, each PATCH would
make every later read longer."""
Entries: TypeAlias = Mapping[str, Sequence[dict[str, Any]]]
How: TypeAlias = tuple[str, str]
FormById = Callable[[int], dict[str, Any] | None]


class Contacts:
    def __init__(self, people: Sequence[Mapping[str, Any]], form_by_id: FormById, now: Callable[[], datetime]) -> None:
        self._form = form_by_id
        self._now = now
        self.lagging = False  # whether search is late (the switch `index_delay_ms`): else no former state is kept
        self._former: dict[int, list[tuple[datetime, Mapping[str, Any] | None]]] = {}
        self._entry_ids = count(61001)
        self._note_ids = count(71)
        self.all: dict[int, dict[str, Any]] = {}
        for person in people:
            self.put(person["id"], person)

    def put(self, contact_id: int, given: Mapping[str, Any]) -> dict[str, Any]:
        """Set stored keys as a colleague or a seed would. What a short entry lacks is filled in."""
        self._note(contact_id)
        contact = self.all.setdefault(contact_id, self._blank(contact_id))
        contact.update(copy.deepcopy(dict(given)), id=contact_id)
        at = to_ms(self._now())
        for array in ARRAYS:
            contact[array] = [self._entry(contact_id, entry, at) for entry in contact[array]]
        if "lastchange" not in given:
            self._touch(contact)
        return contact

    def answer(self, contact_id: int, given: Entries, *, gone: bool) -> None:
        """What a colleague does to entries: these come, or go. What they replace is soft-deleted."""
        self._note(contact_id)
        contact, at = self.all[contact_id], to_ms(self._now())
        for array, asked in given.items():
            whats = {(one["form_id"], one["data"]) for one in asked}
            forms = {one["form_id"] for one in asked if not gone and self._type(one) != "checkbox"}
            for place, one in enumerate(contact[array]):
                leaves = one["form_id"] in forms or (gone and (one["form_id"], one["data"]) in whats)
                if leaves and not one["deleted_at"]:
                    contact[array] = [*contact[array][:place], {**one, "deleted_at": at}, *contact[array][place + 1 :]]
            if not gone:
                contact[array] = contact[array] + [self._entry(contact_id, one, at) for one in asked]
        self._touch(contact)

    def touch(self, contact_id: int) -> None:
        """Something behind the scenes, which nobody sees."""
        if contact_id in self.all:
            self.all[contact_id]["UpdatedAt"] = _micro(self._now())

    def remove(self, contact_id: int) -> None:
        """As when a colleague merges it into another."""
        self._note(contact_id)
        self.all.pop(contact_id, None)

    def indexed(self, delay_ms: float) -> list[Mapping[str, Any]]:
        """Everybody as search knows them: each change arrives there after the delay."""
        until = self._now() - timedelta(milliseconds=delay_ms)
        late = {id_: [former for former in states if former[0] > until] for id_, states in self._former.items()}
        self._former = {id_: states for id_, states in late.items() if states}
        seen: list[Mapping[str, Any]] = [contact for id_, contact in self.all.items() if id_ not in self._former]
        return seen + [before for (_at, before), *_later in self._former.values() if before is not None]

    def create(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        return self.replace(self._noted(None)["id"], sent)

    def replace(
        self, contact_id: int, sent: Mapping[str, Any], drops: Sequence[str] = (), how: How = ("replaced", "act")
    ) -> dict[str, Any]:
        """What is not sent is cleared; entries are soft-deleted and made anew. `drops` stay as they were.

        `how`: the switches `entries` and `stamps`.
        """
        contact = self._noted(contact_id)
        fresh = {key: sent.get(key) or blank for key, blank in _BLANK.items()}
        both = (contact["address"], sent.get("address") or {})
        old, new = ({part: address[part] for part in ADDRESS if address.get(part)} for address in both)
        fresh["address"] = contact["address"] if old == new else new  # with what Qomon found out: id, place on the map
        fresh["tags"] = list(dict.fromkeys(tag["name"] for tag in sent.get("tags") or []))
        fresh["action_ids"] = list(sent.get("action_ids") or [])
        fresh["notes"] = [
            {
                "id": note.get("id") or next(self._note_ids),
                "content": note.get("content") or note.get("data") or "",
                "pinned": bool(note.get("pinned")),
            }
            for note in sent.get("notes") or []
        ]
        for array in ARRAYS:
            fresh[array] = self._replaced(contact["id"], contact[array], sent.get(array) or [], how)
        contact.update((key, value) for key, value in fresh.items() if key not in drops)
        self._touch(contact)
        return contact

    def merge(self, contact_id: int | None, changes: Mapping[str, Any], entries: Entries, at: datetime) -> None:
        """What an upsert did at that moment: the keys named, and these entries beside those that they do not replace.

        None makes a contact. `lastchange` stays (docs/qomon.md 4.6).
        """
        contact = self._noted(contact_id)
        contact.update(changes)
        for array, sent in entries.items():
            forms = {entry["form_id"] for entry in sent if self._type(entry) != "checkbox"}
            same = {(entry["form_id"], entry["form_ref_id"]) for entry in sent}
            old = contact[array]
            replaced = [e["form_id"] in forms or (e["form_id"], e["form_ref_id"]) in same for e in old]
            stays = [e for e, goes in zip(old, replaced, strict=True) if e["deleted_at"] or not goes]
            gone = [{**e, "deleted_at": to_ms(at)} for e in old if e not in stays]
            fresh = [self._entry(contact["id"], entry, to_ms(at)) for entry in self._kept(sent)]
            contact[array] = stays + gone + fresh
        contact["UpdatedAt"] = _micro(at)

    def _noted(self, contact_id: int | None) -> dict[str, Any]:
        """The contact, about to change; a new one for None."""
        id_ = max(self.all, default=9000000) + 1 if contact_id is None else contact_id
        self._note(id_)
        return self.all.setdefault(id_, self._blank(id_)) if contact_id is None else self.all[id_]

    def _note(self, contact_id: int) -> None:
        """Called before each change: keeps the contact as it is until now, None if it is not there yet."""
        if self.lagging:
            before = self.all.get(contact_id)
            self._former.setdefault(contact_id, []).append((self._now(), None if before is None else dict(before)))

    def _blank(self, contact_id: int) -> dict[str, Any]:
        lists: dict[str, Any] = {key: [] for key in ("tags", "action_ids", "notes", *ARRAYS)}
        made = {"id": contact_id, "group_id": _GROUP, "user_id": 7, "CreatedAt": _micro(self._now())}
        return {**made, "UpdatedAt": "", "lastchange": "", **_BLANK, "external_id": "", "address": {}, **lists}

    def _touch(self, contact: dict[str, Any]) -> None:
        contact["UpdatedAt"] = _micro(self._now())
        contact["lastchange"] = to_ms(self._now())

    def _replaced(
        self, contact_id: int, old: Sequence[dict[str, Any]], sent: Sequence[dict[str, Any]], how: How
    ) -> list[dict[str, Any]]:
        (reading, stamps), now = how, self._now()
        forms = {
            entry["form_id"] for entry in sent if reading != "replaced" and self._type(entry) not in ("radio", "select")
        }
        same = set() if reading == "literal" else {_what(entry) for entry in sent}
        stays = [e for e in old if not e["deleted_at"] and e["form_id"] in forms and _what(e) not in same]
        rows = (to_ms(now + timedelta(milliseconds=place * (stamps == "row"))) for place in count())
        gone = [e if e["deleted_at"] else {**e, "deleted_at": next(rows)} for e in old if e not in stays]
        fresh = ({key: entry[key] for key in SENT if key in entry} for entry in self._kept(sent))
        return gone[-GONE:] + stays + [self._entry(contact_id, entry, next(rows)) for entry in fresh]

    def _type(self, entry: Mapping[str, Any]) -> str:
        return str((self._form(entry["form_id"]) or {}).get("type"))

    def _kept(self, sent: Sequence[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """Radio: the last per form. Checkbox: distinct refvalues. Free inputs: all (docs/qomon.md A1)."""
        kept: dict[tuple[object, ...], dict[str, Any]] = {}
        for place, entry in enumerate(sent):
            kind = self._type(entry)
            one = "" if kind in ("radio", "select") else entry["form_ref_id"] if kind == "checkbox" else f"sent {place}"
            kept[entry["form_id"], one] = entry
        return kept.values()

    def _entry(self, contact_id: int, given: Mapping[str, Any], made: str) -> dict[str, Any]:
        """A stored entry with everything a read shows; one that was stored before stays as it is."""
        if "created_at" in given:
            return dict(given)
        at = given.get("date") or made
        entry = {"id": next(self._entry_ids), "form_id": given["form_id"], "form_ref_id": self._ref(given)}
        entry |= {"data": given["data"], "created_at": made, "updated_at": made}
        entry |= {"deleted_at": given.get("deleted_at"), "date": at, "donedate": None}
        entry |= {"label": None, "type_of_form": None, "group_id": _GROUP, "contact_id": contact_id}
        return entry | ({"survey_id": given["survey_id"]} if given.get("survey_id") else {})

    def _ref(self, given: Mapping[str, Any]) -> int | None:
        """As sent; a seed's short entry gets the choice of its data, or the one refvalue of a free input."""
        if "form_ref_id" in given:
            return int(given["form_ref_id"])
        refs = (self._form(given["form_id"]) or {}).get("refvalues") or []
        return next((ref["id"] for ref in refs if ref["value"] in (given["data"], "")), None)


def _what(entry: Mapping[str, Any]) -> tuple[object, ...]:
    return (entry["form_id"], entry["form_ref_id"], entry["data"])


def _micro(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
