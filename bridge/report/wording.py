"""A report in sentences, for people at a terminal. The codes and their words are in schemas/codes.py."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.errors import BridgeError, StoreDown, TryLater, UpgradeFailed
from bridge.translations import quoted
from schemas import codes, normal
from schemas.fields import spoken_each

FOUND_BY = {
    "created": lazy_gettext("Contact %(id)s, created"),
    "id": lazy_gettext("Contact %(id)s, found by id"),
    "mail": lazy_gettext("Contact %(id)s, found by mail"),
    "mobile": lazy_gettext("Contact %(id)s, found by mobile"),
    "phone": lazy_gettext("Contact %(id)s, found by phone"),
    None: lazy_gettext("Contact %(id)s, found by its number"),
}
"""By what led to the contact."""
_CONSENT = {
    "yes": lazy_gettext("yes: %(name)s (%(value)s), by “%(wording)s”"),
    "no": lazy_gettext("no: %(name)s (%(value)s), by “%(wording)s”"),
    "withdrawn": lazy_gettext("withdrawn: %(name)s (%(value)s), by “%(wording)s”"),
}
_TRIPPED = {
    "same_value": lazy_gettext("one value of %(field)s for %(count)s contacts within an hour, nearly all that got one"),
    "shared_address": lazy_gettext("the same %(field)s for %(count)s contacts within an hour"),
    "creations": lazy_gettext("%(count)s new contacts within an hour, far over usual"),
    "clears": lazy_gettext("%(count)s fields erased within an hour, far over usual"),
    "dropped": lazy_gettext("Qomon dropped something of %(count)s of the last writes"),
}
DOWN = {
    "full": lazy_gettext("The database takes nothing more: its disk is full."),
    "read_only": lazy_gettext("The database can only be read: its disk, or its plan, takes no write."),
    "locked": lazy_gettext("Another process has had the database for too long. Try again in a minute."),
    "refused": lazy_gettext("The database refuses: its plan is full, a right is missing, or too many are connected."),
    "damaged": lazy_gettext("The database is damaged, or its disk is: put a backup back."),
    "replaced": lazy_gettext("Another file lies where the database was."),
}
"""By the reason of StoreDown, but for one that is away."""
_AWAY = lazy_gettext("The database does not answer. Is DATABASE_URL right, and is it up?")
_UNDECIDED = lazy_gettext("Left out: nobody decided about it within HELD_DAYS.")
OUTCOMES = {
    "delivered": lazy_gettext("delivered"),
    "created": lazy_gettext("created"),
    "unchanged": lazy_gettext("unchanged"),
    "queued": lazy_gettext("queued"),
    "held": lazy_gettext("held"),
    "ignored": lazy_gettext("ignored"),
    "duplicate": lazy_gettext("duplicate"),
    "captured": lazy_gettext("captured"),
    "previewed": lazy_gettext("previewed"),
    "skipped": lazy_gettext("skipped"),
    "failed": lazy_gettext("failed"),
    "restored": lazy_gettext("restored"),
    "forgotten": lazy_gettext("forgotten"),
    "unknown": lazy_gettext("not known to this version"),
}
"""What became of a submission, in one word within a sentence."""
ABOUT = {
    "replay": lazy_gettext("Sent again: %(event)s"),
    "restore": lazy_gettext("Puts back what was written by: %(event)s"),
}
"""What it does to another submission, by its `action`."""


def told(report: Mapping[str, Any]) -> Iterator[str]:
    """A staff's report in words."""
    undecided = report["outcome"] == "skipped" and report["reason"]  # what somebody leaves out has no reason
    yield str(_UNDECIDED if undecided else codes.OUTCOMES.get(report["outcome"], codes.LATER))
    if report["reason"]:  # `missing_contact` holds or ignores: the outcome tells which sentence is meant
        known = codes.IGNORED if report["outcome"] == "ignored" else {**codes.QUEUED, **codes.HELD}
        yield str(known.get(report["reason"], codes.LATER))
    said = {"hook": report["hook"], "version": report["revision"], "at": report["submitted_at"]}
    yield _("Webhook %(hook)s, version %(version)s; submitted %(at)s", **said)
    if report["outcome"] == "forgotten":
        yield _("It was erased at %(at)s.", at=report.get("erased"))
        return
    if report.get("erased"):
        yield _(
            "Its answers and its report were erased at %(at)s, their days being over. What it was stays known.",
            at=report["erased"],
        )
        return
    contact = report.get("contact") or {}
    if contact.get("id"):
        yield FOUND_BY["created" if contact["created"] else contact["found_by"]] % {"id": contact["id"]}
    if report.get("reached"):
        yield _("Others have the address too, also reached: %(events)s", events=", ".join(report["reached"]))
    if report.get("parent"):
        yield _("A row of one unsubscription, part of: %(event)s", event=report["parent"])
    if report.get("replays"):
        yield ABOUT["replay"] % {"event": report["replays"]}
    if report.get("restores"):
        yield ABOUT["restore"] % {"event": report["restores"]}
        yield from put_back(report)
        return
    yield from _answered(report)


