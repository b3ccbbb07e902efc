"""Whether this installation is safe, line by line: what `flask doctor` and the page Check-up tell. `health` and
`waiting` say what is wrong with what runs, the rest what is missing around it.
"""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.operations import backups, checkup_calls, checkup_qomon, figures, health
from bridge.operations.alerts import channels
from bridge.operations.checkup_line import WORDS, Line, Word
from bridge.operations.figures import Figures
from bridge.operations.health import Finding, Level
from bridge.operations.staff import Staff
from bridge.services import Services
from bridge.settings import vanishes

__all__ = ["WORDS", "Line", "Word", "examine", "findings", "version"]

_OPENED = 100
"""Records of each sort that are opened: a page is there at once, `flask doctor` opens more."""
_OF: dict[str, Word] = {"fault": "bad", "warn": "look", "note": "look", "ok": "good"}
_LEVELS: dict[Word, Level] = {"bad": "fault", "look": "warn", "unknown": "note", "good": "ok"}
_SHUT = ("store_away", "store_damaged", "key_wrong", "behind")
"""Findings by which nothing of the store can be read."""
_OURSELVES = ("localhost", "127.0.0.1", "::1")


def examine(services: Services, known: Figures) -> list[Line]:
    """Everything, the worst first, for the page: with what only the process that serves knows."""
    told = health.examine(services, newest=_OPENED, waits=_OPENED)
    lines = [Line(one.code, _OF[one.level], one.sentence, one.fix) for one in told]
    lines += [*_of_the_store(services, known, [*services.settings.qomon]), *_of_this_process(services)]
    return sorted(lines, key=lambda one: WORDS.index(one.word))


def findings(services: Services, space: str | None = None) -> list[Finding]:
    """The same for `flask doctor`, beside the bridge or without it. `space`: of the Qomon accounts only this one. A
    store that cannot be read is told, with what can be told without it."""
    found = health.examine(services, space)
    lines = [*_address(services)]
    absent = any(one.code in _SHUT or (one.code, one.level) == ("store", "note") for one in found)
    if not absent and all(fault.startswith("QOMON_TOKEN") for fault in services.faults):
        services.open()
        with services.store.read() as tx:
            known = figures.shown(tx, services)
        lines = [*_of_the_store(services, known, [*services.settings.qomon] if space is None else [space])]
    found += [Finding(one.code, _LEVELS[one.word], one.sentence, one.fix) for one in lines]
    return sorted(found, key=lambda one: health.WORST_FIRST.index(one.level))


def _of_the_store(services: Services, known: Figures, spaces: Sequence[str]) -> Iterator[Line]:
    with services.store.read() as tx:
        yield from checkup_qomon.of_accounts(tx, services, spaces)
        yield from checkup_calls.of_webhooks(tx, services)
        yield _backup(tx, services.now())
    yield _accounts(services)
    yield _durable(services)
    yield from _address(services)
    yield from _alerts(services)
    yield from _version(services)
    yield from checkup_calls.of_hours(known, services.now())
    yield from _growth(services, known)


def _of_this_process(services: Services) -> Iterator[Line]:
    with services.store.read() as tx:
        yield from checkup_qomon.of_this_process(tx, services)
        yield from checkup_calls.elsewhere(tx, services)
    yield from _proxies(services)


def _address(services: Services) -> Iterator[Line]:
    url = services.settings.public_url
    parts = urlsplit(url)
    if parts.scheme == "https":
        yield Line("address", "good", _("The public address is %(url)s, over https.", url=url))
    elif parts.hostname in _OURSELVES:
        said = _("The public address is %(url)s: only this machine can reach it.", url=url)
        yield Line("address", "look", said, _("Set PUBLIC_URL to the address that form tools call."))
    else:
        said = _("The public address is %(url)s: what forms send can be read on its way.", url=url)
        yield Line("address", "bad", said, _("Serve it over https, and set PUBLIC_URL to that address."))


def _proxies(services: Services) -> Iterator[Line]:
    """Of the calls of this process. Whoever calls may say such a thing too: nothing follows of it."""
    if services.forwarded:
        said = _("A proxy stands in front and PROXIES is 0: all callers count as one, for floods and wrong passwords.")
        yield Line("proxies", "look", said, _("Set PROXIES to the number of proxies of yours: on most platforms 1."))


