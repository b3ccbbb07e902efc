"""docs/laws.md 12, as far as it is weighed: an event's write taken back gives the contact before, field by field; what
somebody changed since stays, no consent is given again, and "do not contact" is never lifted.
"""

from collections.abc import Hashable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.crossing.plan import Effect
from bridge.merge.precedence import History, Key, Mark, Stamp
from bridge.merge.restore import Written, placed
from bridge.qomon import compare
from schemas.words import refuses
from tests.support.answer_tables import REGION
from tests.support.worlds import World, worlds

STAMP = Stamp(1_000, 1)
OLDER = Stamp(500, 7)
ELSE = {"tags": [{"name": "Quelqu'un"}], "birthdate": "1931-05-05T00:00:00.000Z", "mobile": "+33639980177"}


def taken_back(world: World, weighed: Effect, body: Mapping[str, Any], **was: list[Any]) -> Effect:
    """The write, taken back from what the contact holds now. `was`: the marks of fields before it."""
    inverse = {name: {**one, "was": was.get(name, [])} for name, one in weighed.inverse.items()}
    written = Written("origin", STAMP, 2_000, inverse)
    marks: dict[Key, Mark] = {key: Mark(STAMP, one.sent, one.read) for key, one in weighed.made.items()}
    shown = compare.facets(body, REGION)
    return world.plan().put_back(dict(body), written, world.started(), History(marks), shown, weighed.log, str)


def consents(world: World) -> set[str]:
    return {f"{form.array}.{form.id}" for form in world.catalogue.forms.values() if form.consent}


def saying_yes(world: World, body: Mapping[str, Any], name: str) -> set[Hashable]:
    """The choices of a consent but for those that say no."""
    labels = {choice.id: choice.label for form in world.catalogue.forms.values() for choice in form.choices}
    held = part(body, name)
    return {
        one["form_ref_id"] for one in held if not any(map(refuses, (one["data"], labels.get(one["form_ref_id"], ""))))
    }


def part(body: Mapping[str, Any], name: str) -> Any:
    """What a field holds; lists in any order."""
    held = compare.part(body, name)
    listed = name.partition(".")[0] in ("formdatas", "custom_fields", "tags")
    return sorted(held or [], key=repr) if listed else held


@given(worlds(sound=False))
def test_law_12_a_write_that_is_taken_back_leaves_the_contact_before(world: World) -> None:
    weighed = world.weigh()
    back = taken_back(world, weighed, weighed.after, **{name: [["", *OLDER]] for name in weighed.changed})
    aside = consents(world) | {"black_list"}
    before, after = weighed.facets[0], back.facets[1]
    differs = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert differs <= aside & set(weighed.changed)
    for name in set(weighed.changed) - aside:
        assert part(back.after, name) == part(weighed.before, name), "to the date and the spelling"
    untouched = {name for name in weighed.after if name not in {one.partition(".")[0] for one in weighed.changed}}
    assert {name: back.after[name] for name in untouched} == {name: weighed.after[name] for name in untouched}

    assert back.after["black_list"] == weighed.after["black_list"]
    for name in consents(world):
        held, left = ({one["form_ref_id"] for one in part(body, name)} for body in (weighed.after, back.after))
        yes = saying_yes(world, weighed.after, name)
        assert saying_yes(world, back.after, name) <= yes, "no consent is given again"
        assert held - left <= yes, "no refusal is taken back"
    assert {one["why"] for one in back.report["left"]} <= {"consent", "do_not_contact"}

    assert STAMP not in {mark.stamp for mark in back.made.values()}, "what comes again is not older than this"
    assert {mark.stamp for (_name, element), mark in back.made.items() if not element} <= {OLDER}
    again = taken_back(world, weighed, back.after)
    assert again.facets[1] == back.facets[1], "twice changes nothing more"


@given(worlds(black=False), st.data())
def test_law_12_what_somebody_changed_since_stays_and_is_named(world: World, data: st.DataObject) -> None:
    weighed = world.weigh()
    single = [name for name in weighed.changed if "." not in name and name not in ("tags", "black_list")]
    theirs = data.draw(st.sets(st.sampled_from(single)) if single else st.just(set()))
    now = weighed.after
    for name in theirs:
        now = placed(now, name, ELSE.get(name, "Quelqu'un d'autre"))
    back = taken_back(world, weighed, now)
    named = {one["field"] for one in back.report["left"] if one["why"] == "changed_since"}
    flags = {f"{name}_invalid" for name in theirs}
    for name in single:
        kept = compare.part(back.after, name)
        assert kept == compare.part(now if name in theirs | flags else weighed.before, name)
    assert theirs <= named | {name for name in theirs if compare.part(now, name) == weighed.inverse[name]["after"]}
