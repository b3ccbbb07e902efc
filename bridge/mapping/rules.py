"""One line of a hook's `fields`: read, and checked for what its words mean together. No catalogue here.

Whether a form of Qomon has such a label, choice or type is for `hook_check`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Protocol

from flask_babel import gettext as _
from marshmallow import ValidationError

from bridge.errors import Fault
from bridge.mapping.links import SIGNED_ID
from bridge.mapping.targets import MAPPED, NOTHING, OWN, USUAL_KINDS, Fit, fit, is_form, plain_target
from bridge.model import Target
from schemas.codes import Kind, Op
from schemas.fields import reader
from schemas.hook import IDENTITIES, RuleSchema
from schemas.lines import near
from schemas.normal import folded

_LINE = RuleSchema()


@dataclass(frozen=True, slots=True)
class Rule:
    """`number` counts from 1. The origin is one of `source`, `path` and `constant`. `form_id` and `key` are the pins:
    the form that `to` meant, and the question that `source` meant, when they were first looked up.

    `agrees`, `refuses`: the choices of a consent that say yes or no, whatever their words look like.

    A line with two targets is two rules with one number. `line`: where it is written.
    """

    number: int
    source: str | None
    to: str
    convert: str | None = None
    date_format: str | None = None
    change: Op | None = None
    values: Mapping[str, str] | None = None
    otherwise: str | None = None
    agrees: tuple[str, ...] | None = None
    refuses: tuple[str, ...] | None = None
    kinds: frozenset[Kind] | None = None
    constant: str | None = None
    path: str | None = None
    form_id: int | None = None
    key: str | None = None
    line: int = field(default=0, compare=False)

    @property
    def runs(self) -> frozenset[Kind]:
        return self.kinds or USUAL_KINDS


@dataclass(frozen=True, slots=True)
class Only:
    """The filter: events whose answer is not among `allowed` are ignored."""

    answer: str
    allowed: tuple[str, ...]


class Rules(Protocol):
    """What a hook says of its answers. `link_key`: gives the key of its personal links."""

    @property
    def rules(self) -> tuple[Rule, ...]: ...
    @property
    def only(self) -> Only | None: ...
    @property
    def timezone(self) -> tzinfo: ...
    @property
    def region(self) -> str: ...
    @property
    def link_key(self) -> Callable[[], bytes]: ...


def read_rule(number: int, plain: object, line: int) -> tuple[list[Rule], list[Fault]]:
    """The rule, once for each of its targets, and everything that is wrong with it."""
    try:
        loaded: dict[str, Any] = _LINE.load(plain)  # type: ignore[arg-type]
    except ValidationError as error:
        return [], list(flattened(error.messages))
    convert, date_format = loaded.get("convert", (None, None))
    kinds = frozenset(loaded["when"]["kind"]) if "when" in loaded else None
    keys = ("source", "change", "values", "otherwise", "agrees", "refuses", "constant", "path")
    same: dict[str, Any] = {key: loaded.get(key) for key in keys}
    rules = [
        Rule(number, to=to, convert=convert, date_format=date_format, kinds=kinds, line=line, **same)
        for to in loaded["to"]
    ]
    if (convert == "split_name") != (len(rules) > 1):
        return rules, [("as", _("`split_name` and `to: [firstname, surname]` go together."))]
    return rules, [fault for rule in rules for check in _CHECKS for fault in check(rule)]


def flattened(messages: Any, key: str = "") -> Iterator[Fault]:
    """marshmallow's nested messages as (dotted key, sentence)."""
    if isinstance(messages, Mapping):
        for part, nested in messages.items():
            yield from flattened(nested, key if part == "_schema" else f"{key}.{part}".lstrip("."))
    else:
        yield from ((key, str(message)) for message in messages)


def _names_both_ends(rule: Rule) -> Iterator[Fault]:
    if sum(origin is not None for origin in (rule.source, rule.path, rule.constant)) != 1:
        yield "to", _("needs one of `from` (a question), `path` (into what the tool sent) and `value` (a constant).")
    if not (rule.to in MAPPED or rule.to in (NOTHING, "id") or is_form(rule.to)):
        like = near(rule.to, [*MAPPED, NOTHING, "id"])
        yield (
            "to",
            _("`%(to)s` is no field.%(near)s Forms are formdatas.LABEL or custom_fields.LABEL.", to=rule.to, near=like),
        )


