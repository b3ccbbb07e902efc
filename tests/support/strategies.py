"""Generated catalogues and contacts: what Qomon may say, in both read shapes of docs/qomon.md 9.

Nothing here calls the code under test, so that an oracle may trust what it is given. Hooks and submissions that
ask something of them are in `tests/support/worlds.py`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

CATEGORIES = ("consent", "survey", "level_of_support", "custom_fields", "custom_fields", "presence_status", "tasks")
FREE = ("text", "numeric", "integer", "date")
KINDS = (*FREE, "radio", "select", "checkbox", "checkbox")
YES_NO = ("checkbox", "checkbox", "radio", "select", "text")
"""The kinds of a consent: nobody consents with a number."""
MEANT: Mapping[str, str] = {"integer": "numeric", "select": "radio"}
"""Qomon's spellings of a kind that another name means too."""
CHOICES = (
    ("door", "Porte-à-porte"),
    ("leaflets", "Tractage"),
    ("oui", "Oui"),
    ("non", "Non"),
    ("consent_email", "E-mail"),
    ("consent_sms", "SMS"),
)
REFUSING = frozenset({"non"})
"""Those that say no: for a consent, to choose one is the withdrawal (docs/laws.md 7)."""
LABELS = ("Secteur", "Métier", "Été", "Consentement", "Disponibilités", "Thèmes", "Soutien", "Présence", "Rappel")
UNKNOWN_FORMS = (9991, 9992)
"""Forms that are in contacts and not in any catalogue."""

