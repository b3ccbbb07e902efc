"""A hook against Qomon's catalogue: every label, choice and type that would hold its events. Pure.

What the file alone can get wrong was told by `hook`.
"""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches

from flask_babel import gettext as _

from bridge.errors import Fault
from bridge.hooks.hook import Hook, at_line, clashes, of_key, written_already
from bridge.mapping.binding import refusals
from bridge.mapping.rules import Rule, constant_reads, misfits, no_consent
from bridge.mapping.targets import NOTHING, USUAL_KINDS, fit, form_target, forms_named, is_form, single
from bridge.model import Target
from bridge.qomon.catalogue import Catalogue, Form
from bridge.qomon.fields import ARRAYS
from schemas.hook import IDENTITIES

_LONGEST_LIST = 12


def check(hook: Hook, catalogue: Catalogue) -> list[str]:
    """One sentence per fault, with the line of its rule, in the order of the file."""
    named = [rule for rule in hook.rules if is_form(rule.to)]
    faults = [(rule, fault) for rule in named for fault in _form_faults(rule, catalogue)]
    faults += [(rule, fault) for rule in hook.rules for fault in _crosses_never(rule, catalogue)]
    twice = clashes(hook.rules, _only_value(catalogue))
    faults += [(second, ("to", written_already(second, first))) for first, second in twice]
    ordered = sorted(faults, key=lambda fault: fault[0].number)
    return [at_line(rule.line, of_key(key, sentence)) for rule, (key, sentence) in ordered]


def _crosses_never(rule: Rule, catalogue: Catalogue) -> Iterator[Fault]:
    """An unsubscription reaches everybody who has its address, so that only what it takes back crosses
    (docs/laws.md 7).
    """
    if not rule.kinds or rule.kinds - {"unsubscribed"} or rule.to in (*IDENTITIES, NOTHING, "black_list"):
        return
    forms = forms_named(rule.to, catalogue, rule.form_id)
    if not (is_form(rule.to) and (len(forms) != 1 or forms[0].consent)):
        never = _(
            "never writes `%(to)s`: an unsubscription is about everybody who has its address, and only takes "
            "consents back or sets black_list. Remove the rule.",
            to=rule.to,
        )
        yield "when", never


def pin(hook: Hook, catalogue: Catalogue) -> dict[int, int]:
    """Rule number -> form id, for the rules that name exactly one form."""
    named = ((rule, forms_named(rule.to, catalogue)) for rule in hook.rules if is_form(rule.to))
    return {rule.number: forms[0].id for rule, forms in named if len(forms) == 1}


def _form_faults(rule: Rule, catalogue: Catalogue) -> Iterator[Fault]:
    forms = forms_named(rule.to, catalogue, rule.form_id)
    if len(forms) == 1:
        yield from _fits_the_form(rule, forms[0])
    elif forms:
        ids = _(" or ").join(f"{form.array}.{form.id}" for form in forms)
        yield "to", _("several forms in Qomon have this label. Write the id of yours: %(ids)s.", ids=ids)
    else:
        yield "to", _("Qomon has no `%(to)s`.%(near)s", to=rule.to, near=_alike(rule.to, catalogue))


def _alike(to: str, catalogue: Catalogue) -> str:
    """The nearest labels, in either list: the wrong list is the commonest slip."""
    label = to.partition(".")[2]
    for array in ARRAYS:
        if catalogue.labelled(array, label):
            return _(" It is in the other list: write %(name)s.", name=f"{array}.{label}")
    known = [f"{form.array}.{form.label}" for form in catalogue.forms.values()]
    close = get_close_matches(to, known, n=3, cutoff=0.6)
    return _(" Did you mean %(names)s?", names=_(" or ").join(f"`{name}`" for name in close)) if close else ""


def _fits_the_form(rule: Rule, form: Form) -> Iterator[Fault]:
    target = form_target(form)
    if target is None:
        says = _("`%(to)s` has not exactly one value id: nothing can be written to it. Map the question to nothing.")
        if form.kind == "unknown":
            says = _("`%(to)s` is of an unknown type: nothing can be written to it. Map the question to nothing.")
        yield "to", says % {"to": rule.to}
    else:
        yield from _fits(rule, form, target)


def _fits(rule: Rule, form: Form, target: Target) -> Iterator[Fault]:
    yield from misfits(rule, fit(target), rule.to)
    if not form.free:
        yield from _choices(rule, form)
    elif rule.otherwise is not None and rule.values is None:
        yield "otherwise", _("goes with `values` or with choices; `%(to)s` has neither.", to=rule.to)
    if form.free and rule.constant is not None:
        yield from constant_reads(rule, target)
    if target.consent:
        yield from _consent(rule, form)
    for key in ("yes", "no") if not target.consent else ():
        if (rule.agrees if key == "yes" else rule.refuses) is not None:
            yield key, no_consent(rule, key)


def _choices(rule: Rule, form: Form) -> Iterator[Fault]:
    """Every choice that the rule writes must be exactly one of the form's."""
    written: dict[str, tuple[str | None, ...]] = {"values": tuple((rule.values or {}).values())}
    written |= {"value": (rule.constant,), "yes": rule.agrees or (), "no": rule.refuses or ()}
    for key, texts in written.items():
        for text in dict.fromkeys(text for text in texts if text not in (None, NOTHING)):
            found = form.choice(str(text))
            if len(found) != 1:
                yield key, _no_choice(str(text), rule, form, several=bool(found))
            elif found[0].lacks_value:
                says = _("the choice `%(text)s` of `%(to)s` has no value in Qomon, so nothing can be stored for it.")
                yield key, says % {"text": text, "to": rule.to}


def _no_choice(text: str, rule: Rule, form: Form, *, several: bool) -> str:
    values = [choice.value for choice in form.choices if not choice.lacks_value]
    known = ", ".join(values[:_LONGEST_LIST]) + (", ..." if len(values) > _LONGEST_LIST else "")
    parts = {"text": text, "to": rule.to, "known": known}
    if several:
        return _("`%(text)s` names several choices of `%(to)s`. Known are %(known)s.", **parts)
    return _("`%(text)s` is no choice of `%(to)s`. Known are %(known)s.", **parts)


def _consent(rule: Rule, form: Form) -> Iterator[Fault]:
    said: Mapping[str, str] = rule.values or {}
    if rule.otherwise is None and len({"true", "false"} & set(said)) == 1:
        lacks = "false" if "true" in said else "true"
        yield "values", _("does not say what `%(word)s` does: add %(word)s: nothing, or `otherwise`.", word=lacks)
    takes_back = rule.change == "remove" or _only_refuses(rule, form)
    if not takes_back and rule.runs - USUAL_KINDS:
        yield "when", _("gives a consent for an event that is no yes. Write change: remove, or another kind.")


def _only_refuses(rule: Rule, form: Form) -> bool:
    """Whether all that the rule could write are choices that say no."""
    texts = [text for text in (*(rule.values or {}).values(), rule.constant) if text not in (None, NOTHING)]
    chosen = [form.choice(str(text)) for text in texts]
    no = refusals(rule, form)
    return bool(chosen) and all(len(found) == 1 and found[0].id in no for found in chosen)


def _only_value(catalogue: Catalogue) -> Callable[[Rule], str | None]:
    """The one-valued form that a rule writes, for `clashes`; contact fields were compared with the file."""

    def written(rule: Rule) -> str | None:
        forms = forms_named(rule.to, catalogue, rule.form_id)
        target = form_target(forms[0]) if len(forms) == 1 else None
        return target.field if target is not None and single(target) else None

    return written