def _writes_nothing(rule: Rule) -> Iterator[Fault]:
    """`nothing` and `id` are never written, so nothing may be said of how."""
    if rule.to in (NOTHING, "id"):
        written = {"as": rule.convert, "change": rule.change, "values": rule.values, "otherwise": rule.otherwise}
        signed = (rule.to, rule.convert) == ("id", SIGNED_ID)
        for key in (key for key, value in written.items() if value is not None and not (signed and key == "as")):
            yield key, _("does not go with `to: %(to)s`, which writes nothing. Remove it.", to=rule.to)
    if rule.to == NOTHING and rule.constant is not None:
        yield "value", _("is not sent anywhere. Remove the rule.")


def _keeps_constants_plain(rule: Rule) -> Iterator[Fault]:
    if rule.constant is None:
        return
    written = {"as": rule.convert, "values": rule.values, "otherwise": rule.otherwise}
    for key in (key for key, value in written.items() if value is not None):
        yield key, _("is for answers. A constant is written as it should arrive: remove this key.")
    if rule.change == "clear":
        yield "change", _("cannot be clear: a constant is never empty.")
    if rule.to in IDENTITIES:
        yield "value", _("would make everybody the same person: `%(to)s` must come from an answer.", to=rule.to)
    else:
        target = plain_target(rule.to)
        yield from constant_reads(rule, target) if target is not None else ()


def constant_reads(rule: Rule, target: Target) -> Iterator[Fault]:
    try:
        reader(fit(target).converts[0], "FR", whole=True).deserialize(rule.constant)
    except ValidationError as error:
        yield "value", _("does not fit `%(to)s`: %(why)s", to=rule.to, why=error.messages[0])


def misfits(rule: Rule, fits: Fit, name: str) -> Iterator[Fault]:
    """What a rule says that its target does not take; of forms too, once the catalogue says what they are."""
    if rule.convert is not None and rule.convert not in fits.converts:
        yield "as", _unfit(rule.convert, name, fits.converts)
    if rule.change is not None and rule.change not in fits.changes:
        yield "change", _unfit(rule.change, name, fits.changes)
    if rule.values is not None and not fits.values:
        yield "values", _("does not fit `%(to)s`, which takes any answer of its kind. Remove it.", to=name)


def _unfit(word: str, name: str, known: Sequence[str]) -> str:
    return _("`%(word)s` does not fit `%(to)s`. Write %(known)s.", word=word, to=name, known=", ".join(known))


def _fits_the_field(rule: Rule) -> Iterator[Fault]:
    target = plain_target(rule.to)
    if target is None:
        return
    yield from misfits(rule, fit(target), rule.to)
    if rule.convert in OWN and rule.values is not None:
        yield (
            "values",
            _(
                "does not go with `as: %(convert)s`, which reads the answer by itself. Remove one of the two.",
                convert=rule.convert,
            ),
        )
    if rule.otherwise is not None and rule.values is None:
        yield "otherwise", _("goes with `values`: it says what an answer outside them does.")


def _never_lifts_black_list(rule: Rule) -> Iterator[Fault]:
    if rule.to != "black_list":
        return
    written = {"value": (rule.constant,), "values": tuple((rule.values or {}).values())}
    for key in (key for key, words in written.items() if set(words) - {"true", NOTHING, None}):
        yield key, _("may only be true: only a person in Qomon lifts `black_list`.")


def _knows_gender(rule: Rule) -> Iterator[Fault]:
    if rule.to == "gender" and rule.constant is None and rule.values is None and rule.convert != "gender":
        yield (
            "to",
            _("`gender` needs `as: gender`, or `values` that say which answer means what, such as {Madame: F}."),
        )


def _decides_consents(rule: Rule) -> Iterator[Fault]:
    for key, texts in (("yes", rule.agrees), ("no", rule.refuses)):
        if texts is not None and not is_form(rule.to):
            yield key, no_consent(rule, key)
    both = {folded(text) for text in rule.agrees or ()} & {folded(text) for text in rule.refuses or ()}
    if both:
        yield "no", _("names a choice that `yes` names too. Remove one.")


def no_consent(rule: Rule, key: str) -> str:
    """`key`: yes or no."""
    return _("says which choices of a consent mean %(key)s, and `%(to)s` is none. Remove it.", key=key, to=rule.to)


_CHECKS = (
    _decides_consents,
    _names_both_ends,
    _writes_nothing,
    _keeps_constants_plain,
    _fits_the_field,
    _never_lifts_black_list,
    _knows_gender,
)