TEXTS = ("Zoé", "zoé", "Menuisière", "d’Orgeval", "12 bis", "x" * 200, "N\u0303andu", "0")
MAILS = ("zoe@example.org", "ZOE@example.org", "karim@example.org")
PHONES = ("06 39 98 01 77", "+33639980177", "0033639980155", "+33 6 39 98 01 55", "01 99 00 12 34")
DATES = (
    "2024-02-11T10:20:30.000Z",
    "2025-03-02T09:15:00.123456Z",
    "2025-03-02T09:15:00.123567Z",
    "2025-03-02T09:15:00.999999Z",
    "2026-05-19T17:40:02Z",
    "2026-05-19T19:40:02.5+02:00",
    "0001-01-01T00:00:00Z",
)
BIRTHS = ("1988-02-29T00:00:00Z", "1951-12-31T00:00:00.000000Z", "0001-01-01T00:00:00Z")
ALIVE: Sequence[Any] = (
    *(None, "", "  ", 0, False, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000+00:00", "0001-01-01"),
    *("0001-01-01 00:00:00 +0000 UTC", "0000-12-31T23:50:39-00:09", {"Time": "0001-01-01T00:00:00Z", "Valid": False}),
    *(-62135596800, "1970-01-01T00:00:00Z"),
)
"""How a read may say that something was never deleted."""
GONE: Sequence[Any] = (
    *("2025-01-05T12:00:00.000Z", "2025-01-05 12:00:00 +0000 UTC", "2025-01-05T12:00:00.123456789+01:00"),
    *(1736078400, True, {"Time": "2025-01-05T12:00:00Z", "Valid": True}),
)
NO_LIST: Sequence[Any] = (None, "", 0, False, {}, "absent")
"""What may stand in the place of an empty list."""
TAGS = ("newsletter", "Newsletter", "Bénévole", "fête-2025")

SEED_NAMES: Mapping[str, str] = {
    "birth_city": "birthcity",
    "birth_country": "birthcountry",
    "birth_dept": "birthdept",
    "action_ids": "actions_ids",
    "custom_fields": "customfields",
}
"""The request's spelling -> the one of the seed's read."""
SCALARS: Mapping[str, Sequence[Any]] = {
    "firstname": TEXTS,
    "surname": TEXTS,
    "married_name": TEXTS,
    "gender": ("F", "M"),
    "birthdate": BIRTHS,
    "birth_city": ("Bourg-en-Bresse", "Brest"),
    "birth_country": ("France", "BE"),
    "birth_dept": ("01", "2A"),
    "nationality": ("FR", "BE"),
    "age_category": (0, 3, "3", 3.0),
    "mail": MAILS,
    "phone": PHONES,
    "mobile": PHONES,
    "phone_invalid": (True, False, "true", "False", 1, 0),
    "mobile_invalid": (True, False, "True", "false", "1", "0"),
    "user_contact_id": (0, 12, "12", " 12"),
}
ADDRESS: Mapping[str, Sequence[Any]] = {
    "housenumber": ("12", "4 bis"),
    "street": ("rue des Tilleuls", "RUE DES TILLEULS"),
    "postalcode": ("01000", "1000", "75011", "B-1000"),
    "city": ("Bourg-en-Bresse", "Bruxelles"),
    "floor": ("2", "-1"),
    "country": ("France", "FRANCE", "fr", "Belgique", ""),
    "pollingstation": ("BV-03",),
    "addition": ("Résidence Le Port",),
    "building": ("B",),
    "building_type": ("house", "apartment"),
    "door": ("A", "12"),
    "infos": ("code 17",),
    "state": ("Ain",),
    "county": ("Ain",),
}
NUMBERS = ("housenumber", "postalcode", "floor")
"""Parts that the seed's read shows as numbers, leading zeros lost (docs/qomon.md A10)."""
BLACK = (False, False, False, None, "false", 0, True, 1, "true", "True")
"""How a read may say "do not contact", and how that it does not."""


@dataclass(frozen=True)
class Form:
    """A form as the tests know it. `kind` is Qomon's word for it, `meant` ours."""

    id: int
    label: str
    kind: str
    category: str
    refs: tuple[tuple[int, str, str], ...]

    @property
    def meant(self) -> str:
        return MEANT.get(self.kind, self.kind)

    @property
    def array(self) -> str:
        return "custom_fields" if self.category == "custom_fields" else "formdatas"

    @property
    def consent(self) -> bool:
        return self.category == "consent"

    @property
    def free(self) -> bool:
        return self.kind in FREE

    @property
    def writable(self) -> bool:
        """Whether a rule may name it: a known type, and one refvalue where it is free."""
        return len(self.refs) == 1 if self.free else self.kind != "drawing"

    @property
    def told(self) -> dict[str, Any]:
        """As Qomon's catalogue says it; the list of choices is missing where there is none."""
        refs = [{"id": ref, "form_id": self.id, "value": value, "label": label} for ref, value, label in self.refs]
        said: dict[str, Any] = {"id": self.id, "label": self.label, "type": self.kind}
        return said | ({"refvalues": refs} if refs else {})


T = TypeVar("T")


def pick(draw: st.DrawFn, pool: Sequence[T]) -> T:
    """What `st.sampled_from` draws, which takes longer to be made and looked at than to draw."""
    return pool[draw(_place(len(pool)))]


@cache
def _place(many: int) -> st.SearchStrategy[int]:
    return st.integers(0, many - 1)


@st.composite
def forms(draw: st.DrawFn, *, sound: bool, category: str | None = None) -> tuple[Form, ...]:
    """A catalogue. `sound`: every form is writable and no two share a label; else anything Qomon may hold."""
    found = []
    for place in range(draw(st.integers(3, 7))):
        id_ = 700 + place * 10
        label = LABELS[place] if sound else pick(draw, LABELS[:5])
        where = category or pick(draw, CATEGORIES)
        kinds = YES_NO if where == "consent" else KINDS
        kind = pick(draw, kinds if sound else (*kinds, "drawing"))
        found.append(Form(id_, label, kind, where, _refs(draw, id_, kind, sound=sound)))
    return tuple(found)


def _refs(draw: st.DrawFn, id_: int, kind: str, *, sound: bool) -> tuple[tuple[int, str, str], ...]:
    if kind in FREE:
        many = 1 if sound else pick(draw, (1, 1, 1, 0, 2))
        return tuple((id_ * 10 + at, "", "") for at in range(many))
    some = pick(draw, (CHOICES[:3], CHOICES[3:], CHOICES, CHOICES[4:]))
    if not sound:
        some = pick(draw, (some, (("a", "Même"), ("b", "même")), ()))
    return tuple((id_ * 10 + at, value, label) for at, (value, label) in enumerate(some))


@st.composite
def contacts(draw: st.DrawFn, known: Sequence[Form], *, black: bool | None = None) -> dict[str, Any]:
    """A whole read: `GET /contacts/{id}` as Qomon may answer it. `black`: on the black list, or surely not."""
    seed = draw(st.booleans())
    contact: dict[str, Any] = {"id": 9000017, "group_id": 42, "lastchange": "2026-05-19T17:40:02.998Z"}
    contact |= {"external_id": "crm-1", "membership_code": None, "a_key_of_tomorrow": {"deep": [1]}}
    plain = _plain(draw(st.integers(0, 1 << 32)))
    contact |= {_spelt(name, seed=seed): value for name, value in plain.items()}
    contact |= _address(draw, seed=seed)
    for name, listed in _lists(draw, known).items():
        contact[_spelt(name, seed=seed)] = listed
    if draw(st.integers(0, 4)) == 1:  # a version in between, with both spellings
        contact |= {name: contact[old] for name, old in SEED_NAMES.items() if old in contact}
    said = pick(draw, BLACK) if black is None else black
    return contact if said is None else {**contact, "black_list": said}


def _plain(seed: int) -> dict[str, Any]:
    """The plain fields, chosen by one number (16 draws would cost more than the law): 0 is a contact with one."""
    chosen = random.Random(seed)
    sure = {chosen.choice(("firstname", "surname", "mail")): "zoe@example.org"}  # else it is no contact
    pools = {
        name: (None, "", *(("  ", "  ", "  ", "  ") if pool is TEXTS else ()), *pool, *pool)
        for name, pool in SCALARS.items()
    }
    plain = {name: chosen.choice(pool) for name, pool in pools.items() if seed and chosen.random() < _SHOWN}
    somebody = any(str(plain.get(name) or "").strip() for name in WHO)
    return plain if somebody else {**plain, **sure}


_SHOWN = 0.85
WHO = ("firstname", "surname", "married_name", "mail", "phone", "mobile")


def _spelt(name: str, *, seed: bool) -> str:
    return SEED_NAMES.get(name, name) if seed else name


def _address(draw: st.DrawFn, *, seed: bool) -> dict[str, Any]:
    whole: Any = pick(draw, ("parts", "parts", "parts", "parts", None, "absent", {}))
    if whole != "parts":
        return {} if whole == "absent" else {"address": whole}
    blank = (None, "") if seed else ()
    chosen = random.Random(draw(st.integers(0, 1 << 32)))
    pools = {part: (*blank, *pool, *pool) for part, pool in ADDRESS.items()}
    parts = {part: chosen.choice(pool) for part, pool in pools.items() if chosen.random() < _SHOWN}
    if seed:
        parts |= {name: int(parts[name]) for name in NUMBERS if str(parts.get(name, "")).lstrip("-").isdigit()}
    return {"address": {**parts, "id": 55001, "score": 0.91, "latitude": "46.2", "invalid": None, "citycode": 1053}}


def _lists(draw: st.DrawFn, known: Sequence[Form]) -> dict[str, Any]:
    tags: list[Any] = draw(_TAGS)
    if draw(st.booleans()):
        lasts = pick(draw, ({}, {}, *({"deleted_at": alive} for alive in ALIVE)))
        tags = [{"name": name, "appearance_count": 3, "color": "#3355aa", **lasts} for name in tags]
        gone = pick(draw, (None, None, *GONE))
        tags += [{"name": "Ancienne", "deleted_at": gone}] if gone else []
    arrays = {array: draw(_array(known)) for array in ("formdatas", "custom_fields")}
    if draw(st.integers(0, 3)) == 0:  # the same answers in both lists (docs/qomon.md A2)
        arrays["custom_fields"] = [*arrays["custom_fields"], *(arrays["formdatas"] or ())[:2]]
    if draw(st.integers(0, 3)) == 1:  # twins
        arrays = {array: [*listed, *listed[:1]] for array, listed in arrays.items()}
    notes = pick(draw, _NOTES)
    actions = pick(draw, ([], [301, 305], [301, "305", 7.0, " 8 "]))
    odd = pick(draw, (None, None, None, *((empty,) for empty in NO_LIST)))
    lists = {"tags": tags, "notes": notes, "action_ids": actions, **arrays}
    shown = {name: odd[0] if odd and not listed else listed for name, listed in lists.items()}
    return {name: listed for name, listed in shown.items() if listed != "absent"}


_TAGS = st.lists(st.sampled_from(TAGS), max_size=3, unique=True)
_NOTES: Sequence[Any] = (
    [],
    [{"id": 71, "content": "Ôtée", "deleted_at": GONE[0]}, {"id": 72, "content": "Le soir", "deleted_at": ALIVE[5]}],
    [{"id": 71, "content": "Vue au marché", "pinned": True}, {"id": 72, "content": "Le soir", "pinned": False}],
    [{"id": 71, "data": "Vue au marché", "pinned": True, "user": {"id": 7}}],
    [{"id": 71, "content": "Vue au marché", "data": None}],
    {"id": 71, "data": "Vue au marché"},
)


def _array(known: Sequence[Form]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Entries of any form, the wrong list's and unknown ones included. Text forms may have several."""
    return st.lists(_entries(known), max_size=6)


@st.composite
def _entries(draw: st.DrawFn, known: Sequence[Form]) -> dict[str, Any]:
    form = pick(draw, (*known, *known, None))
    entry: dict[str, Any] = {"id": 61001, "group_id": 42, "contact_id": 9000017}
    if form is None:
        entry |= {"form_id": pick(draw, UNKNOWN_FORMS), "form_ref_id": 99, "data": "door"}
    else:
        entry |= {"form_id": form.id, **draw(stored(form))}
    entry |= _spelling(form, entry, draw(st.integers(0, 9)))
    return {**entry, "created_at": DATES[0], "label": None, "donedate": None, **draw(_MORE)}


def _spelling(form: Form | None, entry: Mapping[str, Any], odd: int) -> dict[str, Any]:
    """The entry's numbers otherwise written; its refvalue left out, where its data says which (docs/laws.md 4)."""
    form_id, ref = entry["form_id"], entry["form_ref_id"]
    spelt = {6: (str(form_id), str(ref)), 7: (f"{form_id} ", f" {ref}"), 8: (float(form_id), float(ref))}
    if odd in spelt:
        return dict(zip(("form_id", "form_ref_id"), spelt[odd], strict=True))
    if odd == 9 and form is not None and told(form, str(entry["data"])) == [ref]:
        return {"form_ref_id": random.Random(f"{ref}").choice((None, "", 0))}
    return {}


def told(form: Form, data: str) -> list[int]:
    """The refvalues that an entry may mean that does not name its own."""
    return [ref for ref, value, _ in form.refs if form.free or (value and value == data)]


_MORE = st.sampled_from(
    [
        {"deleted_at": gone, **date, **survey}
        for gone in (None, None, *ALIVE, *GONE)
        for date in (*({"date": date} for date in (*DATES, *DATES, None, "")), {})
        for survey in ({}, {}, {"survey_id": None}, {"survey_id": 5})
    ]
)
"""Deleted or not, dated or not, of a survey or not."""


def stored(form: Form) -> st.SearchStrategy[dict[str, Any]]:
    """What a read may hold of a form: `form_ref_id` and `data`, numbers as numbers or text."""
    pools: Mapping[str, Sequence[Any]] = {
        "text": (*TEXTS, "  "),
        "numeric": (7, "7", 7.5, 12.0, "0"),
        "date": (DATES[0], "2024-02-11T00:00:00Z", "2024-02-11T00:00:00.000000Z"),
    }
    pairs = [(ref, value) for ref, value, _ in form.refs]
    if form.meant in pools:
        pairs = [(ref, value) for ref, _ in pairs or [(99, "")] for value in pools[form.meant]]
    return st.sampled_from([{"form_ref_id": ref, "data": value} for ref, value in pairs or [(99, "x")]])
