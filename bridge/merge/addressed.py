"""Which address an unsubscription is about, and whether a contact carries it (docs/laws.md 7, docs/ledger.md 14a).
Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.model import Change, Submission, Who
from bridge.qomon.fields import NUMBERS
from schemas import normal
from schemas.countries import code_of

Address = tuple[str, str]
"""mail or phone, and the address in its normal form."""

CHANNEL = "channel"
"""The key of the answer in which a source says what an unsubscription was for: `email` or `sms`."""

FIELDS: Mapping[str, tuple[str, ...]] = {"mail": ("mail",), "phone": NUMBERS}
"""Where a contact carries each kind of address: a number may stand in either of two fields."""

_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("email", "emails", "mail", "mails", "courriel", "courriels", "newsletter", "mailing"), "mail"),
    **dict.fromkeys(("sms", "mms", "texto", "textos", "whatsapp", "call", "calls", "phone", "mobile"), "phone"),
    **dict.fromkeys(("appel", "appels", "tel", "telephone", "voice"), "phone"),
}
"""How consents, and unsubscriptions, name their channel, folded."""


def concerned(submission: Submission, who: Who) -> Who:
    """Of an unsubscription only what its channel reaches people by; without a word of that its mail, else its numbers.

    One that says no address at all is about whom its number names.
    """
    if submission.kind != "unsubscribed":
        return who
    identities, channel = who.identities, _channel(submission)
    kinds = (channel,) if channel is not None else ("mail", "phone")
    fields = next((names for names in map(FIELDS.__getitem__, kinds) if any(name in identities for name in names)), ())
    if not fields and channel is None:
        return who
    kept = {name: text for name, text in identities.items() if name in fields}
    if fields == NUMBERS and len(kept) == 1:  # it may stand in either field of a contact
        kept = dict.fromkeys(NUMBERS, next(iter(kept.values())))
    return Who(kept, who.firstname, who.surname)


def of_channel(submission: Submission, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Of what an unsubscription takes back what its channel is about: who stops messages agreed to mails all the same.

    A choice that names no channel, or several, is about any; where it names none its question may.
    """
    channel = _channel(submission)
    if channel is None:
        return tuple(changes)
    left = [
        replace(change, values=tuple(v for v in change.values if channel in _about(change, v))) for change in changes
    ]
    return tuple(change for change in left if change.values)


def _about(change: Change, value: object) -> frozenset[str]:
    """The kinds of address that a consent is about."""
    texts = (str(value[1]), change.target.name) if isinstance(value, tuple) else ()
    words = (re.split(r"[^a-z]+", _folded(text)) for text in texts)
    kinds = (frozenset(filter(None, map(_WORDS.get, each))) for each in words)
    return next(filter(None, kinds), frozenset(FIELDS))


def _folded(text: str) -> str:
    return normal.folded(text).replace("e mail", "email")


def addresses(who: Who) -> list[Address]:
    """Each address that an event says it is about, once."""
    identities = who.identities.items()
    return list(dict.fromkeys((kind, text) for name, text in identities for kind in FIELDS if name in FIELDS[kind]))


def by_address(submission: Submission, who: Who) -> bool:
    return submission.kind == "unsubscribed" and bool(addresses(who))


def carried(contact: Mapping[str, Any], region: str) -> Iterator[Address]:
    for kind, fields in FIELDS.items():
        for text in (text for field in fields if isinstance(text := contact.get(field), str) and text):
            value = normal.mail(text) if kind == "mail" else number(contact, text, region)
            if value is not None:
                yield kind, value


def reached(contact: Mapping[str, Any], wanted: Sequence[Address], region: str) -> bool:
    return any(address in wanted for address in carried(contact, region))


def number(contact: Mapping[str, Any], text: str, region: str) -> str | None:
    """A phone number of a contact in normal form: a national spelling is read by where the contact lives, too."""
    address = contact.get("address")
    country = address.get("country") if isinstance(address, Mapping) else None
    return normal.phone(text, region, code_of(str(country or "")))


def _channel(submission: Submission) -> str | None:
    named = next((answer.value for answer in submission.answers if answer.key == CHANNEL), None)
    return _WORDS.get(_folded(named)) if isinstance(named, str) else None
