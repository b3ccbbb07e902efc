"""Qomon's forms: a label or an id becomes form_id, form_ref_id and data. Kept in memory and store.

It never picks one of several, and it asks Qomon for nothing but its forms, category by category.
"""

import hashlib
import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias, cast

from flask_babel import gettext as _
from sqlalchemy import Connection, select, update

from bridge.errors import TryLater
from bridge.model import Json
from bridge.qomon import account
from bridge.qomon.client import Visit
from bridge.qomon.reply import number
from bridge.store.store import Store, upsert
from bridge.store.tables import catalogue as table
from schemas.normal import bare, epoch_ms, folded, from_epoch_ms

log = logging.getLogger(__name__)

CATEGORIES = ("consent", "survey", "level_of_support", "custom_fields", "presence_status", "tasks")
FormKind: TypeAlias = Literal["text", "numeric", "date", "radio", "checkbox", "unknown"]
_KINDS: Mapping[str, FormKind] = {
    "text": "text",
    "numeric": "numeric",
    "integer": "numeric",
    "number": "numeric",
    "date": "date",
    "radio": "radio",
    "select": "radio",
    "checkbox": "checkbox",
}  # type strings: docs/qomon.md 5
_FRESH = timedelta(minutes=10)
_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST_LOST = 0.2
"""What a catalogue may lose at once: more looks like a fault of Qomon, not like somebody's work (docs/ledger.md 30)."""
_AGAIN = timedelta(minutes=1)  # how long an old catalogue serves after Qomon could not be read
_KEEP = upsert(table, *table.c.keys())


@dataclass(frozen=True, slots=True)
class Choice:
    """A refvalue: `value` is what is stored, `label` what people see."""

    id: int
    label: str
    value: str

    @property
    def lacks_value(self) -> bool:
        """Nothing can be stored for it: "" would empty the answer that is there."""
        return not bare(self.value)


@dataclass(frozen=True, slots=True)
class Form:
    id: int
    label: str
    kind: FormKind
    category: str
    choices: tuple[Choice, ...]

    @property
    def array(self) -> str:
        """The list of the contact that holds this form's entries (docs/qomon.md 6.1)."""
        return "custom_fields" if self.category == "custom_fields" else "formdatas"

    @property
    def consent(self) -> bool:
        return self.category == "consent"

    @property
    def free(self) -> bool:
        return self.kind in ("text", "numeric", "date")

    @property
    def free_ref(self) -> int | None:
        """The refvalue that a free input is written under; None when there is none or more than one."""
        return self.choices[0].id if self.free and len(self.choices) == 1 else None

    def ref(self, data: str) -> int | None:
        """The refvalue of an entry that does not name its own; None when it cannot be told (docs/laws.md 4)."""
        fitting = [c.id for c in self.choices if self.free or (c.value and c.value == data)]
        return fitting[0] if len(fitting) == 1 else None

    def value(self, ref: int) -> str:
        """What a choice is stored as; empty where there is no such choice."""
        return "" if self.free else {c.id: c.value for c in self.choices}.get(ref, "")

    def choice(self, text: str) -> tuple[Choice, ...]:
        """Exact value, else exact label, else the same two folded; several are ambiguous, none is unknown."""
        like = folded(text)
        return (
            tuple(c for c in self.choices if c.value == text)
            or tuple(c for c in self.choices if c.label == text)
            or tuple(c for c in self.choices if like and folded(c.value) == like)
            or tuple(c for c in self.choices if folded(c.label) == like)
        )

    def meant(self, answer: str) -> tuple[Choice, ...]:
        """The same for what somebody answered, who saw labels or whose tool sends values: one choice's label that is
        another one's value is ambiguous."""
        exact = tuple(c for c in self.choices if answer in (c.value, c.label))
        if exact:
            return exact
        like = folded(answer)
        return tuple(c for c in self.choices if like and like in (folded(c.value), folded(c.label)))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All forms of a space. `version` is a digest of them, whatever their order."""

    version: str
    forms: Mapping[int, Form]

    def names(self) -> dict[str, str]:
        """Each form as a field's name has it, by label where one label means one form; of others the number is all that
        tells them apart."""
        labels = Counter((form.array, form.label) for form in self.forms.values())
        return {
            f"{form.array}.{form.id}": f"{form.array}.{form.label}"
            for form in self.forms.values()
            if form.label and labels[form.array, form.label] == 1
        }

    def labelled(self, array: str, label: str) -> tuple[Form, ...]:
        """Exact label, else folded; several are ambiguous (labels are not unique), none is unknown."""
        here = [form for form in self.forms.values() if form.array == array]
        like = folded(label)
        exact = tuple(form for form in here if form.label == label)
        return exact or tuple(form for form in here if folded(form.label) == like)


def read_catalogue(categories: Mapping[str, Sequence[Mapping[str, Any]]]) -> Catalogue:
    """Qomon's answers by category. Forms and choices without an id are left out: nothing fits them."""
    forms: dict[int, Form] = {}
    for category, listed in categories.items():
        for raw in listed:
            if id_ := number(raw.get("id")):
                kind = _KINDS.get(str(raw.get("type")).strip().lower(), "unknown")
                refs = [(number(ref.get("id")), ref) for ref in raw.get("refvalues") or [] if isinstance(ref, dict)]
                choices = (Choice(at, _text(ref.get("label")), _text(ref.get("value"))) for at, ref in refs if at)
                forms.setdefault(id_, Form(id_, _text(raw.get("label")), kind, category, tuple(choices)))
    return _versioned(forms)


