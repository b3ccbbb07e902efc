"""What moved around a webhook since its version was made: its form, Qomon's fields, how much comes."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext, ngettext
from flask_babel.speaklater import LazyString

from bridge.operations.authoring.drift import DriftWatch, Moved
from bridge.pages import shown
from bridge.pages.page import me, page
from bridge.pages.session import services
from bridge.pages.webhook import around, found
from bridge.pages.webhooks import in_the_tool
from schemas.outputs.watch import WatchPage

_SAID: Mapping[str, LazyString] = {
    "question_renamed": lazy_gettext("‘%(subject)s’ is now called ‘%(detail)s’. It is still followed."),
    "question_lost": lazy_gettext("‘%(subject)s’ is now called ‘%(detail)s’, and is not sent any more."),
    "question_type": lazy_gettext("‘%(subject)s’ has another type: %(detail)s."),
    "label_twice": lazy_gettext("Two questions are called ‘%(subject)s’, so neither is sent."),
    "choice_new": lazy_gettext("‘%(subject)s’ has a new choice, ‘%(detail)s’, that nobody decided about."),
    "choice_unknown": lazy_gettext("‘%(subject)s’ offers ‘%(detail)s’, which is no choice in Qomon."),
    "choice_left": lazy_gettext("‘%(subject)s’ does not offer ‘%(detail)s’ any more."),
    "form_gone": lazy_gettext("The field %(subject)s is gone. Whoever answers that question is held."),
    "form_renamed": lazy_gettext("The field %(subject)s is now called %(detail)s. It is still written."),
    "form_type": lazy_gettext("The field %(subject)s has another type: %(detail)s."),
    "choice_gone": lazy_gettext("The choice ‘%(detail)s’ of %(subject)s is gone. Whoever chooses it is held."),
    "choice_renamed": lazy_gettext("A choice of %(subject)s is called otherwise: %(detail)s."),
    "held_share": lazy_gettext("Of the last %(count)s submissions %(subject)s are held; %(detail)s before."),
    "created_share": lazy_gettext("Of the last %(count)s submissions %(subject)s create a contact; %(detail)s before."),
    "silence": lazy_gettext(
        "Nothing comes, where about %(detail)s a day are usual. Is the webhook still on in %(tool)s?"
    ),
}
_COUNTED: Mapping[str, Callable[[int, str], str]] = {
    "question_new": lambda count, subject: ngettext(
        "New question ‘%(subject)s’: %(num)s answer, not sent.",
        "New question ‘%(subject)s’: %(num)s answers, not sent.",
        count,
        subject=subject,
    ),
    "question_open": lambda count, subject: ngettext(
        "The question ‘%(subject)s’ is not decided: %(num)s answer, not sent.",
        "The question ‘%(subject)s’ is not decided: %(num)s answers, not sent.",
        count,
        subject=subject,
    ),
    "question_gone": lambda count, subject: ngettext(
        "‘%(subject)s’ was not asked in the last submission.",
        "‘%(subject)s’ was not asked in the last %(num)s submissions.",
        count,
        subject=subject,
    ),
}
"""The sentences of schemas/moved.py, for a page: nobody sees rules and their numbers there."""
_PEOPLES = ("choice_new", "choice_unknown")
"""Whose detail may be what somebody typed under ‘other’."""


@page("/webhooks/<hook>/watch", "watch.html", WatchPage)
def watch(hook: str) -> dict[str, Any]:
    mine = services()
    moved: list[Moved] = []
    with mine.store.read() as tx:
        webhook = found(tx, hook)
        head = webhook.hook
        catalogue = mine.catalogues.stored(head.space) if head is not None else None
        if head is not None and catalogue is not None:
            moved = DriftWatch(mine.vault, mine.now()).moved(tx, head, catalogue)
    tool = in_the_tool(head)
    return {
        **around(webhook, "watch", watch=len(moved)),
        "known": catalogue is not None,
        "moved": [_line(one, tool) for one in moved],
        "areas": ("form", "qomon", "flow"),
    }


def _line(moved: Moved, tool: str) -> dict[str, Any]:
    detail = moved.detail
    if moved.code in _PEOPLES:
        detail = shown.for_role(detail, me().role)
    said = (
        _COUNTED[moved.code](moved.count, moved.subject)
        if moved.code in _COUNTED
        else str(_SAID[moved.code]) % {"subject": moved.subject, "detail": detail, "count": moved.count, "tool": tool}
    )
    return {
        "area": moved.area,
        "code": moved.code,
        "subject": moved.subject,
        "detail": detail,
        "count": moved.count,
        "since": moved.since,
        "said": said,
    }