def _alerts(services: Services) -> Iterator[Line]:
    """Whether somebody is told when something is wrong, and whether that reaches them."""
    with services.store.read() as tx:
        known = channels.listed(services, tx)
    fix = _("Settings, Alerts: send a test, and look at that address in ALERT_URLS.")
    for number, one in enumerate(known, 1):
        if not one.understood:
            said = _("Channel %(number)s of ALERT_URLS (%(kind)s) is not understood.", number=number, kind=one.shown)
            yield Line("alerts", "bad", said, fix)
        elif one.failures >= channels.FAILING:
            said = _("Channel %(number)s of ALERT_URLS (%(kind)s) fails.", number=number, kind=one.shown)
            yield Line("alerts", "bad", said, fix, one.failed_at)
        elif one.sent_at is None:
            said = _("Channel %(number)s of ALERT_URLS (%(kind)s) was never tried.", number=number, kind=one.shown)
            yield Line("alerts", "look", said, _("Settings, Alerts: send a test."))
        else:
            said = _("Channel %(number)s of ALERT_URLS (%(kind)s) works.", number=number, kind=one.shown)
            yield Line("alerts", "good", said, at=one.sent_at)
    if not known:
        said = _("Nobody is told when something is wrong: ALERT_URLS is not set.")
        word: Word = "look" if not services.settings.heartbeat_url else "good"
        if services.settings.heartbeat_url:
            said = _("Whoever waits at HEARTBEAT_URL notices a bridge that is dead; nobody is told of the rest.")
        yield Line("alerts", word, said, _("Set ALERT_URLS, and start again."))


def _version(services: Services) -> Iterator[Line]:
    if not services.store.pending():
        said = _("This is version %(version)s, and the store has all that it needs.", version=version())
        yield Line("version", "good", said)


@cache
def version() -> str:
    """As the release says it."""
    try:
        told = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text(encoding="utf-8"))
    except OSError:
        return "?"
    return str(told["project"]["version"])


def _growth(services: Services, known: Figures) -> Iterator[Line]:
    told = known.growth
    if told is None or told.get("bytes_a_day") is None:
        few = told is not None and services.store.path is not None  # its disk is looked at in any case
        said = _("There are too few submissions yet to tell how fast it grows.")
        yield Line("growth", "good" if few else "unknown", said)
        return
    daily = _("%(number)s MB", number=format_decimal(round(told["bytes_a_day"] / 10**6, 1)))
    days = told["days_left"]
    if services.store.path is None:
        said = _("The store grows by about %(size)s a day. What the plan allows is not known.", size=daily)
        yield Line("growth", "unknown", said, _("Compare that with what the plan allows."))
    elif days is None:
        said = _("The store grows by about %(size)s a day: there is room for more than ten years.", size=daily)
        yield Line("growth", "good", said)
    else:
        said = ngettext(
            "The store grows by about %(size)s a day: there is room for %(num)s day.",
            "The store grows by about %(size)s a day: there is room for %(num)s days.",
            days,
            size=daily,
        )
        yield Line("growth", "look" if days < _SOON else "good", said)


_SOON = 90


def _backup(tx: Connection, now: datetime) -> Line:
    """As people and `flask store backup` told: a platform says nothing of its own."""
    fix = _("Make one, and try it: flask store backup FILE. Of the platform’s own tell here, or by --elsewhere DAY.")
    found = backups.last(tx)
    if found is None:
        return Line("backup", "unknown", _("Whether there is a backup elsewhere is not known: nobody told."), fix)
    if now - found.of > _OLD_BACKUP:
        return Line("backup", "look", _("The last backup that was told of is more than a month old."), fix, found.of)
    told = {
        "file": _("A backup was written to a file in the last month. Is it kept elsewhere?"),
        "elsewhere": _("There is a backup elsewhere, of the last month, as somebody told."),
    }
    return Line("backup", "good", told[found.how], at=found.of)


_OLD_BACKUP = timedelta(days=31)


def _accounts(services: Services) -> Line:
    """Somebody has to be able to look."""
    if Staff(services.store, services.vault).any():
        return Line("accounts", "good", _("Somebody has an account for these pages."))
    fix = (
        _("Open /setup on the public address, with the code of SETUP_CODE.")
        if services.settings.setup_code
        else _("Run: flask staff add MAIL --role admin")
    )
    return Line("accounts", "look", _("Nobody has an account for the pages yet."), fix)


def _durable(services: Services) -> Line:
    if vanishes(services.settings):
        said = _("The store is on a disk that is emptied at each start: all that was received is lost then.")
        fix = _("Set DATABASE_URL to a Postgres database, or run the bridge where a disk lasts.")
        return Line("durable", "bad", said, fix)
    return Line("durable", "good", _("The store is not on a disk that is known to be emptied at each start."))
