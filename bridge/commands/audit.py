"""`flask audit`: who did what, when, from where and why."""

from collections.abc import Iterator
from typing import Any

import click
from flask_babel import gettext as _

from bridge.commands.command import AS_JSON, command, remark, show
from bridge.commands.moments import span
from bridge.operations import audit
from bridge.operations.audit import Noted
from bridge.services import Services
from schemas import codes, normal


@command("audit")
@click.option("--since", help="From then: a day, a time, yesterday, 7 days.")
@click.option("--until", help="Up to then, a day included. Else: now.")
@click.option("--who", help="Only what this one did.")
@click.option("--did", type=click.Choice(sorted(codes.DEEDS)), help="Only this.")
@click.option("--subject", help="Only what was done to this submission, webhook, batch or Qomon account.")
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, newest first.")
@AS_JSON
def audit_command(
    services: Services, *, since: str | None, until: str | None, most: int, as_json: bool, **only: str | None
) -> None:
    """What people did, the newest first: decisions, publishing, pauses, secrets, looks at a person. For AUDIT_DAYS.

    A person stands there as a keyed fingerprint, the one that flask forget prints. What was said about a submission
    that was erased since is erased too. Days are those of TIMEZONE.

    \b
    Example:
      flask audit --since yesterday
      flask audit --did published --subject benevoles --json
    """
    now, zone = services.now(), services.settings.timezone
    from_, to = span(since, until, now, zone)
    with services.store.read() as tx:
        found = audit.listed(tx, services.vault, from_, to, only["who"], only["did"], only["subject"], most + 1)
    shown = found[:most]
    lines = map(_line, shown) if shown else [_("Nothing of that was done.")]
    show([_plain(one) for one in shown], lines, as_json=as_json)
    if len(found) > most:
        remark(_("There is more: a larger --most, or --since and --until."))


def _plain(one: Noted) -> dict[str, Any]:
    said = dict(one.said or {})
    return {
        "at": normal.to_ms(one.at),
        "who": one.who,
        "did": one.did,
        "subject": one.subject,
        "hook": one.hook,
        "from": said.pop("from", None),
        "why": said.pop("why", None),
        "more": said,
        "erased": one.erased,
        "opens": not one.shut,
    }


def _line(one: Noted) -> str:
    """Nothing in it moves a terminal's cursor: `note` keeps only what is seen."""
    head = f"{normal.to_ms(one.at)}  {one.who}  {codes.DEEDS.get(one.did, one.did)}"
    about = one.hook or one.subject
    return "  ".join([_("%(name)s: %(what)s", name=head, what=about) if about else head, *_said(one)])


def _said(one: Noted) -> Iterator[str]:
    if one.erased:
        yield _("(what was said of it was erased with the person)")
    elif one.shut:
        yield _("(what was said of it does not open)")
    said = dict(one.said or {})
    from_, why = said.pop("from", None), said.pop("why", None)
    if why:
        yield _("“%(why)s”", why=why)
    for name, value in said.items():
        told = " ".join(map(str, value)) if isinstance(value, list) else value
        yield f"{name}={told}"
    if from_ not in (None, "command"):
        yield _("from %(place)s", place=from_)
