"""Whether this installation is safe: what `flask doctor` tells, and what only somebody who looks at a page asks for:
the proof of each webhook, the address of the pages, how the store grows, when nothing ran.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.hooks.check import check
from bridge.operations import health, proving
from bridge.operations.alerts import channels
from bridge.operations.figures import STOPPED, Figures
from bridge.qomon import account
from bridge.qomon.catalogue import Catalogue
from bridge.services import Services

Word = Literal["bad", "look", "unknown", "good"]
WORDS: tuple[Word, ...] = ("bad", "look", "unknown", "good")
"""The worst first."""

_OPENED = 100
"""Records of each sort that are opened: a page is there at once, `flask doctor` opens more."""
_OF: dict[str, Word] = {"fault": "bad", "warn": "look", "note": "look", "ok": "good"}
_SENDING = ("approve", "live")
_OURSELVES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. `at`: when, where that is not now."""

    code: str
    word: Word
    sentence: str
    fix: str = ""
    at: datetime | None = None


def examine(services: Services, figures: Figures) -> list[Line]:
    """Everything, the worst first."""
    told = health.examine(services, newest=_OPENED, waits=_OPENED)
    lines = [Line(one.code, _OF[one.level], one.sentence, one.fix) for one in told]
    with services.store.read() as tx:
        lines += [*_writing(tx, services), *_webhooks(tx, services), *_test_contact(tx, services)]
    lines += [
        *_clock(services),
        *_address(services),
        *_proxies(services),
        *_alerts(services),
        *_version(services),
        *_ran(figures, services.now()),
        *_growth(services, figures),
        *_unknown(),
    ]
    return sorted(lines, key=lambda one: WORDS.index(one.word))


def _writing(tx: Connection, services: Services) -> Iterator[Line]:
    if services.settings.writing and not account.stops(tx):
        yield Line("writing", "good", _("Writing is on, and Qomon takes our key."))


def _webhooks(tx: Connection, services: Services) -> Iterator[Line]:
    """Whether each webhook that sends proves its calls, and whether what it writes to is in Qomon."""
    sending = [one.hook for one in services.hooks.listed(tx) if one.hook is not None and one.hook.mode in _SENDING]
    catalogues: dict[str, Catalogue | None] = {}
    well = 0
    for hook in sending:
        if hook.space not in catalogues:
            catalogues[hook.space] = services.catalogues.stored(hook.space)
        known = catalogues[hook.space]
        told = [] if known is None else check(hook, known)
        if hook.proof.scheme == "none":
            said = _("Webhook %(hook)s is open: whoever knows its address can send answers.", hook=hook.name)
            yield Line("proof", "bad", said, _("Set a secret in the form’s tool, and let the webhook ask for it."))
        else:
            well += 1
        for sentence in told:
            yield Line("webhook", "look", _("Webhook %(hook)s: %(what)s", hook=hook.name, what=sentence))
        if known is None:
            said = _("Webhook %(hook)s: whether its fields are in Qomon is not known yet.", hook=hook.name)
            yield Line("webhook", "unknown", said, _("Open Qomon fields, and read Qomon."))
    if well:
        said = ngettext(
            "%(num)s webhook in service, and each call has to prove where it comes from.",
            "%(num)s webhooks in service, and each call has to prove where it comes from.",
            well,
        )
        yield Line("proof", "good", said)


def _test_contact(tx: Connection, services: Services) -> Iterator[Line]:
    fix = _("Try it on a contact named Test Pont: at the foot of this page, or with: flask doctor --probe CONTACT")
    for space in services.settings.qomon:
        proof = proving.of(tx, space, services.now())
        good = proof.how == "lately"
        yield Line("test_contact", "good" if good else "look", proof.sentence, "" if good else fix, proof.at)


def _clock(services: Services) -> Iterator[Line]:
    """Of the accounts that this process asked. A proxy may lie about the time: it is told, and nothing follows."""
    told = [space.ahead for space in services.spaces.values() if space.ahead is not None]
    if not told:
        said = _("This machine’s clock was not compared with Qomon’s yet.")
        yield Line("qomon_clock", "unknown", said, _("It is with Qomon’s next answer."))
        return
    worst = max(told, key=abs)
    if abs(worst) <= _LOOK_APART:
        yield Line("qomon_clock", "good", _("This machine’s clock agrees with Qomon’s."))
        return
    minutes = round(abs(worst) / timedelta(minutes=1))
    said = (
        _("This machine’s clock is about %(minutes)s min ahead of Qomon’s.", minutes=minutes)
        if worst > timedelta()
        else _("This machine’s clock is about %(minutes)s min behind Qomon’s.", minutes=minutes)
    )
    if bad := abs(worst) >= _BAD_APART:
        said += " " + _("Newer and older answers may be mixed up, and signed calls refused as too old.")
    fix = _("Set the clock by a time server (NTP). If it is right, something between here and Qomon says a wrong time.")
    yield Line("qomon_clock", "bad" if bad else "look", said, fix)


_LOOK_APART, _BAD_APART = timedelta(minutes=2), timedelta(minutes=5)


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


def _ran(figures: Figures, now: datetime) -> Iterator[Line]:
    if figures.beat is None or now - figures.beat > STOPPED:
        said = _("Nothing was counted in the last minutes: whether the background work runs is not known.")
        yield Line("counted", "unknown", said, _("Load this page again in two minutes."), figures.beat)
    if figures.stops:
        said = ngettext(
            "The app was stopped or asleep %(num)s time in the last 7 days.",
            "The app was stopped or asleep %(num)s times in the last 7 days.",
            len(figures.stops),
        )
        fix = _("Tools that never try again may have lost submissions then. Choose a plan that never sleeps.")
        yield Line("stopped", "look", said, fix, figures.stops[-1][1])
    elif figures.beat is not None:
        yield Line("stopped", "good", _("The app was not seen to stop in the last 7 days."))


def _growth(services: Services, figures: Figures) -> Iterator[Line]:
    told = figures.growth
    if told is None or told.get("bytes_a_day") is None:
        yield Line("growth", "unknown", _("There are too few submissions yet to tell how fast it grows."))
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


def _unknown() -> Iterator[Line]:
    """What nobody tells us."""
    said = _("Whether there is a backup elsewhere is not known: the bridge is not told.")
    yield Line("backup", "unknown", said, _("Make one, and try it: flask store backup"))
