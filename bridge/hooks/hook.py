"""A hook file becomes a Hook, or all its faults at once, each with its line and what to write instead.

Qomon's catalogue is not asked here (`check`), and nothing is stored (`registry`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from marshmallow import ValidationError

from bridge.errors import Fault, Faults
from bridge.hooks.yaml import Plain, Written, read_yaml
from bridge.mapping.rules import Only, Rule, flattened, read_rule
from bridge.mapping.targets import plain_target, single
from bridge.proofs.scheme import Secret, read_proof
from bridge.proofs.verify import HELD_BY_VISITORS, Proof
from bridge.sources import SOURCES, Source
from bridge.sources.kit.custom_layout import OPEN, Ping, Reads, as_said
from bridge.sources.kit.replies import REPORT, Reply, read_reply
from schemas.hook import IDENTITIES, HookSchema
from schemas.lines import near

_FILE = HookSchema()
_APPROVE = 10
"""Writes of a version that wait for a person's yes, where the file does not say how many."""
_TOGETHER = (("label", "value"), ("value", "label"), ("key", "label"))
"""What `reads` says of a question, and what it cannot say it without."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook address and how to treat what arrives. The store adds what stands last, from `revision` on.

    `region` reads national phone numbers and postcodes. `approve`: how many writes of a revision a person has to agree
    to before the others cross by themselves.
    """

    name: str
    source: str
    proof: Proof
    mode: str
    wait: timedelta
    space: str
    timezone: ZoneInfo
    region: str
    find: tuple[str, ...]
    names: str
    missing: str
    rules: tuple[Rule, ...]
    answer: str
    methods: tuple[str, ...]
    owner: str
    address: str = ""
    only: Only | None = None
    address_policy: str | None = None
    approve: int = 0
    reply: Reply = REPORT
    handshake: str | None = None
    reads: Reads | None = None
    revision: int = 0
    text: str = field(default="", repr=False)
    id: str = ""
    link_key: Callable[[], bytes] = field(default=bytes, repr=False, compare=False)
    deleted: bool = False
    paused: bool = False

    @property
    def tool(self) -> Source:
        """The source, as this hook reads it."""
        return as_said(SOURCES[self.source], self.reads)


def parse(
    text: str, secret: Secret, spaces: Collection[str], timezone: ZoneInfo | None = None, region: str = "FR"
) -> Hook:
    """Raises Faults. `secret` gives the value of a `$NAME`; `timezone` and `region` are for hooks that say none."""
    written = read_yaml(text)
    if not isinstance(written.plain, dict):
        raise Faults(_sentences(written.faults or [(1, _("A hook file is a table. It begins with hook: NAME."))]))
    head, told = _head_of(written.plain)
    rules, more = _rules(written)
    usual = timezone or ZoneInfo("Europe/Paris")
    proof, proof_told = read_proof(head.get("proof") or {}, secret, head.get("timezone", usual))
    told += more + proof_told
    keys = {key for key, _ in told}
    checked = (*_of_head(head, spaces), *_of_rules(head, rules), *_of_reads(head))
    told += [found for found in checked if found[0] not in keys]
    if told or written.faults:
        raise Faults(_sentences(written.faults + [_placed(written, *fault) for fault in told]))
    head = {"timezone": usual, "region": region, **head}
    return _hook(head, proof, rules, text)


def read_name(text: str) -> str:
    """A hook's name as its file would say it. Raises Faults."""
    try:
        name: str = _FILE.fields["name"].deserialize(text)
    except ValidationError as error:
        raise Faults([of_key("hook", str(error.messages[0]))]) from None
    return name


def _sentences(faults: list[tuple[int, str]]) -> list[str]:
    ordered = sorted(dict.fromkeys(faults), key=lambda told: told[0])
    return [at_line(line, sentence) for line, sentence in ordered]


def at_line(line: int, sentence: str) -> str:
    """A fault as people are told it: where it stands first."""
    return _("line %(line)s: %(sentence)s", line=line, sentence=sentence)


def of_key(key: str, sentence: str) -> str:
    """`sentence` says something of the key, and begins with its verb."""
    return _("%(key)s: %(sentence)s", key=key, sentence=sentence)


def _placed(written: Written, key: str, sentence: str) -> tuple[int, str]:
    """`fields.3.to` stands at that key's line, or at that of the nearest thing above it."""
    path = tuple(int(part) if part.isdecimal() else part for part in key.split("."))
    name = _("rule %(number)s", number=path[-1] + 1) if isinstance(path[-1], int) else path[-1]
    return written.line(path), of_key(name, sentence)


def _head_of(plain: Mapping[str, Plain]) -> tuple[dict[str, Any], list[Fault]]:
    try:
        head: dict[str, Any] = _FILE.load(plain)
    except ValidationError as error:
        return dict(error.valid_data or {}), list(flattened(error.messages))
    return head, []


