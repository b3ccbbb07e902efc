"""The texts of a hook: what was published, by number, and beside each what was known when it was made; and its draft.

What a text means is not here (`hook`), nor when there is a new one (`registry`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from bridge.hooks.yaml import plain_of
from bridge.store.store import upsert
from bridge.store.tables import hook as hooks
from bridge.store.tables import pin, revision
from schemas import normal

_DRAFT = 0
"""The number of a draft: one for each hook, and none that a version or an event has."""
_PUBLISHED, _DRAFTED = revision.c.status == "published", revision.c.status == "draft"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a revision is made, and kept beside it. `forms`: rule number -> form id, by `check.pin`;
    `keys`: rule number -> the key of its question, by `authoring.questions.meant`. `asked` (sealed) and `named`: the
    form's questions and Qomon's forms as they are now, for telling later what moved.
    """

    forms: Mapping[int, int] = field(default_factory=dict[int, int])
    keys: Mapping[int, str] = field(default_factory=dict[int, str])
    asked: bytes | None = field(default=None, repr=False)
    named: str | None = None


@dataclass(frozen=True, slots=True)
class By:
    """When something was done, and by whom and why, where that was said. `where`: from where, `command` or a caller's
    address; `user`: as whom the machine knows who types a command.
    """

    at: datetime
    who: str | None = None
    why: str | None = None
    where: str = "command"
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """`base`: the one that it goes on from. If others were published since a draft was begun, that is others' work."""

    number: int
    text: str
    by: By
    base: int


def history(tx: Connection, hook: str) -> list[Revision]:
    """What was published of a hook, by its id, oldest first."""
    asked = select(revision).where(revision.c.hook == hook, _PUBLISHED)
    return [_revision(row) for row in tx.execute(asked.order_by(revision.c.number)).all()]


def text(tx: Connection, hook: str, number: int) -> str | None:
    """What was published under this number."""
    asked = select(revision.c.text).where(revision.c.hook == hook, revision.c.number == number, _PUBLISHED)
    return tx.execute(asked).scalar()


def once_called(tx: Connection, name: str) -> str | None:
    """What a hook is called now, which is not deleted, and whose file once called it so."""
    likely = _PUBLISHED & revision.c.text.contains(name, autoescape=True) & hooks.c.deleted_at.is_(None)
    asked = select(hooks.c.name, revision.c.text).join(revision, revision.c.hook == hooks.c.id).where(likely)
    return next((row.name for row in tx.execute(asked) if plain_of(row.text).get("hook") == name), None)


def draft(tx: Connection, hook: str) -> Revision | None:
    """What the next revision will say, as far as somebody has got. Never used for an event."""
    row = tx.execute(select(revision).where(revision.c.hook == hook, _DRAFTED)).first()
    return None if row is None else _revision(row)


def save_draft(tx: Connection, hook: str, said: str, base: int, by: By) -> None:
    """In the place of the one there was."""
    row = {"hook": hook, "number": _DRAFT, "status": "draft", "text": said, "base": base}
    row |= {"at": normal.epoch_ms(by.at), "who": by.who}
    tx.execute(upsert(revision, "text", "base", "at", "who")(tx), row)


def drop_draft(tx: Connection, hook: str) -> bool:
    """It became a revision, or nobody wants it. Whether there was one."""
    mine = delete(revision).where(revision.c.hook == hook, _DRAFTED)
    return tx.execute(mine.returning(revision.c.hook)).first() is not None


def as_was(tx: Connection, hook: str, number: int) -> tuple[bytes | None, str | None]:
    """What was known of the form (sealed) and of Qomon's fields when it was made."""
    asked = select(revision.c.form, revision.c.forms)
    row = tx.execute(asked.where(revision.c.hook == hook, revision.c.number == number)).one()
    return row.form, row.forms


def add(tx: Connection, hook: str, number: int, said: str, known: Known, by: By) -> None:
    """A new one; its pins are kept by `keep_pins`."""
    made = {"hook": hook, "number": number, "status": "published", "base": number - 1, "text": said}
    when = {"at": normal.epoch_ms(by.at), "who": by.who, "why": by.why}
    tx.execute(insert(revision).values(**made, **when, form=known.asked, forms=known.named))


def complete(tx: Connection, hook: str, number: int, known: Known) -> None:
    """What could not be known when it was made: nothing had come yet, or Qomon could not be read."""
    mine = (revision.c.hook == hook) & (revision.c.number == number)
    for column, value in (("form", known.asked), ("forms", known.named)):
        if value is not None:
            tx.execute(update(revision).where(mine, revision.c[column].is_(None)).values({column: value}))


def pinned(tx: Connection, hook: str, number: int) -> tuple[dict[int, int], dict[int, str]]:
    """Form ids and question keys, by rule."""
    rows = tx.execute(select(pin).where(pin.c.hook == hook, pin.c.revision == number)).all()
    forms = {row.rule: row.form_id for row in rows if row.form_id is not None}
    return forms, {row.rule: row.key for row in rows if row.key is not None}


def known(tx: Connection, hook: str, number: int) -> Known:
    """All that is kept beside a revision."""
    return Known(*pinned(tx, hook, number), *as_was(tx, hook, number))


def keep_pins(tx: Connection, hook: str, number: int, known: Known) -> bool:
    """Whether any is new. A pin stays what it was first: the label may since lead elsewhere."""
    forms, keys = pinned(tx, hook, number)
    new = (known.forms.keys() - forms.keys()) | (known.keys.keys() - keys.keys())
    if new:
        forms, keys = {**known.forms, **forms}, {**known.keys, **keys}
        mine = {"hook": hook, "revision": number}
        rows = [{**mine, "rule": rule, "form_id": forms.get(rule), "key": keys.get(rule)} for rule in sorted(new)]
        tx.execute(delete(pin).where(pin.c.hook == hook, pin.c.revision == number, pin.c.rule.in_(new)))
        tx.execute(insert(pin), rows)
    return bool(new)


def _revision(row: Row[Any]) -> Revision:
    return Revision(row.number, row.text, By(normal.from_epoch_ms(row.at), row.who, row.why), row.base)
