"""Where a rule may write: the fields of a Qomon contact, and what fits each kind of them. No answers here.

Forms are found in the catalogue by label or id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bridge.model import Target
from bridge.qomon.catalogue import Catalogue, Form
from bridge.qomon.fields import ARRAYS, FIELDS, Field
from schemas.codes import Kind, Op
from schemas.fields import CONVERSIONS

NOTHING = "nothing"
_LONGEST_ID = 19
USUAL_KINDS: frozenset[Kind] = frozenset({"submitted", "subscribed"})
"""The kinds of event for which a rule without `when` runs; only these may create or consent."""

MAPPED: Mapping[str, Field] = {field.name: field for field in FIELDS if field.mapped}
"""Each field of a contact that a form may fill. No notes, actions or numbers of Qomon's."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What one kind of target takes: `converts` for `as`, `changes` for `change`; first comes the default."""

    converts: tuple[str, ...]
    changes: tuple[Op, ...]
    values: bool = False


_ONE: tuple[Op, ...] = ("set", "fill", "clear")
_MANY: tuple[Op, ...] = ("add", "remove", "replace", "clear")
_WORDS = ("text", "name", "bool", "number")
OWN = frozenset(field.own for field in FIELDS if field.own)
"""The `as` that only some fields take: it says by itself what an answer becomes, so `values` do not go with it."""

_FITS: Mapping[str, Fit] = {
    "text": Fit(("text", *sorted(CONVERSIONS - {"text", *OWN})), _ONE, values=True),
    "postcode": Fit(("text",), _ONE, values=True),
    "mail": Fit(("mail",), _ONE),
    "phone": Fit(("phone",), _ONE),
    "date": Fit(("date",), _ONE),
    "numeric": Fit(("number",), _ONE),
    "bool": Fit(("bool", "text"), ("set",), values=True),
    "tags": Fit(_WORDS, _MANY, values=True),
    "radio": Fit(_WORDS, _ONE, values=True),
    "checkbox": Fit(_WORDS, _MANY, values=True),
}
_CONSENT = Fit(_WORDS, ("add", "remove"), values=True)


def fit(target: Target) -> Fit:
    """A consent is only given or taken back: a missing box is neither a no nor a yes (docs/laws.md 7)."""
    found = _CONSENT if target.consent else _FITS[target.kind]
    field = MAPPED.get(target.field)
    return replace(found, converts=(*found.converts, field.own)) if field and field.own else found


def plain_target(to: str) -> Target | None:
    """The target of a contact field, None when `to` is none."""
    return Target(to, to, MAPPED[to].kind) if to in MAPPED else None


def is_form(to: str) -> bool:
    array, dot, name = to.partition(".")
    return array in ARRAYS and bool(dot and name)


def form_target(form: Form) -> Target | None:
    """None for a form that nothing can be written to: of unknown type, or free without its one refvalue."""
    if form.kind == "unknown" or (form.free and form.free_ref is None):
        return None
    field = f"{form.array}.{form.id}"
    return Target(field, f"{form.array}.{form.label or form.id}", form.kind, form.id, form.consent)


def forms_named(to: str, catalogue: Catalogue, form_id: int | None = None) -> tuple[Form, ...]:
    """The forms that `to` may mean: the pinned one, else by id, else by label. Several are ambiguous."""
    array, _, name = to.partition(".")
    if form_id is not None:
        pinned = catalogue.forms.get(form_id)
        return (pinned,) if pinned is not None else ()
    number = catalogue.forms.get(int(name)) if name.isdecimal() and len(name) < _LONGEST_ID else None
    if number is not None and number.array == array:
        return (number,)
    return catalogue.labelled(array, name)


def single(target: Target) -> bool:
    """Whether the target holds one value, so that two rules for it would fight."""
    return not target.is_list and not target.consent
