"""`flask hooks rehearse` and `flask hooks publish`: a draft is tried on past submissions, then put in service."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.commands.command import AS_JSON, Refused, Whom, about, by_whom, command, refuse, remark, show
from bridge.commands.hooks import hooks_command
from bridge.commands.opened import catalogue, kept, parsed, stored, url
from bridge.hooks.diff import differences
from bridge.hooks.registry import Hook, following
from bridge.operations import proving
from bridge.operations.authoring import in_service
from bridge.operations.authoring.in_service import LISTENING, SENDING, InTheWay, Wanted
from bridge.operations.authoring.publishing import Publisher
from bridge.operations.authoring.rehearsal import KINDS, Rehearsal
from bridge.operations.authoring.samples import LAST
from bridge.services import Services
from schemas import codes
from schemas.hook import MODES

_KINDS = {
    "same": lazy_gettext("same"),
    "new": lazy_gettext("new"),
    "lost": lazy_gettext("lost"),
    "different": lazy_gettext("different"),
}
_SHOWN = 3
"""Submissions to look at that a line of the table names."""


@command("rehearse", hooks_command)
@click.argument("name")
@click.argument("file", required=False, type=click.Path(exists=True, allow_dash=True))
@click.option("--last", "most", type=click.IntRange(1, 5000), default=LAST, show_default=True, help="How many.")
@AS_JSON
def rehearse_command(services: Services, *, name: str, file: str | None, most: int, as_json: bool) -> None:
    """Try the draft of the hook NAME, or FILE, on its last submissions. No contact is read, nothing is written.

    Per field: how many send the same as now, something new, something different, or nothing any more (lost).

    \b
    Example:
      flask hooks rehearse benevoles --last 200
      flask hooks rehearse benevoles hooks/benevoles.yaml
    """
    head = stored(name)
    draft = following(parsed(file), head) if file is not None else _draft(services, name).hook
    forms, press = catalogue(head), Publisher(services.vault)
    with services.store.read() as tx:
        past = press.past(tx, head, most)
    tried = press.rehearsed(head, draft, forms, past)
    show(_plain(tried), (*differences(head, draft), *_table(tried, head)), as_json=as_json)


@command("publish", hooks_command)
@click.argument("name")
@click.option("--mode", type=click.Choice(MODES), help="Instead of the draft's. One that only listened goes live.")
@click.option("--version", "number", type=click.IntRange(1), help="Go back to this version: a new one from it.")
@click.option("--lose", type=click.IntRange(1), metavar="N", help="I know that N answers are not sent any more.")
@click.option("--over", type=click.IntRange(1), metavar="N", help="I have seen version N, which somebody published.")
@click.option("--unproved", is_flag=True, help="I know that its Qomon account was never tried on a test contact.")
@by_whom
def publish_command(
    services: Services,
    *,
    name: str,
    mode: str | None,
    number: int | None,
    lose: int | None,
    over: int | None,
    unproved: bool,
    by: Whom,
) -> None:
    """Put the draft of the hook NAME in service, as a new version at the same address.

    Refused while a question of the form is not decided, when somebody else published meanwhile, when answers that are
    sent now would be lost, or when it would write to a Qomon account that was never tried on a test contact (`flask
    doctor --probe`): each says what to do. What was kept while listening is never sent unasked. A version that was in
    service comes back whatever the form asks today.

    \b
    Example:
      flask hooks publish benevoles --why 'new question about transport'
      flask hooks publish benevoles --mode approve
      flask hooks publish benevoles --version 2 --why 'version 3 was wrong'
    """
    head = stored(name)
    wanted = _wanted(services, head, mode, number, over)
    if wanted.hook.mode in SENDING and not wanted.back and not unproved:
        _proved(services, wanted.hook)
    forms = catalogue(wanted.hook)
    try:
        with about(name):
            published = in_service.publish(services, head, wanted, forms, by(), lose=lose, unproved=unproved)
    except InTheWay as stop:
        _refuse(name, head, stop)
        raise
    done, waits = published.hook, published.waits
    for line in differences(head, done):
        click.echo(line)
    facts = {"hook": name, "version": done.revision, "mode": done.mode, "url": url(done.address)}
    click.echo(_("%(hook)s: version %(version)s, %(mode)s, %(url)s", **facts))
    if waits:
        click.echo(kept(name, len(waits)))


@command("discard", hooks_command)
@click.argument("name")
@by_whom
def discard_command(services: Services, *, name: str, by: Whom) -> None:
    """Throw the draft of the hook NAME away. The version in service stays as it is.

    \b
    Example:
      flask hooks discard benevoles
    """
    if not in_service.discard(services, name, by()):
        raise Refused(_("There is no draft of %(hook)s. See: flask hooks list", hook=name))
    click.echo(_("The draft of %(hook)s is thrown away.", hook=name))


def _wanted(services: Services, head: Hook, mode: str | None, number: int | None, over: int | None) -> Wanted:
    """What is to be published. Another version since the draft was begun is somebody else's work."""
    wanted = _version(services, head, number) if number is not None else _draft(services, head.name)
    if head.revision not in (wanted.base, over):
        raise Refused(
            _(
                "Version %(head)s was published since this draft was begun, from version %(base)s. See what differs: "
                "flask hooks rehearse %(hook)s\nTo publish over it: add --over %(head)s",
                head=head.revision,
                base=wanted.base,
                hook=head.name,
            )
        )
    listened = wanted.hook.owner == "pages" and number is None and wanted.hook.mode in LISTENING
    return replace(wanted, hook=_in_mode(services, wanted.hook, mode or ("live" if listened else wanted.hook.mode)))


