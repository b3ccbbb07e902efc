"""`flask hooks rename`, `copy`, `delete` and `secret`: what people do with a whole webhook, its rules aside."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import AS_JSON, Refused, Whom, about, by_whom, command, show
from bridge.commands.hooks import hooks_command, once, stored_secrets
from bridge.commands.opened import url
from bridge.hooks.registry import Hook
from bridge.hooks.revisions import By
from bridge.mapping import links
from bridge.operations import audit, changing, secrets
from bridge.operations.changing import Leaving, NotOver
from bridge.operations.secrets import Kept, Made, Secrets, Variable
from bridge.report import wording
from bridge.services import Services
from schemas import normal

_SHOWN = 5
"""Submissions that are named; the others are counted."""


@command("rename", hooks_command)
@click.argument("name", metavar="OLD")
@click.argument("new")
@click.option("--force", is_flag=True, help="Also a hook that is kept in a file, which says the new name by now.")
@by_whom
def rename_command(services: Services, *, name: str, new: str, force: bool, by: Whom) -> None:
    """Call the hook OLD by the name NEW. Its address, what it received and what waits stay; the form notices nothing.

    It is a new version, because the text says the name. A draft follows.

    \b
    Example:
      flask hooks rename benevoles benevoles-2026
    """
    vault, said = services.vault, by()
    with about(name), services.store.write() as tx:
        done = changing.rename(tx, services.hooks, name, new, said, force=force)
        audit.note(tx, vault, said, "renamed", done.id, old=name, new=done.name, version=done.revision)
    for line in _versioned(done):
        click.echo(line)


@command("copy", hooks_command)
@click.argument("name")
@click.argument("new")
@by_whom
def copy_command(services: Services, *, name: str, new: str, by: Whom) -> None:
    """Make another hook with the rules of the hook NAME, at an address of its own. It listens first: nothing is sent.

    Its draft says the same, to be published once the rules fit its own form. The draft of NAME is not copied.

    \b
    Example:
      flask hooks copy benevoles benevoles-lyon
    """
    vault, said = services.vault, by()
    with about(name), services.store.write() as tx:
        done = changing.copy(tx, services.hooks, name, new, said)
        audit.note(tx, vault, said, "copied", done.id, old=name, new=done.name)
        used = secrets.secrets(tx, services.hooks, done.name, services.now())
        made = secrets.make(tx, services.hooks, vault, done.name, said) if used.stores else None
    address = url(done.address) + (_("/<the secret>") if used.scheme == "url" else "")
    click.echo(_("%(hook)s: listening, %(url)s", hook=done.name, url=address))
    if made is not None:
        click.echo(once(made.value))
    if used.variables:
        told = {"hook": done.name, "names": _named(used)}
        click.echo(
            _(
                "It goes on with the secret of %(names)s: give it to the tool, or set another variable, then: "
                "flask hooks secret %(hook)s --add VARIABLE",
                **told,
            )
        )
    if any(rule.convert == links.SIGNED_ID for rule in done.rules):
        click.echo(
            _(
                "Personal links of %(old)s do not hold here. Make new ones: flask hooks link %(hook)s CONTACT",
                old=name,
                hook=done.name,
            )
        )
    click.echo(
        _(
            "Once its form was filled in: flask hooks rehearse %(hook)s, then flask hooks publish %(hook)s",
            hook=done.name,
        )
    )


@command("delete", hooks_command)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@by_whom
def delete_command(services: Services, *, name: str, yes: bool, by: Whom) -> None:
    """Delete the hook NAME: its address goes on to answer 200, and what comes there is left out.

    Refused while anything of it waits, is held or was kept: that is decided first. What it received stays. An import
    of its file brings it back, at its address; its name stays its own.

    \b
    Example:
      flask hooks delete benevoles
      flask hooks delete benevoles --yes
    """
    if not yes:
        with services.store.read() as tx, _undecided(name):
            _ask(name, changing.leaving(tx, services.hooks, name))
    vault, said = services.vault, by()
    with services.store.write() as tx, _undecided(name):
        gone = changing.delete(tx, services.hooks, name, said.at)
        audit.note(tx, vault, said, "hook_deleted", services.hooks.id_of(tx, name), name=name)
    told = {"hook": name, "url": url(gone.address)}
    click.echo(_("%(hook)s: deleted. %(url)s still answers 200, and what comes there is left out.", **told))
    click.echo(
        _(
            "What it received stays: flask inbox list. To bring it back: flask hooks export %(hook)s > FILE, then "
            "flask hooks import FILE",
            hook=name,
        )
    )
    if gone.owner == "git":
        click.echo(_("Take its file out of the folder that you import: else it comes back."))
    if gone.refused:
        click.echo(_refused(name, gone.refused))


def _ask(name: str, leaves: Leaving) -> None:
    """The name is typed once more: it is the same in every language."""
    click.echo(_("What comes to %(url)s is left out once %(hook)s is deleted.", url=url(leaves.address), hook=name))
    if leaves.refused:
        click.echo(_refused(name, leaves.refused))
    try:
        typed = click.prompt(_("To delete it, type its name"), default="", show_default=False)
    except click.Abort:
        click.echo()
        typed = ""
    if typed.strip() != name:
        raise Refused(_("Nothing was deleted. To delete it without being asked: --yes"))


def _refused(name: str, many: int) -> str:
    return ngettext(
        "%(num)s refused call of it stays until its time is over. It can be checked again only while the hook is "
        "there: flask inbox recheck %(hook)s",
        "%(num)s refused calls of it stay until their time is over. They can be checked again only while the hook is "
        "there: flask inbox recheck %(hook)s",
        many,
        hook=name,
    )


@contextmanager
def _undecided(name: str) -> Iterator[None]:
    """What has to be decided first is told with the commands that do so."""
    try:
        yield
    except NotOver as why:
        told = [_("%(hook)s was not deleted: what came there is to be decided first.", hook=name)]
        raise Refused("\n  ".join([*told, *_to_decide(name, why.events)])) from None


def _to_decide(name: str, events: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if waits := events.get("open"):
        yield ngettext(
            "%(num)s waits to be written and crosses by itself. Or leave it out: flask inbox skip %(events)s",
            "%(num)s wait to be written and cross by themselves. Or leave them out: flask inbox skip %(events)s",
            len(waits),
            events=_some(waits),
        )
    if held := events.get("held"):
        yield ngettext(
            "%(num)s needs a decision: flask inbox release %(events)s, or skip",
            "%(num)s need a decision: flask inbox release %(events)s, or skip",
            len(held),
            events=_some(held),
        )
    if kept := events.get("kept"):
        yield ngettext(
            "%(num)s was kept while it only listened: flask inbox release --kept %(hook)s, or skip",
            "%(num)s were kept while it only listened: flask inbox release --kept %(hook)s, or skip",
            len(kept),
            hook=name,
        )


def _some(events: Sequence[str]) -> str:
    return " ".join(events[:_SHOWN]) + (" ..." if len(events) > _SHOWN else "")


@command("secret", hooks_command)
@click.argument("name")
@click.option(
    "--add", metavar="VARIABLE", help="Prove calls by this variable's secret too. Without $, so no shell reads it."
)
@click.option("--drop", metavar="VARIABLE", help="And by this one's no more.")
@click.option("--new", is_flag=True, help="Make one, kept in the store, and show it once.")
@click.option("--end", metavar="ID", help="By this stored one no more, from now on.")
@click.option(
    "--until", "days", type=click.IntRange(0, 366), metavar="DAYS", help="For so long by the older ones, then no more."
)
@by_whom
@AS_JSON
def secret_command(
    services: Services,
    *,
    name: str,
    add: str | None,
    drop: str | None,
    new: bool,
    end: str | None,
    days: int | None,
    by: Whom,
    as_json: bool,
) -> None:
    """Show which variables hold the secrets of the hook NAME, whether they are set, and what came under each of them;
    never what they hold.

    To replace a secret and lose no call: set the new one in a second variable, --add it, give it to the tool, wait
    until calls come with it, --drop the old one. In between calls under either are let in. With --until the old one's
    time is over by itself, after so many whole days; calls under it are refused then, and kept for 72 hours.

    Or let the bridge make it: --new writes `stored` into the proof of a hook that is kept on the pages, keeps the new
    secret sealed in the store, and prints it once. The older ones are good for 7 days more (30 where the secret stands
    in the address), or as --until says.

    \b
    Example:
      flask hooks secret benevoles
      flask hooks secret benevoles --add TALLY_SECRET_2027 --until 7
      flask hooks secret benevoles --drop TALLY_SECRET
      flask hooks secret benevoles --new
    """
    if sum((new, end is not None, add is not None or drop is not None)) > 1:
        raise Refused(_("One at a time: --new, --end, or --add and --drop."))
    stored = new or end is not None
    varies = not stored and (add is not None or drop is not None or days is not None)
    made = _stored(services, name, by(), end, days) if stored else None
    done = _varied(services, name, by(), add, drop, days) if varies else None
    with services.store.read() as tx:
        found = secrets.secrets(tx, services.hooks, name, services.now())
    said = {**_plain(name, found), **({"secret": made.value} if made is not None else {})}
    show(said, _secrets(name, found, done, add, drop), as_json=as_json)
    if made is not None and not as_json:
        click.echo(once(made.value))


def _varied(services: Services, name: str, by: By, add: str | None, drop: str | None, days: int | None) -> Hook:
    """Other variables, or an end of the older ones."""
    vault = services.vault
    with about(name), services.store.write() as tx:
        done = secrets.replace_secret(tx, services.hooks, name, add, drop, by, days)
        more = {"add": add, "drop": drop, "days": days, "version": done.revision}
        audit.note(tx, vault, by, "secret_changed", done.id, **more)
    return done


def _stored(services: Services, name: str, by: By, end: str | None, days: int | None) -> Made | None:
    """Make a secret, or end one."""
    vault, hooks = services.vault, services.hooks
    with about(name), services.store.write() as tx:
        if end is not None:
            secrets.end(tx, hooks, vault, name, end, by)
            return None
        return secrets.replace(tx, hooks, vault, name, by, None if days is None else timedelta(days=days))


def _plain(name: str, found: Secrets) -> dict[str, Any]:
    return {
        "hook": name,
        "proof": found.scheme,
        "secrets": [_variable(one) for one in found.variables],
        "stored": [_of_store(one) for one in found.stored],
        "unnamed": found.unnamed,
    }


def _of_store(one: Kept) -> dict[str, Any]:
    moments = {"made": one.made_at, "until": one.until, "last": one.calls.last}
    said = {name: None if at is None else normal.to_ms(at) for name, at in moments.items()}
    return {"id": one.id, **said, "over": one.over, "calls": one.calls.many}


def _variable(one: Variable) -> dict[str, Any]:
    last = None if one.calls.last is None else normal.to_ms(one.calls.last)
    return {"name": one.name, "set": one.set, "until": one.until, "calls": one.calls.many, "last": last}


def _secrets(name: str, found: Secrets, done: Hook | None, add: str | None, drop: str | None) -> Iterator[str]:
    yield from _versioned(done) if done is not None else ()
    if not found.variables and not found.stores:
        yield _("%(hook)s: the proof %(scheme)s needs no secret.", hook=name, scheme=found.scheme)
    for one in found.variables:
        is_set = _("set") if one.set else _("not set: set it and start the bridge again")
        calls = wording.under_secret(one.calls.many, one.calls.last, one.until, over=one.over)
        yield f"${one.name}  {is_set}  {calls}"
    yield from stored_secrets(name, found)
    if found.unnamed:
        yield ngettext(
            "%(num)s call of before was proven by one of them; by which was not written down yet.",
            "%(num)s calls of before were proven by one of them; by which was not written down yet.",
            found.unnamed,
        )
    if add is not None and len(found.variables) > 1:
        yield _(
            "Was $%(new)s set after the bridge was started? Start it again now. Then give the new secret to the tool, "
            "and once calls come with it: flask hooks secret %(hook)s --drop %(old)s",
            new=add,
            old=found.variables[-1].name,
            hook=name,
        )
    if drop is not None:
        yield _(
            "Calls under $%(old)s are refused from now on, and kept for 72 hours: flask inbox refused %(hook)s",
            old=drop,
            hook=name,
        )


def _versioned(done: Hook) -> Iterator[str]:
    told = {"hook": done.name, "version": done.revision, "mode": done.mode, "url": url(done.address)}
    yield _("%(hook)s: version %(version)s, %(mode)s, %(url)s", **told)
    if done.approve:
        yield ngettext(
            "As of every new version, its first write waits for a yes.",
            "As of every new version, its first %(num)s writes wait for a yes.",
            done.approve,
        )


def _named(used: Secrets) -> str:
    return ", ".join(f"${one.name}" for one in used.variables)