def _answered(report: Mapping[str, Any]) -> Iterator[str]:
    """What became of the answers and the fields."""
    yield from _section(_("Answers:"), [_answer(line) for line in report["answers"]])
    yield from _section(_("Fields:"), [field_told(line) for line in report["fields"]])
    yield from _section(_("Remarks:"), [str(codes.NOTES[note["code"]]) for note in report["notes"]])
    yield from _section(_("Erased by your rules:"), report["cleared"])
    kept = report["kept"]
    groups = [
        ngettext("%(num)s field", "%(num)s fields", kept["fields"]),
        ngettext("%(num)s form answer", "%(num)s form answers", kept["formdatas"]),
        ngettext("%(num)s custom field", "%(num)s custom fields", kept["custom_fields"]),
        ngettext("%(num)s tag", "%(num)s tags", kept["tags"]),
    ]
    yield _("Kept: %(what)s", what=", ".join(groups))
    if names := report["protected"]:
        yield ngettext(
            "A plain webhook with these answers would have erased %(num)s field: %(names)s",
            "A plain webhook with these answers would have erased %(num)s fields: %(names)s",
            len(names),
            names=", ".join(names),
        )


def put_back(report: Mapping[str, Any]) -> Iterator[str]:
    """What is as it was before, and what stays as it is, and why."""
    stays = report.get("left", [])
    back = [line for line in report["fields"] if line["change"] != "unchanged"]
    lines = [
        _("%(name)s: %(what)s", name=line["field"], what=codes.CONFIRMED[line["confirmed"]])
        if line["confirmed"]
        else line["field"]
        for line in back
    ]
    yield from _section(_("As before:"), lines)
    yield from _section(_("Left as it is:"), why_left(stays))


def why_left(stays: Iterable[Mapping[str, str]]) -> list[str]:
    """Each field that stays, and why."""
    return [_("%(name)s: %(what)s", name=one["field"], what=codes.LEFT[one["why"]]) for one in stays]


