"""The inbox: what came, and what became of it. Filters are codes in the address; whose it is, is never there."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

from flask import Response, redirect, request, url_for
from flask_babel import get_timezone, lazy_gettext, ngettext
from flask_babel import gettext as _

from bridge.crossing.opened import report_of
from bridge.model import Event
from bridge.operations import audit, listing, story
from bridge.operations.listing import Count, Filter
from bridge.pages import became, numbers, session
from bridge.pages.page import download, is_twin, me, page
from bridge.pages.shown import for_role, language, number
from bridge.report import cells
from bridge.services import Services
from bridge.store.vault import Vault
from schemas import codes, normal
from schemas.outputs.inbox import InboxPage

PAGE = 50
_EXPORTED = 10_000
"""Rows of one file, like the count: who wants more asks for a shorter period."""
_AT_ONCE = 500
PERIODS: Mapping[str, Any] = {
    "today": lazy_gettext("Today"),
    "7d": lazy_gettext("7 days"),
    "30d": lazy_gettext("30 days"),
}
CODES = ("webhook", "outcome", "reason", "version", "period", "test", "put_back")
"""What an address may say, in this order."""


@page("/inbox", "inbox.html", InboxPage)
def inbox() -> dict[str, Any] | Response:
    mine = session.services()
    said = asked(request.args)
    if not is_twin() and any(not value for value in request.args.values()):
        return cast("Response", redirect(url_for("pages.inbox", **said), 303))
    before = numbers.asked("before")
    vault = mine.vault  # it may have to write once: not within a read
    with mine.store.read() as tx:
        hooks = listing.webhooks(tx)
        wanted = read(said, mine.now())
        found, many = listing.page(tx, wanted, PAGE, before), listing.count(tx, wanted)
    rows = [row(vault, one) for one in found.events]
    older = None if found.older is None else url_for("pages.inbox", **{**said, "before": found.older})
    return {
        "rows": rows,
        "many": many.many,
        "more": many.more,
        "lead": _lead(many, said),
        "said": said,
        "filters": [*_taken(said, hooks)],
        "hooks": hooks,
        "outcomes": {code: label for code, (_kind, label) in became.WORDS.items()},
        "reasons": _reasons(said.get("outcome")),
        "periods": PERIODS,
        "older": older,
        "searched": found.searched,
        "newest": url_for("pages.inbox", **said) if before is not None else None,
        "next": found.older,
    }


@download("/inbox/export.csv", role="staff")
def export() -> Response:
    """A line for each; the codes, and beside them the words of the reader's language."""
    mine, said = session.services(), asked(request.args)
    vault, wanted = mine.vault, read(asked(request.args), session.services().now())
    with mine.store.read() as tx:
        many = min(listing.count(tx, wanted).many, _EXPORTED)
    with mine.store.write() as tx:
        filters = [f"{name}={value}" for name, value in said.items()]
        audit.note(tx, vault, session.by(), "submissions_exported", None, submissions=many, filters=[*filters])
    between = ";" if language() == "fr" else ","
    lines = cells.table(_COLUMNS, _exported(mine, wanted), between)
    body = "\ufeff" + "\r\n".join(lines) + "\r\n"
    name = f"submissions-{mine.now():%Y-%m-%d}.csv"
    return Response(body, mimetype="text/csv", headers={"Content-Disposition": f"attachment; filename={name}"})


_COLUMNS = (
    *("event", "submitted_at", "received_at", "webhook", "version", "person", "outcome", "became", "reason", "why"),
    *("contact", "fields", "action", "about"),
)


def _exported(mine: Services, wanted: Filter) -> Iterator[dict[str, Any]]:
    vault, before, left = mine.vault, None, _EXPORTED
    while left > 0:
        with mine.store.read() as tx:
            found = listing.page(tx, wanted, min(_AT_ONCE, left), before)
        for one in found.events:
            told = row(vault, one)
            yield {**told, "webhook": told["hook"], "became": told["word"], "why": became.why(one)}
        left -= len(found.events)
        before = found.older
        if before is None or not (found.events or found.searched):
            return


