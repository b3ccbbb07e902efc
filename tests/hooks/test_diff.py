"""What differs between two versions of a hook, in words."""

from bridge.hooks.diff import differences
from tests.support.sample_hook import HEAD, hook

MAIL, CODE = "{from: M, to: mail}", "{from: Code postal, to: address.postalcode}"


def test_rules_added_removed_and_changed_are_named_by_their_question_and_place() -> None:
    old = hook(MAIL, "{from: T, to: mobile}", "{from: P, to: firstname}")
    new = hook(MAIL, CODE, "{from: P, to: firstname, change: fill, as: name}")

    assert differences(old, new) == [
        "T → mobile removed",
        "Code postal → address.postalcode added",
        "P → firstname: as: not said → name",
        "P → firstname: change: not said → fill",
    ]


def test_a_table_is_told_choice_by_choice() -> None:
    rule = "{{from: A, to: custom_fields.Disponibilités, values: {{{}}}}}"
    old, new = hook(rule.format("X: door, Y: host")), hook(rule.format("X: leaflets, Z: host"))

    assert [line.partition(": ")[2] for line in differences(old, new)] == [
        "X: door → leaflets",
        "Y: host → not listed",
        "Z: not listed → host",
    ]


def test_the_head_is_told_and_of_a_secret_its_variable() -> None:
    old = hook(MAIL)
    new = hook(MAIL, head=HEAD.replace("live", "preview").replace("address: keep", "address: hold, missing: create"))
    keyed = hook(MAIL, head=HEAD.replace("$TALLY_SECRET", "$OLD_SECRET"))

    assert differences(old, new) == ["mode: live → preview", "missing: hold → create", "address: keep → hold"]
    assert (differences(old, keyed), differences(old, old)) == (["secret: $TALLY_SECRET → $OLD_SECRET"], [])


def test_a_name_is_told() -> None:
    old = hook(MAIL)
    new = hook(MAIL, head=HEAD.replace("benevoles", "autre"))

    assert differences(old, new) == ["hook: benevoles → autre"]
