"""Where alerts go: the addresses of ALERT_URLS, through Apprise, and how it went with each.

An address holds a password: it is known by a keyed fingerprint, and shown by its scheme only. Apprise is loaded when
the first one is asked for, because it takes memory and time.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from bridge.services import Services
from bridge.store.store import upsert
from bridge.store.tables import channel
from schemas import normal

if TYPE_CHECKING:
    from apprise import Apprise

log = logging.getLogger(__name__)

FAILING = 3
"""One after the other, and people are told."""
_SECONDS = 15
"""That one channel may take."""
_FAILED = upsert(channel, "failed_at", failures=lambda _new: channel.c.failures + 1)
_SENT = upsert(channel, "failures", "sent_at")
_understood: dict[str, bool] = {}
"""By name: what an address means to Apprise does not change while a process runs."""


@dataclass(frozen=True, slots=True)
class Channel:
    """`name`: a keyed fingerprint of its address; `shown`: the scheme of it. `failures`: one after the other.
    `understood`: Apprise knows what it means."""

    name: str
    shown: str
    failures: int
    failed_at: datetime | None
    sent_at: datetime | None
    understood: bool


def listed(services: Services, tx: Connection) -> list[Channel]:
    """In the order of ALERT_URLS."""
    rows = {row.name: row for row in tx.execute(select(channel))}
    return [
        Channel(
            name,
            _scheme(url),
            row.failures if (row := rows.get(name)) is not None else 0,
            _moment(row.failed_at) if row is not None else None,
            _moment(row.sent_at) if row is not None else None,
            _means_something(name, url),
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


def send(services: Services, name: str, subject: str, body: str) -> bool:
    """One message by one channel, as plain text; not to be called within a transaction. What became of it is kept."""
    url = _addresses(services).get(name)
    if url is None:
        return False
    went = _means_something(name, url) and _sent(url, subject, body)
    at = normal.epoch_ms(services.now())
    with services.store.write() as tx:
        if went:
            tx.execute(_SENT(tx), {"name": name, "failures": 0, "sent_at": at})
        else:
            tx.execute(_FAILED(tx), {"name": name, "failures": 1, "failed_at": at})
    if not went:
        log.warning("a channel of alerts failed", extra={"channel": name[:8]})
    return went


def _sent(url: str, subject: str, body: str) -> bool:
    try:
        to = _apprise()
        return to.add(url) and bool(to.notify(body=body, title=subject, body_format="text", timeout=_SECONDS))
    except Exception:  # whatever a plug-in raises: it may quote the address
        log.exception("a channel of alerts broke")
        return False


def _means_something(name: str, url: str) -> bool:
    if name not in _understood:
        try:
            _understood[name] = bool(_apprise().add(url))
        except Exception:
            log.exception("a channel of alerts is not understood")
            return False
    return _understood[name]


def _apprise() -> "Apprise":
    import apprise

    quoting = logging.getLogger("apprise")  # its lines hold addresses
    quoting.setLevel(logging.CRITICAL + 1)
    quoting.propagate = False
    asset = apprise.AppriseAsset(storage_mode="memory", secure_logging=True, service_timeout=_SECONDS)
    asset.app_id, asset.app_desc, asset.app_url, asset.async_mode = "Qomon bridge", "Qomon bridge", "", False
    return apprise.Apprise(asset=asset)


def _addresses(services: Services) -> dict[str, str]:
    return {services.vault.fingerprint("channel", url): url for url in services.settings.alert_urls}


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _moment(ms: int | None) -> datetime | None:
    return normal.from_epoch_ms(ms) if ms is not None else None
