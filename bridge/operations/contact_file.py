"""All that is held and was done on one person: found by contact number, mail or phone, as the door names people.

Only reads, and asks Qomon for nothing. An address that leads to several contacts is not one person: only what was said
with it is told then, and whose numbers they are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from bridge.crossing.opened import record_within
from bridge.inbox import known_contacts, people, records, written
from bridge.merge import addressed, consent, history
from bridge.merge.addressed import Address
from bridge.model import Outcome, Submission, Who
from bridge.operations import activity
from bridge.operations.activity import Deed, Name
from bridge.report import receipts
from bridge.store.store import Store
from bridge.store.vault import BrokenSeal, Vault
from schemas import normal

_CONTACT = re.compile(r"[1-9][0-9]{0,17}")
_NAMES = {"id": ("id",), "mail": ("mail",), "phone": ("mobile", "phone")}
"""A number is the same one under both of its names."""
_THEIRS = (Outcome.DELIVERED, Outcome.CREATED, Outcome.UNCHANGED)
"""What became of events that surely are the contact's own."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asked for, in normal form."""

    kind: Literal["id", "mail", "phone"]
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one event proves of consents. `said` None: it does not open."""

    event: str
    said: Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True)
class ContactFile:
    """`deeds` in the order in which they came; `marks`: by contact, the fields that we wrote and the newest submission
    that did; `withdrawn`: what an address took back, field and choice, and when. `shut`: the events of which something
    does not open.
    """

    contacts: tuple[int, ...]
    deeds: tuple[Deed, ...]
    receipts: tuple[Receipt, ...]
    marks: Mapping[int, Mapping[str, datetime | None]]
    withdrawn: Mapping[tuple[str, str], datetime]
    shut: frozenset[str]

    @property
    def empty(self) -> bool:
        return not (self.deeds or self.receipts or self.withdrawn or any(self.marks.values()))


def read_person(text: str, region: str) -> Person | None:
    """A contact's number, a mail address or a phone number as the door reads them; None where it is none of these."""
    said = normal.bare(text)
    if _CONTACT.fullmatch(said):
        return Person("id", said)
    mail, phone = normal.mail(said), normal.phone(said, region)
    return Person("mail", mail) if mail else Person("phone", phone) if phone else None


@dataclass(frozen=True, slots=True)
class Files:
    """Looks in one space of the store."""

    store: Store
    vault: Vault
    space: str
    name: Name

    def print_of(self, person: Person) -> str:
        """The keyed fingerprint that the audit names the person by."""
        return self.vault.fingerprint("identity", self.space, _NAMES[person.kind][0], person.value)

    def of(self, person: Person, now: datetime) -> ContactFile:
        prints = [self.vault.fingerprint("identity", self.space, name, person.value) for name in _NAMES[person.kind]]
        with self.store.read() as tx:
            named = people.named(tx, self.space, prints)
            known = {known_contacts.recall(tx, self.space, one, now) for one in prints}
        deeds = self._deeds(named)
        if person.kind == "id":
            contacts = {int(person.value)}
        else:
            contacts = {one for one in {*known, *(deed.contact for deed in deeds.values())} if one is not None}
        if len(contacts) == 1:
            (contact,) = contacts
            deeds = self._of_one(contact, deeds)
        addresses = [*_asked(person), *self._addresses(deeds.values(), contacts)]
        return self._file(contacts, sorted(deeds.values(), key=lambda deed: deed.event.seq), addresses)

    def _of_one(self, contact: int, named: dict[str, Deed]) -> dict[str, Deed]:
        """What is this contact's or names it; of what nobody knows yet whose it is, what shares an address with it."""
        with self.store.read() as tx:
            ids = [*written.of_contact(tx, self.space, contact), *receipts.of_contact(tx, self.space, contact)]
        ids += self._reported(contact)
        own = self._deeds(ids) | named
        theirs = [deed for deed in own.values() if deed.event.outcome in _THEIRS and deed.contact in (contact, None)]
        with self.store.read() as tx:
            prints = people.fingerprints(tx, [deed.event.id for deed in theirs])
            near = people.named(tx, self.space, prints)
        nobodys = self._deeds([id_ for id_ in near if id_ not in own])
        return own | {id_: deed for id_, deed in nobodys.items() if deed.contact is None}

    def _reported(self, contact: int) -> Iterator[str]:
        """The events whose report names the contact: which one it is stands nowhere but in the seal."""
        after: int | None = 0
        while after is not None:
            with self.store.read() as tx:
                found = written.reports(tx, self.space, after, activity.PAGE)
            yield from (id_ for _seq, id_, sealed in found if self._names(sealed, contact))
            after = found[-1][0] if found else None

    def _names(self, sealed: bytes, contact: int) -> bool:
        try:
            told = self.vault.unseal(sealed)
        except (BrokenSeal, ValueError):
            return False
        of = told.get("contact") if isinstance(told, dict) else None
        return isinstance(of, dict) and of.get("id") == contact

    def _deeds(self, ids: Iterable[str]) -> dict[str, Deed]:
        listed, found = list(dict.fromkeys(ids)), dict[str, Deed]()
        for start in range(0, len(listed), activity.PAGE):
            with self.store.read() as tx:
                page = written.of_ids(tx, listed[start : start + activity.PAGE])
            found |= {deed.event.id: deed for deed in activity.opened(self.store, self.vault, page, self.name)}
        return found

    def _addresses(self, deeds: Iterable[Deed], contacts: set[int]) -> Iterator[Address]:
        """By which the one contact is known, as its own submissions said."""
        for deed in deeds if len(contacts) == 1 else ():
            if deed.event.outcome in _THEIRS and (read := said(self.vault, deed)) is not None:
                yield from addressed.addresses(read[1])

    def _file(self, contacts: set[int], deeds: Sequence[Deed], addresses: Sequence[Address]) -> ContactFile:
        with self.store.read() as tx:
            marks = {one: history.marked(tx, self.space, one) for one in sorted(contacts)}
            back = consent.recall(tx, self.vault, self.space, addresses)
            proofs = [found for deed in deeds if (found := self._receipt(tx, deed.event.id)) is not None]
        named = {
            one: {self.name(self.space, field_): at for field_, at in fields.items()} for one, fields in marks.items()
        }
        withdrawn = {(self.name(self.space, key[0]), key[1]): normal.from_epoch_ms(at) for key, at in back.items()}
        shut = {deed.event.id for deed in deeds if not (deed.opens and _record_opens(self.vault, deed))}
        shut |= {proof.event for proof in proofs if proof.said is None}
        return ContactFile(tuple(sorted(contacts)), tuple(deeds), tuple(proofs), named, withdrawn, frozenset(shut))

    def _receipt(self, tx: Any, event: str) -> Receipt | None:
        try:
            found = receipts.of_event(tx, self.vault, event)
        except (BrokenSeal, ValueError):
            return Receipt(event, None)
        return Receipt(event, found) if found else None


def said(vault: Vault, deed: Deed) -> tuple[Submission, Who] | None:
    """What somebody answered, as it was read at the door; None where that was erased, or could not be read."""
    sealed = None if deed.event.erased is not None else record_within(vault, deed.event)
    return None if sealed is None or "raw" in sealed else records.read(sealed)


def _record_opens(vault: Vault, deed: Deed) -> bool:
    return deed.event.erased is not None or record_within(vault, deed.event) is not None


def _asked(person: Person) -> list[Address]:
    return [] if person.kind == "id" else [cast("Address", (person.kind, person.value))]
