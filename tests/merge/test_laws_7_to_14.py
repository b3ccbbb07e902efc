"""docs/laws.md 7 (without order), 9, 11 and 14, over generated worlds: no HTTP.

docs/laws.md 1 to 6 and 10 are in `tests/merge/test_laws.py`.
"""

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.crossing import find, send
from bridge.model import Answer, AnswerType, Who
from tests.support import oracle, strategies
from tests.support.answer_tables import PLAIN, REGION
from tests.support.strategies import PHONES, REFUSING, Form
from tests.support.worlds import (
    MANY,
    ONE,
    Asking,
    Wish,
    World,
    as_catalogue,
    build,
    hook_of,
    of_form,
    submission_of,
    written,
)


@st.composite
def consent_worlds(draw: st.DrawFn) -> World:
    """Consents given, taken back, both at once; people on the black list and put on it; events that are held."""
    known = draw(strategies.forms(sound=True, category="consent"))
    read = draw(strategies.contacts(known))
    both = draw(st.sampled_from([form for form in known if form.meant == "checkbox"] or known))
    always = [replace(of_form(draw, both, known), changes=(change,)) for change in ("add", "remove")]
    asked = [of_form(draw, form, known) for form in known]
    asked += [Asking("black_list", "black_list", "bool", changes=(None,)), Asking("formdatas.Nulle part", None, "text")]
    chosen = draw(st.lists(st.sampled_from(asked), max_size=3, unique_by=id))
    return build(draw, known, read, draw(st.permutations([*always, *chosen])), sound=draw(st.booleans()))


def pairs(wish: Wish) -> set[tuple[int, int]]:
    """The form and the refvalues that a wish is about: a consent is given and taken back by them (docs/laws.md 4)."""
    if wish.form is None:
        return set()
    if wish.form.free:
        return {(wish.form.id, wish.form.refs[0][0]) for _ in wish.wanted}
    return {(wish.form.id, ref) for ref, value, _ in wish.form.refs if value in wish.wanted}


def consents(world: World) -> tuple[set[tuple[int, int]], set[tuple[int, int]], bool]:
    """What the event gives, what it takes back, and whether it says "do not contact". Choices that say no are neither:
    `refusals`; but who chooses one takes back all else of the form.
    """
    mine = [wish for wish in world.wishes if wish.form is not None]
    said, _, every = refusals(world)
    yes = {pair for wish in mine if wish.change != "remove" for pair in pairs(wish)} - every
    no = {pair for wish in mine if wish.change == "remove" for pair in pairs(wish)} - every
    no |= {
        (form.id, ref)
        for form in world.forms
        for ref, _, _ in form.refs
        if {(form.id, one[0]) for one in form.refs} & said
    }
    no -= every
    stop = any(w.field == "black_list" and w.answer in ("oui", True, "true") and w.wanted for w in world.wishes)
    return yes, no, stop


def refusals(world: World) -> tuple[set[tuple[int, int]], set[tuple[int, int]], set[tuple[int, int]]]:
    """Choices that say no: those that were chosen, those that a rule took back, all there are."""
    asked = [form for form in world.forms if form.consent and not form.free]
    every = {(form.id, ref) for form in asked for ref, value, _ in form.refs if value in strategies.REFUSING}
    mine = [wish for wish in world.wishes if wish.form is not None]
    said = {pair for wish in mine if wish.change != "remove" for pair in pairs(wish)} & every
    back = {pair for wish in mine if wish.change == "remove" for pair in pairs(wish)} & every
    return said, back, every


def stored(lines: Any) -> set[tuple[int, int]]:
    return {(line[1], line[2]) for line in lines}


@given(consent_worlds())
def test_law_7_a_yes_for_someone_on_the_black_list_is_held(world: World) -> None:
    weighed = world.weigh()
    yes, no, stop = consents(world)
    astray = any(wish.astray and (wish.field is None or wish.otherwise != "skip") for wish in world.wishes)
    said, back, _ = refusals(world)
    refused = oracle.black(world.read) and bool((yes - no) | (back - said)) and not stop
    assert (weighed.hold is not None) == (refused or astray)
    assert weighed.hold == "do_not_contact" or not (refused and not astray)
    if weighed.hold:
        was, now = oracle.entries(world.read, world.forms), oracle.sent(weighed.after)
        assert stored(now) <= stored(was) | said


