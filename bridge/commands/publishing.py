"""`flask hooks rehearse` and `flask hooks publish`: a draft is tried on past submissions, then put in service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.commands.command import AS_JSON, Refused, Whom, about, by_whom, command, refuse, show
from bridge.commands.hooks import hooks_command
from bridge.commands.opened import SENDING, catalogue, kept, parsed, stored, url
from bridge.hooks import revisions
from bridge.hooks.diff import differences
from bridge.hooks.registry import Hook, check, following
from bridge.hooks.yaml import with_mode, with_name
from bridge.inbox import captured
from bridge.operations import audit
from bridge.operations.authoring.publishing import Publisher, faults, undecided
from bridge.operations.authoring.rehearsal import KINDS, Rehearsal
from bridge.operations.authoring.samples import LAST, Sample, questions_of
from bridge.services import Services
from schemas import codes
from schemas.hook import MODES

_LISTENING = ("capture", "preview")
_KINDS = {
    "same": lazy_gettext("same"),
    "new": lazy_gettext("new"),
    "lost": lazy_gettext("lost"),
    "different": lazy_gettext("different"),
}
_SHOWN = 3
"""Submissions to look at that a line of the table names."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be published, and the version that it was begun from: another one since is somebody else's work."""

    hook: Hook
    base: int


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
@by_whom
def publish_command(
    services: Services,
    *,
    name: str,
    mode: str | None,
    number: int | None,
    lose: int | None,
    over: int | None,
    by: Whom,
) -> None:
    """Put the draft of the hook NAME in service, as a new version at the same address.

    Refused while a question of the form is not decided, when somebody else published meanwhile, or when answers that
    are sent now would be lost: each says what to do. What was kept while listening is never sent unasked. A version
    that was in service comes back whatever the form asks today.

    \b
    Example:
      flask hooks publish benevoles --why 'new question about transport'
      flask hooks publish benevoles --mode approve
      flask hooks publish benevoles --version 2 --why 'version 3 was wrong'
    """
    head = stored(name)
    wanted = _wanted(services, head, mode, number, over)
    forms, press, said = catalogue(wanted), Publisher(services.vault), by()
    with services.store.write() as tx:
        past = press.past(tx, head)
        if number is None:
            _decided(wanted, past)
        refuse(name, faults(wanted, forms, questions_of(past)) if number is None else check(wanted, forms))
        _acknowledged(press.rehearsed(head, wanted, forms, past), head, lose, said.why)
        known = press.known(wanted, forms, past)
        with about(name):
            done = services.hooks.publish(tx, wanted.text, head.revision, known, said)
        audit.note(tx, services.vault, said, "published", done.id, version=done.revision, mode=done.mode, lost=lose)
        waits = captured.waiting(tx, done.id) if done.mode in SENDING else []
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
    vault, said = services.vault, by()
    with services.store.write() as tx:
        there = services.hooks.discard(tx, name)
        if there:
            audit.note(tx, vault, said, "discarded", services.hooks.id_of(tx, name))
    if not there:
        raise Refused(_("There is no draft of %(hook)s. See: flask hooks list", hook=name))
    click.echo(_("The draft of %(hook)s is thrown away.", hook=name))


def _wanted(services: Services, head: Hook, mode: str | None, number: int | None, over: int | None) -> Hook:
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
    listened = wanted.hook.owner == "pages" and number is None and wanted.hook.mode in _LISTENING
    return _in_mode(services, wanted.hook, mode or ("live" if listened else wanted.hook.mode))


def _in_mode(services: Services, hook: Hook, mode: str) -> Hook:
    if mode == hook.mode:
        return hook
    if hook.owner == "git":
        raise Refused(
            _("%(hook)s is kept in a file: write mode: %(mode)s there, and import it.", hook=hook.name, mode=mode)
        )
    with about(hook.name):
        made = services.hooks.parse(with_mode(hook.text, mode))
    return following(replace(made, id=hook.id, address=hook.address), hook)


def _draft(services: Services, name: str) -> _Wanted:
    with about(_("the draft of %(hook)s", hook=name)), services.store.read() as tx:
        found = services.hooks.draft(tx, name)
    if found is None:
        raise Refused(
            _(
                "%(hook)s has no draft. Make one from what it received: flask hooks suggest %(hook)s --accept sure",
                hook=name,
            )
        )
    return _Wanted(found[0], found[1].base)


def _version(services: Services, head: Hook, number: int) -> _Wanted:
    """As it was in service, but for its name: with the questions and the forms that its rules followed then."""
    with about(_("version %(number)s", number=number)), services.store.read() as tx:
        if revisions.text(tx, head.id, number) is not None:
            was = services.hooks.revision(tx, head.id, number)
            if was.name != head.name:
                was = replace(was, name=head.name, text=with_name(was.text, head.name))
            return _Wanted(was, head.revision)
    told = {"hook": head.name, "number": number}
    raise Refused(_("%(hook)s has no version %(number)s. See: flask hooks show %(hook)s --versions", **told))


def _decided(hook: Hook, past: Sequence[Sample]) -> None:
    """A question that nobody decided would be forgotten. In a file that people keep, that is theirs to see."""
    left = undecided(hook, questions_of(past)) if hook.owner == "pages" and hook.mode in SENDING else []
    refuse(
        hook.name,
        [_("‘%(question)s’ is not decided: a field of Qomon, or nothing.", question=one.label) for one in left],
    )


def _acknowledged(tried: Rehearsal, head: Hook, lose: int | None, why: str | None) -> None:
    if tried.lost in (0, lose) and (why or not tried.lost):
        return
    for line in _table(tried, head):
        click.echo(line)
    raise Refused(
        ngettext(
            "%(num)s answer that version %(version)s sends would no longer be sent. If you know that and want it: "
            "add --lose %(num)s --why 'the reason'",
            "%(num)s answers that version %(version)s sends would no longer be sent. If you know that and want it: "
            "add --lose %(num)s --why 'the reason'",
            tried.lost,
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
