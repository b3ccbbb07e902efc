"""The laws of the merge (docs/laws.md) over generated contacts, catalogues, hooks and submissions: weighing, no HTTP.

`tests/support/oracle.py` says what must be, from the read alone; `tests/crossing/test_laws_in_qomon.py` asks the
whole bridge.
"""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Held
from bridge.model import Answer
from tests.support import oracle
from tests.support.answer_tables import REGION
from tests.support.strategies import NO_LIST, NUMBERS, REFUSING, SCALARS, UNKNOWN_FORMS, WHO, Form, contacts
from tests.support.whole_bridge import NOW
from tests.support.worlds import LISTS, Wish, World, as_catalogue, hook_of, muddles, submission_of, worlds, written

MS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
BLANK = (None, "", "  ", oracle.NO_TIME)


def changed(world: World, body: dict[str, Any]) -> set[str]:
    return set(oracle.differences(world.read, body, world.forms, REGION))


def stamp(world: World) -> str:
    """The date of a new entry: that of the submission, never after it arrived."""
    said = world.submission.submitted_at
    return oracle.ms(min(said or NOW, NOW).isoformat().replace("+00:00", "Z"))


def live(world: World, body: dict[str, Any], form: Form) -> tuple[set[Any], set[Any], int]:
    """What a form held and holds, without dates, and how many entries it holds."""
    before = oracle.of_form(oracle.entries(world.read, world.forms), form.id)
    after = oracle.of_form(oracle.sent(body), form.id)
    return {line[2:4] for line in before}, {line[2:4] for line in after}, after.total()


@given(worlds())
def test_law_1_nothing_that_no_rule_named_ever_changes(world: World) -> None:
    weighed = world.weigh()
    allowed = world.named() | {f"{name}_invalid" for name in ("phone", "mobile") if name in world.named()}
    moves = world.address == "replace" and any(w.acts and (w.field or "").startswith("address.") for w in world.wishes)
    said = changed(world, weighed.after)
    assert {name for name in said - allowed if not (moves and name.startswith("address."))} == set()
    assert set(weighed.changed) <= said
    assert {line["field"] for line in weighed.report["fields"] if line["change"] != "unchanged"} == {
        name if name not in (names := told_names(world)) else names[name] for name in weighed.changed
    }


def told_names(world: World) -> dict[str, str]:
    """How the report calls a form's field, where labels are unique."""
    return {f"{form.array}.{form.id}": f"{form.array}.{form.label}" for form in world.forms}


@given(worlds(black=False))
def test_law_1_an_empty_answer_keeps_and_only_clear_clears(world: World) -> None:
    after = world.weigh().after
    was = {**oracle.scalars(world.read), **{f"address.{k}": v for k, v in oracle.address(world.read, REGION).items()}}
    now = {**after, **{f"address.{part}": text for part, text in after.get("address", {}).items()}}
    moves = world.address == "replace"
    for wish in world.wishes:
        if wish.field in was and not (moves and wish.field.startswith("address.")):
            clears = wish.change == "clear" and wish.heard == "empty"
            assert (wish.field not in now) == clears, wish
        if wish.field in was and wish.change == "fill" and not (moves and wish.field.startswith("address.")):
            assert was[wish.field] in BLANK or now[wish.field] == was[wish.field], wish


@given(worlds(black=False))
def test_law_1_what_a_rule_says_is_there_afterwards(world: World) -> None:
    after = world.weigh().after
    for wish in world.wishes:
        if wish.form is None and wish.wanted and wish.kind in ("text", "date") and "." not in str(wish.field):
            was = oracle.scalars(world.read).get(str(wish.field))
            kept = wish.change == "fill" and was not in BLANK
            expected = was if kept or same(was, wish.wanted[0]) else wish.wanted[0]
            assert after[str(wish.field)] == expected, wish


def same(stored: object, wanted: str) -> bool:
    """Unicode's two ways to write an accent are one text, and so are spaces around it."""
    return stored is not None and oracle.composed(str(stored)) == oracle.composed(wanted)


@given(worlds(sound=False))
def test_law_2_the_body_is_the_whole_contact_in_the_request_s_spelling(world: World) -> None:
    weighed = world.weigh()
    assert changed(world, weighed.before) == set()
    for body in (weighed.before, weighed.after):
        assert body.keys() <= oracle.KEYS
        assert body.keys() >= {"formdatas", "custom_fields", "tags", "notes", "action_ids", "black_list"}
        assert body.get("address", {}).keys() <= set(oracle.PARTS)
        assert all(isinstance(text, str) and text for text in body.get("address", {}).values())
        assert all(tag.keys() == {"name"} for tag in body["tags"])
        dates = [entry["date"] for array in ("formdatas", "custom_fields") for entry in body[array] if "date" in entry]
        assert all(MS.fullmatch(date) for date in [*dates, body.get("birthdate", stamp(world))])
        assert None not in {**body, **body.get("address", {})}.values()
        assert json.loads(json.dumps(body, allow_nan=False)) == body


