"""docs/laws.md 7 over refusals: the newest word counts and the no of the same moment, in any order and batches of
arrival; a no crosses whatever holds the rest. What is taken back without such choices is in `test_laws_7_to_14.py`.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.merge.precedence import Stamp
from bridge.model import Answer, Change, Target
from tests.support import oracle, strategies
from tests.support.remembered_contact import Contact, Event, contact, entry
from tests.support.strategies import Form
from tests.support.worlds import World, as_catalogue, hook_of, submission_of, written

BOXES = Target("formdatas.40", "formdatas.Cases", "checkbox", 40, consent=True)
RADIO = Target("formdatas.50", "formdatas.Lettre", "radio", 50, consent=True)
MAIL, SMS, NO = (1, "mail"), (2, "sms"), (9, "refus")
SAYS = {
    "yes mail": Change(1, BOXES, "add", (MAIL,)),
    "yes sms": Change(2, BOXES, "add", (SMS,)),
    "yes both": Change(3, BOXES, "add", (SMS, MAIL)),
    "back mail": Change(4, BOXES, "remove", (MAIL,)),
    "no boxes": Change(5, BOXES, "replace", (NO,), refuses=True),
    "yes radio": Change(6, RADIO, "add", (MAIL,)),
    "back radio": Change(7, RADIO, "remove", (MAIL,)),
    "no radio": Change(8, RADIO, "add", (NO,), refuses=True),
}


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[tuple[int, tuple[str, ...]]], list[list[Event]]]:
    """What people said and when, some of it at the same moment or in one event; and how it arrives."""
    some = st.lists(st.sampled_from([*SAYS]), min_size=1, max_size=2, unique=True).map(tuple)
    told = draw(st.lists(st.tuples(st.integers(1, 4), some), min_size=1, max_size=5))
    events = [Event(Stamp(1000 * at, seq), tuple(SAYS[one] for one in said)) for seq, (at, said) in enumerate(told)]
    arrived = draw(st.permutations(events))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(events) - 1)))))
    batches = [arrived[start:end] for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    return told, [batch for batch in batches if batch]


def last(told: Sequence[tuple[int, tuple[str, ...]]], *words: str) -> int:
    return max((1000 * at for at, said in told if {*words} & {*said}), default=0)


@given(stories(), st.sampled_from([0, 500, 2000, 9000]))
def test_the_newest_word_counts_in_any_order_of_arrival(story: Any, dated: int) -> None:
    """`dated`: when Qomon says that the mail was agreed to before, 0 for never."""
    told, batches = story
    one = contact(formdatas=[entry(40, *MAIL, dated)] if dated else [])
    for batch in batches:
        one.take(batch)

    yes, no = last(told, "yes mail", "yes both"), last(told, "back mail", "no boxes")
    there = yes > no or (dated > 0 and no < dated)
    assert ("mail" in held(one, 40)) == there
    assert ("sms" in held(one, 40)) == (last(told, "yes sms", "yes both") > last(told, "no boxes"))
    assert ("refus" in held(one, 40)) == (last(told, "no boxes") > 0)
    yes, back, no = (last(told, word) for word in ("yes radio", "back radio", "no radio"))
    if no and yes > no and back >= yes:  # nobody agrees any more: whether the old no is seen again, the arrival decides
        assert held(one, 50) in ([], ["refus"])
    else:
        assert held(one, 50) == (["refus"] if no and no >= yes else ["mail"] if yes > back else [])


def test_a_no_wins_over_every_yes_of_its_moment() -> None:
    """Many tools say the second only: a yes that came before the no made the next one look newer than it."""
    one = contact(formdatas=[])
    one.take([Event(Stamp(2000, 2), (SAYS["yes mail"],))])
    one.take([Event(Stamp(2000, 1), (SAYS["no boxes"],)), Event(Stamp(2000, 3), (SAYS["yes mail"],))])

    assert held(one, 40) == ["refus"]


def held(one: Contact, form: int) -> list[str]:
    return [line["data"] for line in one.body["formdatas"] if line["form_id"] == form]


CONSENT = Form(710, "Lettre", "radio", "consent", ((7101, "accord", "Oui"), (7102, "opposition", "Je m’oppose")))
CASES = Form(
    720, "Cases", "checkbox", "consent", ((7201, "mail", "E-mail"), (7202, "sms", "SMS"), (7203, "rien", "Non"))
)
HELP = Form(730, "Aide", "checkbox", "custom_fields", ((7301, "door", "Porte-à-porte"), (7302, "phone", "Téléphone")))
KNOWN = (CONSENT, CASES, HELP)
RULES = [
    {"from": "lettre", "to": "formdatas.Lettre"},
    {"from": "cases", "to": "formdatas.Cases"},
    {"from": "retrait", "to": "formdatas.Cases", "change": "remove"},
    {"from": "stop", "to": "black_list", "as": "bool"},
    {"from": "nom", "to": "surname"},
    {"from": "aide", "to": "custom_fields.Aide"},
    {"from": "ailleurs", "to": "formdatas.Nulle part"},
]
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "lettre": st.sampled_from(("Oui", "je m\u2019oppose", "", None)),
        "cases": st.lists(st.sampled_from(("E-mail", "SMS", "Non")), unique=True).map(tuple),
        "retrait": st.lists(st.sampled_from(("E-mail", "SMS")), unique=True).map(tuple),
        "stop": st.sampled_from(("oui", "non", "")),
        "nom": st.just("Après"),
        "aide": st.sampled_from((("Porte-à-porte",), ("Jamais vu",))),
        "ailleurs": st.just("x"),
    },
)


@st.composite
def forms_with_a_no(draw: st.DrawFn) -> World:
    """A contact, and a form in which people say yes, no, both or neither, beside what may be held."""
    read = draw(strategies.contacts(KNOWN))
    said = [
        Answer(key, key, "choices" if isinstance(value, tuple) else "text", value)
        for key, value in draw(ANSWERS).items()
    ]
    return World(KNOWN, as_catalogue(KNOWN), read, hook_of(written(RULES, "keep")), (), submission_of(said), "keep")


@given(forms_with_a_no())
def test_a_no_crosses_whatever_holds_the_rest_and_no_yes_does(world: World) -> None:
    weighed = world.weigh()
    said: dict[str, Any] = {answer.key: answer.value for answer in world.submission.answers}
    boxes, radio = {*(said.get("cases") or ())}, str(said.get("lettre") or "").casefold()
    back, stop, black = {*(said.get("retrait") or ())}, said.get("stop") == "oui", oracle.black(world.read)
    no_boxes, no_radio = "Non" in boxes, radio.startswith("je")
    yes = {"E-mail": 7201, "SMS": 7202}
    given_now = set() if stop or no_boxes else {(720, yes[one]) for one in boxes - back - {"Non"}}
    given_now |= {(710, 7101)} if radio == "oui" and not stop else set()
    was = {(line[1], line[2]) for line in oracle.entries(world.read, world.forms)}
    now = {(line[1], line[2]) for line in oracle.sent(weighed.after)}

    assert weighed.after["black_list"] is (black or stop)
    unknown = bool(said.get("ailleurs")) or said.get("aide") == ("Jamais vu",)
    assert (weighed.hold is not None) == (unknown or (black and bool(given_now)))
    assert ((720, 7203) in now) == (no_boxes or (720, 7203) in was)
    replaced = (710, 7101) in given_now and not weighed.hold
    assert ((710, 7102) in now) == (no_radio or ((710, 7102) in was and not replaced))
    if no_boxes:
        assert now & {(720, 7201), (720, 7202)} == set()
    if no_radio:
        assert (710, 7101) not in now
    assert now & {(720, yes[one]) for one in back} == set()
    if weighed.hold:
        assert now - was <= {(720, 7203), (710, 7102)}
        assert weighed.after.get("surname") == weighed.before.get("surname")
    else:
        assert given_now <= now
    if not (boxes or back or radio or stop):
        assert {pair for pair in was if pair[0] in (710, 720)} == {pair for pair in now if pair[0] in (710, 720)}
    told = {(one["value"], one["said"]) for one in weighed.consents if one["said"] == "no"}
    assert told == ({("rien", "no")} if no_boxes else set()) | ({("opposition", "no")} if no_radio else set())