@given(consent_worlds())
def test_law_7_taking_back_wins_and_crosses_though_the_rest_is_held(world: World) -> None:
    weighed = world.weigh()
    yes, no, stop = consents(world)
    now = stored(oracle.sent(weighed.after))
    assert now & no == set()
    if weighed.hold is None:
        given_now = set() if stop else yes - no
        singles = {form.id for form in world.forms if form.meant != "checkbox"}
        assert given_now <= now or {form for form, _ in given_now - now} <= singles
    said, back, _ = refusals(world)
    assert said <= now
    conflict = bool((yes | back) and stop) or bool(yes & no) or bool(back & said)
    noted = {note["rule"] for note in weighed.report["notes"] if note["code"] == "consent_conflict"}
    assert weighed.hold is not None or bool(noted) == conflict


@given(consent_worlds())
def test_law_7_the_black_list_is_only_entered_and_a_missing_box_is_neither_a_no_nor_a_yes(world: World) -> None:
    weighed = world.weigh()
    yes, no, stop = consents(world)
    assert weighed.after["black_list"] is (oracle.black(world.read) or stop)
    was, now = stored(oracle.entries(world.read, world.forms)), stored(oracle.sent(weighed.after))
    said, back, _ = refusals(world)
    assert now - was <= yes | said
    singles = {form.id for form in world.forms if form.meant != "checkbox"}
    assert {
        pair for pair in was - now if not (pair[0] in singles and pair[0] in {form for form, _ in yes})
    } <= no | back


@st.composite
def echoes(draw: st.DrawFn) -> World:
    """A form that says again what Qomon holds, otherwise spelt, through any change that does not take away."""
    known = draw(strategies.forms(sound=True))
    read = draw(strategies.contacts(known, black=False))
    rules: list[dict[str, Any]] = []
    answers: list[Answer] = []
    for target, change, value in draw(st.permutations(list(_respelt(draw, read, known)))):
        number = len(rules) + 1
        rules.append({"from": f"q{number}", "to": target} | ({"change": change} if change else {}))
        kind: AnswerType = "date" if target == "birthdate" or isinstance(value, oracle.Day) else "text"
        answers.append(Answer(f"q{number}", f"Étape {number}", kind, value))
    rules = rules or [{"from": "q0", "to": "surname"}]
    policy = draw(st.sampled_from(("keep", "replace")))
    hook = hook_of(written(rules, policy))
    return World(known, as_catalogue(known), read, hook, (), submission_of(answers), policy)


def _respelt(draw: st.DrawFn, read: dict[str, Any], known: tuple[Form, ...]) -> Any:
    plain = {**oracle.scalars(read), **{f"address.{k}": v for k, v in oracle.address(read, REGION).items()}}
    for name, kind in PLAIN.items():
        if str(plain.get(name, "")).strip() and plain[name] != oracle.NO_TIME:
            yield name, draw(st.sampled_from(ONE)), draw(st.sampled_from(_spellings(name, kind, plain[name], plain)))
    names = oracle.tags(read)
    if names:
        yield "tags", draw(st.sampled_from(("add", None))), tuple(name.swapcase() for name in names)
        yield "tags", draw(st.sampled_from(("replace", "clear"))), tuple(name.upper() for name in names)
    for form in known:
        held = [line[2:4] for line in oracle.of_form(oracle.entries(read, known), form.id)]
        texts = {text for _, text in held}
        if (
            form.consent and len(texts) > 1 and texts & REFUSING
        ):  # docs/laws.md 7: said anew, the no takes back the yes beside it
            continue
        if form.meant == "checkbox" and held:
            changes = ("add",) if form.consent else MANY[:1] + MANY[2:]
            yield f"{form.array}.{form.id}", draw(st.sampled_from(changes)), tuple(sorted(texts))
        elif len(texts) == 1 and not form.consent and min(texts).strip() and "10:20" not in min(texts):
            yield f"{form.array}.{form.id}", draw(st.sampled_from(ONE)), _again(form, min(texts))


def _spellings(name: str, kind: str, value: str, plain: dict[str, Any]) -> list[Any]:
    """Other ways to write the same (docs/laws.md 9); of an address also other capitals, and of a number abroad no
    national one but the contact's own: that is read by the country it is said in.
    """
    if kind == "mail":
        return [value, value.upper(), f" mailto:{value}"]
    if kind == "phone":
        here = oracle.french(plain.get("address.country", ""), REGION)
        written = [other for other in PHONES if here or other == value or other.startswith(("+", "00"))]
        return [other for other in written if oracle.phone(other, REGION) == oracle.phone(value, REGION)]
    if kind == "date":
        return [value[:10]]
    loose = [value.upper(), value.lower()] if name.startswith("address.") else []
    if kind == "postcode":
        padded = value.isdigit() and oracle.french(plain.get("address.country", ""), REGION)
        return [value.zfill(5), int(value), value.lstrip("0")] if padded else [value, f" {value} ", *loose]
    return [value, f" {value}\x00", unicodedata.normalize("NFD", value), *loose]


