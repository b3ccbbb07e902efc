"""A rule with two targets: one number in the file and in the report, and its answer shows both."""

from pathlib import Path

import pytest

from bridge.errors import Faults
from bridge.mapping.compile import Mapper, compile_hook, who_is_it
from bridge.model import Answer, Changes, Note, Value
from tests.support.json_hook import ESSAI, crossed, plain_house, said
from tests.support.sample_hook import CATALOGUE, answer, hook, submission

WHOLE = "{from: Nom, to: [firstname, surname], as: split_name}"


def mapper(*rules: str) -> Mapper:
    return compile_hook(hook(*rules), CATALOGUE, "FR")


def made(value: Value, rule: str = WHOLE) -> Changes:
    return mapper("{from: M, to: mail}", rule).changes(submission(answer("Nom", value)))


def wanted(changes: Changes) -> list[tuple[str, str, tuple[object, ...]]]:
    return [(change.target.field, change.op, change.values) for change in changes.wanted]


def lines(changes: Changes) -> list[tuple[str, str, str | None, object]]:
    return [(line.label, line.status, line.to, line.sent) for line in changes.answers]


def test_a_whole_name_goes_to_both_fields_under_one_number() -> None:
    changes = made("Anne Marie de la Tour")
    assert wanted(changes) == [("firstname", "set", ("Anne Marie",)), ("surname", "set", ("de la Tour",))]
    assert lines(changes) == [
        ("Nom", "mapped", "firstname", "Anne Marie"),
        ("Nom", "mapped", "surname", "de la Tour"),
    ]
    assert (changes.rules, {change.rule for change in changes.wanted}) == ({1: "not_seen", 2: "used"}, {2})


def test_one_word_leaves_the_surname_alone_even_with_clear() -> None:
    for rule in (WHOLE, WHOLE.replace("}", ", change: clear}")):
        changes = made("Zoé", rule)
        assert wanted(changes) == [("firstname", "set", ("Zoé",))]
        assert [line[1] for line in lines(changes)] == ["mapped", "empty"]


def test_an_unclear_name_is_noted_once_and_nothing_is_sent() -> None:
    changes = made("Marie et Jean Dupont")
    assert (wanted(changes), [line[1] for line in lines(changes)]) == ([], ["invalid", "invalid"])
    assert (changes.notes, changes.hold) == ((Note("bad_value", "k_Nom", 2),), None)


def test_an_empty_name_clears_both_only_where_the_rule_says_so() -> None:
    assert wanted(made("")) == []
    both = [("firstname", "clear", ()), ("surname", "clear", ())]
    assert wanted(made("", WHOLE.replace("}", ", change: clear}"))) == both


def test_another_rule_for_one_of_the_two_is_refused() -> None:
    with pytest.raises(Faults, match="`surname` holds one value, and rule 1 writes it already"):
        hook(WHOLE, "{from: N, to: surname}")


def test_who_it_is_about_has_both_names_of_the_split() -> None:
    rules = ("{from: M, to: mail}", WHOLE)
    for value, names in {
        "LEFÈVRE Zoé": ("Zoé", "LEFÈVRE"),
        "Zoé": ("Zoé", ""),
        "Le Goff Anne": ("", ""),
        "": ("", ""),
    }.items():
        found = who_is_it(hook(*rules), submission(Answer("m", "M", "mail", "z@example.org"), answer("Nom", value)))
        assert (found.firstname, found.surname) == names


def test_the_report_has_a_line_for_each_name_and_somebody_else_is_still_held(tmp_path: Path) -> None:
    apart = (
        "{from: prenom, to: firstname, as: name, change: fill}\n  - {from: nom, to: surname, as: name, change: fill}"
    )
    whole = "{from: qui, to: [firstname, surname], as: split_name, change: fill}"
    house = plain_house(tmp_path, ESSAI.replace(apart, whole))
    zoe = crossed(house, qui="LEFÈVRE-BRÛLÉ Zoé", mail="zoe.lefevre@example.org", metier="Soudeuse")
    assert said(zoe) == ("delivered", None)
    assert [(line["to"], line["status"], line["sent"]) for line in zoe["answers"] if line["key"] == "qui"] == [
        ("firstname", "kept", "Zoé"),
        ("surname", "kept", "LEFÈVRE-BRÛLÉ"),
    ]
    other = crossed(house, qui="DUPONT Karim", mail="zoe.lefevre@example.org")
    assert said(other) == ("held", "other_person")
