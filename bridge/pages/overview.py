"""The overview: is everything getting through, and must somebody do something? All numbers of it are counted before
(`operations.figures`), so that it is there at once whatever the store holds.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, select

from bridge.errors import Faults
from bridge.hooks.registry import Listed
from bridge.operations import audit, figures
from bridge.operations.figures import Cause, Figures
from bridge.operations.jobs import PACE
from bridge.pages import charted
from bridge.pages.page import page
from bridge.pages.session import services
from bridge.pages.shown import clock, moment
from bridge.qomon import account
from bridge.report import wording
from bridge.services import Services
from bridge.store.tables import event
from bridge.store.tables import hook as hooks
from schemas import codes, normal
from schemas.outputs.overview import OverviewPage

_CAUSES, _DEEDS = 5, 10
_LOOKED_THROUGH = 60
"""What people did last, of which what is no action is left out."""
_NO_ACTION = ("signed_in", "login_locked", "submission_seen", "looked_at", "looked_at_refused")
_SLOW = 90
"""Submissions that take more than a minute (docs/ledger.md 29)."""


@page("/", "overview.html", OverviewPage)
def overview() -> dict[str, Any]:
    mine = services()
    with mine.store.read() as tx:
        known = figures.shown(tx, mine)
        open_ = figures.waiting(tx)
        some = tx.scalar(select(event.c.seq).limit(1)) is not None
        names = {row.id: row.name for row in tx.execute(select(hooks.c.id, hooks.c.name))}
        paused = mine.hooks.paused(tx)
        rows = [_webhook(tx, one, known, names, paused=one.name in paused) for one in mine.hooks.listed(tx)]
        deeds = audit.listed(tx, mine.vault, most=_LOOKED_THROUGH)
        stops = account.stops(tx)
        said = _state(tx, mine, known, open_, stops)
    done = [one for one in deeds if one.did not in _NO_ACTION]
    return {
        "some": some,
        "state": said,
        "stopped": _last_stop(known, mine.now()),
        "alerted": mine.settings.alerted,
        "counted": known.at,
        "held": sum(one.many for one in known.causes),
        "causes": [_cause(one, names) for one in known.causes[:_CAUSES]],
        "more_causes": max(0, len(known.causes) - _CAUSES),
        "today": _today(known, mine) if known.today else [],
        "weekday": known.today,
        "became": charted.became(known),
        "speed": charted.speed(known.hours),
        "webhooks": sorted(rows, key=lambda row: (-row["trouble"], row["name"])),
        "quota": _quota(mine),
        "room": {"oldest": known.oldest, "kept": known.kept, "size": known.size, "open": open_},
        "deeds": [_deed(one) for one in islice(done, _DEEDS)],
    }


def _state(
    tx: Connection, mine: Services, known: Figures, open_: int, stops: Mapping[str, account.Stop]
) -> dict[str, str]:
    """One word and one sentence: the worst state wins."""
    trouble = current_app.extensions["verdict"].of(mine)
    if trouble is not None:
        return _said("bad", "store", _("Store trouble"), str(wording.DOWN.get(trouble, trouble)))
    by_reason = {stop.reason: stop for stop in stops.values()}
    if "key_refused" in by_reason:
        told = {"since": _when(by_reason["key_refused"].since, mine.now()), "num": open_}
        sentence = ngettext(
            "Since %(since)s. %(num)s submission waits safely; nothing is written. Replace QOMON_TOKEN.",
            "Since %(since)s. %(num)s submissions wait safely; nothing is written. Replace QOMON_TOKEN.",
            **told,
        )
        return _said("bad", "key_refused", _("Qomon refuses our key"), sentence)
    if "qomon_down" in by_reason:
        told = {"since": _when(by_reason["qomon_down"].since, mine.now()), "num": open_}
        sentence = ngettext(
            "Qomon has not answered since %(since)s; %(num)s submission waits safely.",
            "Qomon has not answered since %(since)s; %(num)s submissions wait safely.",
            **told,
        )
        return _said("bad", "qomon_down", _("Qomon is down"), sentence)
    if not mine.settings.writing:
        off = _("WRITING=off: everything is received and kept, nothing is written to Qomon.")
        return _said("ask", "writing_off", _("Writing is switched off"), off)
    if "paused" in by_reason:
        return _said("ask", "paused", _("Paused"), _paused(tx, mine, by_reason["paused"].since))
    return _going(mine, known, open_)


def _paused(tx: Connection, mine: Services, since: datetime) -> str:
    last = audit.listed(tx, mine.vault, did="paused", most=1)
    who = last[0].who if last else _("somebody")
    if last and last[0].at < since:  # nobody did it: under another account's key the bridge pauses by itself
        who = _("the bridge itself")
    told = {"since": _when(since, mine.now()), "who": who}
    return _("Writing is paused by %(who)s since %(since)s. Forms are still received and kept.", **told)


def _going(mine: Services, known: Figures, open_: int) -> dict[str, str]:
    """Everything works: what waits for people, then what waits for Qomon."""
    held, now = sum(one.many for one in known.causes), mine.now()
    if held:
        sentence = ngettext(
            "%(num)s submission waits for your decision.", "%(num)s submissions wait for your decision.", held
        )
        return _said("ask", "held", _("Waiting for you"), sentence)
    if open_ > _SLOW:
        told = {"pace": round(timedelta(minutes=1) / PACE), "many": open_, "at": clock(now + PACE * open_)}
        sentence = _(
            "Qomon lets us write about %(pace)s contacts a minute; the last of %(many)s will be done about %(at)s.",
            **told,
        )
        return _said("wait", "slow", _("Slow"), sentence)
    return _said("good", "well", _("All is well"), _well(known, open_))


def _well(known: Figures, open_: int) -> str:
    today = known.day(known.today) if known.today else None
    came = today.of() if today else 0
    if today is None or not came:
        return _("Nothing has come since midnight, and nothing waits.") if not open_ else _under_way(open_)
    written = today.of("delivered", "created", "unchanged")
    if written == came:
        return ngettext(
            "%(num)s submission since midnight, in Qomon.", "%(num)s submissions since midnight, all in Qomon.", came
        )
    told = {"written": written, "others": came - written}
    return ngettext(
        "%(num)s submission since midnight: %(written)s in Qomon, %(others)s on its way, kept or left out.",
        "%(num)s submissions since midnight: %(written)s in Qomon, %(others)s on their way, kept or left out.",
        came,
        **told,
    )


def _under_way(open_: int) -> str:
    return ngettext("%(num)s submission is on its way.", "%(num)s submissions are on their way.", open_)


def _said(kind: str, code: str, word: str, sentence: str) -> dict[str, str]:
    return {"kind": kind, "code": code, "word": word, "sentence": sentence}


def _when(at: datetime, now: datetime) -> str:
    return clock(at) if timedelta() <= now - at < timedelta(hours=12) else moment(at)


def _last_stop(known: Figures, now: datetime) -> str | None:
    """Said for a day."""
    if not known.stops or now - known.stops[-1][1] > timedelta(days=1):
        return None
    began, ended = known.stops[-1]
    same = ended - began < timedelta(hours=12)
    told = {"since": clock(began) if same else moment(began), "until": clock(ended) if same else moment(ended)}
    return _("The app was stopped from %(since)s to %(until)s.", **told)


def _cause(one: Cause, names: Mapping[str, str]) -> dict[str, Any]:
    why = codes.OUTCOMES["failed"] if one.reason == "failed" else codes.HELD.get(one.reason, codes.LATER)
    name = names.get(one.hook, one.hook)
    return {"hook": name, "reason": one.reason, "count": one.many, "since": one.since, "why": str(why)}


def _today(known: Figures, mine: Services) -> list[dict[str, Any]]:
    """What came until now, beside what usually comes by this time of such a day."""
    local = mine.now().astimezone(mine.settings.timezone)
    share = (local - local.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(hours=1)
    today = known.day(known.today) if known.today else None
    asked = sum(one[2] for one in today.hours) if today else 0
    named = (
        ("received", _("Received"), today.of() if today else 0, None),
        ("created", _("New contacts"), today.of("created") if today else 0, "created"),
        ("asked", _("Needed a decision"), asked, None),
    )
    return [
        {"code": code, "name": name, "count": many, "usual": known.usual(which, share), "outcome": outcome}
        for which, (code, name, many, outcome) in enumerate(named)
    ]


def _webhook(tx: Connection, one: Listed, known: Figures, names: Mapping[str, str], *, paused: bool) -> dict[str, Any]:
    id_ = one.hook.id if one.hook else next((id_ for id_, name in names.items() if name == one.name), "")
    newest = select(event.c.received_at).where(event.c.hook == id_).order_by(event.c.seq.desc()).limit(1)
    at = tx.scalar(newest)
    held = sum(cause.many for cause in known.causes if cause.hook == id_)
    mode = one.hook.mode if one.hook else None
    broken = bool(one.faults) and bool(one.revision)
    days = [day.of(hook=id_) for day in known.last]
    return {
        "id": id_,
        "name": one.name,
        "mode": mode,
        "broken": broken,
        "paused": paused,
        "last": normal.from_epoch_ms(at) if at else None,
        "today": days[-1] if days else 0,
        "held": held,
        "days": days,
        "spark": charted.spark(known, id_),
        "trouble": 2 if broken else 1 if held else 0,
    }


def _quota(mine: Services) -> list[dict[str, Any]]:
    """Calls that Qomon still takes now, as far as this process knows."""
    try:
        spaces = mine.spaces
    except Faults:
        return []
    found = []
    for name, qomon in spaces.items():
        left, most = qomon.pace.left(mine.now())
        found.append({"space": name, "left": int(left), "most": int(most)})
    return found


def _deed(one: audit.Noted) -> dict[str, Any]:
    did = codes.DEEDS.get(one.did)
    return {"at": one.at, "who": one.who, "code": one.did, "did": str(did or one.did), "hook": one.hook}
