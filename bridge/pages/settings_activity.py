"""The activity log: who did what, when, from where and why; and the same as a table for spreadsheets."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from bridge.errors import Faults
from bridge.operations import audit
from bridge.operations.audit import Noted
from bridge.pages import numbers, session
from bridge.pages.page import download, page
from bridge.pages.settings import around
from bridge.report.cells import table
from schemas import codes, normal
from schemas.outputs.settings import ActivityPage

_PAGE = 50
_EXPORTED = 10_000
"""Lines of one file, the newest."""
_COLUMNS = ("at", "who", "did", "subject", "hook", "from", "why", "more")
_FILTERS = ("since", "until", "who", "did", "subject")


@page("/settings/activity", "activity.html", ActivityPage, "admin")
def activity() -> dict[str, Any]:
    """Whoever did it stands in the address by the id of their account, never by name."""
    mine = session.services()
    asked = _asked()
    people = {one.id: one.name for one in session.staff().listed()}
    with mine.store.read() as tx:
        before = numbers.asked("before")
        found = audit.listed(tx, mine.vault, **_only(asked, people), most=_PAGE + 1, before=before)
    listed = found[:_PAGE]
    older = url_for("pages.activity", **asked, before=listed[-1].seq) if len(found) > _PAGE else None
    newest = url_for("pages.activity", **asked) if "before" in request.args else None
    return {
        **around("activity"),
        "asked": asked,
        "people": people,
        "deeds": sorted(codes.DEEDS.items(), key=lambda one: normal.folded(str(one[1]))),
        "noted": [_told(one, people) for one in listed],
        "pages": (older, newest),
        "most": _EXPORTED,
        "export": url_for("pages.activity_export", **asked),
        "days": mine.settings.audit // timedelta(days=1),
    }


@download("/settings/activity/export", "admin")
def activity_export() -> Response:
    """The newest, as a CSV in which no cell is a formula; that it was taken is noted."""
    mine = session.services()
    asked = _asked()
    people = {one.id: one.name for one in session.staff().listed()}
    vault, only = mine.vault, _only(asked, people)
    with mine.store.read() as tx:
        found = audit.listed(tx, vault, **only, most=_EXPORTED)
    with mine.store.write() as tx:
        audit.note(tx, vault, session.by(), "activity_exported", lines=len(found))
    text = "\ufeff" + "\r\n".join(table(_COLUMNS, map(_row, found))) + "\r\n"
    answer = Response(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="activity.csv"'
    return answer


def _asked() -> dict[str, Any]:
    return {name: said for name in _FILTERS if (said := request.args.get(name, "").strip())}


def _only(asked: Mapping[str, str], people: Mapping[str, str]) -> dict[str, Any]:
    """For `audit.listed`. Raises Faults for a day that is none."""
    only: dict[str, Any] = {name: asked[name] for name in ("did", "subject") if name in asked}
    if "who" in asked:
        only["who"] = people.get(asked["who"], asked["who"])
    if "since" in asked:
        only["since"] = _begins(asked["since"])
    if "until" in asked:
        only["until"] = _begins(asked["until"], 1)
    return only


def _begins(text: str, later: int = 0) -> datetime:
    """When this day, or so many later, begins in the campaign's zone."""
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
        return datetime.combine(day, time(), session.services().settings.timezone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Faults([_("That is not a day. Write it as in 2026-11-22.")]) from None


def _told(one: Noted, people: Mapping[str, str]) -> dict[str, Any]:
    said = dict(one.said or {})
    from_, why = said.pop("from", None), said.pop("why", None)
    return {
        "at": one.at,
        "who": one.who,
        "did": one.did,
        "deed": codes.DEEDS.get(one.did, codes.LATER),
        "subject": one.subject,
        "about": one.hook or people.get(one.subject or "") or one.subject,
        "hook": one.hook,
        "from": from_,
        "why": why,
        "more": said,
        "said": [f"{name}: {_plain(value)}" for name, value in said.items()],
        "erased": one.erased,
        "opens": not one.shut,
    }


def _row(one: Noted) -> dict[str, Any]:
    told = _told(one, {})
    return {**told, "at": normal.to_ms(one.at), "more": "; ".join(told["said"])}


def _plain(value: Any) -> str:
    return " ".join(map(str, _each(value)))


def _each(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]
