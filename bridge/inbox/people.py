"""Which events speak of a person: by the fingerprints of what they say of themselves, and by the contact that they led
to. For showing, copying and erasing what is kept of somebody (docs/laws.md 8.4).
"""

from collections.abc import Collection, Iterator

from sqlalchemy import BindParameter, Connection, bindparam, exists, select, union

from bridge.model import Event, Lane
from bridge.store.prepared import Listing, Statement
from bridge.store.tables import event, identity, known, receipt, undo

_PAGE = 100
_IDS = Listing(
    lambda among: (
        select(identity.c.event)
        .where(identity.c.space == bindparam("b_space"), among(identity.c.fingerprint))
        .group_by(identity.c.event)
    )
)
_PRINTS = Listing(lambda among: select(identity.c.fingerprint).where(among(identity.c.event)).distinct())
_KNOWN = Listing(
    lambda among: (
        select(known.c.contact).where(known.c.space == bindparam("b_space"), among(known.c.fingerprint)).distinct()
    )
)
_HERE = event.c.space == bindparam("b_space")
_CONTACT: BindParameter[int] = bindparam("b_contact")
_OF_CONTACT = Statement(
    union(
        select(event.c.id).where(_HERE, event.c.reaches == _CONTACT),
        select(event.c.id).where(_HERE, event.c.lane == bindparam("b_lane")),
        select(event.c.id).join(undo, undo.c.event == event.c.id).where(_HERE, undo.c.contact == _CONTACT),
        select(receipt.c.event.label("id")).where(
            receipt.c.space == bindparam("b_space"), receipt.c.contact == _CONTACT
        ),
        select(identity.c.event.label("id"))
        .join(known, (known.c.space == identity.c.space) & (known.c.fingerprint == identity.c.fingerprint))
        .where(known.c.space == bindparam("b_space"), known.c.contact == _CONTACT),
    )
)
_WROTE = Listing(lambda among: select(undo.c.event, undo.c.contact).where(among(undo.c.event)))
_AGREED = Listing(lambda among: select(receipt.c.event, receipt.c.contact).where(among(receipt.c.event)))
_NAMELESS = (
    select(event)
    .where(
        event.c.space == bindparam("b_space"),
        event.c.erased.is_(None),
        event.c.seq > bindparam("b_after"),
        ~exists().where(identity.c.event == event.c.id),
    )
    .order_by(event.c.seq)
    .limit(_PAGE)
)


def named(tx: Connection, space: str, fingerprints: Collection[str]) -> set[str]:
    """The events that carry any of these."""
    return {row.event for row in _IDS.all(tx, {"b_space": space}, [*fingerprints])}


def fingerprints(tx: Connection, events: Collection[str]) -> set[str]:
    """What these events carry."""
    return {row.fingerprint for row in _PRINTS.all(tx, {}, [*events])}


def led_to(tx: Connection, space: str, contact: int) -> set[str]:
    """The events that wait for a contact, wrote on it or hold a proof of its consent, and those that carry what led
    there lately. One that changed nothing, long ago, is found by what it carries only.
    """
    asked = {"b_space": space, "b_contact": contact, "b_lane": str(Lane.of_contact(space, contact))}
    return {row.id for row in _OF_CONTACT.all(tx, asked)}


def contacts(tx: Connection, space: str, fingerprints: Collection[str]) -> set[int]:
    """The contacts that any of these led to lately."""
    return {int(row.contact) for row in _KNOWN.all(tx, {"b_space": space}, [*fingerprints])}


def written(tx: Connection, events: Collection[str]) -> dict[str, int]:
    """The contact that each of these wrote on, where that is still kept."""
    rows = [*_AGREED.all(tx, {}, [*events]), *_WROTE.all(tx, {}, [*events])]
    return {row.event: int(row.contact) for row in rows}


def nameless(tx: Connection, space: str) -> Iterator[Event]:
    """What says of nobody whom it is about and still holds what came: a call that could not be read, say."""
    after = 0
    while rows := tx.execute(_NAMELESS, {"b_space": space, "b_after": after}).all():
        yield from map(Event.from_row, rows)
        after = rows[-1].seq
