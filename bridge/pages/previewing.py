"""The dry run of a webhook: what would this submission change in that contact, and what would a plain webhook erase?

Qomon is only read. Values are shown and not kept; a mail that is typed stands in no address of the web.
"""

from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _

from bridge.crossing.opened import Opened
from bridge.crossing.preview import Previewed
from bridge.errors import BridgeError, Faults, Gone, Held, TryLater
from bridge.hooks.hook import Hook
from bridge.mapping.compile import who_is_it
from bridge.operations import audit, dry_run
from bridge.operations.authoring import invented, samples
from bridge.operations.authoring.samples import Sample
from bridge.operations.dry_run import NoCase
from bridge.pages import session, targets
from bridge.pages.page import action, page
from bridge.pages.session import services
from bridge.pages.webhook import Webhook, around, found
from bridge.report import masked, wording
from schemas import codes
from schemas.outputs.mapping import PreviewPage

_OFFERED = 20
INVENTED = "invented"
"""In the place of a submission's id."""


@page("/webhooks/<hook>/preview", "preview.html", PreviewPage, "staff")
def preview(hook: str) -> dict[str, Any]:
    webhook, base, past = _known(hook)
    return _told(webhook, base, past)


@action("/webhooks/<hook>/preview")
def run_preview(hook: str) -> Response:
    webhook, base, past = _known(hook)
    event, said = request.form.get("event", ""), request.form.get("contact", "").strip()
    known = request.form.get("whom") == "known"
    told = {**_told(webhook, base, past), "chosen": event, "whom": "known" if known else "auto", "contact": said}
    try:
        case, done = _tried(base, past, event, said if known else None)
    except (NoCase, TryLater, Gone, Held) as failure:
        told |= {"failed": True, "wrong": _why(failure)}
        return make_response(render_template("preview.html", **told), 503 if isinstance(failure, TryLater) else 400)
    return make_response(render_template("preview.html", **{**told, "result": _result(case, done)}))


def _known(hook: str) -> tuple[Webhook, Hook, list[Sample]]:
    """The draft, where there is one: it is what people want to try."""
    mine = services()
    with mine.store.read() as tx:
        webhook = found(tx, hook)
        base = webhook.draft or webhook.hook
        if base is None:
            raise Faults([*webhook.faults])
        return webhook, base, samples.last(tx, mine.vault, base, _OFFERED)


def _tried(base: Hook, past: list[Sample], event: str, contact: str | None) -> tuple[Opened, Previewed]:
    mine = services()
    if event == INVENTED:
        return _invented(base, past)
    with mine.store.read() as tx:
        case = dry_run.stored(tx, mine, base, event)
    if case.stored.hook != base.id:
        raise NoCase(_("Choose a submission of this webhook."))
    if contact == "":
        raise NoCase(_("Type the number or the mail address of a contact that you know."))
    number = dry_run.contact_named(mine, base, contact) if contact is not None else None
    done = dry_run.tried(mine, case, number)
    with mine.store.write() as tx:
        audit.note(tx, mine.vault, session.by(), "submission_seen", event, version=base.revision)
    return case, done


def _invented(base: Hook, past: list[Sample]) -> tuple[Opened, Previewed]:
    """Somebody who is nobody: Qomon is not asked, and a contact of nothing is looked at."""
    now = services().now()
    case = dry_run.case(base, invented.submission(base, samples.questions_of(past), now), now)
    done = dry_run.tried_offline(services(), case)
    if done is None:
        raise NoCase(_("Qomon’s fields were not read yet, so an invented person cannot be tried."))
    return case, done


def _why(failure: BridgeError) -> str:
    if isinstance(failure, TryLater):
        why = str(codes.QUEUED.get(failure.reason, codes.QUEUED["qomon_down"]))
        told = _(
            "Nothing was changed. Try again in %(seconds)s s.", seconds=max(1, round(failure.after.total_seconds()))
        )
        return f"{why} {told}"
    if isinstance(failure, Gone):
        return _("There is no contact with this number in Qomon.")
    return str(codes.HELD[failure.reason]) if isinstance(failure, Held) else wording.sentence(failure)


def _told(webhook: Webhook, base: Hook, past: list[Sample]) -> dict[str, Any]:
    return {
        **around(webhook, "preview"),
        "cases": [{"event": one.event, "at": one.at, "who": _who(base, one)} for one in past],
        "chosen": past[0].event if past else "",
        "whom": "auto",
        "contact": "",
        "by_draft": webhook.draft is not None,
        "result": None,
        "rules": len(base.rules),
    }


def _who(base: Hook, one: Sample) -> str:
    """So much of a person that a choice can be made."""
    said = who_is_it(base, one.submission)
    return masked.masked(next((said.identities[name] for name in base.find if name in said.identities), ""))


def _result(case: Opened, done: Previewed) -> dict[str, Any]:
    report = done.report
    contact = report.get("contact") or {}
    lines = [{**line, "name": targets.called(str(line["field"]))} for line in done.before_after]
    changes = [line for line in lines if line["changed"]]
    held, ignored = report["outcome"] == "held" or report["reason"] is not None, report["outcome"] == "ignored"
    why = (codes.IGNORED if ignored else {**codes.QUEUED, **codes.HELD}).get(report["reason"] or "", codes.LATER)
    return {
        "contact": contact.get("id"),
        "found": _found(contact),
        "agrees": _agrees(case, contact, lines),
        "creates": not contact.get("id") and not held and not ignored,
        "why": str(why) if held or ignored else None,
        "changes": changes,
        "kept": [line for line in lines if not line["changed"]],
        "erased": [targets.called(str(name)) for name in report["protected"]],
        "answers": [
            {
                "label": line["label"],
                "to": targets.called(line["to"]) if line.get("to") else None,
                "status": line["status"],
                "words": str(codes.ANSWERS[line["status"]]),
            }
            for line in report["answers"]
        ],
        "notes": [str(codes.NOTES[note["code"]]) for note in report["notes"]],
    }


def _found(contact: dict[str, Any]) -> str | None:
    if not contact.get("id"):
        return None
    by = "created" if contact.get("created") else contact.get("found_by")
    return str(wording.FOUND_BY.get(by, wording.FOUND_BY[None]) % {"id": contact["id"]})


def _agrees(case: Opened, contact: dict[str, Any], lines: list[dict[str, Any]]) -> bool:
    """Whether a first name was compared, and was the same."""
    there = any(line["field"] == "firstname" and line["before"] for line in lines)
    looked = contact.get("found_by") in ("mail", "mobile", "phone", "id")
    return case.hook.names == "agree" and bool(case.who.firstname) and there and looked
