"""The facts that are about entries of forms and notes, as a trial shows them; and what all facts look at. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from bridge.qomon import entries
from bridge.qomon.fields import ARRAYS, SPELLINGS
from bridge.qomon.reply import number
from bridge.qomon.trial import Evidence, Stage
from schemas import normal

Code: TypeAlias = str

_AUTHOR = ("user", "author", "creator", "_by", "channel", "source")
"""What keys are called that say who recorded an entry."""


class NotTried(Exception):
    """Its text: the code of why not."""


def stage(evidence: Evidence, name: str) -> Stage:
    """Raises NotTried where Qomon refused that step, or it was not reached."""
    found = evidence.stages.get(name)
    if found is None:
        raise NotTried("refused")
    return found


def taken(evidence: Evidence, name: str) -> Stage | None:
    """None: refused. Raises NotTried where it was not reached."""
    if name not in evidence.stages:
        raise NotTried("refused")
    return evidence.stages[name]


def of_form(read: Mapping[str, Any], form: int, *, dead: bool = False) -> list[Mapping[str, Any]]:
    """The entries of one form that live, or that do not, in whichever list the read shows them."""
    found: list[Mapping[str, Any]] = []
    for array in ARRAYS:
        for spelling in SPELLINGS[array]:
            items = read.get(spelling)
            ours = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
            found += [one for one in ours if number(one.get("form_id")) == form and entries.alive(one) is not dead]
    return found


def _form(evidence: Evidence, role: str) -> int:
    if role in evidence.refused:
        raise NotTried("refused")
    if role not in evidence.attempted.forms:
        raise NotTried("no_form")
    return evidence.attempted.forms[role].id


def _there(evidence: Evidence, role: str) -> list[Mapping[str, Any]]:
    """What the read shows once it was put there. Raises NotTried where that is nothing."""
    found = of_form(stage(evidence, "full").read, _form(evidence, role))
    if not found:
        raise NotTried("not_shown")
    return found


def _sent(at: Stage, form: int) -> Mapping[str, Any]:
    return next(one for array in ARRAYS for one in at.sent[array] if one["form_id"] == form)


def left_out(evidence: Evidence) -> Code:
    _there(evidence, "left_out")
    return "kept" if of_form(stage(evidence, "less").read, _form(evidence, "left_out")) else "deleted"


def other_answer(role: str) -> Callable[[Evidence], Code]:
    """What becomes of the answer that is there when the form's entry is sent with another."""

    def look(evidence: Evidence) -> Code:
        _there(evidence, role)
        form, less = _form(evidence, role), stage(evidence, "less")
        now = {str(one.get("data")) for one in of_form(less.read, form)}
        new = str(_sent(less, form)["data"])
        return "replaced" if now == {new} else "beside" if new in now else "lost"

    return look


def sent_again(evidence: Evidence) -> Code:
    """Of an entry that the second replace sends as the first did."""
    roles = [role for role in ("date", "consent") if role in evidence.attempted.forms and role not in evidence.refused]
    if not roles:
        raise NotTried("no_form")
    _there(evidence, roles[0])
    many = [len(of_form(stage(evidence, "less").read, _form(evidence, role))) for role in roles]
    return "twice" if max(many) > 1 else "once" if min(many) else "lost"


def ids(evidence: Evidence) -> Code:
    roles = [role for role in ("date", "consent") if role in evidence.attempted.forms and role not in evidence.refused]
    if not roles:
        raise NotTried("no_form")
    old = {str(one.get("id")) for one in _there(evidence, roles[0])}
    new = {str(one.get("id")) for one in of_form(stage(evidence, "less").read, _form(evidence, roles[0]))}
    return "new" if new - old else "kept"


def data(role: str) -> Callable[[Evidence], Code]:
    def look(evidence: Evidence) -> Code:
        (shown, *_more) = _there(evidence, role)
        said, found = _sent(stage(evidence, "full"), _form(evidence, role))["data"], str(shown.get("data"))
        return "kept" if found == said else "respelled" if normal.in_ms(found) == said else "changed"

    return look


def date(role: str) -> Callable[[Evidence], Code]:
    """To the millisecond, however many decimals the read shows."""

    def look(evidence: Evidence) -> Code:
        (shown, *_more) = _there(evidence, role)
        said, found = _sent(stage(evidence, "full"), _form(evidence, role))["date"], shown.get("date")
        if not found:
            return "lost"
        return "kept" if normal.in_ms(str(found)) == said else "changed"

    return look


def author(evidence: Evidence) -> Code:
    """Of a consent that somebody recorded in Qomon before: what its entry says of that, and whether it still does."""
    consents = [form.id for form in evidence.forms.values() if form.consent]
    held = [one for form in consents for one in of_form(evidence.found, form)]
    if not held:
        raise NotTried("no_consent")
    named = [(one, [key for key in one if one[key] and any(word in key for word in _AUTHOR)]) for one in held]
    if not any(keys for _one, keys in named):
        raise NotTried("no_author")
    read = stage(evidence, "same").read
    for one, keys in named:
        now = [new for new in of_form(read, int(one["form_id"])) if new.get("data") == one.get("data")]
        if not all(any(new.get(key) == one[key] for new in now) for key in keys):
            return "lost"
    return "kept"


def custom_list(evidence: Evidence) -> Code:
    """In which list a read shows what was sent in `custom_fields`."""
    mine = [
        (role, form)
        for role, form in evidence.attempted.forms.items()
        if form.array == "custom_fields" and role not in evidence.refused
    ]
    if not mine:
        raise NotTried("no_form")
    read, (_role, form) = stage(evidence, "full").read, mine[0]
    own = {key: read.get(key) for key in SPELLINGS["custom_fields"]}
    if of_form(own, form.id):
        return "own"
    if of_form({"formdatas": read.get("formdatas")}, form.id):
        return "formdatas"
    if not any(key in read for key in own):
        raise NotTried("not_shown")
    return "lost"


def deleted(evidence: Evidence) -> Code:
    _there(evidence, "left_out")
    form, read = _form(evidence, "left_out"), stage(evidence, "less").read
    if of_form(read, form):
        raise NotTried("not_deleted")
    return "shown" if of_form(read, form, dead=True) else "hidden"


def note(evidence: Evidence) -> Code:
    if "notes" in evidence.refused:
        return "refused"
    at = stage(evidence, "full")
    texts = [str(one["data"]) for one in evidence.body(at.read)["notes"]]
    return "kept" if all(str(one["data"]) in texts for one in at.sent["notes"]) else "lost"
