"""How pages write times, days, numbers and names: in the reader's language and the campaign's zone, in one place."""

import re
from datetime import UTC, date, datetime
from typing import Any

from babel.dates import format_date as format_day
from babel.dates import format_datetime as format_moment
from babel.dates import format_timedelta
from babel.numbers import format_decimal, format_percent
from flask import Flask, current_app, url_for
from flask_babel import get_locale, get_timezone
from flask_babel import gettext as _
from markupsafe import Markup, escape

from bridge.model import Json
from bridge.operations.staff import Role
from bridge.pages import targets
from bridge.report import masked
from schemas import normal

MOMENT = {"en": "d MMM y, HH:mm", "fr": "d MMM y 'à' HH:mm"}
DAY = {"en": "d MMM y", "fr": "d MMM y"}
_ISO = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def language() -> str:
    return str(get_locale() or "en")


def moment(at: datetime | str | None) -> str:
    """`21 Nov 2026, 14:02` in the campaign's zone."""
    known = _read(at)
    if known is None:
        return _("never")
    return str(format_moment(known.astimezone(get_timezone()), MOMENT[language()], locale=language()))


def dated(sentence: str) -> str:
    """A sentence that commands say too, with its moments as pages write them."""
    return _ISO.sub(lambda found: moment(found[0]), sentence)


def time(at: datetime | str | None, now: datetime | None = None) -> Markup:
    """The same for a page, with how long ago it was where that is less than a day."""
    known = _read(at)
    if known is None:
        return escape(_("never"))
    local = known.astimezone(get_timezone())
    beside = f" ({ago(known, now)})" if now is not None and abs((now - known).total_seconds()) < 86_400 else ""  # noqa: PLR2004
    return Markup('<time datetime="{}">{}</time>{}').format(local.isoformat(timespec="seconds"), moment(known), beside)


def clock(at: datetime | str | None) -> str:
    """`14:02`, for what happens today."""
    known = _read(at)
    return "" if known is None else str(format_moment(known.astimezone(get_timezone()), "HH:mm", locale=language()))


def ago(at: datetime, now: datetime) -> str:
    return str(format_timedelta(at - now, granularity="second", threshold=0.99, add_direction=True, locale=language()))


def day(at: date | datetime | str | None) -> str:
    if isinstance(at, str):
        at = _read(at) or at
    if isinstance(at, datetime):
        at = at.astimezone(get_timezone()).date()
    return str(at or "") if not isinstance(at, date) else str(format_day(at, DAY[language()], locale=language()))


def number(count: float) -> str:
    return str(format_decimal(count, locale=language()))


def percent(share: float) -> str:
    return str(format_percent(share, "#,##0.# %" if language() == "fr" else "#,##0.#%", locale=language()))


def value(said: Json) -> str:
    """A value of an answer or of a contact, in words."""
    if said is None or said in ("", []):
        return _("nothing")
    if isinstance(said, bool):
        return _("yes") if said else _("no")
    if isinstance(said, list):
        return ", ".join(map(value, said))
    if isinstance(said, dict):
        return ", ".join(value(one) for one in said.values() if one not in (None, ""))
    return normal.visible(str(said))


def for_role(said: Json, role: Role) -> str:
    """What somebody with this role sees of a value: a viewer its shape."""
    shown = value(said)
    return shown if role != "viewer" or said in (None, "", []) else masked.masked(shown)


def _read(at: datetime | str | None) -> datetime | None:
    known = normal.moment(at) if isinstance(at, str) else at
    return known.replace(tzinfo=UTC) if known is not None and known.tzinfo is None else known


def field(name: str | None) -> str:
    """A field of Qomon as people call it; a question of its forms by its label."""
    known = targets.FIELDS.get(name or "")
    return (
        str(known)
        if known is not None
        else normal.visible((name or "").removeprefix("custom_fields.").removeprefix("formdatas."))
    )


def url_of(endpoint: str, **path: Any) -> str | None:
    """The address of a page, None where there is no such page."""
    name = f"pages.{endpoint}"
    return url_for(name, **path) if name in current_app.view_functions else None


def install(app: Flask) -> None:
    filters: dict[str, Any] = {
        "moment": moment,
        "dated": dated,
        "time": time,
        "clock": clock,
        "day": day,
        "number": number,
    }
    filters |= {"percent": percent, "value": value, "for_role": for_role, "field": field}
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.globals.update({"get_locale": get_locale, "url_of": url_of})
    app.jinja_env.filters.update(filters)