def consents_told(receipts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What is kept as proof of consents, in words."""
    kept = [*receipts]
    said = [one for receipt in kept for one in receipt["statements"]]
    told = {one["by"] or "": one for receipt in kept for one in receipt.get("confirmed_by_person", ())}
    lines = [_CONSENT[one["said"]] % one for one in said]
    lines += [_("as the person told %(who)s (%(why)s)", who=who, why=one["why"]) for who, one in told.items()]
    yield from _section(_("Consents:"), lines)


def stopped(space: str, reason: str, since: datetime) -> str:
    """Why nothing is written in a space now."""
    why = codes.QUEUED[reason]
    return _("%(space)s: %(why)s Since %(since)s.", space=space, why=why, since=normal.to_ms(since))


def tripped(hook: str, code: str, field: str, count: int, since: datetime) -> str:
    """Why a hook stopped by itself, and what to do."""
    return _(
        "%(hook)s: stopped by itself since %(since)s: %(why)s. If it is right: flask resume --hook %(hook)s",
        hook=hook,
        since=normal.to_ms(since),
        why=why_tripped(code, field, count),
    )


def why_tripped(code: str, field: str, count: int) -> str:
    return str(_TRIPPED[code] % {"field": field, "count": count})


def turned_away(hook: str, count: int, lost: int, since: datetime, why: str) -> str:
    """What a hook refused at the door, and what to do."""
    told = ngettext(
        "%(hook)s: %(num)s call refused since %(since)s.",
        "%(hook)s: %(num)s calls refused since %(since)s.",
        count,
        hook=hook,
        since=normal.to_ms(since),
    )
    if lost:
        told += " " + ngettext("%(num)s of them too long to be kept.", "%(num)s of them too long to be kept.", lost)
    return f"{told} " + _(
        "The newest: %(why)s Kept for 72 hours: correct the secret, then: flask inbox recheck %(hook)s",
        why=why,
        hook=hook,
    )


def under_secret(many: int, last: datetime | None, until: str | None, *, over: bool) -> str:
    """How many calls a secret proved, and how long it goes on."""
    told = ngettext("%(num)s call in the last 30 days", "%(num)s calls in the last 30 days", many)
    told += _(", the last at %(at)s", at=normal.to_ms(last)) if last is not None else ""
    if until is None:
        return told
    return told + (_("; refused since %(day)s is over", day=until) if over else _("; good up to %(day)s", day=until))


def stored_secret(
    id_: str, made: datetime, many: int, last: datetime | None, until: datetime | None, *, over: bool
) -> str:
    """A secret that was made here; never what it is."""
    told = _("stored %(id)s, made at %(at)s", id=id_, at=normal.to_ms(made)) + "  "
    told += under_secret(many, last, None, over=False)
    if until is None:
        return told
    end = normal.to_ms(until)
    return told + (_("; refused since %(at)s", at=end) if over else _("; good until %(at)s", at=end))


def kept_while_broken(hook: str, count: int, since: datetime, why: str, days: int) -> str:
    """What came to a hook that does not load, and what to do."""
    told = ngettext(
        "%(hook)s: %(num)s call since %(since)s could not be checked.",
        "%(hook)s: %(num)s calls since %(since)s could not be checked.",
        count,
        hook=hook,
        since=normal.to_ms(since),
    )
    return f"{told} {why} " + _(
        "Kept for %(days)s days: set it right, then: flask inbox recheck %(hook)s", days=days, hook=hook
    )


def expiring(hook: str, many: int, last: int, waiting: int) -> Iterator[str]:
    """What is soon given up because nobody decides; and consents taken back, which are not."""
    if many:
        told = ngettext(
            "%(hook)s: %(num)s submission waits for a decision and is given up within 14 days",
            "%(hook)s: %(num)s submissions wait for a decision and are given up within 14 days",
            many,
            hook=hook,
        )
        near = ngettext("%(num)s of them within 3 days", "%(num)s of them within 3 days", last)
        yield _("%(what)s. See: flask inbox list", what=f"{told}, {near}" if last else told)
    if waiting:
        yield ngettext(
            "%(hook)s: %(num)s submission takes a consent back and waited for its days. It stays until you decide.",
            "%(hook)s: %(num)s submissions take a consent back and waited for their days. They stay until you decide.",
            waiting,
            hook=hook,
        )


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield title
        yield from (f"  {line}" for line in lines)


def _answer(line: Mapping[str, Any]) -> str:
    to = f" -> {line['to']}" if line.get("to") not in (None, "nothing") else ""
    said = _("%(name)s: %(what)s", name=line["label"] + to, what=codes.ANSWERS[line["status"]])
    outside = quoted(line.get("outside", ()))
    said += " " + _("No choice: %(answers)s.", answers=outside) if outside else ""
    if "original" not in line:
        return said
    original = ", ".join(spoken_each(line["original"]))
    who, why = line.get("corrected_by") or _("somebody"), line.get("why") or ""
    told = _("Put right by %(who)s; it said: %(original)s.", who=who, original=original or _("nothing"))
    return f"{said} {told}{f' ({why})' if why else ''}"


def field_told(line: Mapping[str, Any]) -> str:
    """What became of one field."""
    confirmed = f", {codes.CONFIRMED[line['confirmed']]}" if line["confirmed"] else ""
    return _("%(name)s: %(what)s", name=line["field"], what=f"{codes.CHANGES[line['change']]}{confirmed}")


def sentence(failure: BridgeError) -> str:
    """Why what people asked for did not happen."""
    if isinstance(failure, StoreDown):
        return str(DOWN.get(failure.reason, _AWAY))
    if isinstance(failure, UpgradeFailed):
        return _(
            "The tables were not brought up to this version, because of a fault in it: %(migrations)s. Nothing was "
            "changed. Go on with the version before, and show the log to whoever makes this one.",
            migrations=failure,
        )
    if isinstance(failure, TryLater):
        why = str(codes.QUEUED.get(str(failure), failure))
        return _("%(why)s Try again in %(seconds)s s.", why=why, seconds=round(failure.after.total_seconds()))
    return str(failure)