def _proved(services: Services, hook: Hook) -> None:
    """Raises Refused where nobody ever tried the account that it would write to; one tried long ago is warned of."""
    with services.store.read() as tx:
        proof = proving.of(tx, hook.space, services.now())
    probe = proving.command(hook.space)
    if proof.how == "never":
        raise Refused(
            _(
                "%(sentence)s Make a contact named Test Pont in Qomon, and run: %(probe)s\nTo publish without: add "
                "--unproved",
                sentence=proof.sentence,
                probe=probe,
            )
        )
    if proof.how != "lately":
        remark(_("%(sentence)s Try it again: %(probe)s", sentence=proof.sentence, probe=probe))


def _in_mode(services: Services, hook: Hook, mode: str) -> Hook:
    if mode != hook.mode and hook.owner == "git":
        raise Refused(
            _("%(hook)s is kept in a file: write mode: %(mode)s there, and import it.", hook=hook.name, mode=mode)
        )
    with about(hook.name):
        return in_service.in_mode(services, hook, mode)


def _draft(services: Services, name: str) -> Wanted:
    with about(_("the draft of %(hook)s", hook=name)), services.store.read() as tx:
        found = in_service.of_draft(tx, services, name)
    if found is None:
        raise Refused(
            _(
                "%(hook)s has no draft. Make one from what it received: flask hooks suggest %(hook)s --accept sure",
                hook=name,
            )
        )
    return found


def _version(services: Services, head: Hook, number: int) -> Wanted:
    with about(_("version %(number)s", number=number)), services.store.read() as tx:
        found = in_service.of_version(tx, services, head, number)
    if found is None:
        told = {"hook": head.name, "number": number}
        raise Refused(_("%(hook)s has no version %(number)s. See: flask hooks show %(hook)s --versions", **told))
    return found


def _refuse(name: str, head: Hook, stop: InTheWay) -> None:
    """What stands in the way, and how to go on."""
    refuse(name, [in_service.undecided_told(one) for one in stop.undecided])
    refuse(name, stop.faults)
    if stop.lost is None:
        return
    for line in _table(stop.lost, head):
        click.echo(line)
    raise Refused(
        ngettext(
            "%(num)s answer that version %(version)s sends would no longer be sent. If you know that and want it: "
            "add --lose %(num)s --why 'the reason'",
            "%(num)s answers that version %(version)s sends would no longer be sent. If you know that and want it: "
            "add --lose %(num)s --why 'the reason'",
            stop.lost.lost,
            version=head.revision,
        )
    )


def _table(tried: Rehearsal, head: Hook) -> Iterator[str]:
    """What would change, field by field, for people at a terminal."""
    yield ngettext(
        "The last %(num)s submission, by version %(version)s and by the draft:",
        "The last %(num)s submissions, by version %(version)s and by the draft:",
        tried.submissions,
        version=head.revision,
    )
    width = max((len(line.name) for line in tried.lines), default=0)
    for line in tried.lines:
        counts = "  ".join(f"{_KINDS[kind]} {line.counts[kind]}" for kind in KINDS)
        look = "  " + _("look at %(events)s", events=", ".join(line.events[:_SHOWN])) if line.events else ""
        yield f"  {line.name:<{width}}  {counts}{look}"
    for reason, many in tried.holds.items():
        yield "  " + ngettext(
            "%(num)s would be held: %(why)s", "%(num)s would be held: %(why)s", many, why=codes.HELD[reason]
        )
    if tried.left_out:
        yield "  " + ngettext(
            "%(num)s would be left aside: it names nobody any more, or the filter refuses it.",
            "%(num)s would be left aside: they name nobody any more, or the filter refuses them.",
            tried.left_out,
        )
    if tried.lost:
        yield ngettext(
            "%(num)s answer that version %(version)s sends would no longer be sent.",
            "%(num)s answers that version %(version)s sends would no longer be sent.",
            tried.lost,
            version=head.revision,
        )


def _plain(tried: Rehearsal) -> dict[str, Any]:
    lines = [
        {"field": line.name, **{kind: line.counts[kind] for kind in KINDS}, "events": line.events}
        for line in tried.lines
    ]
    return {
        "submissions": tried.submissions,
        "lost": tried.lost,
        "held": dict(tried.holds),
        "left_out": tried.left_out,
        "fields": lines,
    }