@given(worlds(black=False))
def test_law_3_no_deleted_entry_and_no_id_is_sent_and_what_stays_keeps_its_date(world: World) -> None:
    body = world.weigh().after
    before = oracle.entries(world.read, world.forms)
    keys = {key for array in ("formdatas", "custom_fields") for entry in body[array] for key in entry}
    assert keys <= oracle.ENTRY_KEYS
    for line in oracle.sent(body):
        dates = {known[4] for known in before if known[:4] == line[:4]}
        new = dates == set() and oracle.field_of(line) in world.named()
        assert line[4] in dates or (new and line[4] == stamp(world)), line


@given(worlds(black=False))
def test_law_3_an_untouched_entry_keeps_its_survey(world: World) -> None:
    shown = [entry for array in ("formdatas", "custom_fields") for entry in oracle.live(world.read, array)]
    known = {(oracle.same_entry(entry, world.forms), entry["survey_id"]) for entry in shown if entry.get("survey_id")}
    body = world.weigh().before
    sent = [entry for array in ("formdatas", "custom_fields") for entry in body[array] if "survey_id" in entry]
    assert {((one["form_id"], one["form_ref_id"], one["data"]), one["survey_id"]) for one in sent} == known


@st.composite
def said_again(draw: st.DrawFn) -> World:
    """A text form with two live entries, one of which is said again."""
    form = Form(700, "Métier", "text", "survey", ((7000, "", ""),))
    texts = draw(st.permutations(("Menuisière", "Soudeuse")))
    dated = {"form_id": 700, "form_ref_id": 7000, "date": "2024-02-11T10:20:30Z"}
    entries = [{**dated, "data": text} for text in texts]
    read = {**draw(contacts([form])), "formdatas": entries, "custom_fields": []}
    answer = Answer("q1", "Métier", "text", draw(st.sampled_from(texts)))
    hook = hook_of(written([{"from": "q1", "to": "formdatas.700"}], "keep"))
    return World((form,), as_catalogue([form]), read, hook, (), submission_of([answer]), "keep")


@given(said_again())
def test_law_3_of_two_entries_the_one_that_is_said_again_keeps_its_date(world: World) -> None:
    said = world.submission.answers[0].value
    line = ("formdatas", 700, 7000, said, "2024-02-11T10:20:30.000Z")
    assert oracle.of_form(oracle.sent(world.weigh().after), 700) == {line: 1}


@given(worlds(black=False))
def test_law_4_a_single_form_holds_one_entry_and_a_checkbox_is_a_set_by_choice(world: World) -> None:
    weighed = world.weigh()
    stop = any(one.field == "black_list" and one.answer in ("oui", True, "true") and one.wanted for one in world.wishes)
    for form in world.forms:
        before, after, many = live(world, weighed.after, form)
        wishes = [wish for wish in world.wishes if wish.form == form and wish.acts]
        if stop and form.consent:  # "do not contact" in the same event takes every yes back (docs/laws.md 7)
            wishes = [one for one in wishes if one.change not in ("set", "fill", "add") or refused(form, [one])]
        expected = as_set(form, before, wishes) if form.meant == "checkbox" else as_one(form, before, wishes)
        assert held(form, after) == held(form, expected), (form, wishes)
        written = any(wish.wanted and wish.change not in ("fill", "remove") for wish in wishes)
        assert not written or many == len(expected), (form, wishes)


def held(form: Form, pairs: set[Any]) -> set[Any]:
    return {(ref, oracle.instant(text) if form.meant == "date" else oracle.composed(text)) for ref, text in pairs}


def refused(form: Form, wishes: list[Wish]) -> set[str]:
    """The choices that say no to all that a consent asks: nothing that is said beside them counts."""
    said = {value for wish in wishes if wish.change != "remove" for value in wish.wanted}
    return said & REFUSING if form.consent and not form.free else set()


def as_set(form: Form, before: set[Any], wishes: list[Wish]) -> set[Any]:
    """A checkbox after these rules, one after the other; taking a consent back wins in any order (docs/laws.md 7)."""
    pairs = {value: (ref, value) for ref, value, _ in form.refs}
    if refusals := refused(form, wishes):
        return {pairs[value] for value in refusals}
    taken = {value for wish in wishes if wish.change == "remove" for value in wish.wanted} if form.consent else set()
    now = set(before)
    for wish in wishes:
        asked = {pairs[value] for value in wish.wanted}
        if wish.change == "remove":
            now -= asked
        elif wish.change in ("replace", "clear") and (asked or wish.heard == "empty"):
            now = asked
        elif wish.change not in ("replace", "clear"):
            now |= {pair for pair in asked if pair[1] not in taken}
    return now


