"""What an alert says, in the language that is spoken: counts, names of webhooks, labels of fields and one link.

Never a person and never a value. Names and labels come from people, so what looks like an address or a number is not
repeated.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from babel.dates import format_date, format_datetime, format_time
from flask_babel import format_decimal, get_locale, get_timezone, ngettext
from flask_babel import gettext as _

from bridge.operations.alerts.kinds import Facts
from bridge.operations.authoring import tools
from bridge.report import wording
from schemas import codes, normal

LONGEST = 60
OF_TOOLS = frozenset({"calls_refused", "silence"})
"""Kinds that name the tool where it is one of those that people know by name: a fact `tool`."""
_HIDES = re.compile(r"@|://|(?:\d[\s./()+-]*){6,}")
"""A mail address, a link, a phone number or the like."""
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Told:
    subject: str
    line: str


@dataclass(frozen=True, slots=True)
class _Case:
    """What the sentences of one kind are made of."""

    facts: Facts
    many: int
    since: datetime
    now: datetime

    def text(self, name: str) -> str:
        return str(self.facts.get(name, ""))

    def number(self, name: str) -> int:
        return int(self.facts.get(name, 0))

    def moment(self, name: str) -> datetime:
        return normal.from_epoch_ms(self.number(name))

    @property
    def hook(self) -> str:
        return self.text("hook")

    @property
    def began(self) -> str:
        return _moment(self.since, self.now)


_Words: TypeAlias = Callable[[_Case], Told]


def shown(text: str, instead: str) -> str:
    """A name or label as it may be repeated: in one line, nothing unseen in it, not longer than is read."""
    clean = " ".join(normal.bare(text).split())
    clean = "".join(sign for sign in clean if sign.isprintable())
    if not clean or _HIDES.search(clean):
        return instead
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1].rstrip() + "…"


def told(kind: str, facts: Facts, many: int, since: datetime, now: datetime) -> Told:
    """`facts`: with `hook`, the webhook's name, where there is one. Raises KeyError for what is no kind."""
    return WORDS[kind](_Case(facts, many, since, now))


def solved(kind: str, facts: Facts, many: int, since: datetime, now: datetime) -> Told:
    """That it is over, under the subject that it was told by, so that who reads mail finds both together. `facts`: with
    that, `said`; for Qomon also what was written since."""
    subject = str(facts.get("said") or told(kind, facts, many, since, now).subject)
    line = _back(_Case(facts, many, since, now)) if kind == "qomon_down" else _("It is over. Nothing to do.")
    return Told(_("Solved: %(what)s", what=subject), line)


def meanwhile(kind: str) -> str:
    """What happens until somebody does something."""
    return _MEANWHILE[kind]() if kind in _MEANWHILE else _("Forms are received and kept meanwhile.")


def _key_refused(case: _Case) -> Told:
    line = ngettext(
        "%(num)s submission waits safely; nothing is written. Replace %(name)s.",
        "%(num)s submissions wait safely; nothing is written. Replace %(name)s.",
        case.many,
        name=_token(case.text("space")),
    )
    return Told(_("Qomon refuses our key."), line)


def _calls_refused(case: _Case) -> Told:
    subject = ngettext(
        "%(hook)s: %(num)s call refused, signature not ours.",
        "%(hook)s: %(num)s calls refused, signature not ours.",
        case.many,
        hook=case.hook,
    )
    if (tool := tools.TILES.get(case.text("tool"))) is not None:
        line = _(
            "Since %(since)s. Kept 72 h. %(temper)s Is the secret in %(tool)s the webhook’s?",
            since=case.began,
            temper=tool.temper,
            tool=tool.title,
        )
    else:
        line = _(
            "Since %(since)s. Kept 72 h; some tools stop trying after a day. Is the secret in the tool the webhook’s?",
            since=case.began,
        )
    return Told(subject, line)


def _hook_broken(case: _Case) -> Told:
    line = ngettext(
        "%(num)s call is kept since %(since)s, and goes on once what it needs is set.",
        "%(num)s calls are kept since %(since)s, and go on once what it needs is set.",
        case.many,
        since=case.began,
    )
    return Told(_("%(hook)s does not load: something that it needs is not set.", hook=case.hook), line)


def _breaker(case: _Case) -> Told:
    why = wording.why_tripped(case.text("code"), case.text("field"), case.many)
    return Told(
        _("%(hook)s stopped by itself: %(why)s.", hook=case.hook, why=why), _("Since %(since)s.", since=case.began)
    )


def _not_confirmed(case: _Case) -> Told:
    subject = ngettext(
        "%(hook)s: %(num)s written, but not confirmed by Qomon.",
        "%(hook)s: %(num)s written, but not confirmed by Qomon.",
        case.many,
        hook=case.hook,
    )
    return Told(subject, _("Qomon does not show everything as it was sent. Look at it, or put it back."))


