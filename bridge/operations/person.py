"""Whose data are whose: everything that the store holds of one person, found by mail, phone or Qomon's number
(docs/laws.md 8.4). It changes nothing.

An address may be shared. What carries it is told apart by the contact that it led to; where that leaves a doubt,
nothing is taken for hers until a person says which (`Choice`).
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.crossing.opened import record_within, report_within
from bridge.errors import BridgeError
from bridge.inbox import events, people, records
from bridge.merge import history
from bridge.merge.addressed import Address
from bridge.model import Event, Outcome
from bridge.operations.traces import holds, text_of
from bridge.qomon.fields import NUMBERS
from bridge.services import Services
from bridge.store.vault import Vault
from schemas import normal

_NOT_HERS = ("other_person", "several_contacts")
"""Held for these, it names a contact that is just not whom it is about."""


class Unknown(BridgeError):
    """Nothing is kept of this person, or nobody can be meant; the message says which. `erased`: when what was kept
    went."""

    def __init__(self, said: str, erased: datetime | None = None) -> None:
        super().__init__(said)
        self.erased = erased


@dataclass(frozen=True, slots=True)
class Near:
    """Submissions that share something with a person: those that led to one contact, or (None) to none yet."""

    contact: int | None
    submissions: int


class Several(BridgeError):
    """It leads to several: whoever asks must say which. `groups`: them; `said`: what was named is none of them."""

    def __init__(self, groups: Iterable[Near], *, said: bool) -> None:
        super().__init__("several")
        self.groups, self.said = tuple(groups), said


@dataclass(frozen=True, slots=True)
class Choice:
    """Which contacts are hers (`None`: what led to none), or `everyone`; nothing is chosen where it is empty."""

    contacts: frozenset[int | None] = frozenset()
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom somebody asks about. `print`: the keyed fingerprint that a certificate names the person by."""

    space: str
    by: Literal["mail", "phone", "id"]
    print: str
    prints: frozenset[str]
    addresses: frozenset[Address]
    contact: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """`events`: hers, with the contact of each, oldest first. `near`: what shares something with them and is not hers.
    `alone`: nobody else has the address, as far as is known."""

    asked: Asked
    events: tuple[tuple[Event, int | None], ...]
    contacts: tuple[int, ...]
    addresses: frozenset[Address]
    near: tuple[Near, ...]
    alone: bool
    linked: frozenset[str]
    """Those of the events whose rows alone tell which contact they are about."""

    @property
    def lost(self) -> int:
        """How many of hers were written on a contact that nothing names any more, where no contact is known."""
        wrote = (Outcome.DELIVERED, Outcome.CREATED, Outcome.UNCHANGED)
        return 0 if self.contacts else sum(one.erased is not None and one.outcome in wrote for one, _led in self.events)

    def of(self, contact: int | None) -> list[Event]:
        return [event for event, led in self.events if led == contact]


def asked(vault: Vault, space: str, text: str, regions: Iterable[str]) -> Asked:
    """What somebody typed: with an @ a mail, with + or 0 in front a phone number, else Qomon's number. `regions`: by
    which a national number may have been read. Raises Unknown.
    """

    def print_(name: str, value: str) -> str:
        return vault.fingerprint("identity", space, name, value)

    if "@" in text:
        if (mail := normal.mail(text)) is None:
            raise Unknown(_("This is no mail address. Write it as in jeanne@example.org."))
        return Asked(
            space, "mail", print_("mail", mail), frozenset([print_("mail", mail)]), frozenset([("mail", mail)])
        )
    if re.fullmatch(r"[1-9][0-9]{0,17}", text):
        return Asked(space, "id", print_("id", text), frozenset([print_("id", text)]), frozenset(), int(text))
    numbers = [number for region in dict.fromkeys(regions) if (number := normal.phone(text, region))]
    if not numbers:
        raise Unknown(
            _("This is no mail address, no phone number (+33639980142, 0639980142) and no number of a contact.")
        )
    prints = frozenset(print_(name, number) for name in NUMBERS for number in numbers)
    return Asked(space, "phone", print_(NUMBERS[0], numbers[0]), prints, frozenset(("phone", one) for one in numbers))


def find(tx: Connection, vault: Vault, wanted: Asked, choice: Choice = Choice()) -> Person:
    """All of it. Raises Unknown; and Several where the choice leaves a doubt, or names what is not there."""
    search = _Search(tx, vault, wanted)
    groups = search.groups()
    if not groups:
        raise search.nothing()
    if not choice.everyone and not choice.contacts and wanted.contact is not None:
        choice = Choice(frozenset([wanted.contact]))  # who names a contact has chosen
    chosen = choice.contacts if choice.contacts and not choice.everyone else frozenset(groups)
    if not chosen <= groups.keys() or not (choice.everyone or choice.contacts or len(groups) == 1):
        raise Several(_sorted(groups), said=bool(choice.contacts))
    return search.person(chosen, groups)


def sought(services: Services, space: str, text: str, choice: Choice = Choice()) -> Person:
    """Who is meant by what somebody typed. Raises Unknown and Several."""
    vault = services.vault  # it may have to write once: not within a read
    with services.store.read() as tx:
        return find(tx, vault, named(services, tx, space, text), choice)


def named(services: Services, tx: Connection, space: str, text: str) -> Asked:
    """`asked`, with the regions by which the webhooks read numbers."""
    regions = [one.hook.region for one in services.hooks.listed(tx) if one.hook is not None]
    return asked(services.vault, space, text.strip(), [services.settings.region, *regions])


