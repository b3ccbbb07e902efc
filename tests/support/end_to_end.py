"""Generated people in the sandbox, answers about them, and a whole bridge in between: the laws' second street.

`flat` says what the sandbox stores, field by field, without the bridge's own words for it.
"""

import copy
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import delete

from bridge.qomon.sandbox.contacts import ADDRESS
from bridge.qomon.sandbox.forms import FORMS
from bridge.store.tables import brake, hourly
from tests.support.whole_bridge import House

ZOE = 9000017
RULES = """
hook: laws-{policy}
address: laws-{policy}
source: json
proof: none
mode: live
wait: 0
contact: {{find: [mail, mobile], names: agree, missing: hold, address: {policy}}}
fields:
  - {{from: mail, to: mail}}
  - {{from: prénom, to: firstname, as: name, change: fill}}
  - {{from: nom, to: surname}}
  - {{from: naissance, to: birthdate, change: clear}}
  - {{from: téléphone, to: phone}}
  - {{from: ville, to: address.city}}
  - {{from: code, to: address.postalcode}}
  - {{from: aide, to: custom_fields.Disponibilités}}
  - {{from: transport, to: formdatas.735, change: replace}}
  - {{from: métier, to: custom_fields.Métier}}
  - {{from: enfants, to: custom_fields.812, change: clear}}
  - {{from: soutien, to: formdatas.Niveau de soutien, change: fill}}
  - {{from: oui, to: formdatas.Consentement}}
  - {{from: non, to: formdatas.Consentement, change: remove}}
  - {{from: étiquettes, to: tags}}
"""
FIELDS: Mapping[str, tuple[str, ...]] = {
    "prénom": ("firstname",),
    "nom": ("surname",),
    "naissance": ("birthdate",),
    "téléphone": ("phone", "phone_invalid"),
    "ville": tuple(f"address.{part}" for part in ADDRESS),
    "code": tuple(f"address.{part}" for part in ADDRESS),
    "aide": ("custom_fields.810",),
    "transport": ("formdatas.735",),
    "métier": ("custom_fields.811",),
    "enfants": ("custom_fields.812",),
    "soutien": ("formdatas.720",),
    "oui": ("formdatas.710",),
    "non": ("formdatas.710",),
    "étiquettes": ("tags",),
}
"""Each question, and what the sandbox may hold otherwise after it was answered."""
SAID: Mapping[str, tuple[Any, ...]] = {
    "prénom": ("Zoé", "zoé  ", ""),
    "nom": ("Lefèvre", "Lefèvre-Brûlé", "É\u0000", " "),
    "naissance": ("1988-02-29", "1990-02-31", None),
    "téléphone": ("01 99 00 12 34", "02 61 91 00 24", "abc"),
    "ville": ("Bourg-en-Bresse", "bourg en bresse", "Brest", ""),
    "code": ("01000", "1000", 1000, "29200"),
    "aide": (["door"], ["Tractage", "Marchés"], []),
    "transport": (["bus"], ["bus", "Vélo"], []),
    "métier": ("Menuisière", "Soudeuse", "x" * 1000, None),
    "enfants": (2, "3", ""),
    "soutien": ("supporter", "Refusal"),
    "oui": (["E-mail"], ["SMS", "E-mail"], []),
    "non": (["consent_sms"], ["Appel", "SMS"], None),
    "étiquettes": (["newsletter"], ["NEWSLETTER", "Nouvelle"]),
}
ANSWERS = st.fixed_dictionaries({}, optional={label: st.sampled_from(pool) for label, pool in SAID.items()})


TEXTS = ("Zozo", "12 bis", "Zo\u200bzo", "N\u0303andu\u00a0")


def entries(category: str) -> list[dict[str, Any]]:
    """Every choice and some texts of a category's forms, as a person's file in the sandbox."""
    found = []
    for form in (form for form in FORMS[category] if form["type"] != "drawing"):
        free = {
            "text": ("Zozo", "12 bis", "Zo\u200bzo", "N\u0303andu\u00a0"),
            "numeric": ("7", "0"),
            "date": ("2024-02-11T00:00:00.000Z",),
        }
        pairs = ((ref["id"], text) for ref in form["refvalues"] for text in free.get(form["type"], (ref["value"],)))
        found += [{"form_id": form["id"], "form_ref_id": ref, "data": text} for ref, text in pairs]
    return found