def _rules(written: Written) -> tuple[tuple[Rule, ...], list[Fault]]:
    listed = written.plain.get("fields", []) if isinstance(written.plain, dict) else []
    if not isinstance(listed, list):
        return (), [("fields", _("must be a list of rules such as - {from: E-mail, to: mail}."))]
    rules: list[Rule] = []
    told: list[Fault] = []
    for at, plain in enumerate(listed):
        found, faults = read_rule(at + 1, plain, written.line(("fields", at)))
        rules += found
        told += [(f"fields.{at}.{key}".rstrip("."), sentence) for key, sentence in faults]
    return tuple(rules), told


def _of_head(head: Mapping[str, Any], spaces: Collection[str]) -> Iterator[Fault]:
    """Of `head`, here and below, only the keys that could be read."""
    source, space = head.get("source"), head.get("space", "default")
    if source is not None and source not in SOURCES:
        parts = {"source": source, "near": near(source, SOURCES), "known": ", ".join(SOURCES)}
        yield "source", _("`%(source)s` is not available yet.%(near)s Known are %(known)s.", **parts)
    if space not in spaces:
        name, like = f"QOMON_TOKEN__{space.upper()}", near(space, spaces)
        yield "space", _("`%(space)s` has no token: set %(name)s.%(near)s", space=space, name=name, near=like)
    if head.get("answer") == "full" and (head.get("proof") or {}).get("scheme") in HELD_BY_VISITORS:
        yield "answer", _("`full` needs a proof in a signature or header: else whoever has the address reads it.")
    if not head.get("rules") and head.get("mode") != "capture":
        yield "fields", _("is empty: write a rule per question, or mode: capture to see what arrives first.")


def _of_rules(head: Mapping[str, Any], rules: Sequence[Rule]) -> Iterator[Fault]:
    contact = head.get("contact") or {}
    if "address_policy" not in contact and any(rule.to.startswith("address.") for rule in rules):
        yield "contact.address", _("is missing: keep, replace or hold, when the form's address contradicts Qomon's?")
    for first, second in clashes(rules, lambda rule: rule.to if _holds_one(rule.to) else None):
        yield f"fields.{second.number - 1}.to", written_already(second, first)
    mapped = [rule.to for rule in rules if rule.to in IDENTITIES]
    if mapped and not set(mapped) & set(contact.get("find", IDENTITIES)):
        names = ", ".join(mapped)
        yield "contact.find", _("finds nobody: the rules map %(fields)s, and it names none of them.", fields=names)


def written_already(rule: Rule, first: Rule) -> str:
    return _("`%(to)s` holds one value, and rule %(first)s writes it already.", to=rule.to, first=first.number)


def _holds_one(to: str) -> bool:
    target = plain_target(to)
    return to == "id" or (target is not None and single(target))


def clashes(rules: Sequence[Rule], written: Callable[[Rule], str | None]) -> Iterator[tuple[Rule, Rule]]:
    """Rules that write what an earlier one writes, for one kind of event. `written` None: not compared."""
    for at, second in enumerate(rules):
        name = written(second)
        for first in rules[:at]:
            if name is not None and name == written(first) and first.runs & second.runs:
                yield first, second
                break


def _of_reads(head: Mapping[str, Any]) -> Iterator[Fault]:
    """Where things lie in what a tool sends that the bridge does not know. `sources.kit.custom_layout` goes by it."""
    source, reads = head.get("source"), head.get("reads")
    if reads is None:
        return
    if source in SOURCES and source not in OPEN:
        says = _("goes with source: %(sources)s. Where things lie in `%(source)s`, the bridge knows.")
        yield "reads", says % {"sources": _(" or ").join(OPEN), "source": source}
    if not reads:
        yield "reads", _("is empty. Remove it, or say where things lie, such as {records: data.entries}.")
    for name, other in _TOGETHER:
        if name in reads and other not in reads:
            yield f"reads.{name}", _("goes with `%(key)s`: what the two parts of a question are called.", key=other)


def _hook(head: dict[str, Any], proof: Proof, rules: tuple[Rule, ...], text: str) -> Hook:
    """The keys of the head are those of Hook, but for what is a table there; a tool says what it does by itself."""
    source, reads = SOURCES[head["source"]], head.get("reads")
    contact, only = head.pop("contact"), head.pop("filter", None)
    usual: dict[str, Any] = {"wait": source.wait, "handshake": source.handshake}
    usual["approve"] = _APPROVE if head["mode"] == "approve" else 0
    made: dict[str, Any] = {"proof": proof, "rules": rules, "text": text, "only": Only(**only) if only else None}
    made["reply"] = read_reply(head["reply"]) if "reply" in head else source.reply
    if reads is not None:
        made["reads"] = Reads(**{**reads, "ping": Ping(**reads["ping"]) if "ping" in reads else None})
    return Hook(**{**usual, **head, **contact, **made})