def row(vault: Vault, one: Event) -> dict[str, Any]:
    """One submission as the list has it; the person as this reader may see them."""
    report = report_of(vault, one)
    kind, word = became.word(one, report)
    contact = (report.get("contact") or {}).get("id")
    waits = one.status in ("open", "held")
    return {
        "event": one.id,
        "submitted_at": normal.to_ms(one.submitted_at),
        "received_at": normal.to_ms(one.received_at),
        "hook": one.hook_name or one.hook,
        "version": one.revision,
        "outcome": one.outcome.value,
        "reason": one.reason,
        "kind": kind,
        "word": word,
        "clause": became.clause(one, report),
        "person": for_role(named, me().role) if (named := whose(vault, one, contact)) else None,
        "contact": contact,
        "fields": sum(line["change"] != "unchanged" for line in report["fields"]),
        "waits_since": normal.to_ms(one.released or one.received_at) if waits else None,
        "action": one.action,
        "about": one.origin,
        "withdraws": one.status == "held" and one.withdraws,
    }


def whose(vault: Vault, one: Event, contact: int | None) -> str:
    """Their name, else how they can be reached, else their number in Qomon."""
    _answers, who, _opens = story.read(vault, one)
    named = " ".join(part for part in (who.firstname, who.surname) if part)
    reached = next((who.identities[name] for name in ("mail", "mobile", "phone") if name in who.identities), "")
    return named or reached or (str(contact) if contact else "")


def asked(form: Mapping[str, str]) -> dict[str, Any]:
    """The codes that were said and that we know; of a version only with its webhook."""
    said = {name: form.get(name, "").strip()[:40] for name in CODES}
    known = {
        "outcome": said["outcome"] in became.WORDS,
        "reason": said["reason"] in {**codes.HELD, **codes.QUEUED, **codes.IGNORED},
        "version": numbers.number(said["version"]) is not None and bool(said["webhook"]),
        "period": said["period"] in PERIODS,
        "test": said["test"] == "1",
        "put_back": said["put_back"] == "1",
    }
    return {name: value for name, value in said.items() if value and known.get(name, True)}


def read(said: Mapping[str, str], now: datetime) -> Filter:
    return Filter(
        hook=said.get("webhook"),
        outcome=said.get("outcome"),
        reason=said.get("reason"),
        revision=numbers.number(said.get("version"), numbers.VERSION),
        since=_since(said.get("period"), now),
        test="test" in said,
        put_back="put_back" in said,
    )


def _since(period: str | None, now: datetime) -> datetime | None:
    if period == "today":
        local = now.astimezone(get_timezone())
        return datetime.combine(local.date(), time(), local.tzinfo).astimezone(UTC)
    days = {"7d": 7, "30d": 30}.get(period or "")
    return None if days is None else now - timedelta(days=days)


def _reasons(outcome: str | None) -> dict[str, Any]:
    lists = {"held": codes.HELD, "queued": codes.QUEUED, "ignored": codes.IGNORED, "failed": codes.QUEUED}
    return dict(lists.get(outcome, {}) if outcome else {**codes.HELD, **codes.QUEUED, **codes.IGNORED})


def _lead(many: Count, said: Mapping[str, str]) -> str:
    if many.more and many.many >= listing.MOST:
        return _("More than %(many)s submissions, the newest first.", many=number(listing.MOST))
    if many.more:
        return _("At least %(many)s submissions, the newest first.", many=number(many.many))
    if said:
        return ngettext(
            "%(many)s submission for this filter.",
            "%(many)s submissions for this filter.",
            many.many,
            many=number(many.many),
        )
    return ngettext(
        "%(many)s submission, the newest first.",
        "%(many)s submissions, the newest first.",
        many.many,
        many=number(many.many),
    )


def _taken(said: Mapping[str, Any], hooks: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Each part of the filter in words, and the address without it."""
    for name, value in said.items():
        gone = {name, "version"} if name == "webhook" else {name}
        rest = {code: said[code] for code in said if code not in gone}
        words = hooks.get(value, value) if name == "webhook" else _words(name, value)
        yield {"code": name, "words": words, "href": url_for("pages.inbox", **rest)}


def _words(name: str, code: str) -> str:
    match name:
        case "outcome":
            return str(became.WORDS[code][1])
        case "reason":
            return str({**codes.IGNORED, **codes.QUEUED, **codes.HELD}[code]).rstrip(".")
        case "version":
            return _("Version %(number)s", number=code)
        case "period":
            return str(PERIODS[code])
        case "test":
            return _("with tests")
        case _:
            return _("put back by people")
