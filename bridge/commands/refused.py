"""`flask inbox refused` and `recheck`: calls that no secret explained, and what people decide of them."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import AS_JSON, Whom, by_whom, command, remark, show
from bridge.commands.inbox import inbox_command
from bridge.commands.opened import stored, turned_away_ones
from bridge.hooks.revisions import By
from bridge.operations import audit, refused
from bridge.operations.refused import NotAccepted, Read, Refused, Taken
from bridge.services import Services
from schemas import normal


@command("refused", inbox_command)
@click.argument("hook", required=False)
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--show", "looks", is_flag=True, help="Each call that this webhook refused, what was answered masked.")
@click.option("--accept", is_flag=True, help="Let these calls in, by their ids: they are the tool's. It needs --why.")
@click.option("--delete", is_flag=True, help="Delete what this webhook refused: it was nobody's form.")
@by_whom
@AS_JSON
def refused_command(
    services: Services,
    *,
    hook: str | None,
    ids: tuple[str, ...],
    looks: bool,
    accept: bool,
    delete: bool,
    by: Whom,
    as_json: bool,
) -> bool:
    """Calls that were answered 401, kept for 72 hours: the last 100 of each webhook, 20 MB in all.

    Their signature or secret is not the webhook's: mistyped in the tool or here, or a stranger's. Also those that were
    answered 503 because a variable of the webhook is not set, kept for HELD_DAYS; --delete leaves them.

    None crosses by itself. Once the secret is right: flask inbox recheck HOOK. A call that no secret will explain any
    more is let in with --accept, as of when it came; look at it before, with --show.

    \b
    Example:
      flask inbox refused
      flask inbox refused benevoles --show
      flask inbox refused benevoles --accept 4f0c1d2e3a4b5c6d7e8f --why 'the secret was lost'
      flask inbox refused benevoles --delete
    """
    if looks + accept + delete > 1 or ((looks or accept or delete) and hook is None):
        raise click.UsageError(_("Name a webhook, and one of --show, --accept and --delete."))
    said = by()
    if accept != bool(ids) or (accept and not (said.why or "").strip()):
        raise click.UsageError(_("--accept, the ids of the calls and --why go together."))
    if as_json and not looks:
        raise click.UsageError(_("--json goes with --show."))
    if hook is not None and accept:
        return _accept(services, hook, ids, said)
    if hook is not None and looks:
        _show(services, hook, said, as_json=as_json)
    elif hook is not None and delete:
        _delete(services, hook, said)
    else:
        click.echo("\n".join(turned_away_ones(hook)) or _("No call was refused in the last 72 hours, and none waits."))
    return True


def _delete(services: Services, hook: str, by: By) -> None:
    mine, vault = stored(hook), services.vault
    with services.store.write() as tx:
        many = refused.delete(tx, vault, mine.id, by)
    click.echo(
        ngettext("%(hook)s: %(num)s refused call deleted.", "%(hook)s: %(num)s refused calls deleted.", many, hook=hook)
    )


def _show(services: Services, hook: str, by: By, *, as_json: bool) -> None:
    vault = services.vault  # it may have to write once: not within a read
    with services.store.read() as tx:
        calls = refused.look(tx, vault, services.hooks, hook)
        id_ = services.hooks.id_of(tx, hook)
    with services.store.write() as tx:  # before anything is shown
        audit.note(tx, vault, by, "looked_at_refused", id_, calls=len(calls))
    lines = [line for call in calls for line in _told(call)]
    show([_plain(call) for call in calls], lines or [_nothing(hook)], as_json=as_json)


def _nothing(hook: str) -> str:
    return _("%(hook)s refused nothing that is still kept.", hook=hook)


def _plain(call: Refused) -> dict[str, Any]:
    last = None if call.last is None else normal.to_ms(call.last)
    return {**asdict(call), "first": normal.to_ms(call.first), "last": last}


def _told(call: Refused) -> Iterator[str]:
    came = {"id": call.id, "first": normal.to_ms(call.first)}
    if call.last is None:
        yield _("%(id)s  came once, at %(first)s", **came)
    else:
        last = normal.to_ms(call.last)
        yield _("%(id)s  came more than once, first at %(first)s, last at %(last)s", **came, last=last)
    yield f"  {call.why}"
    if call.size is None:
        yield "  " + (_("Too long to be kept.") if call.long else _("What is stored of it does not open."))
        return
    sent = [call.method, call.content_type or _("without a content type")]
    yield f"  {' '.join(map(str, sent))}, " + ngettext("%(num)s byte", "%(num)s bytes", call.size)
    yield "  " + _("Headers: %(names)s", names=", ".join(call.headers or ()))
    if call.read is None:
        yield "  " + _("The webhook, as it is now, can read nothing of it.")
    elif not call.read:
        yield "  " + _("It holds no submission.")
    for one in call.read or ():
        yield from (f"  {line}" for line in _read(one))


def _read(one: Read) -> Iterator[str]:
    yield _("Submission (%(kind)s):", kind=one.kind)
    yield from (f"  {said.label}: {said.answer or '-'}" for said in one.answers)
    if one.more:
        yield "  " + ngettext("%(num)s more answer", "%(num)s more answers", one.more)


def _accept(services: Services, name: str, ids: Sequence[str], by: By) -> bool:
    """Whether all were accepted. One transaction each: what cannot be done keeps back nothing else."""
    vault = services.vault  # it may have to write once: not within a write
    with services.store.read() as tx:
        hook, calls, refusals = refused.chosen(tx, services.hooks, name, ids)
    why = dict(refusals)
    for call in calls:
        try:
            with services.store.write() as tx:
                taken = refused.accept(tx, vault, hook, call, by, writing=services.settings.writing)
        except NotAccepted as refusal:
            why[call.id] = str(refusal)
            continue
        for line in _accepted(taken):
            click.echo(_("%(id)s, come at %(at)s: %(said)s", id=call.id, at=normal.to_ms(call.at), said=line))
    remark(*(_("%(id)s: nothing done: %(why)s", id=id_, why=told) for id_, told in why.items()))
    services.engine.sweep()
    return not why


def _accepted(taken: Taken) -> Iterator[str]:
    for event in taken.new:
        if event in taken.unreadable:
            yield _("let in, and held, because nobody can read it: flask inbox show %(event)s", event=event)
        else:
            yield _("let in: flask inbox show %(event)s", event=event)
    for event in taken.again:
        yield _("had come before, nothing is doubled: flask inbox show %(event)s", event=event)
    if not taken.new and not taken.again:
        yield _("let in. It holds no submission.")


@command("recheck", inbox_command)
@click.argument("hook")
@by_whom
def recheck_command(services: Services, *, hook: str, by: Whom) -> bool:
    """Check again what a webhook refused.

    Now that its secret is right, or set; what that explains crosses as if it had been proven when it came.

    \b
    Example:
      flask inbox recheck benevoles
    """
    done = refused.recheck(services, stored(hook), by)
    if not done.many:
        click.echo(_nothing(hook))
        return True
    click.echo(_("%(hook)s: calls proven now: %(proven)s of %(many)s.", hook=hook, proven=done.proven, many=done.many))
    told = {"new": len(done.new), "again": done.again}
    click.echo(_("Submissions received: %(new)s; had come before: %(again)s. See: flask inbox list", **told))
    if done.why is not None:
        remark(_("Still refused: %(many)s. %(why)s", many=done.many - done.proven, why=done.why))
    return done.why is None