def _qomon_down(case: _Case) -> Told:
    line = ngettext("%(num)s waits safely.", "%(num)s wait safely.", case.many)
    return Told(_("Qomon has not answered since %(since)s.", since=case.began), line)


def _back(case: _Case) -> str:
    written = case.number("written")
    minutes = ngettext("%(num)s min", "%(num)s min", case.number("minutes"))
    line = ngettext("%(num)s written in %(minutes)s.", "%(num)s written in %(minutes)s.", written, minutes=minutes)
    return " ".join((_("Back: Qomon answers again."), line if written else _("Nothing had to wait.")))


def _todo(case: _Case) -> Told:
    reason, field = case.text("reason"), case.text("field")
    if reason == "unknown_choice" and field:
        why = _("a choice of ‘%(field)s’ is not in Qomon.", field=field)
    elif reason == "unknown_field" and field:
        why = _("the field ‘%(field)s’ is not in Qomon any more.", field=field)
    else:
        why = str(codes.OUTCOMES["failed"] if reason == "failed" else codes.HELD.get(reason, codes.LATER))
    subject = ngettext(
        "%(num)s held in %(hook)s: %(why)s", "%(num)s held in %(hook)s: %(why)s", case.many, hook=case.hook, why=why
    )
    one = _("One decision frees all.") if reason in ("unknown_choice", "unknown_field") else ""
    return Told(subject, " ".join(part for part in (_("Since %(since)s.", since=case.began), one) if part))


def _reminder(case: _Case) -> Told:
    causes = ngettext("%(num)s cause", "%(num)s causes", case.number("causes"))
    many = ngettext("%(num)s submission", "%(num)s submissions", case.many)
    days = ngettext("%(num)s day", "%(num)s days", case.number("days"))
    line = _("%(causes)s, %(many)s, oldest %(days)s.", causes=causes, many=many, days=days)
    return Told(_("To do: something waits for your decision."), line)


def _to_be_erased(case: _Case) -> Told:
    day = _day(date.fromisoformat(case.text("on")))
    subject = ngettext(
        "%(num)s held submission will be erased on %(day)s.",
        "%(num)s held submissions will be erased on %(day)s.",
        case.many,
        day=day,
    )
    short = subject.replace("..", ".")  # a French month ends with a point too
    return Told(short, _("%(hook)s: decide before that day.", hook=case.hook))


def _silence(case: _Case) -> Told:
    subject = _("%(hook)s: nothing has come since %(since)s.", hook=case.hook, since=case.began)
    if "days" in case.facts:
        usual = ngettext(
            "At least one in %(num)s day is expected.", "At least one in %(num)s days is expected.", case.number("days")
        )
    else:
        usual = _("It usually gets %(usual)s a day.", usual=format_decimal(case.number("usual")))
    tool = tools.TILES.get(case.text("tool"))
    ask = _("Is the webhook still on in the form’s tool?")
    if tool is not None:
        ask = _("Is the webhook still on in %(tool)s?", tool=tool.title)
    return Told(subject, f"{usual} {ask}")


def _drift(case: _Case) -> Told:
    question = case.text("question")
    if not question:
        return Told(
            ngettext(
                "%(hook)s: %(num)s change to watch.", "%(hook)s: %(num)s changes to watch.", case.many, hook=case.hook
            ),
            _("The form or Qomon changed. Look at the webhook’s mapping."),
        )
    line = ngettext("%(num)s answer not sent.", "%(num)s answers not sent.", case.many)
    return Told(_("New question ‘%(question)s’ in %(hook)s.", question=question, hook=case.hook), line)


def _stopped(case: _Case) -> Told:
    began, ended = (_moment(case.moment(name), case.now) for name in ("from", "to"))
    names = [case.text(name) for name in sorted(case.facts) if name.startswith("hook") and name != "hook"]
    line = _("Tools that never retry may have lost submissions.")
    if names:
        line = _("Tools that never retry may have lost submissions: %(webhooks)s.", webhooks=", ".join(names))
    return Told(_("The app was stopped from %(began)s to %(ended)s.", began=began, ended=ended), line)