DATES = ("2024-02-11T10:20:30.000Z", "2025-03-02T09:15:00.123456Z")
CUSTOM = entries("custom_fields")
OTHERS = [entry for category in FORMS if category != "custom_fields" for entry in entries(category)]
GONE = (None, None, "2025-01-05T12:00:00.000Z")
MORE = st.sampled_from([{"date": date, "deleted_at": gone} for date in DATES for gone in GONE])


def some(pool: list[dict[str, Any]]) -> Any:
    """Entries, each choice once at most: Qomon keeps no two."""
    drawn = st.lists(st.tuples(st.sampled_from(pool), MORE), max_size=7, unique_by=lambda pair: json.dumps(pair[0]))
    return drawn.map(lambda pairs: one_per_radio([{**entry, **more} for entry, more in pairs]))


def one_per_radio(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds = {form["id"]: form["type"] for forms in FORMS.values() for form in forms}
    seen: set[int] = set()
    found = []
    for entry in listed:
        single = kinds[entry["form_id"]] in ("radio", "select") and not entry["deleted_at"]
        if not (single and entry["form_id"] in seen):
            found.append(entry)
        seen |= {entry["form_id"]} if single else set()
    return found


PEOPLE = st.fixed_dictionaries(
    {
        "formdatas": some(OTHERS + CUSTOM[:6]),  # some custom fields where reads may put them (docs/qomon.md A2)
        "custom_fields": some(CUSTOM),
        "tags": st.lists(st.sampled_from(("newsletter", "Bénévole", "fête-2025")), unique=True),
        "firstname": st.sampled_from(("Zoé", "", "Z.")),
        "surname": st.sampled_from(("Lefèvre-Brûlé", "Lefevre", "Le\u00adfèvre\u200b", "LE\u00a0FÈVRE", "?")),
        "birthdate": st.sampled_from(("", "1988-02-29T00:00:00.000Z", "0001-01-01T00:00:00.000Z")),
        "phone": st.sampled_from(
            ("", "01 99 00 12 34", "0261910055", "+33 (0)1.99.00.12.34", "0000000000", "voir mobile")
        ),
        "phone_invalid": st.booleans(),
        "black_list": st.sampled_from((False, False, False, True)),
        "address": st.sampled_from(
            (
                {},
                {"postalcode": "01000", "city": "Bourg-en-Bresse", "housenumber": "12", "county": "Ain"},
                {"postalcode": "1000", "city": "Bruxelles", "country": "Belgique", "floor": "2"},
            )
        ),
    }
)


ODD = st.fixed_dictionaries(
    {},
    optional={
        "shape": st.sampled_from(("seed", "newer")),
        "soft_deleted": st.booleans(),
        "alive": st.sampled_from(("zero", "go", "empty", "invalid")),
        "ids": st.sampled_from(("text", "spaced")),
        "refs": st.just("missing"),
        "remains": st.just(value=True),
        "stamps": st.just("row"),
    },
)
"""How Qomon may show a contact. None of it changes anything."""
ADDED = tuple(
    {"form_id": form, "form_ref_id": ref, "data": data}
    for form, ref, data in (
        (730, 7310, "water"),
        (720, 7202, "probable"),
        (811, 8111, "Avocate"),
        (737, 7371, "Est"),
        (710, 7103, "consent_call"),
    )
)
OLDER = st.integers(0, 13)
MEANWHILE = st.none() | st.tuples(st.just("added"), st.sampled_from(ADDED)) | st.tuples(st.just("removed"), OLDER)
"""What a colleague does between our read and our write. What goes is one of what there is, by its place."""


class Street(House):
    """One house for a whole test; each example moves in alone, half an hour after the last."""

    def __init__(self, folder: Path, policies: Sequence[str] = ("keep", "replace"), **more: str) -> None:
        """`more`: further lines of the policy's hook."""
        hooks = [RULES.format(policy=one).replace("wait: 0", f"wait: 0\n{more.get(one, '')}") for one in policies]
        super().__init__(folder, tuple(hooks))
        self.deliveries = count()

    def settle_in(self, person: Mapping[str, Any], **switches: Any) -> dict[str, Any]:
        """Zoé as she is in this example, and what the sandbox stores of her. What still waits is worked off first."""
        self.sandbox.reset()
        self.clock.move(seconds=40)
        self.drain()
        self.sandbox.reset()
        with (
            self.services.store.write() as tx
        ):  # what the examples before wrote and lost is no mistake of this one's hook
            tx.execute(delete(brake))
            tx.execute(delete(hourly))
        self.sandbox.set(switches)
        self.sandbox.contacts.put(ZOE, person)
        return self.stored()

    def stored(self) -> dict[str, Any]:
        return copy.deepcopy(self.sandbox.contacts.all[ZOE])

    def answered(self, answers: Mapping[str, Any], policy: str, mail: str = "zoe.lefevre@example.org") -> Any:
        body = {"mail": mail, **answers, "n°": next(self.deliveries)}
        return self.cross(json.dumps(body).encode(), f"laws-{policy}")

    def meanwhile(self, stored: Mapping[str, Any], act: tuple[str, Any] | None) -> dict[str, Any] | None:
        """Plan what a colleague does right after our read, seconds before our write; the entry that it is about."""
        listed = live(stored)
        if act is None or (act[0] == "removed" and not listed):
            return None
        name, what = act
        entry: dict[str, Any] = what if name == "added" else listed[what % len(listed)]
        custom = {form["id"] for form in FORMS["custom_fields"]}
        array = next((one for one in ("formdatas", "custom_fields") if entry in stored[one]), None)
        array = array or ("custom_fields" if entry["form_id"] in custom else "formdatas")
        asked = {"method": "GET", "path": "contacts", "fault": name, "edit": {array: [entry]}}
        assert self.qomon.test_client().post("/_sandbox/faults", json=asked).status_code == 200
        self.sandbox.set({"latency_ms": 2000})
        return entry

    def calls(self, method: str) -> int:
        return sum(call["method"] == method and call["path"].startswith("/contacts/") for call in self.sandbox.calls)


def flat(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What matters of a stored contact, field by field, by the names of the request; live entries with their dates."""
    plain = ("firstname", "surname", "married_name", "gender", "mail", "phone", "mobile", "birthdate", "birth_city")
    more = ("birth_country", "birth_dept", "nationality", "age_category", "user_contact_id", "action_ids", "tags")
    found = {name: stored[name] for name in (*plain, *more, "phone_invalid", "mobile_invalid", "black_list")}
    found["notes"] = [(note["id"], note["content"], note["pinned"]) for note in stored["notes"]]
    found |= {f"address.{part}": stored["address"][part] for part in ADDRESS if stored["address"].get(part)}
    lines: dict[str, Counter[Any]] = {}
    custom = {form["id"] for form in FORMS["custom_fields"]}
    for entry in live(stored):
        array = "custom_fields" if entry["form_id"] in custom else "formdatas"
        pair = (entry["form_ref_id"], entry["data"])
        lines.setdefault(f"{array}.{entry['form_id']}", Counter())[pair] = 1
    return {**found, **lines}


def live(stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [e for array in ("formdatas", "custom_fields") for e in stored[array] if not e["deleted_at"]]


def allowed(answers: Mapping[str, Any]) -> set[str]:
    clears = ("naissance", "enfants")
    empty: tuple[Any, ...] = (None, "", " ", [])
    return {name for label, said in answers.items() if said not in empty or label in clears for name in FIELDS[label]}


def many(stored: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Whether the same answer is there twice, with two dates."""
    return sum((e["form_id"], e["data"]) == (entry["form_id"], entry["data"]) for e in live(stored)) > 1
