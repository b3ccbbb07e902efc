"""Each minute: what is so, what of it to say, and sending that. Every ten is the same as one: the store remembers.

What is found is read without a lock; what is said of it is written down, as told, in one transaction, before any of it
is sent.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import Connection, delete, select

from bridge.operations.alerts import channels, outbox, preferences, say, watch, watch_writing, words
from bridge.operations.alerts.kinds import KINDS, Facts, Found
from bridge.operations.alerts.outbox import Message
from bridge.operations.alerts.preferences import Preferences
from bridge.operations.alerts.say import Alert, Decided, Telling
from bridge.operations.alerts.watch_calls import Memory
from bridge.operations.alerts.words import Told
from bridge.services import Services
from bridge.store.store import lock, upsert
from bridge.store.tables import alert as table
from bridge.store.tables import hook as hooks
from schemas import normal

_SEEN = timedelta(minutes=10)
"""What did not change is written so often."""
_SAVE = upsert(table, *(column.name for column in table.columns if column.name != "cause"))
_memories: WeakKeyDictionary[Services, Memory] = WeakKeyDictionary()


def tick(services: Services) -> None:
    """To be called where texts can be spoken; within no transaction."""
    with force_locale(services.settings.default_language):
        note(services)
        if services.settings.alert_urls:
            outbox.send_due(services)


def note(services: Services) -> None:
    """Write down what is so, and what is to be said of it."""
    memory = _memories.setdefault(services, Memory())
    with services.store.read() as tx:
        chosen, rows, names = preferences.read(tx), _rows(tx), _names(tx)
        known = {row.cause: row.facts for row in rows}
        found = [_harmless(one) for one in watch.everything(tx, services, chosen, memory, known)]
        backs = {row.cause: watch_writing.back(tx, row.over) for row in rows if row.over and row.kind == "qomon_down"}
    if not _differs(rows, _decided(services, found, rows, chosen)):
        return
    with services.store.write() as tx:
        lock(tx, ["alerts"])
        rows = _rows(tx)
        decided = _decided(services, found, rows, chosen)
        _save(tx, rows, decided)
        for message in _messages(services, decided.tell, chosen, names, backs):
            outbox.put(tx, message)


def body(told: Told, kind: str, hook: str | None, public_url: str) -> str:
    """The line, what happens meanwhile, the one link, and how to hear no more of it."""
    path = KINDS[kind].page.format(hook=hook or "")
    parts = [told.line, words.meanwhile(kind), f"{public_url.rstrip('/')}{path}"]
    mute = _("To mute this cause for a day or a week: Settings, Alerts: %(link)s", link=_settings(public_url))
    return "\n\n".join(part for part in (*parts, mute) if part)


def _settings(public_url: str) -> str:
    return f"{public_url.rstrip('/')}/settings/alerts"


def _decided(services: Services, found: Sequence[Found], rows: Sequence[Alert], chosen: Preferences) -> Decided:
    """Without a channel nobody is told: what is so is remembered as untold until there is one."""
    decided = say.decide(found, rows, chosen, services.now(), services.settings.timezone)
    if services.settings.alert_urls:
        return decided
    before = {row.cause: row for row in rows}
    keep = [
        replace(one, told_at=was.told_at if was else None, told_many=was.told_many if was else None)
        for one in decided.keep
        for was in [before.get(one.cause)]
    ]
    return Decided((), keep, decided.drop)


def _messages(
    services: Services,
    tell: Sequence[Telling],
    chosen: Preferences,
    names: Mapping[str, str],
    backs: Mapping[str, Facts],
) -> list[Message]:
    """What is urgent for itself; all else of this minute together."""
    urgent = [[one] for one in tell if one.urgency == "now"]
    others = [one for one in tell if one.urgency != "now"]
    made = []
    for some in [*urgent, *([others] if others else [])]:
        to = [one for one in channels.names(services) if say.wanted(one, some[0].urgency, chosen)]
        if to:
            made.append(_message(services, some, to, names, backs))
    return made


def _message(
    services: Services, some: Sequence[Telling], to: Sequence[str], names: Mapping[str, str], backs: Mapping[str, Facts]
) -> Message:
    now, url = services.now(), services.settings.public_url
    told = [(one.alert, _told(one, now, names, backs.get(one.alert.cause, {}))) for one in some]
    if len(told) == 1:
        alert, said = told[0]
        return Message(said.subject, body(said, alert.kind, alert.hook, url), to, normal.epoch_ms(now))
    subject = ngettext("%(num)s thing to know", "%(num)s things to know", len(told))
    parts = [
        f"{said.subject}\n{said.line}\n{words.meanwhile(alert.kind)}\n"
        f"{url.rstrip('/')}{KINDS[alert.kind].page.format(hook=alert.hook or '')}"
        for alert, said in told
    ]
    mute = _("To mute a cause for a day or a week: Settings, Alerts: %(link)s", link=_settings(url))
    return Message(subject, "\n\n".join([*parts, mute]), to, normal.epoch_ms(now))


def _told(one: Telling, now: datetime, names: Mapping[str, str], back: Facts) -> Told:
    alert = one.alert
    facts = {**alert.facts, **back}
    if alert.hook is not None:
        facts["hook"] = names.get(alert.hook, alert.hook)
    if one.solved:
        return words.solved(alert.kind, facts, alert.many, alert.since, now)
    return words.told(alert.kind, facts, alert.many, alert.since, now)


def _harmless(one: Found) -> Found:
    """Names and labels come from people: nothing of a person is remembered in them."""
    facts = {
        name: value if isinstance(value, int) or name == "on" else words.shown(value, "…")
        for name, value in one.facts.items()
        if value != ""
    }
    return replace(one, facts=facts)


def _names(tx: Connection) -> dict[str, str]:
    """Webhooks as they may be named, by id."""
    return {row.id: words.shown(row.name, row.id) for row in tx.execute(select(hooks.c.id, hooks.c.name))}


def _rows(tx: Connection) -> list[Alert]:
    return [
        Alert(
            row.cause,
            row.kind,
            row.hook,
            normal.from_epoch_ms(row.since),
            normal.from_epoch_ms(row.seen),
            row.many,
            json.loads(row.facts),
            _at(row.told_at),
            row.told_many,
            _at(row.over),
            _at(row.muted_until),
        )
        for row in tx.execute(select(table)).all()
    ]


def _differs(rows: Sequence[Alert], decided: Decided) -> bool:
    before = {row.cause: row for row in rows}
    if decided.tell or decided.drop or len(before) != len(decided.keep):
        return True
    return any(_changed(before[one.cause], one) for one in decided.keep)


def _changed(was: Alert, now: Alert) -> bool:
    return now.seen - was.seen >= _SEEN or replace(was, seen=now.seen, since=now.since) != now


def _save(tx: Connection, rows: Iterable[Alert], decided: Decided) -> None:
    before = {row.cause: row for row in rows}
    for one in decided.keep:
        was = before.get(one.cause)
        if was is None or was != one:
            tx.execute(_SAVE(tx), _plain(one))
    if decided.drop:
        tx.execute(delete(table).where(table.c.cause.in_(decided.drop)))


def _plain(one: Alert) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("cause", "kind", "hook", "many", "told_many")},
        **{name: normal.epoch_ms(getattr(one, name)) for name in ("since", "seen")},
        **{name: _ms(getattr(one, name)) for name in ("told_at", "over", "muted_until")},
        "facts": json.dumps(dict(one.facts), ensure_ascii=False),
    }


def _at(ms: int | None) -> datetime | None:
    return normal.from_epoch_ms(ms) if ms is not None else None


def _ms(at: datetime | None) -> int | None:
    return normal.epoch_ms(at) if at is not None else None
