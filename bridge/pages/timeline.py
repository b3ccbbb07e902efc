"""The steps of one submission in order of time: received, decided by whom, tried, written, put back; what comes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.operations.story import Story
from bridge.pages import became
from bridge.pages.shown import number
from schemas import codes, normal

_OF_PAIRS = ("restored", "replayed")
"""Told by the submission that came of it."""


def steps(told: Story) -> list[dict[str, Any]]:
    """`at` None: still to come. `href`: the submission that a step is about."""
    known = sorted(_happened(told), key=lambda step: step["at"])
    return [{**step, "at": normal.to_ms(step["at"])} for step in known] + [*_to_come(told)]


def _step(at: datetime, said: str, *, why: str | None = None, about: str | None = None) -> dict[str, Any]:
    return {
        "at": at,
        "said": said,
        "why": why,
        "about": about,
        "href": url_for("pages.submission", event=about) if about else None,
    }


def _happened(told: Story) -> Iterator[dict[str, Any]]:
    one, report = told.event, told.report
    if one.submitted_at != one.received_at:
        yield _step(one.submitted_at, _("Submitted, as the tool says"))
    yield _step(one.received_at, _asked_for(told), about=one.origin)
    for noted in told.noted:
        if noted.did not in _OF_PAIRS:
            said = {"who": noted.who, "did": codes.DEEDS.get(noted.did, codes.LATER)}
            why = (noted.said or {}).get("why")
            yield _step(noted.at, _("%(who)s %(did)s", **said), why=str(why) if why else None)
    if one.attempts:
        text = ngettext("Tried %(many)s time in vain: %(why)s", "Tried %(many)s times in vain: %(why)s", one.attempts,
                        many=number(one.attempts), why=became.why(one) or one.fault or "?")  # fmt: skip
        yield _step(one.asked_at or told.ended or one.received_at, text)
    end = told.written or told.ended
    if end is not None:
        yield _step(end, became.word(one, report)[1])
    if merged := report["cost"]["merged_with"]:
        text = ngettext("Written together with %(many)s other", "Written together with %(many)s others", merged,
                        many=number(merged))  # fmt: skip
        yield _step(end or one.received_at, text)
    for other in told.made:
        is_ = {"word": became.WORDS.get(other.outcome, became.WORDS["queued"])[1]}
        text = (
            _("Put back by people: %(word)s", **is_) if other.action == "restore" else _("Sent again: %(word)s", **is_)
        )
        yield _step(other.received_at, text, about=other.id)
    if one.erased is not None:
        yield _step(one.erased, _("Its answers were erased"))


def _asked_for(told: Story) -> str:
    action = told.event.action
    if action == "restore":
        return _("Asked for: to put another submission back")
    if action == "replay":
        return _("Asked for: to send another submission again")
    return _("Received")


def _to_come(told: Story) -> Iterator[dict[str, Any]]:
    one = told.event
    if told.in_hand:
        yield {"at": None, "said": _("It is being written right now."), "why": None, "about": None, "href": None}
    elif one.status == "open":
        at = None if told.next_try is None else normal.to_ms(told.next_try)
        yield {"at": at, "said": _("Next try"), "why": became.why(one) or None, "about": None, "href": None}
