"""Where people look at a contact in Qomon: learned from the address of any contact's page, pasted once an account.

Qomon documents no such address, so none is built in. The bridge never opens it: it is a link for people.
"""

import re
from urllib.parse import urlsplit

from flask_babel import gettext as _

from bridge.errors import Faults
from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.qomon import account
from bridge.services import Services

PLACE = "{contact}"
_LONGEST = 500
_NUMBER = re.compile(r"[0-9]{2,}")


def learn(services: Services, space: str, pasted: str, by: By) -> None:
    """From a contact's page; blank: there is no link any more. Raises Faults."""
    address = pattern(pasted) if pasted.strip() else None
    with services.store.write() as tx:
        account.set_contact_page(tx, space, address)
        audit.note(tx, services.vault, by, "contact_page_learned", space)


def pattern(pasted: str) -> str:
    """The address with `{contact}` in the place of its last number. Raises Faults."""
    said = pasted.strip()
    numbers = [*_NUMBER.finditer(said, _begins(said))]
    if not numbers or PLACE in said:
        raise Faults([_("Paste the whole address of a contact’s page in Qomon: https:// and a number in it.")])
    last = numbers[-1]
    return said[: last.start()] + PLACE + said[last.end() :]


def _begins(said: str) -> int:
    """Where what follows the host begins; at the end, where this is no address of the web that people may open."""
    try:
        parts = urlsplit(said)
        plain = parts.scheme == "https" and bool(parts.hostname) and parts.username is None
    except ValueError:
        return len(said)
    plain = plain and said.isprintable() and " " not in said and len(said) <= _LONGEST
    return len("https://") + len(parts.netloc) if plain else len(said)


def link(services: Services, space: str, contact: int | None) -> str | None:
    """The page of this contact, where that is known."""
    if contact is None:
        return None
    with services.store.read() as tx:
        address = account.contact_page(tx, space)
    return None if address is None else address.replace(PLACE, str(contact))
