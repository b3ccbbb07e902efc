"""What became of a submission, for people: its word and colour, the clause beside it, the sentence on its page."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_babel.speaklater import LazyString

from bridge.model import Event, Outcome
from bridge.operations.story import Story
from bridge.pages.shown import clock, moment, number
from schemas import codes

WORDS: Mapping[str, tuple[str, LazyString]] = {
    "delivered": ("good", lazy_gettext("Written")),
    "created": ("good", lazy_gettext("New contact")),
    "unchanged": ("quiet", lazy_gettext("Nothing to change")),
    "queued": ("wait", lazy_gettext("Waiting")),
    "held": ("ask", lazy_gettext("Held")),
    "ignored": ("quiet", lazy_gettext("Filtered out")),
    "duplicate": ("quiet", lazy_gettext("Already received")),
    "captured": ("quiet", lazy_gettext("Kept")),
    "previewed": ("quiet", lazy_gettext("Dry run")),
    "skipped": ("quiet", lazy_gettext("Left out")),
    "failed": ("bad", lazy_gettext("Given up")),
    "restored": ("good", lazy_gettext("Put back as before")),
    "forgotten": ("quiet", lazy_gettext("Erased")),
}
"""By outcome: the kind of `ui.state`, and the word."""
_TEST = ("quiet", lazy_gettext("Test"))
_DAMAGED = ("bad", lazy_gettext("Not readable"))


def word(one: Event, report: Mapping[str, Any]) -> tuple[str, str]:
    """The kind of `ui.state`, and the word."""
    if one.outcome is Outcome.IGNORED and one.reason == "test":
        kind, said = _TEST
    else:
        kind, said = WORDS.get(one.outcome, _DAMAGED)
    if one.outcome is Outcome.DELIVERED and (many := _not_sent(report)):
        told = ngettext("Written, except %(many)s answer", "Written, except %(many)s answers", many, many=number(many))
        return kind, told
    return kind, str(said)


def clause(one: Event, report: Mapping[str, Any]) -> str:
    """One clause more: how many fields, or why."""
    if one.erased is not None:
        return _("answers erased")
    if one.outcome in (Outcome.DELIVERED, Outcome.CREATED, Outcome.RESTORED):
        many = len(_changed(report))
        return ngettext("%(many)s field", "%(many)s fields", many, many=number(many))
    return why(one)


def why(one: Event) -> str:
    """The sentence of its reason, if it has one."""
    if one.reason is None:
        return ""
    known = {
        Outcome.IGNORED: codes.IGNORED,
        Outcome.QUEUED: codes.QUEUED,
    }.get(one.outcome, {**codes.QUEUED, **codes.HELD})
    return str(known.get(one.reason, codes.LATER))


def headline(story: Story) -> str:
    """What happened, with a number."""
    one, report = story.event, story.report
    if one.outcome is Outcome.FORGOTTEN:
        return _("Erased on request on %(at)s; only a fingerprint remains.", at=moment(report.get("erased")))
    at = moment(story.written or story.ended or one.received_at)
    changed, kept = len(_changed(report)), sum(report["kept"].values())
    if one.outcome is Outcome.RESTORED:
        return _put_back(report, changed)
    if one.erased is not None:
        return _("What it was is still known; what it said is not.")
    if one.outcome is Outcome.DELIVERED:
        return ngettext(
            "Written on %(at)s: %(many)s field changed, %(kept)s kept.",
            "Written on %(at)s: %(many)s fields changed, %(kept)s kept.",
            changed,
            at=at,
            many=number(changed),
            kept=number(kept),
        )
    if one.outcome is Outcome.QUEUED:
        return _waits(story)
    told = {
        Outcome.CREATED: _("Nobody in Qomon had this address: a contact was created on %(at)s.", at=at),
        Outcome.UNCHANGED: _("Qomon already had all of it; nothing was written."),
        Outcome.HELD: _held(one),
        Outcome.FAILED: _("7 days of tries; it waits for you in To do."),
        Outcome.DUPLICATE: _("It was sent again; it was handled once."),
        Outcome.CAPTURED: _("The webhook only listens: kept, not sent."),
        Outcome.PREVIEWED: _("This is what would be written. Nothing was."),
        Outcome.SKIPPED: _("Left out on %(at)s: nothing more of it is sent.", at=at),
        Outcome.IGNORED: str(codes.OUTCOMES["ignored"]),
    }
    return told.get(one.outcome, str(codes.LATER))


def _held(one: Event) -> str:
    if one.reason == "not_confirmed":
        return _("It was written, but Qomon does not show everything as we sent it. It waits for your decision.")
    return _("Nothing was written: it waits for your decision since %(at)s.", at=moment(one.received_at))


def _waits(story: Story) -> str:
    if story.in_hand:
        return _("It is being written right now.")
    if story.next_try is not None and story.stop is None:
        return _("Received and safe. Next try at %(at)s.", at=clock(story.next_try))
    return _("Received and safe.")


def _put_back(report: Mapping[str, Any], changed: int) -> str:
    left = len(report.get("left", ()))
    if left:
        return ngettext(
            "%(many)s field is as before; left as they are: %(left)s.",
            "%(many)s fields are as before; left as they are: %(left)s.",
            changed,
            many=number(changed),
            left=number(left),
        )
    return ngettext("%(many)s field is as before.", "%(many)s fields are as before.", changed, many=number(changed))


def _changed(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [line for line in report["fields"] if line["change"] != "unchanged"]


def _not_sent(report: Mapping[str, Any]) -> int:
    return sum(line["status"] == "invalid" for line in report["answers"])
