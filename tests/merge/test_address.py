"""docs/laws.md 15: an address is one thing. What only fills adds no part to another address; spellings of one are
one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.merge.address import Log, contradicts
from bridge.merge.merge import merge
from bridge.merge.precedence import History, Order, Stamp
from bridge.model import Change, Target
from bridge.qomon.sandbox.people import ZOE
from schemas import places
from schemas.codes import Op
from tests.support.json_hook import ESSAI, crossed, plain_house, said, statuses, stored

TOWNS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("paris", ""): ("Paris", "PARIS", "Paris CEDEX", "Paris Cedex 11", "paris 75"),
    ("paris", "11"): (
        "Paris 11",
        "Paris 11e",
        "Paris 11ème",
        "PARIS XIe",
        "Paris (11e arrondissement)",
        "75011 Paris",
        "Paris 11e, France",
    ),
    ("paris", "1"): ("Paris 1er", "Paris 01", "Paris 1er arrdt"),
    ("paris", "16"): ("Paris 16e", "75116 Paris"),
    ("lyon", ""): ("Lyon", "Lyon Cedex 03"),
    ("lyon", "3"): ("Lyon 3e", "Lyon 03", "Lyon IIIe", "LYON 3EME"),
    ("marseille", "13"): ("Marseille 13013", "Marseille 13e", "Marseille-13"),
    ("étienne", ""): ("Saint-Étienne", "St-Etienne", "ST ETIENNE CEDEX 1", "St. Étienne", "Saint-Étienne, France"),
    ("foy", ""): ("Sainte-Foy-lès-Lyon", "Ste Foy lez Lyon", "Ste-Foy les Lyon"),
    ("lot", ""): ("Villeneuve-sur-Lot", "Villeneuve s/ Lot", "VILLENEUVE S/LOT"),
    ("denis", ""): ("Saint-Denis", "St Denis"),
    ("denis", "93"): ("Saint-Denis (93)", "St-Denis 93"),
    ("denis", "974"): ("Saint-Denis (974)",),
    ("cedex", ""): ("Saint-Cedexin",),
}
STREETS: Mapping[str, tuple[str, ...]] = {
    "lilas": ("rue des Lilas", "r. des Lilas", "RUE DES LILAS", "r des lilas"),
    "michel": ("boulevard Saint-Michel", "bd St Michel", "Bld. St-Michel", "blvd saint michel", "boul. St-Michel"),
    "république": ("avenue de la République", "av. de la République", "ave de la republique", "Av de la République"),
    "mai": ("rue du 8 mai 1945", "r. du 8 Mai 1945"),
    "gaulle": ("place du Général de Gaulle", "pl. du Gal de Gaulle", "PL DU GEN DE GAULLE"),
    "fosse": ("quai de la Fosse", "q. de la Fosse"),
    "germain": ("rue du Faubourg Saint-Germain", "r. du Faubourg St Germain"),
}
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "12": ("12", "012", "n° 12", "No 12"),
    "12bis": ("12 bis", "12bis", "12, bis", "12 B", "12b"),
    "4ter": ("4 ter", "4T"),
    "12-14": ("12-14", "12/14"),
}
CODES: Mapping[str, tuple[str, ...]] = {
    "75011": ("75011", "75 011", "F-75011", "75011 Paris", "75011 PARIS CEDEX 11", "75011.0"),
    "01000": ("01000", "1000", "FR-01000", "1000.0", "01000,00"),
}


@dataclass(frozen=True)
class Place:
    """An address, and what each part of it means; "" for a part that is not said."""

    parts: dict[str, str]
    town: tuple[str, str]
    street: str
    number: str
    code: str

    def may_be(self, other: "Place") -> bool:
        """Whether both may be one: what one of them leaves open is no contradiction."""
        pairs = [
            *(
                (self.town[0], other.town[0]),
                (self.town[1], other.town[1]) if self.town[0] == other.town[0] else ("", ""),
            ),
            *((self.street, other.street), (self.number, other.number), (self.code, other.code)),
        ]
        return all(not one or not two or one == two for one, two in pairs)


@st.composite
def some_places(draw: st.DrawFn) -> Place:
    town, spelt = draw(_one(TOWNS, ("", "")))
    street, way = draw(_one(STREETS, ""))
    number, digits = draw(_one(NUMBERS, ""))
    code, postcode = draw(_one(CODES, ""))
    parts = {"city": spelt, "street": way, "housenumber": digits, "postalcode": postcode}
    if way and digits:
        where = draw(st.sampled_from(("before", "behind", "comma", "apart")))
        line = {"before": f"{digits} {way}", "behind": f"{way}, {digits}", "comma": f"{digits}, {way}"}
        parts |= {"street": line[where], "housenumber": ""} if where in line else {}
    return Place({part: text for part, text in parts.items() if text}, town, street, number, code)


def _one(pool: Mapping[Any, tuple[str, ...]], nothing: Any) -> st.SearchStrategy[Any]:
    pairs = [(meaning, text) for meaning, texts in pool.items() for text in texts]
    return st.sampled_from([(nothing, ""), *pairs])


@given(some_places(), some_places())
def test_only_what_cannot_be_one_address_contradicts(one: Place, two: Place) -> None:
    assert contradicts(one.parts, two.parts, "FR") is not one.may_be(two)
    assert contradicts(two.parts, one.parts, "FR") is not one.may_be(two)


def merged(stored: Place, asked: Place, policy: str, op: Op, *, others: int | None = None) -> dict[str, str]:
    changes = [
        Change(number, Target(f"address.{part}", f"address.{part}", "text"), op, (text,))
        for number, (part, text) in enumerate(asked.parts.items(), start=1)
    ]
    body = {"black_list": False, "address": stored.parts}
    order = Order(Stamp(1000, 1), History(others=others), str, "FR")
    made = merge(body, changes, policy=policy, date="", order=order, log=Log())
    return dict(made.body.get("address", {}))


FILLING = st.sampled_from(
    [("keep", "set", None), ("hold", "set", None), ("keep", "fill", None), ("replace", "fill", None)]
    + [(policy, op, 2000) for policy in ("keep", "hold", "replace") for op in ("set", "fill")]
)
"""A fill, `keep`, and whatever somebody else changed since: policy, change, and when that was."""


@given(some_places(), some_places(), FILLING)
def test_law_15_what_only_fills_adds_nothing_to_another_address(
    stored: Place, asked: Place, how: tuple[str, Any, int | None]
) -> None:
    policy, op, others = how
    after = merged(stored, asked, policy, op, others=others)
    if not stored.may_be(asked):
        assert after == stored.parts
    else:
        assert stored.parts.items() <= after.items()
        added = {part: text for part, text in after.items() if part not in stored.parts}
        assert added.items() <= asked.parts.items() | {("postalcode", asked.code)}  # without a number's decimals
        assert set(asked.parts) - set(after) <= {"housenumber"}


@given(some_places(), some_places())
def test_a_replaced_address_is_the_forms_and_no_mixture(stored: Place, asked: Place) -> None:
    after = merged(stored, asked, "replace", "set")
    if stored.may_be(asked):
        assert stored.parts.items() <= after.items()
    else:
        assert after.keys() == asked.parts.keys()
        assert not contradicts(after, asked.parts, "FR")
    for part in after.keys() & stored.parts.keys():  # what is the same stays as it is spelt
        same = places.town(after[part]) == places.town(stored.parts[part])
        assert part != "city" or not same or after[part] == stored.parts[part]


@given(some_places(), some_places())
def test_a_house_number_is_not_written_twice(stored: Place, asked: Place) -> None:
    after = merged(stored, asked, "keep", "set")
    within = places.street(after.get("street", ""))[0]
    assert (
        not ("housenumber" in after and within)
        or {"street", "housenumber"} <= {*stored.parts}
        or ("housenumber" in stored.parts and "street" not in stored.parts)
    )


@pytest.mark.parametrize("policy", ["keep", "hold", "replace"])
def test_a_part_that_only_fills_speaks_for_the_whole_address(policy: str) -> None:
    """The city is another one, so that the postcode of the same form is no part of the address either."""
    asked: list[tuple[str, Op, str]] = [("postalcode", "set", "75011"), ("city", "fill", "Paris")]
    changes = [
        Change(number, Target(f"address.{part}", f"address.{part}", "text"), op, (text,))
        for number, (part, op, text) in enumerate(asked, start=1)
    ]
    order = Order(Stamp(1000, 1), History(), str, "FR")
    body = {"black_list": False, "address": {"city": "Brest"}}
    made = merge(body, changes, policy=policy, date="", order=order, log=Log())
    assert (made.body["address"], made.fates) == ({"city": "Brest"}, ["kept", "kept"])


def test_another_house_of_the_street_is_another_address(tmp_path: Path) -> None:
    parts = {"rue": "street", "ville": "city", "etage": "floor"}
    rules = "".join(f"  - {{from: {name}, to: address.{part}}}\n" for name, part in parts.items())
    house = plain_house(tmp_path, ESSAI + rules)
    house.clock.move(minutes=1)
    house.sandbox.contacts.put(ZOE, {"address": {"housenumber": "12", "street": "rue St-Jean", "city": "Paris 11e"}})
    house.clock.move(minutes=1)
    mine = {"mail": "zoe.lefevre@example.org"}
    report = crossed(house, **mine, rue="14, rue Saint Jean", ville="Paris", etage="3")
    assert (said(report), statuses(report)["etage"]) == (("unchanged", None), "kept")
    report = crossed(house, **mine, rue="12, r. Saint Jean", ville="PARIS CEDEX", etage="3")
    assert (said(report), statuses(report)["rue"]) == (("delivered", None), "mapped")
    address = {name: text for name, text in stored(house)["address"].items() if text}
    assert address == {"housenumber": "12", "street": "rue St-Jean", "city": "Paris 11e", "floor": "3"}


@pytest.mark.parametrize(
    "text", ["", " ", ",", "12", "n°", "cedex", "°", "🏠 12", "-", "0", "Cedex 12", "n o", "12 12 12"]
)
def test_any_text_is_some_place(text: str) -> None:
    assert places.town(text) == places.town(text)
    assert len(places.street(text)) == 2
    assert places.number(text) is not None
    assert places.postcode(text) is not None


@pytest.mark.usefixtures("both_stores")
@pytest.mark.parametrize(("code", "stored_as"), [("1000.0", "01000"), ("01000,0", "01000"), ("75011.00", "75011")])
def test_a_postcode_of_a_column_with_decimals_moves_nobody(tmp_path: Path, code: str, stored_as: str) -> None:
    rules = "  - {from: cp, to: address.postalcode}\n  - {from: ville, to: address.city}\n"
    house = plain_house(tmp_path, ESSAI.replace("address: keep", "address: replace") + rules)
    mine = {"mail": "zoe.lefevre@example.org", "cp": code}
    home = {"street": "rue des Lilas", "postalcode": stored_as, "city": "Fort-de-France", "floor": "2"}
    house.sandbox.contacts.put(ZOE, {"address": home})
    assert said(crossed(house, **mine, ville="Fort de France, France")) == ("unchanged", None)
    house.sandbox.contacts.put(ZOE, {"address": {"city": "Fort-de-France"}})
    crossed(house, **mine, metier="Chimiste")
    assert stored(house)["address"]["postalcode"] == stored_as
