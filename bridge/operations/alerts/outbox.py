"""Messages that are to be sent, in the store until they are: two processes never both send one, and none is lost.

A message is claimed before it is sent, for longer than that can take, and given to each channel once; what fails is
tried again for a day.
"""

import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from bridge.operations.alerts import channels, sending
from bridge.services import Services
from bridge.store.store import lock
from bridge.store.tables import preference
from schemas import normal

log = logging.getLogger(__name__)

NAME = "message:"
"""How rows of ours begin."""
CHOSEN = ~preference.c.name.startswith(NAME)
"""The other rows of the table. Messages are this store's own: another, or one that comes back, would resend them."""
TRIED = timedelta(days=1)
_SPARE = timedelta(minutes=1)
"""That a claim outlives the sending."""
_SPELL = timedelta(minutes=2)
"""After which the rest waits for the next minute's turn: who sends does other work too."""
_LONGEST = 60
"""Minutes between two tries, at most."""
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Message:
    """`to`: the channels that have not got it, by name; `at`: when it was written, in milliseconds."""

    subject: str
    body: str
    to: Sequence[str]
    at: int
    tries: int = 0


def put(tx: Connection, message: Message) -> None:
    """In the transaction that says of what it tells that it was told."""
    name = f"{NAME}{message.at}:{secrets.token_hex(4)}"
    tx.execute(insert(preference).values(name=name, at=message.at, body=json.dumps(asdict(message))))


def send_due(services: Services) -> int:
    """Send what is due; how many messages were wholly sent."""
    began, done = services.now(), 0
    for _ in range(_AT_ONCE):
        found = claimed(services) if services.now() - began < _SPELL else None
        if found is None:
            break
        name, message = found
        left = channels.send(services, message.to, message.subject, message.body)
        done += _settled(services, name, replace(message, to=left, tries=message.tries + 1))
    return done


def claimed(services: Services) -> tuple[str, Message] | None:
    """The one that has waited longest. One at a time: a claim on many would be over before the last is sent."""
    now = services.now()
    mine = preference.c.name.startswith(NAME), preference.c.at <= normal.epoch_ms(now)
    with services.store.read() as tx:
        if tx.execute(select(preference.c.name).where(*mine).limit(1)).first() is None:
            return None
    with services.store.write() as tx:
        lock(tx, ["alerts"])
        row = tx.execute(select(preference).where(*mine).order_by(preference.c.at, preference.c.name).limit(1)).first()
        if row is None:
            return None
        message = _read(row.body)
        until = normal.epoch_ms(now + sending.longest(len(message.to)) + _SPARE)
        tx.execute(update(preference).where(preference.c.name == row.name).values(at=until))
    known = set(channels.names(services))
    return row.name, replace(message, to=[one for one in message.to if one in known])


def _read(body: str) -> Message:
    """What another version of the bridge wrote may lack something, and then is for nobody."""
    try:
        return Message(**json.loads(body))
    except (ValueError, TypeError):
        log.error("a message of alerts does not read, and is dropped")  # noqa: TRY400 - it may hold anything
        return Message("", "", (), 0)


def _settled(services: Services, name: str, message: Message) -> bool:
    """Whether nobody lacks it; then, or after a day, it goes."""
    now = services.now()
    late = now - normal.from_epoch_ms(message.at) >= TRIED
    row = preference.c.name == name
    with services.store.write() as tx:
        if message.to and not late:
            again = {"at": _again(now, message.tries), "body": json.dumps(asdict(message))}
            tx.execute(update(preference).where(row).values(**again))
        else:
            tx.execute(delete(preference).where(row))
    if message.to and late:
        log.error("an alert was given up: its channel failed for a day", extra={"channels": len(message.to)})
    return not message.to


def _again(now: datetime, tries: int) -> int:
    return normal.epoch_ms(now + timedelta(minutes=min(_LONGEST, 2 ** min(tries - 1, 6))))
