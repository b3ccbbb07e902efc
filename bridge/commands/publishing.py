"""`flask hooks rehearse` and `flask hooks publish`: a draft is tried on past submissions, then put in service."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click
from flask.cli import with_appcontext

from bridge.commands.opened import KEPT, SENDING, catalogue, parsed, refuse, stored, the_parts, url
from bridge.errors import Faults
from bridge.hooks import revisions
from bridge.hooks.diff import differences
from bridge.hooks.registry import Hook, check, following
from bridge.hooks.revisions import By
from bridge.hooks.yaml import with_mode
from bridge.inbox import captured
from bridge.operations.authoring.publishing import LAST, Press, faults, questions_of, undecided
from bridge.operations.authoring.rehearsal import KINDS, Rehearsal
from bridge.operations.authoring.samples import Sample
from schemas import codes
from schemas.hook import MODES

_LISTENING = ("capture", "preview")
_SHOWN = 3
"""Submissions to look at that a line of the table names."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be published, and the version that it was begun from: another one since is somebody else's work."""

    hook: Hook
    base: int


@click.command("rehearse")
@click.argument("name")
@click.argument("file", required=False, type=click.Path(exists=True, allow_dash=True))
@click.option("--last", "most", type=click.IntRange(1, 5000), default=LAST, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def rehearse_command(*, name: str, file: str | None, most: int, as_json: bool) -> None:
    """Try the draft of the hook NAME, or FILE, on its last submissions. No contact is read, nothing is written.

    Per field: how many send the same as now, something new, something different, or nothing any more (lost).

    \b
    Example:
      flask hooks rehearse benevoles --last 200
      flask hooks rehearse benevoles hooks/benevoles.yaml
    """
    head, parts = stored(name), the_parts()
    draft = following(parsed(file), head) if file is not None else _draft(name).hook
    forms, press = catalogue(head), Press(parts.vault)
    with parts.store.read() as tx:
        past = press.past(tx, head, most)
    tried = press.rehearsed(head, draft, forms, past)
    if as_json:
        click.echo(json.dumps(_plain(tried), ensure_ascii=False, indent=2))
        return
    for line in (*differences(head, draft), *_table(tried, head)):
        click.echo(line)


@click.command("publish")
@click.argument("name")
@click.option("--mode", type=click.Choice(MODES), help="Instead of the draft's. One that only listened goes live.")
@click.option("--version", "number", type=click.IntRange(1), help="Go back to this version: a new one from it.")
@click.option("--why", metavar="TEXT", help="The reason, for the list of versions.")
@click.option("--by", "who", metavar="NAME", help="Who did it, for the list of versions.")
@click.option("--lose", type=click.IntRange(1), metavar="N", help="I know that N answers are not sent any more.")
@click.option("--over", type=click.IntRange(1), metavar="N", help="I have seen version N, which somebody published.")
@with_appcontext
def publish_command(
    *,
    name: str,
    mode: str | None,
    number: int | None,
    why: str | None,
    who: str | None,
    lose: int | None,
    over: int | None,
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
    head, parts = stored(name), the_parts()
    wanted = _wanted(head, mode, number, over)
    forms, press = catalogue(wanted), Press(parts.vault)
    with parts.store.write() as tx:
        past = press.past(tx, head)
        if number is None:
            _decided(wanted, past)
        refuse(name, faults(wanted, forms, questions_of(past)) if number is None else check(wanted, forms))
        _acknowledged(press.rehearsed(head, wanted, forms, past), head, lose, why)
        known = press.known(wanted, forms, past)
        try:
            done = parts.hooks.publish(tx, wanted.text, head.revision, known, By(parts.now(), who, why))
        except Faults as failure:
            refuse(name, failure.faults)
            raise
        waits = captured.waiting(tx, done.id) if done.mode in SENDING else []
    for line in differences(head, done):
        click.echo(line)
    click.echo(f"{name}: version {done.revision}, {done.mode}, {url(done.address)}")
    if waits:
        click.echo(KEPT.format(len(waits), name))


@click.command("discard")
@click.argument("name")
@with_appcontext
def discard_command(name: str) -> None:
    """Throw the draft of the hook NAME away. The version in service stays as it is.

    \b
    Example:
      flask hooks discard benevoles
    """
    parts = the_parts()
    with parts.store.write() as tx:
        there = parts.hooks.discard(tx, name)
    if not there:
        raise click.ClickException(f"There is no draft of {name}. See: flask hooks list")
    click.echo(f"The draft of {name} is thrown away.")


def _wanted(head: Hook, mode: str | None, number: int | None, over: int | None) -> Hook:
    """What is to be published. Another version since the draft was begun is somebody else's work."""
    wanted = _version(head, number) if number is not None else _draft(head.name)
    if head.revision not in (wanted.base, over):
        raise click.ClickException(
            f"Version {head.revision} was published since this draft was begun, from version {wanted.base}. "
            f"See what differs: flask hooks rehearse {head.name}\nTo publish over it: add --over {head.revision}"
        )
    listened = wanted.hook.owner == "pages" and number is None and wanted.hook.mode in _LISTENING
    return _in_mode(wanted.hook, mode or ("live" if listened else wanted.hook.mode))


def _in_mode(hook: Hook, mode: str) -> Hook:
    if mode == hook.mode:
        return hook
    if hook.owner == "git":
        raise click.ClickException(f"{hook.name} is kept in a file: write mode: {mode} there, and import it.")
    text = with_mode(hook.text, mode)
    try:
        return following(replace(the_parts().hooks.parse(text), id=hook.id, address=hook.address), hook)
    except Faults as failure:
        refuse(hook.name, failure.faults)
        raise


def _draft(name: str) -> _Wanted:
    parts = the_parts()
    with parts.store.read() as tx:
        try:
            found = parts.hooks.draft(tx, name)
        except Faults as failure:
            refuse(f"the draft of {name}", failure.faults)
            raise
    if found is None:
        raise click.ClickException(
            f"{name} has no draft. Make one from what it received: flask hooks suggest {name} --accept sure"
        )
    return _Wanted(found[0], found[1].base)


def _version(head: Hook, number: int) -> _Wanted:
    """As it was in service: with the questions and the forms that its rules followed then."""
    parts = the_parts()
    try:
        with parts.store.read() as tx:
            if revisions.text(tx, head.id, number) is None:
                told = f"{head.name} has no version {number}. See: flask hooks show {head.name} --versions"
                raise click.ClickException(told)
            return _Wanted(parts.hooks.revision(tx, head.id, number), head.revision)
    except Faults as failure:
        refuse(f"version {number}", failure.faults)
        raise


def _decided(hook: Hook, past: Sequence[Sample]) -> None:
    """A question that nobody decided would be forgotten. In a file that people keep, that is theirs to see."""
    left = undecided(hook, questions_of(past)) if hook.owner == "pages" and hook.mode in SENDING else []
    refuse(hook.name, [f"‘{one.label}’ is not decided: a field of Qomon, or nothing." for one in left])


def _acknowledged(tried: Rehearsal, head: Hook, lose: int | None, why: str | None) -> None:
    if tried.lost in (0, lose) and (why or not tried.lost):
        return
    for line in _table(tried, head):
        click.echo(line)
    raise click.ClickException(
        f"{tried.lost} answers that version {head.revision} sends would no longer be sent. If you know that and want "
        f"it: add --lose {tried.lost} --why 'the reason'"
    )


def _table(tried: Rehearsal, head: Hook) -> Iterator[str]:
    """What would change, field by field, for people at a terminal."""
    yield f"The last {tried.submissions} submissions, by version {head.revision} and by the draft:"
    width = max((len(line.name) for line in tried.lines), default=0)
    for line in tried.lines:
        counts = "  ".join(f"{kind} {line.counts[kind]}" for kind in KINDS)
        look = f"  look at {', '.join(line.events[:_SHOWN])}" if line.events else ""
        yield f"  {line.name:<{width}}  {counts}{look}"
    for reason, many in tried.holds.items():
        yield f"  {many} would be held: {codes.HELD[reason]}"
    if tried.left_out:
        yield f"  {tried.left_out} would be left aside: they name nobody any more, or the filter refuses them."
    if tried.lost:
        yield f"{tried.lost} answers that version {head.revision} sends would no longer be sent."


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