def others(services: Services, space: str) -> list[str]:
    """The hooks, by id, of other accounts."""
    with services.store.read() as tx:
        listed = services.hooks.listed(tx)
    return [one.hook.id for one in listed if one.hook is not None and one.hook.space != space]


class _Search:
    """What is found, with the contact of each event."""

    def __init__(self, tx: Connection, vault: Vault, wanted: Asked) -> None:
        self._tx, self._vault, self._asked = tx, vault, wanted
        self.events: dict[str, Event] = {}
        self.led: dict[str, int | None] = {}
        self._linked, self._followed = set[str](), set[int]()
        self.known: set[int] = people.contacts(tx, wanted.space, wanted.prints)
        if wanted.contact is not None:
            self._add(self._of(wanted.contact))
            self.known |= {wanted.contact} if history.met(tx, wanted.space, wanted.contact) else set()
        self._add(people.named(tx, wanted.space, wanted.prints))
        self._add(self._unnamed(wanted.addresses))
        self._follow({contact for contact in self.led.values() if contact is not None} | self.known, self.events.keys())

    def groups(self) -> Counter[int | None]:
        """Submissions by contact. One whose answers went long ago, and of which nobody knows whose it was, counts where
        there is nothing else."""
        still = [id_ for id_, event in self.events.items() if event.outcome is not Outcome.FORGOTTEN]
        found = Counter(self.led[id_] for id_ in still if self.led[id_] is not None or not self._empty(id_))
        found.update(dict.fromkeys(self.known - found.keys(), 0))
        return found or Counter(self.led[id_] for id_ in still)

    def nothing(self) -> Unknown:
        gone = [event.erased for event in self.events.values() if event.erased is not None]
        if not gone:
            return Unknown(_("Nothing is kept of this person."))
        at = max(gone)
        return Unknown(_("Nothing is kept of this person: it was erased at %(at)s.", at=normal.to_ms(at)), at)

    def person(self, chosen: Collection[int | None], groups: Mapping[int | None, int]) -> Person:
        contacts = {contact for contact in chosen if contact is not None}
        before = -1
        while before != len(self.events):  # until nothing new is hers
            before = len(self.events)
            self._follow(contacts, [id_ for id_, led in self.led.items() if led in chosen])
        alone = set(chosen) >= groups.keys()
        hers = {
            id_: event
            for id_, event in self.events.items()
            if event.outcome is not Outcome.FORGOTTEN
            and (self.led[id_] in chosen or (alone and self.led[id_] is None and self._empty(id_)))
        }
        addresses = set(self._asked.addresses).union(*(_addresses(self._vault, one) for one in hers.values()))
        others = Counter(led for id_, led in self.led.items() if id_ not in hers and not self._gone(id_))
        ordered = sorted(hers.values(), key=lambda one: one.seq)
        return Person(
            asked=self._asked,
            events=tuple((one, self.led[one.id]) for one in ordered),
            contacts=tuple(sorted(contacts)),
            addresses=frozenset(addresses),
            near=_sorted(others),
            alone=alone and not others,
            linked=frozenset(self._linked & hers.keys()),
        )

    def _empty(self, id_: str) -> bool:
        return self.events[id_].erased is not None

    def _gone(self, id_: str) -> bool:
        """Nothing is in it that could be anybody's."""
        return self._empty(id_) and self.led[id_] is None

    def _follow(self, contacts: Iterable[int], ids: Collection[str]) -> None:
        space = self._asked.space
        prints = people.fingerprints(self._tx, ids)
        found = people.named(self._tx, space, prints)
        self._add(found.union(*map(self._of, contacts)))

    def _of(self, contact: int) -> set[str]:
        """Asked once: no index leads from a contact to what was written on it."""
        if contact in self._followed:
            return set()
        self._followed.add(contact)
        return people.led_to(self._tx, self._asked.space, contact)

    def _unnamed(self, addresses: Collection[Address]) -> set[str]:
        """What says of nobody whom it is about, and has the address somewhere in it."""
        if not addresses:
            return set()
        nameless = people.nameless(self._tx, self._asked.space)
        return {one.id for one in nameless if holds(_came(self._vault, one), addresses)}

    def _add(self, ids: Iterable[str]) -> None:
        new = [*set(ids) - self.events.keys()]
        written = people.written(self._tx, new)
        for event in events.among(self._tx, new):
            self.events[event.id] = event
            self._linked |= {event.id} if event.id in written or event.reaches else set()
            self.led[event.id] = _contact(self._vault, event, written.get(event.id))


def _contact(vault: Vault, event: Event, written: int | None) -> int | None:
    """Whose data it became, or waits to become."""
    waits = event.lane.contact if event.lane is not None and event.status == "open" else None
    if found := written or event.reaches or waits:
        return found
    if event.erased is not None or event.reason in _NOT_HERS or event.outcome is Outcome.SKIPPED:
        return None
    told: Mapping[str, Any] = (report_within(vault, event) or {}).get("contact") or {}
    return told.get("id")


def _came(vault: Vault, event: Event) -> str:
    return text_of(record_within(vault, event) or {})


def _addresses(vault: Vault, event: Event) -> set[Address]:
    read = records.read(record_within(vault, event) or {})
    said = {} if read is None else {**read[1].identities, **read[1].joins}
    return {("mail" if name == "mail" else "phone", text) for name, text in said.items() if name != "id"}


def _sorted(groups: Mapping[int | None, int]) -> tuple[Near, ...]:
    ordered = sorted(groups.items(), key=lambda one: (one[0] is None, one[0] or 0))
    return tuple(Near(contact, many) for contact, many in ordered)
