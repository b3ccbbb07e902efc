"""Where alerts go: the addresses of ALERT_URLS, through Apprise, and how it went with each.

An address holds a password: it is known by a keyed fingerprint, and shown by its scheme only. Apprise itself runs in a
process of its own (`sending`).
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bridge.operations.alerts import sending
from bridge.services import Services
from bridge.store.store import upsert
from bridge.store.tables import channel
from schemas import normal

log = logging.getLogger(__name__)

FAILING = 3
"""One after the other, and people are told."""
_FAILED = upsert(channel, "failed_at", failures=lambda _new: channel.c.failures + 1)
_SENT = upsert(channel, "failures", "sent_at")
_understood: dict[str, bool] = {}
"""By address: what it means to Apprise does not change while a process runs."""


@dataclass(frozen=True, slots=True)
class Channel:
    """`name`: a keyed fingerprint of its address; `shown`: the scheme of it. `failures`: one after the other.
    `understood`: Apprise knows what it means, as far as anybody could ask."""

    name: str
    shown: str
    failures: int
    failed_at: datetime | None
    sent_at: datetime | None
    understood: bool


def listed(services: Services, tx: Connection) -> list[Channel]:
    """In the order of ALERT_URLS."""
    rows = {row.name: row for row in tx.execute(select(channel))}
    known = _meant(services)
    return [
        Channel(
            name,
            _scheme(url),
            row.failures if (row := rows.get(name)) is not None else 0,
            _moment(row.failed_at) if row is not None else None,
            _moment(row.sent_at) if row is not None else None,
            known[url],
        )
        for name, url in _addresses(services).items()
    ]


def names(services: Services) -> list[str]:
    return list(_addresses(services))


def failing(services: Services, tx: Connection) -> Iterator[tuple[str, str, datetime]]:
    """Name, scheme, and since when: of those that failed again and again."""
    rows = {row.name: row for row in tx.execute(select(channel).where(channel.c.failures >= FAILING))}
    for name, url in _addresses(services).items():
        if name in rows:
            yield name, _scheme(url), normal.from_epoch_ms(rows[name].sent_at or rows[name].failed_at)


def send(services: Services, to: Sequence[str], subject: str, body: str) -> list[str]:
    """One message, as plain text, to channels by name; not to be called within a transaction. Who did not get it; what
    became of each is kept."""
    known = _addresses(services)
    here = [name for name in to if name in known]
    went = sending.sent(services.settings.environ, [known[name] for name in here], subject, body) if here else []
    at = normal.epoch_ms(services.now())
    with services.store.write() as tx:
        for name, took in zip(here, went, strict=True):
            if took:
                tx.execute(_SENT(tx), {"name": name, "failures": 0, "sent_at": at})
            else:
                tx.execute(_FAILED(tx), {"name": name, "failures": 1, "failed_at": at})
    failed = [name for name, took in zip(here, went, strict=True) if not took]
    for name in failed:
        log.warning("a channel of alerts failed", extra={"channel": name[:8]})
    return [name for name in to if name in failed or name not in known]


def _meant(services: Services) -> dict[str, bool]:
    """By address; all of them are asked about at once, the first time."""
    urls = list(_addresses(services).values())
    if new := [url for url in urls if url not in _understood]:
        said = sending.understood(services.settings.environ, new)
        _understood.update({url: one for url, one in zip(new, said, strict=True) if one is not None})
    return {url: _understood.get(url, True) for url in urls}


def _addresses(services: Services) -> dict[str, str]:
    return {services.vault.fingerprint("channel", url): url for url in services.settings.alert_urls}


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _moment(ms: int | None) -> datetime | None:
    return normal.from_epoch_ms(ms) if ms is not None else None
