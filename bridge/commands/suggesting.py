"""`flask hooks new` and `flask hooks suggest`: a hook that listens, and a mapping proposed from what it heard."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, BinaryIO

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import AS_JSON, HEADERS, SPACE, Refused, Whom, about, by_whom, command, show
from bridge.commands.hooks import hooks_command, once
from bridge.commands.opened import call_of, catalogue, stored, url
from bridge.errors import Unreadable
from bridge.hooks.registry import Hook
from bridge.hooks.yaml import with_contact, with_rules, without_rules
from bridge.mapping.lookup import Answers
from bridge.mapping.targets import NOTHING
from bridge.model import Question
from bridge.operations.authoring.connecting import connect
from bridge.operations.authoring.proposal import BOTH, Suggestion, plain, rule
from bridge.operations.authoring.publishing import Publisher, undecided
from bridge.operations.authoring.questions import as_asked, gather
from bridge.operations.authoring.samples import LAST, questions_of
from bridge.operations.authoring.suggest import suggest
from bridge.proofs.verify import asks
from bridge.services import Services
from bridge.sources import SOURCES
from bridge.translations import quoted
from schemas.hook import IDENTITIES
from schemas.normal import folded

_ACCEPTED = {None: (), "sure": ("sure",), "likely": ("sure", "likely")}
_POLICIES = click.Choice(["keep", "replace", "hold"])


@dataclass(frozen=True, slots=True)
class _Place:
    """A question by its key, or a part of its answer."""

    key: str
    part: str = ""

    def meets(self, other: "_Place") -> bool:
        """Whether both say where the same thing goes: the whole question holds its parts."""
        parts = {folded(self.part), folded(other.part)}
        return self.key == other.key and ("" in parts or len(parts) == 1)


@command("new", hooks_command)
@click.argument("name")
@click.option("--source", type=click.Choice(sorted(SOURCES)), required=True, help="The tool that calls.")
@click.option("--proof", help="How its calls are proven, if not as the tool usually does.")
@click.option("--secret", metavar="'$NAME'|stored", help="The variable that holds it; stored: made here.")
@click.option("--header", help="The header that holds it, for the proofs header and hmac.")
@click.option("--user", help="The user, for the proof basic.")
@click.option("--field", help="The field of the body that holds it, for the proof body.")
@SPACE
@by_whom
def new_command(services: Services, *, name: str, source: str, space: str, by: Whom, **proof: str | None) -> None:
    """Make a hook that listens: what it receives is kept, nothing reaches Qomon. Then: flask hooks suggest.

    \b
    Example:
      flask hooks new adhesions --source typeform --secret '$TYPEFORM_SECRET'
    """
    scheme = proof.pop("proof") or SOURCES[source].proof
    said = {key: value for key, value in proof.items() if value}
    if "secret" in asks(scheme).needs:
        said.setdefault("secret", f"${source.upper()}_SECRET")
    with services.store.read() as tx:
        services.hooks.free(tx, name)
    vault, whom = services.vault, by()
    with about(name), services.store.write() as tx:
        done = connect(tx, services.hooks, vault, name, source, {"scheme": scheme, **said}, whom, space)
    address = url(done.hook.address) + (_("/<the secret>") if scheme == "url" else "")
    click.echo(_("%(hook)s: listening, %(url)s", hook=name, url=address))
    if done.secret is not None:
        click.echo(once(done.secret))
    told = {"tool": SOURCES[source].title, "hook": name}
    click.echo(_("Paste it into %(tool)s, fill in the form once, then: flask hooks suggest %(hook)s", **told))


@command("suggest", hooks_command)
@click.argument("name", metavar="HOOK")
@click.argument("file", required=False, type=click.File("rb"))
@HEADERS
@AS_JSON
@click.option("--accept", type=click.Choice(["sure", "likely"]), help="Put these into the draft (likely: sure too).")
@click.option(
    "--consent", multiple=True, metavar="QUESTION", help="Yes, this question's answers mean what is proposed."
)
@click.option(
    "--map", "mapped", multiple=True, metavar="'QUESTION=TARGET'", help="Decide one question yourself, anew too."
)
@click.option("--rest", type=click.Choice([NOTHING]), help="What is left is not sent, consents aside.")
@click.option("--address", type=_POLICIES, help="When the form's address contradicts Qomon's.")
@click.option("--missing", type=click.Choice(["create", "hold", "ignore"]), help="When nobody in Qomon is found.")
def suggest_command(
    services: Services, *, name: str, file: BinaryIO | None, headers: tuple[str, ...], as_json: bool, **decided: Any
) -> None:
    """Propose where each question goes, with reasons, from what HOOK received or from the payload in FILE.

    Nothing applies itself. With --accept, --consent, --map or --rest the draft of the hook is written, to be tried with
    `flask hooks rehearse` and put in service with `flask hooks publish`. Consents are never accepted with the others.

    \b
    Example:
      flask hooks suggest adhesions
      flask hooks suggest adhesions --accept likely --consent RGPD --map 'Commentaire=nothing' --address hold
      flask hooks suggest adhesions answer.json --json
    """
    hook = stored(name)
    questions = _questions(services, hook, file, headers)
    found = suggest(questions, catalogue(hook), hook.region)
    show([plain(one) for one in found], (line for one in found for line in _told(one)), as_json=as_json)
    if as_json:
        return
    if any(decided[key] for key in ("accept", "consent", "mapped", "rest", "address", "missing")):
        _draft(services, hook, questions, found, decided)
    else:
        click.echo(_("Nothing is applied yet. For example: flask hooks suggest %(hook)s --accept sure", hook=name))


def _questions(services: Services, hook: Hook, file: BinaryIO | None, headers: Sequence[str]) -> tuple[Question, ...]:
    if file is None:
        with services.store.read() as tx:
            questions = questions_of(Publisher(services.vault).past(tx, hook, LAST))
    else:
        try:
            records = hook.tool.split(call_of(file, headers))
            questions = gather((services.now(), hook.tool.read(record, hook.timezone)) for record in records)
        except Unreadable as fault:
            said = {"tool": hook.tool.title, "fault": fault}
            raise Refused(_("This is not what %(tool)s sends. %(fault)s", **said)) from None
    if not questions:
        raise Refused(
            _(
                "%(hook)s has received no answers yet. Fill in the form once, or name a file that holds a call.",
                hook=hook.name,
            )
        )
    return questions


def _told(one: Suggestion) -> Iterator[str]:
    to = "?" if one.to is None else one.to if isinstance(one.to, str) else " + ".join(one.to)
    asks = " " + _("Asks for your yes.") if one.asks else ""
    yield f"{one.confidence:<6}  {one.question.label} → {to}: {one.reason}{asks}"
    for said, value in (one.values or {}).items():
        yield f"        {said} → {value}"
    for said in one.outside:
        yield "        " + _(
            "%(answer)s → ? no choice in Qomon: add it to the table (values), or to Qomon", answer=said
        )


def _draft(
    services: Services, hook: Hook, questions: Sequence[Question], found: Sequence[Suggestion], decided: dict[str, Any]
) -> None:
    """Write what was decided into the draft; a question that it decides already stays so, unless --map names it."""
    if hook.owner != "pages":
        raise Refused(_("%(hook)s is kept in a file: write the rules there, and import it.", hook=hook.name))
    with services.store.read() as tx:
        begun = services.hooks.draft(tx, hook.name)
    base = begun[0] if begun is not None else hook
    chosen = _chosen(questions, found, decided)
    anew = {_named(questions, said.rpartition("=")[0]) for said in decided["mapped"]}
    keys = {one.key for one in anew}
    left = [one for one in questions if one.key in keys or one in undecided(base, questions)]
    rules, told = _rules(base, left, chosen, found, decided)
    kept = without_rules(base.text, _deciding(base, questions, anew))
    text = with_contact(with_rules(kept, rules), decided["address"], decided["missing"])
    with about(_("the draft of %(hook)s", hook=hook.name)), services.store.write() as tx:
        draft = services.hooks.save_draft(tx, text, services.now())
    for line in told:
        click.echo(line)
    click.echo(
        ngettext(
            "The draft of %(hook)s has %(num)s rule. Undecided: %(questions)s.",
            "The draft of %(hook)s has %(num)s rules. Undecided: %(questions)s.",
            len(draft.rules),
            hook=hook.name,
            questions=", ".join(one.label for one in undecided(draft, questions)) or _("nothing"),
        )
    )
    click.echo(_("Then: flask hooks rehearse %(hook)s; flask hooks publish %(hook)s", hook=hook.name))


def _deciding(base: Hook, questions: Sequence[Question], anew: Collection[_Place]) -> set[int]:
    """The numbers of the rules that say where these questions, or parts of them, go."""
    asked = as_asked(questions)
    led = ((rule, asked.of(rule.source, None, rule.key)) for rule in base.rules)
    places = ((rule.number, _place(questions[at], rule.source or "")) for rule, found in led for at, _ in found)
    return {number for number, place in places if any(place.meets(one) for one in anew)}


def _chosen(
    questions: Sequence[Question], found: Sequence[Suggestion], decided: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """The rules of each question that was decided, by its key: what people said themselves comes first."""
    by_key = {one.question.key: one for one in found}
    said: list[tuple[_Place, str, dict[str, Any]]] = []
    for words in decided["mapped"]:
        name, target = words.rpartition("=")[::2]
        place = _named(questions, name)
        one = by_key[place.key]
        source = f"{one.source}.{place.part}" if place.part else one.source
        made = rule(one) if one.to == target and not place.part else {"from": source, "to": target}
        said.append((place, f"--map '{words}'", made))
    for name in decided["consent"]:
        one = by_key[_named(questions, name).key]
        if not one.asks or one.to is None:
            raise Refused(_("Nothing was asked of ‘%(name)s’. Decide it yourself: --map '%(name)s=TARGET'", name=name))
        said.append((_Place(one.question.key), f"--consent '{name}'", rule(one)))
    _refuse_two(said)
    sure = _ACCEPTED[decided["accept"]]
    accepted = (one for one in found if one.confidence in sure and not one.asks and one.to is not None)
    rules = {one.question.key: [rule(one)] for one in accepted}
    people: dict[str, list[dict[str, Any]]] = {}
    for place, _option, made in said:
        people.setdefault(place.key, []).append(made)
    return {**rules, **people}


def _refuse_two(said: Sequence[tuple[_Place, str, dict[str, Any]]]) -> None:
    """Two decisions for one question, or for one part of it: nobody can tell which of them was meant."""
    for (one, first, _rule), (other, second, _other) in combinations(said, 2):
        if one.meets(other):
            both = {"first": first, "second": second}
            raise Refused(_("One question is decided twice: %(first)s and %(second)s. Keep one of them.", **both))


def _named(questions: Sequence[Question], name: str) -> _Place:
    places = as_asked(questions).find(name.strip())
    if len(places) != 1:
        known = quoted(one.label for one in questions)
        if places:
            raise Refused(_("Several questions are called ‘%(name)s’. Known are %(known)s.", name=name, known=known))
        raise Refused(_("No question is called ‘%(name)s’. Known are %(known)s.", name=name, known=known))
    return _place(questions[places[0][0]], name.strip())


def _place(question: Question, name: str) -> _Place:
    """`name` leads to the question: is it the whole one, or a part of its answer?"""
    whole = folded(name) in {folded(one) for one in (question.key, question.label, *question.aliases)}
    return _Place(question.key, "" if whole else name.rpartition(".")[2])


def _rules(
    base: Hook,
    left: Sequence[Question],
    chosen: dict[str, list[dict[str, Any]]],
    found: Sequence[Suggestion],
    decided: dict[str, Any],
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rules to add, and what is told of those that cannot be added yet. A consent is no rest, nor is what may say
    who somebody is: they are to be named."""
    policy = decided["address"] or base.address_policy
    proposed, asked = {one.question.key: one for one in found}, as_asked(left)
    rules: list[dict[str, Any]] = []
    told: list[str] = []
    for question in left:
        made, name = chosen.get(question.key, []), question.label
        if any(str(one["to"]).startswith("address.") for one in made) and policy is None:
            told.append(
                _("‘%(name)s’ waits: add --address keep, replace or hold (when it contradicts Qomon).", name=name)
            )
        elif made:
            rules += made
        elif proposed[question.key].asks:
            told.append(_("‘%(name)s’ asks: --consent '%(name)s', or --map '%(name)s=nothing'.", name=name))
        elif decided["rest"] and _says_who(proposed[question.key]):
            told.append(
                _(
                    "‘%(name)s’ may say who somebody is: --map '%(name)s=TARGET', or --map '%(name)s=nothing'.",
                    name=name,
                )
            )
        elif decided["rest"]:
            rules.append({"from": _called(question, asked), "to": NOTHING})
    return rules, told


def _says_who(one: Suggestion) -> bool:
    to = {*one.to} if isinstance(one.to, tuple) else {one.to}
    return one.question.type in ("mail", "phone", "name") or bool(to & {*IDENTITIES, *BOTH})


def _called(question: Question, asked: Answers) -> str:
    """By its label where no other has that, else by its key."""
    alone = asked.find(question.label)
    return question.label if len(alone) == 1 and question.label.strip() == question.label else question.key