def _again(form: Form, text: str) -> Any:
    if form.meant == "numeric":
        return text.replace(".", ",")
    return oracle.Day(text[:10]) if form.meant == "date" else f" {text} "


@given(echoes())
def test_law_9_what_is_equal_is_not_sent(world: World) -> None:
    weighed = world.weigh()
    assert weighed.hold is None
    assert weighed.changed == []
    assert set(oracle.sent(weighed.after)) <= set(oracle.entries(world.read, world.forms))
    assert {line["change"] for line in weighed.report["fields"]} <= {"unchanged"}


@pytest.mark.parametrize(("country", "changed"), [("Belgique", []), ("", ["phone"])])
def test_a_contact_s_own_national_number_is_read_by_where_it_lives(country: str, changed: list[str]) -> None:
    read = {"id": 9, "phone": "0470 12 34 56", "address": {"country": country}, "black_list": False}
    read |= {"tags": [], "notes": [], "action_ids": [], "formdatas": [], "custom_fields": []}
    hook = hook_of(written([{"from": "q1", "to": "phone"}], "keep"))
    said = submission_of([Answer("q1", "GSM", "text", "+32 470 12 34 56")])
    world = World((), as_catalogue(()), read, hook, (), said, "keep")
    assert world.weigh().changed == changed


VALUES: Any = st.sampled_from(
    [
        *(None, "Zoé", "ZOE", "zoe ", "d’Orgeval", "dorgeval", "Brest", "?", "!", "12 bis", "12bis", "-5", "5"),
        *(((7100, "oui"),), ((7100, "Oui"),), ((7101, "non"),), ((7100, "oui"), (7101, "non"))),
        *(("bénévole", "newsletter"), ("benevole", "newsletter"), ("newsletter",)),
    ]
)


@given(
    st.dictionaries(st.sampled_from(("surname", "tags", "formdatas.710")), st.tuples(VALUES, VALUES, VALUES)),
    st.sets(st.sampled_from(("surname", "formdatas.710"))),
)
def test_law_11_every_field_is_stored_dropped_normalised_doubled_or_overwritten(
    fields: dict[str, Any], more: set[str]
) -> None:
    before, wanted, after = ({k: v[at] for k, v in fields.items() if v[at] is not None} for at in range(3))
    more = {name for name in more if isinstance(after.get(name), tuple)}  # only forms have entries
    said = send.confirm(before, wanted, after, more)
    assert said.keys() == before.keys() | wanted.keys()
    for name, status in said.items():
        was, asked, now = before.get(name), wanted.get(name), after.get(name)
        assert status == verdict(was, asked, now, more=name in more), (was, asked, now)


def verdict(was: Any, asked: Any, now: Any, *, more: bool) -> str:
    """The words of docs/laws.md 11, the first that fits. More entries than were sent are a colleague's where one of
    them is neither ours nor from before.
    """
    known = {bare(one) for one in (*(asked or ()), *(was or ()))} if more else set()
    if now == asked or (asked is not None and now is not None and bare(asked) == bare(now)):
        return "doubled" if more else "stored" if now == asked else "normalised"
    if now is None or now == was:
        return "dropped"
    return "doubled" if more and {bare(one) for one in now} <= known else "overwritten"


def bare(value: Any) -> Any:
    """Without case, accents, spaces and punctuation; a text of nothing else stays itself."""
    if isinstance(value, str):
        plain = "".join(c for c in unicodedata.normalize("NFKD", value.casefold()) if c.isalnum())
        return plain or value
    return tuple(bare(one) for one in value) if isinstance(value, tuple) else value


NAMES = (
    *(
        "",
        "Jean",
        "Jeanne",
        "jean-marc",
        "J.",
        "Ma",
        "Mar",
        "Marc",
        "Marthe",
        "Léon",
        "LEON",
        "Dubreuil",
        "N’Guyen",
        "–",
    ),
    *("Fred", "Frédéric", "Frédérique", "Louis", "Louise"),
)
FRED = ({"fred": "frederic"}, {"fred": "frederique"})


@given(*[st.sampled_from(NAMES)] * 4)
def test_law_14_first_names_agree_as_the_ledger_says(first: str, last: str, held_first: str, held_last: str) -> None:
    said, stored = Who({}, first, last), {"firstname": held_first, "surname": held_last}
    agreed = any(oracle.one_person((first, last), (held_first, held_last), short) for short in FRED)
    assert find.names_agree(said, stored) == agreed