def as_one(form: Form, before: set[Any], wishes: list[Wish]) -> set[Any]:
    """A form that holds one value. Only consents have two rules: a yes, and a taking back of the same value."""
    refs = {value: ref for ref, value, _ in form.refs}
    if refusals := refused(form, wishes):
        return {(refs[value], value) for value in refusals}
    now = set(before)
    taken = {refs.get(value, next(iter(refs.values()))) for w in wishes if w.change == "remove" for value in w.wanted}
    for wish in wishes:
        value = oracle.composed(wish.wanted[0]) if wish.wanted else ""
        ref = refs.get(value, form.refs[0][0])
        if wish.change == "clear" and wish.heard == "empty":
            now = set()
        elif not value or (wish.change == "fill" and any(text.strip() for _, text in before)):
            continue
        elif wish.change == "remove":
            now = {pair for pair in now if pair[0] != ref}
        elif not (form.consent and ref in taken):
            now = {(ref, value)}
    return now


@given(worlds(sound=False))
def test_law_5_an_entry_goes_where_its_form_belongs_and_an_unknown_form_stays(world: World) -> None:
    arrays = {form.id: form.array for form in world.forms}
    was = {line[:4] for line in oracle.entries(world.read, world.forms) if line[1] in UNKNOWN_FORMS}
    sent = oracle.sent(world.weigh().after)
    assert {line for line in sent if arrays.get(line[1], line[0]) != line[0]} == set()
    assert {line[:4] for line in sent if line[1] not in arrays} == was


@given(muddles())
def test_law_6_what_does_not_resolve_is_never_sent_and_never_silently_dropped(world: World) -> None:
    weighed = world.weigh()
    forms = {form.id: form for form in world.forms}
    for line in oracle.sent(weighed.after) - oracle.entries(world.read, world.forms):
        form = forms[line[1]]
        assert form.writable
        assert line[2] in {ref for ref, _, _ in form.refs}
        assert form.free or (line[2], line[3]) in {(ref, value) for ref, value, _ in form.refs}
    astray = [wish for wish in world.wishes if wish.astray]
    assert bool(weighed.hold) == any(wish.field is None or wish.otherwise != "skip" for wish in astray)
    told = {note["rule"] for note in weighed.report["notes"] if note["code"] in ("not_a_choice", "bad_value")}
    assert {wish.number for wish in astray if wish.field is not None} <= told
    assert {wish.number for wish in world.wishes if wish.heard == "twice"} <= told
    lines = {line["key"]: line["status"] for line in weighed.report["answers"]}
    assert lines.keys() == {answer.key for answer in world.submission.answers}
    for wish in world.wishes:
        if wish.astray and wish.heard == "said" and (wish.field is None or wish.otherwise != "skip"):
            assert lines[f"q{wish.number}"] == "held", wish


@given(muddles())
def test_law_6_a_held_event_writes_nothing_but_what_is_taken_back(world: World) -> None:
    weighed = world.weigh()
    if weighed.hold:
        about = [(wish, wish.form) for wish in world.wishes if wish.form is not None and wish.form.consent]
        taken = {wish.field for wish, form in about if wish.change == "remove" or refused(form, [wish])}
        assert changed(world, weighed.after) <= taken | {"black_list"}


@st.composite
def unlisted(draw: st.DrawFn) -> tuple[World, dict[str, Any], tuple[str, ...]]:
    """A world, its contact read without one of its lists, and the lists that the space was proved to leave out; or all
    of them are, and something unreadable is in the list's place."""
    world = draw(worlds())
    missing = draw(st.sampled_from(LISTS))
    spelt = (missing, {"custom_fields": "customfields", "action_ids": "actions_ids"}.get(missing))
    read = {key: value for key, value in world.read.items() if key not in spelt}
    if draw(st.booleans()):
        empty = draw(st.sampled_from(NO_LIST))
        proved = tuple(name for name in LISTS if name != missing)
        return world, read if empty == "absent" else {**read, missing: empty}, proved
    broken = draw(st.sampled_from(("text", 7, True, 0.5, {"a": 1}, ["x", 7], [None], [{}], [["x"]])))
    nearly = {"tags": ("x",), "notes": ({"a": 1},), "action_ids": ()}.get(missing, ())
    return world, {**read, missing: ["x", {}] if broken in nearly or broken == ["x", 7] else broken}, LISTS