@dataclass(frozen=True, slots=True)
class Doubt:
    """How many forms and choices are gone, and of how many."""

    forms: int
    all_forms: int
    choices: int
    all_choices: int

    def __str__(self) -> str:
        return _("%(forms)s of %(all_forms)s forms and %(choices)s of %(all_choices)s choices are gone", **asdict(self))


def doubt(old: Catalogue, new: Catalogue) -> Doubt | None:
    """What is gone, when it is more than a fifth of the forms or of their choices; None when it is not."""
    choices = [
        {(form.id, choice.id) for form in catalogue.forms.values() for choice in form.choices}
        for catalogue in (old, new)
    ]
    forms, held = old.forms.keys() - new.forms.keys(), choices[0] - choices[1]
    if len(forms) <= _MOST_LOST * len(old.forms) and len(held) <= _MOST_LOST * len(choices[0]):
        return None
    return Doubt(len(forms), len(old.forms), len(held), len(choices[0]))


def _not_ours() -> str:
    return _(
        "With this key Qomon shows none of the fields that are known here: it may be the key of another account. "
        "Writing is paused. Set the right key and start again; then: flask catalogue refresh, and flask resume. Only "
        "if all fields really were made anew: flask catalogue refresh --force, and flask resume."
    )


def dump(catalogue: Catalogue) -> Json:
    return cast("Json", [asdict(form) for form in catalogue.forms.values()])


def load(dumped: Json) -> Catalogue:
    listed = cast("list[dict[str, Any]]", dumped)
    forms = [Form(**{**raw, "choices": tuple(Choice(**c) for c in raw["choices"])}) for raw in listed]
    return _versioned({form.id: form for form in forms})


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _versioned(forms: dict[int, Form]) -> Catalogue:
    plain = json.dumps([asdict(forms[form_id]) for form_id in sorted(forms)])
    return Catalogue(hashlib.sha256(plain.encode()).hexdigest()[:16], forms)


@dataclass(slots=True)
class _Kept:
    """What memory holds of one space. One thread at a time reads Qomon's forms."""

    reading: threading.Lock = field(default_factory=threading.Lock)
    catalogue: Catalogue | None = None
    until: datetime = _NEVER

    @contextmanager
    def alone(self, visit: Visit) -> Iterator[None]:
        with visit.aside():
            self.reading.acquire()
        try:
            yield
        finally:
            self.reading.release()