def _store_full(case: _Case) -> Told:
    line = ngettext(
        "%(num)s day kept, %(size)s MB; %(free)s MB are free. Make room, or shorten KEEP_DAYS.",
        "%(num)s days kept, %(size)s MB; %(free)s MB are free. Make room, or shorten KEEP_DAYS.",
        case.number("days"),
        size=format_decimal(case.number("size") // _MEGABYTE),
        free=format_decimal(case.number("free") // _MEGABYTE),
    )
    return Told(_("The store is at %(share)s %%.", share=case.number("share")), line)


def _store_key(case: _Case) -> Told:
    line = _("If the key was changed, put the old one behind the new one in BRIDGE_KEY.")
    return Told(
        ngettext("%(num)s stored submission does not open.", "%(num)s stored submissions do not open.", case.many), line
    )


def _store_behind(_case: _Case) -> Told:
    return Told(_("The store lacks tables of this version."), _("An upgrade failed or was not run: flask upgrade"))


def _channel(case: _Case) -> Told:
    subject = _("A channel of alerts fails: %(channel)s.", channel=case.text("channel"))
    return Told(subject, _("Nothing reached it since %(since)s. Look at ALERT_URLS.", since=case.began))


def _admin_added(case: _Case) -> Told:
    return Told(
        ngettext("New admin.", "%(num)s new admins.", case.many),
        _("First: %(at)s. Not you? Remove it here. The activity log says by whom.", at=case.began),
    )


def _secret_changed(case: _Case) -> Told:
    subject = _("%(hook)s: its secret was replaced.", hook=case.hook)
    return Told(subject, _("First: %(at)s. Not you? The activity log says by whom.", at=case.began))


def _person_erased(case: _Case) -> Told:
    subject = ngettext("A person was erased.", "%(num)s people were erased.", case.many)
    return Told(subject, _("First: %(at)s. Not you? The activity log says by whom.", at=case.began))


def _login_locked(case: _Case) -> Told:
    line = ngettext(
        "%(num)s time, first: %(at)s. Nobody you know? Look at the activity log.",
        "%(num)s times, first: %(at)s. Nobody you know? Look at the activity log.",
        case.many,
        at=case.began,
    )
    return Told(_("Too many wrong passwords: logging in pauses."), line)


_WEEK = ("received", "written", "decided", "restored", "protected")


def _weekly(case: _Case) -> Told:
    line = _(
        "%(received)s received, %(written)s written, %(decided)s decided by you, %(restored)s put back; "
        "%(protected)s fields protected.",
        **{name: format_decimal(case.number(name)) for name in _WEEK},
    )
    return Told(_("The week of the bridge"), line)


WORDS: Mapping[str, _Words] = {
    "key_refused": _key_refused,
    "calls_refused": _calls_refused,
    "hook_broken": _hook_broken,
    "breaker": _breaker,
    "not_confirmed": _not_confirmed,
    "qomon_down": _qomon_down,
    "todo": _todo,
    "reminder": _reminder,
    "to_be_erased": _to_be_erased,
    "silence": _silence,
    "drift": _drift,
    "stopped": _stopped,
    "store_full": _store_full,
    "store_key": _store_key,
    "store_behind": _store_behind,
    "channel": _channel,
    "admin_added": _admin_added,
    "secret_changed": _secret_changed,
    "person_erased": _person_erased,
    "login_locked": _login_locked,
    "weekly": _weekly,
}

_MEANWHILE: Mapping[str, Callable[[], str]] = {
    "not_confirmed": lambda: _("What Qomon did store stays, and can be put back."),
    "todo": lambda: _("Nothing of them is written meanwhile; all others go on."),
    "reminder": lambda: _("Nothing of them is written meanwhile; all others go on."),
    "to_be_erased": lambda: _("Nothing of them is written meanwhile; all others go on."),
    "silence": lambda: _("What comes is written as before."),
    "drift": lambda: _("All other answers are written as before."),
    "stopped": lambda: _("It runs again, and writes what it had received."),
    "store_key": lambda: _("New submissions are received and kept."),
    "channel": lambda: _("What could not be sent is tried again for a day."),
    "admin_added": lambda: _("Nothing else changes."),
    "secret_changed": lambda: _("Nothing else changes."),
    "person_erased": lambda: _("Nothing else changes."),
    "login_locked": lambda: _("Whoever is logged in stays so."),
    "weekly": lambda: _("Nothing to do."),
}


def _token(space: str) -> str:
    return f"QOMON_TOKEN__{space.upper()}" if space else "QOMON_TOKEN"


def _moment(at: datetime, now: datetime) -> str:
    """Of today the time, else the day too, in the campaign's zone."""
    here, today = (one.astimezone(get_timezone() or UTC) for one in (at, now))
    clock = str(format_time(here, "HH:mm", locale=_language()))
    if today - here < timedelta(days=1) and here.date() == today.date():
        return clock
    return str(format_datetime(here.replace(tzinfo=None), _("d MMM, HH:mm"), locale=_language()))


def _day(at: date) -> str:
    return str(format_date(at, "d MMM", locale=_language()))


def _language() -> str:
    return str(get_locale() or "en")