@given(unlisted())
def test_law_10_a_read_without_one_of_its_lists_is_never_written(
    found: tuple[World, dict[str, Any], tuple[str, ...]],
) -> None:
    world, read, proved = found
    with pytest.raises(Held) as held:
        world.weigh(read, proved)
    assert held.value.reason == "shape_unproved"


@given(worlds(), st.sampled_from((None, "", "  ", "absent")))
def test_law_10_a_read_that_says_of_nobody_who_it_is_is_no_contact(world: World, blank: str | None) -> None:
    read = {name: value for name, value in world.read.items() if name not in WHO}
    with pytest.raises(Held, match="shape_unproved"):
        world.weigh(read if blank == "absent" else {**read, **dict.fromkeys(WHO, blank)})


NESTED = st.sampled_from(({}, [], {"String": "x", "Valid": True}, ["Brest"], {"value": "Brest"}))


@given(worlds(), st.sampled_from((*SCALARS, *(f"address.{part}" for part in oracle.PARTS), "address")), NESTED)
def test_law_10_what_is_nested_is_never_written(world: World, name: str, nested: Any) -> None:
    name, _, part = name.partition(".")
    address = world.read.get("address") or {}
    odd = {**address, part: nested} if part else [nested] if name == "address" else nested
    with pytest.raises(Held, match="shape_unproved"):
        world.weigh({**world.read, name: odd})


@given(worlds(), st.sampled_from(("yes", "oui", "t", "Y", "on", "vrai", "2", -1, 1.0, [], {}, {"Bool": True}, "null")))
def test_law_7_an_odd_black_list_is_never_read_as_false(world: World, said: Any) -> None:
    with pytest.raises(Held, match="shape_unproved"):
        world.weigh({**world.read, "black_list": said})


@st.composite
def untold(draw: st.DrawFn) -> tuple[World, dict[str, Any]]:
    """A world, and its contact with an entry whose form or refvalue cannot be told, or that may be deleted or not."""
    world = draw(worlds())
    stray = {"form_id": 9991, "form_ref_id": 99, "data": "x"}
    odd: dict[str, tuple[Any, ...]] = {
        "form_id": (None, "", 0, "x", True, 7.5, [700]),
        "form_ref_id": (None, "", 0, "x", True, {}),
        "data": ([], {"a": 1}, True),
        "date": ("hier", 0, {}, [], 1736078400),
        "deleted_at": ("hier", [], {}, "null"),
    }
    entries = [{**stray, key: value} for key, values in odd.items() for value in values]
    entries += [
        {"form_id": form.id, "data": data}
        for form in world.forms
        for data in ("Ailleurs", "", None, "Porte-à-porte")
        if not form.free
    ]
    array = draw(st.sampled_from(("formdatas", "custom_fields")))
    read = {key: value for key, value in world.read.items() if key not in (array, "customfields")}
    return world, {**read, array: [draw(st.sampled_from(entries))]}


@given(untold())
def test_law_4_an_entry_that_cannot_be_told_is_never_written(found: tuple[World, dict[str, Any]]) -> None:
    world, read = found
    with pytest.raises(Held, match="shape_unproved"):
        world.weigh(read)


@given(worlds(black=False))
def test_law_10_a_new_number_resets_its_flag_and_nothing_else_does(world: World) -> None:
    weighed = world.weigh()
    reset = 0
    for number in ("phone", "mobile"):
        was, now = oracle.scalars(world.read).get(number), weighed.after.get(number)
        moved = (was and oracle.phone(was, REGION)) != (now and oracle.phone(now, REGION))
        flag = oracle.scalars(world.read).get(f"{number}_invalid")
        reset += bool(moved and flag)
        assert weighed.after.get(f"{number}_invalid") == (False if moved and flag else flag)
    assert len([note for note in weighed.report["notes"] if note["code"] == "phone_flag_reset"]) == reset


@given(worlds(), st.sampled_from((0, 1, 1000, 1000.0, 75011, 123456, "1000", "B-1000", "2A004")), st.data())
def test_law_10_only_a_french_number_gets_its_zeros_back(world: World, said: Any, data: st.DataObject) -> None:
    country = data.draw(st.sampled_from(("France", "FRANCE", "fr", "Belgique", "BE", "", "  ", None)))
    read = {**world.read, "address": {"postalcode": said, "country": country, **dict.fromkeys(NUMBERS[:1], 4)}}
    expected = str(said).removesuffix(".0")
    if not isinstance(said, str) and oracle.french((country or "").strip(), REGION):
        expected = expected.zfill(5)
    before = world.weigh(read).before["address"]
    assert (before["postalcode"], before["housenumber"]) == (expected, "4")