class Catalogues:
    """The catalogue of each space: from memory, else from the store, else read (6 calls)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._spaces: dict[str, _Kept] = {}

    def current(self, space: str, visit: Visit, now: datetime) -> Catalogue:
        """At most 10 minutes old; older only while Qomon's forms cannot be read or another thread reads them.

        Raises TryLater("catalogue") when there is none at all, and TryLater("paused") when another account answers.
        """
        kept = self._recalled(space)
        last = kept.catalogue
        if last is not None and (now < kept.until or kept.reading.locked()):
            return last
        with kept.alone(visit):
            if kept.catalogue is None or now >= kept.until:  # else another thread read it while this one waited
                try:
                    return self.refresh(space, visit, now)
                except TryLater as failure:
                    if kept.catalogue is None or failure.reason == "paused":
                        raise
                    kept.until = now + _AGAIN
            return kept.catalogue

    def stored(self, space: str) -> Catalogue | None:
        """The last good catalogue, however old; None when the space was never read."""
        return self._recalled(space).catalogue

    def refresh(
        self, space: str, visit: Visit, now: datetime, *, forced: Callable[[Connection], object] | None = None
    ) -> Catalogue:
        """Read all categories now and keep them, unless too much is gone: then the old ones stay, and a doubt is kept.

        Where not one is left and there are others, it is another account that answers: nothing is written before
        somebody looked. Raises TryLater, "paused" for that, else "catalogue"; what there was stays. `forced`: a person
        knows that it is right; it is called in the transaction that keeps them.
        """
        kept = self._recalled(space)
        try:
            found = read_catalogue({category: visit.forms(category) for category in CATEGORIES})
        except TryLater as failure:
            message = _("The forms could not be read: %(reason)s.", reason=failure.reason)
            raise TryLater("catalogue", failure.after, message) from None
        last = self.last(space)  # in the store: a person may have forced it there, in another process
        lost = doubt(last[0], found) if last is not None and forced is None else None
        if last is not None and lost is not None:
            said = "catalogue not adopted: %s of %s forms and %s of %s choices are gone"
            log.warning(said, *astuple(lost), extra={"space": space})
            values = {"doubt": json.dumps(asdict(lost)), "doubted_at": epoch_ms(now)}
            with self._store.write() as tx:
                tx.execute(update(table).where(table.c.space == space).values(**values))
                if foreign := bool(found.forms) and found.forms.keys().isdisjoint(last[0].forms):
                    account.pause(tx, space, now)
            if foreign:  # another account's key: its contacts are other people
                kept.catalogue, kept.until = last[0], now
                raise TryLater("paused", _AGAIN, _not_ours())
            kept.catalogue, kept.until = last[0], now + _AGAIN
            return last[0]
        with self._store.write() as tx:
            row = {"space": space, "version": found.version, "at": epoch_ms(now), "body": json.dumps(dump(found))}
            tx.execute(_KEEP(tx), {**row, "doubt": None, "doubted_at": None})
            if forced is not None:
                forced(tx)
        kept.catalogue, kept.until = found, now + _FRESH
        return found

    def doubted(self, space: str) -> tuple[str, datetime] | None:
        """What the last read lacked, and when it was; None when it was adopted."""
        with self._store.read() as tx:
            row = tx.execute(select(table.c.doubt, table.c.doubted_at).where(table.c.space == space)).first()
        if row is None or not row.doubt:
            return None
        return str(Doubt(**json.loads(row.doubt))), from_epoch_ms(row.doubted_at)

    def all_gone(self, space: str) -> bool:
        """Whether the last read was not adopted and had not one form of those that are known."""
        with self._store.read() as tx:
            said = tx.scalar(select(table.c.doubt).where(table.c.space == space))
        lost = Doubt(**json.loads(said)) if said else None
        return lost is not None and lost.forms == lost.all_forms

    def _recalled(self, space: str) -> _Kept:
        kept = self._spaces.setdefault(space, _Kept())
        if kept.catalogue is None:
            last = self.last(space)
            if last is not None:
                kept.catalogue, kept.until = last[0], last[1] + _FRESH
        return kept

    def last(self, space: str) -> tuple[Catalogue, datetime] | None:
        """What was adopted last, by whichever process, and when; None when the space was never read."""
        with self._store.read() as tx:
            row = tx.execute(select(table.c.at, table.c.body).where(table.c.space == space)).first()
        return None if row is None else (load(json.loads(row.body)), from_epoch_ms(row.at))
