"""Past submissions through two versions of a mapping: what the newer one would send otherwise."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.compile import compile_hook
from bridge.model import Answer, Submission
from bridge.operations.authoring.rehearsal import Version, rehearse
from tests.support.sample_hook import CATALOGUE
from tests.support.sample_hook import hook as hook_of

RULES = (
    "{from: mail, to: mail}",
    "{from: tel, to: mobile}",
    "{from: aide, to: custom_fields.Disponibilités}",
    "{from: code, to: address.postalcode}",
)


def version(*rules: str) -> Version:
    hook = hook_of(*rules)
    return Version(hook, compile_hook(hook, CATALOGUE, "FR"))


def said(number: int, **answers: object) -> tuple[str, Submission]:
    given = tuple(
        Answer(key, key, "choices" if isinstance(value, tuple) else "text", value)  # type: ignore[arg-type]
        for key, value in {"mail": f"zoe{number}@example.org", **answers}.items()
    )
    return f"event-{number}", Submission(f"k{number}", None, "submitted", given)


PAST = [
    said(1, tel="06 39 98 00 01", aide=("Tractage",)),
    said(2, tel="06 39 98 00 02", code="01000"),
    said(3, tel="", aide=("Porte-à-porte",)),
]


def counts(old: Version, new: Version) -> dict[str, dict[str, int]]:
    return {line.name: dict(line.counts) for line in rehearse(old, new, PAST).lines}


def test_a_version_tried_on_itself_changes_nothing() -> None:
    one = version(*RULES)
    tried = rehearse(one, one, PAST)

    assert (tried.submissions, tried.lost, tried.left_out, dict(tried.holds)) == (3, 0, 0, {})
    assert {kind for line in tried.lines for kind in line.counts} == {"same"}


def test_a_rule_taken_out_loses_each_answer_that_it_sent_and_no_empty_one() -> None:
    tried = rehearse(version(*RULES), version(RULES[0], *RULES[2:]), PAST)

    assert tried.lost == 2
    assert (tried.lines[0].name, dict(tried.lines[0].counts)) == ("mobile", {"lost": 2})
    assert tried.lines[0].events == ["event-1", "event-2"]


def test_a_rule_more_is_new_and_another_value_or_change_is_different() -> None:
    more = version(*RULES[:2], "{from: aide, to: custom_fields.Disponibilités, change: replace}", RULES[3])

    assert counts(version(*RULES[:2]), version(*RULES[:3]))["custom_fields.Disponibilités"] == {"new": 2}
    assert counts(version(*RULES), more)["custom_fields.Disponibilités"] == {"different": 2}


def test_what_only_the_new_version_holds_or_leaves_aside_is_counted() -> None:
    holds = version(RULES[0], "{from: aide, to: custom_fields.Disponibilités, values: {Tractage: leaflets}}")
    aside = version(*RULES)
    filtered = Version(replace(aside.hook, find=("id",)), aside.mapper)

    assert dict(rehearse(version(*RULES), holds, PAST).holds) == {"unknown_choice": 1}
    tried = rehearse(version(*RULES), filtered, PAST)
    assert (tried.left_out, tried.lost) == (3, 8)


@given(st.sets(st.sampled_from(RULES[1:])), st.sets(st.sampled_from(RULES[1:])))
def test_what_is_lost_one_way_is_new_the_other_way(before: set[str], after: set[str]) -> None:
    old, new = (version(RULES[0], *sorted(rules)) for rules in (before, after))
    there, back = rehearse(old, new, PAST), rehearse(new, old, PAST)

    assert there.lost == sum(line.counts["new"] for line in back.lines)
    assert {line.name: line.counts["same"] for line in there.lines} == {
        line.name: line.counts["same"] for line in back.lines
    }
