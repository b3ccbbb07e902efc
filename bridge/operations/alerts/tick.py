"""Each minute: what is so, what of it to say, and sending that. Every ten is the same as one: the store remembers.

What is found is read without a lock; what is said of it is written down, as told, in one transaction, before any of it
is sent.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import Connection, delete, select

from bridge.errors import Faults
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
Said: TypeAlias = tuple[Telling, Told]
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
        chosen, rows = preferences.read(tx), _rows(tx)
        known = {row.cause: row.facts for row in rows}
        found = [_harmless(one) for one in watch.everything(tx, services, chosen, memory, known)]
        kinds: dict[str, set[str]] = {}
        for hook, kind in [(one.hook, one.kind) for one in found] + [(row.hook, row.kind) for row in rows]:
            kinds.setdefault(hook or "", set()).add(kind)
        names = _names(tx, services, kinds)
        backs = {row.cause: watch_writing.back(tx, row.over) for row in rows if row.over and row.kind == "qomon_down"}
    if not _differs(rows, _decided(services, found, rows, chosen)):
        return
    with services.store.write() as tx:
        lock(tx, ["alerts"])
        rows = _rows(tx)
        decided = _decided(services, found, rows, chosen)
        said = [(one, _told(services, one, names, backs.get(one.alert.cause, {}))) for one in decided.tell]
        subjects = {one.alert.cause: told.subject for one, told in said if not one.solved}
        _save(tx, rows, decided, subjects)
        for message in _messages(services, said, chosen):
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


def _messages(services: Services, said: Sequence[Said], chosen: Preferences) -> list[Message]:
    """What is urgent for itself; all else of this minute together, once for all channels that get the same."""
    made, others = [], dict[str, list[Said]]()
    for one in said:
        alert, urgency = one[0].alert, one[0].urgency
        to = say.audience(alert.kind, urgency, channels.names(services), chosen)
        if to and urgency == "now":
            made.append(_message(services, [one], to))
            continue
        for name in to:
            others.setdefault(name, []).append(one)
    same: dict[tuple[str, ...], list[str]] = {}
    for name, some in others.items():
        same.setdefault(tuple(one.alert.cause for one, _told in some), []).append(name)
    return made + [_message(services, others[to[0]], to) for to in same.values()]


def _message(services: Services, said: Sequence[Said], to: Sequence[str]) -> Message:
    at, url = normal.epoch_ms(services.now()), services.settings.public_url
    if len(said) == 1:
        (one, told), *_rest = said
        return Message(told.subject, body(told, one.alert.kind, one.alert.hook, url), to, at)
    subject = ngettext("%(num)s thing to know", "%(num)s things to know", len(said))
    parts = [
        f"{told.subject}\n{told.line}\n{words.meanwhile(one.alert.kind)}\n"
        f"{url.rstrip('/')}{KINDS[one.alert.kind].page.format(hook=one.alert.hook or '')}"
        for one, told in said
    ]
    mute = _("To mute a cause for a day or a week: Settings, Alerts: %(link)s", link=_settings(url))
    return Message(subject, "\n\n".join([*parts, mute]), to, at)


def _told(services: Services, one: Telling, names: Mapping[str, Facts], back: Facts) -> Told:
    alert = one.alert
    facts = {**alert.facts, **back}
    if alert.hook is not None:
        facts |= names.get(alert.hook, {"hook": alert.hook})
    how = words.solved if one.solved else words.told
    return how(alert.kind, facts, alert.many, alert.since, services.now())


def _harmless(one: Found) -> Found:
    """Names and labels come from people: nothing of a person is remembered in them."""
    facts = {
        name: value if isinstance(value, int) or name == "on" else words.shown(value, "…")
        for name, value in one.facts.items()
        if value != ""
    }
    return replace(one, facts=facts)


def _names(tx: Connection, services: Services, kinds: Mapping[str, set[str]]) -> dict[str, Facts]:
    """Webhooks as they may be named, by id; the tool's name only where it is said, as their files are read for it."""
    found: dict[str, Facts] = {}
    for row in tx.execute(select(hooks.c.id, hooks.c.name, hooks.c.head)).all():
        tool = tool_of(tx, services, row.id, row.head) if kinds.get(row.id, set()) & words.OF_TOOLS else {}
        found[row.id] = {"hook": words.shown(row.name, row.id), **tool}
    return found


def tool_of(tx: Connection, services: Services, hook: str, head: int) -> dict[str, str]:
    """The tool that a webhook is called by, as a fact; none where its file does not load."""
    with suppress(Faults):
        return {"tool": services.hooks.revision(tx, hook, head).source}
    return {}


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


def _save(tx: Connection, rows: Iterable[Alert], decided: Decided, subjects: Mapping[str, str]) -> None:
    before = {row.cause: row for row in rows}
    for kept in decided.keep:
        said = {say.SAID: subjects[kept.cause]} if kept.cause in subjects else {}
        one = replace(kept, facts={**kept.facts, **said})
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
