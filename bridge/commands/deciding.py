"""`flask inbox decide` and `flask inbox correct`: whose a held submission is, what of it crosses, what is put right."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import IO, Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from bridge.commands.command import AS_JSON, Refused, Whom, by_whom, command, remark, show
from bridge.commands.inbox import inbox_command
from bridge.errors import Faults, TryLater
from bridge.hooks.revisions import By
from bridge.operations.correct import Correcting
from bridge.operations.decide import Deciding, Line, Shown
from bridge.operations.decisions import MEANS, Choice, Deciders, Done, possible
from bridge.operations.release import NotDone
from bridge.operations.translate import Translating
from bridge.services import Services
from schemas import codes, normal

_WORDS: Mapping[Choice, str] = {
    "skip": "decide {event} --skip",
    "release": "release {event}",
    "look": "release {event}",
    "send": "release {event}",
    "same": "decide {event} --same",
    "contact": "decide {event} --contact NUMBER",
    "create": "decide {event} --create",
    "put_right": "correct {event} --set 'QUESTION=ANSWER' --who NAME --why TEXT",
    "leave_out": "decide {event} --leave-out CHOICE",
    "mapped": "decide {event} --map CHOICE=VALUE",
    "once": "decide {event} --map CHOICE=VALUE --only-this-time",
    "without_consent": "decide {event} --without-consent",
    "only": "decide {event} --only FIELD",
}
_DECISIONS = ("contact", "same", "create", "skip", "leave_out", "mapped", "without_consent", "only")


@command("decide", inbox_command)
@click.argument("event")
@click.option("--contact", type=click.IntRange(1), metavar="NUMBER", help="It is this contact's.")
@click.option("--same", is_flag=True, help="It is the contact's that has its address, under another name.")
@click.option("--create", is_flag=True, help="It is somebody new, whoever else has the address.")
@click.option("--skip", is_flag=True, help="It is left out for good.")
@click.option("--leave-out", metavar="CHOICE", help="This choice, or the answer to this question, is not sent.")
@click.option("--map", "mapped", metavar="CHOICE=VALUE", help="This choice is that one in Qomon, from now on.")
@click.option("--only-this-time", is_flag=True, help="With --map: not into the draft, and it is sent.")
@click.option("--without-consent", is_flag=True, help="All but the consents that it gives is sent.")
@click.option("--only", multiple=True, metavar="FIELD", help="Only this field is sent; may be repeated.")
@click.option("--all-alike", is_flag=True, help="The same for all that is held for the same cause.")
@click.option("--dry-run", is_flag=True, help="With --all-alike: only say which these are.")
@click.option("--yes", is_flag=True, help="With --all-alike: do not ask.")
@by_whom
@AS_JSON
def decide_command(services: Services, *, event: str, by: Whom, as_json: bool, **said: Any) -> bool:
    """Whose a held submission is, and what of it crosses. Without a decision: what the form says beside what Qomon
    holds, and what can be decided. That reads Qomon and writes nothing.

    \b
    Example:
      flask inbox decide 4f0c1d2e3a4b5c6d7e8f
      flask inbox decide 4f0c1d2e3a4b5c6d7e8f --contact 9000017 --who Léa
      flask inbox decide 4f0c1d2e3a4b5c6d7e8f --leave-out Peut-être --all-alike --dry-run
    """
    deciders = Deciders.of(services)
    deciding = deciders.deciding
    chosen = [name for name in _DECISIONS if said[name]]
    if len(chosen) > 1:
        raise click.UsageError(_("One decision at a time."))
    if (said["dry_run"] or said["yes"]) and not said["all_alike"]:
        raise click.UsageError(_("--dry-run and --yes go with --all-alike."))
    if not chosen:
        with _refusals(event):
            shown = deciding.show(event)
        show(_plain(shown), _told(shown), as_json=as_json)
        return True
    if said["only_this_time"] and not said["mapped"]:
        raise click.UsageError(_("--only-this-time goes with --map."))
    if said["mapped"] and not said["only_this_time"]:
        return _for_good(deciding, event, by(), said)
    name, value = ("once", _pair(said["mapped"])) if said["mapped"] else (chosen[0], said[chosen[0]])
    decide = partial(deciders.decide, name, value)
    if not said["all_alike"]:
        with _refusals(event):
            _one(deciders, decide, event, by())
        services.engine.sweep()
        return True
    with _refusals(event):
        choice = _pair(said["mapped"])[0] if said["mapped"] else said["leave_out"]
        alike = deciding.alike(event, choice)
    many = len(alike)
    click.echo(ngettext("%(num)s submission is held for this cause:", "%(num)s are held for this cause:", many))
    for one in alike:
        click.echo(f"  {one.id}  {normal.to_ms(one.received_at)}")
    return bool(said["dry_run"]) or _all(deciders, [one.id for one in alike], decide, by(), sure=said["yes"])


def _told_of(done: Done, first: str) -> str:
    if done.event == first:
        return f"{first}: {codes.OUTCOMES[done.after or 'held']}"
    said = codes.OUTCOMES[done.after or "held"]
    return _("%(event)s: %(said)s (it was held because of %(first)s)", event=done.event, said=said, first=first)


def _one(deciders: Deciders, decide: Callable[[str, By], str], event: str, by: By) -> None:
    """Those that are held because of this one and of nothing else are released with it."""
    for done in deciders.one(decide, event, by):
        click.echo(_told_of(done, event))


def _all(deciders: Deciders, ids: Sequence[str], decide: Callable[[str, By], str], by: By, *, sure: bool) -> bool:
    """Whether all of it was done: each by itself, so that what cannot be done keeps back nothing else."""
    if not sure and click.prompt(_("How many are to be decided so"), type=int, err=True) != len(ids):
        raise Refused(_("That is not their number: nothing was done."))
    done = True
    for id_ in ids:
        try:
            _one(deciders, decide, id_, by)
        except (NotDone, Faults, TryLater) as refusal:
            done = False
            remark(_("%(event)s: nothing done: %(why)s", event=id_, why=refusal))
    deciders.services.engine.sweep()
    return done


def _for_good(deciding: Deciding, event: str, by: By, said: Mapping[str, Any]) -> bool:
    if said["all_alike"]:
        raise click.UsageError(_("What is decided for good is for all of them."))
    choice, value = _pair(said["mapped"])
    with _refusals(event):
        hook = Translating(deciding).always(event, choice, value, by).name
    click.echo(_("The draft of %(hook)s has it: ‘%(choice)s’ is %(value)s.", hook=hook, choice=choice, value=value))
    click.echo(
        _(
            "Put it in service: flask hooks publish %(hook)s. Then send what waits: flask inbox release %(event)s",
            hook=hook,
            event=event,
        )
    )
    return True


def _pair(said: str) -> tuple[str, str]:
    choice, there, value = said.partition("=")
    if not (there and choice.strip() and value.strip()):
        raise click.UsageError(_("Write --map 'CHOICE=VALUE'."))
    return choice.strip(), value.strip()


@command("correct", inbox_command)
@click.argument("event")
@click.option(
    "--set",
    "said",
    multiple=True,
    metavar="'QUESTION=ANSWER'",
    help="May be repeated, for choices too.",
)
@click.option("--body", type=click.File("rb"), help="Of a call that nobody can read: this in its place.")
@click.option("--confirmed-by-person", is_flag=True, help="They told you themselves: needed for consents.")
@by_whom
def correct_command(
    services: Services,
    *,
    event: str,
    said: tuple[str, ...],
    body: IO[bytes] | None,
    confirmed_by_person: bool,
    by: Whom,
) -> bool:
    """Put answers right and send the submission. What was said stays beside it, with who put it right and why.

    It crosses as of its own time: newer answers stay. What was written already is written over on the same contact.

    A call that nobody can read is mended by hand: flask inbox show EVENT --body prints it as it came.

    \b
    Example:
      flask inbox correct 4f0c1d2e3a4b5c6d7e8f --set 'E-mail=zoe@example.org' --who Léa --why 'a typo'
      flask inbox correct 4f0c1d2e3a4b5c6d7e8f --body mended.json --who Léa --why 'cut by the tool'
    """
    if bool(said) == (body is not None):
        raise click.UsageError(_("One of --set and --body."))
    answers: dict[str, list[str]] = {}
    for one in said:
        question, there, answer = one.partition("=")
        if not there:
            raise click.UsageError(_("Write --set 'QUESTION=ANSWER'."))
        answers.setdefault(question.strip(), []).append(answer.strip())
    told = by()
    if not ((told.who or "").strip() and (told.why or "").strip()):
        raise click.UsageError(_("Who puts it right, and why: --who and --why."))
    deciding = Deciders.of(services).deciding
    with _refusals(event):
        if body is not None:
            text = body.read()
            with services.store.write() as tx:
                outcome = deciding.hand.mend(tx, event, text, told)
        else:
            outcome = Correcting(deciding).correct(event, answers, told, confirmed=confirmed_by_person)
    click.echo(f"{event}: {codes.OUTCOMES[outcome]}")
    services.engine.sweep()
    return True


@contextmanager
def _refusals(event: str) -> Iterator[None]:
    try:
        yield
    except NotDone as refusal:
        raise Refused(_("%(event)s: nothing done: %(why)s", event=event, why=refusal)) from None


def _possible(shown: Shown) -> Iterator[tuple[str, LazyString]]:
    for choice in possible(shown.event.reason):
        yield f"flask inbox {_WORDS[choice].format(event=shown.event.id)}", MEANS[choice]


def _plain(shown: Shown) -> dict[str, Any]:
    row = shown.event
    return {
        "event": row.id,
        "hook": row.hook_name,
        "reason": row.reason,
        "submitted_at": normal.to_ms(row.submitted_at),
        "name": shown.name,
        "contact": shown.contact,
        "answers": [asdict(line) for line in shown.lines],
        "candidates": [asdict(one) for one in shown.candidates],
        "decisions": [{"command": words, "meaning": str(sentence)} for words, sentence in _possible(shown)],
    }


def _told(shown: Shown) -> Iterator[str]:
    yield str(codes.HELD.get(shown.event.reason or "", codes.LATER))
    if shown.name:
        yield _("The form says: %(name)s", name=shown.name)
    for one in shown.candidates:
        more = ", ".join(filter(None, (one.name, one.town, *one.tags)))
        yield _("Contact %(id)s in Qomon: %(what)s", id=one.contact, what=more or _("nothing"))
        if one.changed:
            yield "  " + _("last changed %(at)s", at=str(one.changed))
    if shown.contact is not None:
        yield _("Answers beside contact %(id)s:", id=shown.contact)
    else:
        yield _("Answers:")
    yield from (f"  {_line(line, compared=shown.contact is not None)}" for line in shown.lines)
    yield _("What can be decided:")
    for words, sentence in _possible(shown):
        yield f"  {words}"
        yield f"      {sentence}"


def _line(line: Line, *, compared: bool) -> str:
    to = f" -> {line.to}" if line.to not in (None, "nothing") else ""
    said = _("%(name)s: %(what)s", name=line.question + to, what=line.said or _("nothing"))
    if not (compared and to):
        return said
    holds = _("in Qomon: %(value)s", value=_value(line.holds))
    would = "" if line.would == line.holds else f" -> {_value(line.would)}"
    return f"{said}; {holds}{would} ({codes.ANSWERS[line.status]})"


def _value(value: Any) -> str:
    if value is None:
        return _("nothing")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
