"""From answers to changes: what is found, converted, chosen, refused, held; and who the event is about."""

from dataclasses import replace

import pytest

from bridge.hooks.hook import Hook
from bridge.mapping.compile import compile_hook, passes, who_is_it
from bridge.model import Answer, Change, Changes, Note, Record, Submission, Value
from bridge.qomon.catalogue import Catalogue
from bridge.sources import identities
from bridge.sources.kit.source import submission as assembled
from schemas.codes import Kind
from tests.support.sample_hook import CATALOGUE, HEAD, answer, hook, submission

AIDE = 'from: "Aide ?", to: custom_fields.Disponibilités'
LETTRE = "from: Lettre, to: formdatas.Consentement"


def changes(rule: str, *answers: Answer, kind: Kind = "submitted", catalogue: Catalogue = CATALOGUE) -> Changes:
    return compile_hook(hook(rule), catalogue, "FR").changes(submission(*answers, kind=kind))


def wanted(made: Changes) -> list[tuple[str, str, tuple[object, ...]]]:
    return [(change.target.field, change.op, change.values) for change in made.wanted]


def statuses(made: Changes) -> list[str]:
    return [line.status for line in made.answers]


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("{from: Q, to: firstname, as: name, change: fill}", " Zoé ", ("firstname", "fill", ("Zoé",))),
        ("{from: Q, to: mail}", "Zoe@example.org", ("mail", "set", ("Zoe@example.org",))),
        ("{from: Q, to: mobile}", "06 39 98 01 42", ("mobile", "set", ("+33639980142",))),
        ("{from: Q, to: address.postalcode}", "01000", ("address.postalcode", "set", ("01000",))),
        ("{from: Q, to: birthdate, as: {date: DD/MM/YYYY}}", "1/2/1990",
         ("birthdate", "set", ("1990-02-01T00:00:00.000Z",))),
        ("{from: Q, to: gender, values: {Madame: F}}", "madame", ("gender", "set", ("F",))),
        ("{from: Q, to: gender, as: gender}", "Madame", ("gender", "set", ("F",))),
        ("{from: Q, to: address.country, as: country}", "FRA", ("address.country", "set", ("France",))),
        ("{from: Q, to: nationality, as: country, change: fill}", "Belgium", ("nationality", "fill", ("BE",))),
        ("{from: Q, to: black_list}", "oui", ("black_list", "set", (True,))),
        ("{from: Q, to: tags}", ("a", "b"), ("tags", "add", ("a", "b"))),
        ("{from: Q, to: tags, values: {true: amis, false: nothing}}", True, ("tags", "add", ("amis",))),
        ("{from: Q, to: custom_fields.Métier}", "Soudeuse", ("custom_fields.830", "set", ((8301, "Soudeuse"),))),
        ("{from: Q, to: custom_fields.Enfants}", "3", ("custom_fields.840", "set", ((8401, "3"),))),
        ("{from: Q, to: custom_fields.850}", "2026-03-02",
         ("custom_fields.850", "set", ((8501, "2026-03-02T00:00:00.000Z"),))),
        ("{from: Q, to: formdatas.soutien}", "Sympathisant", ("formdatas.720", "set", ((7201, "supporter"),))),
        ("{from: Q, to: custom_fields.Disponibilités}", ("door", "TRACTAGE"),
         ("custom_fields.820", "add", ((8201, "door"), (8202, "leaflets")))),
        ("{from: Q, to: formdatas.Consentement, as: bool, values: {true: consent_sms, false: nothing}}", "Oui",
         ("formdatas.710", "add", ((7102, "consent_sms"),))),
        ("{from: Q, to: custom_fields.Disponibilités, change: clear}", ("door",),
         ("custom_fields.820", "replace", ((8201, "door"),))),
    ],
)  # fmt: skip
def test_an_answer_becomes_what_qomon_stores(rule: str, value: Value, expected: tuple[object, ...]) -> None:
    made = changes(rule, answer("Q", value))
    assert (wanted(made), statuses(made), made.hold) == ([expected], ["mapped"], None)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("{from: Q, to: birthdate, as: {date: DD/MM/YYYY}}", "31/02/1990"),
        ("{from: Q, to: mobile}", "06 39 AB 01 42"),
        ("{from: Q, to: mail}", "zoe"),
        ("{from: Q, to: custom_fields.Enfants}", "2,5"),
        ("{from: Q, to: formdatas.Soutien}", ("supporter", "refusal")),
        ("{from: Q, to: gender, values: {Madame: F, Monsieur: M}}", ("Madame", "Monsieur")),
        ("{from: Q, to: gender, as: gender}", "Ne souhaite pas répondre"),
        ("{from: Q, to: address.country, as: country}", "Atlantide"),
    ],
)
def test_a_bad_value_is_a_note_and_holds_nothing(rule: str, value: Value) -> None:
    made = changes(rule, answer("Q", value))
    assert (wanted(made), statuses(made), made.hold) == ([], ["invalid"], None)
    assert made.notes == (Note("bad_value", "k_Q", 1),)


def test_good_answers_cross_beside_a_bad_one() -> None:
    mapper = compile_hook(hook("{from: A, to: mail}", "{from: B, to: mobile}"), CATALOGUE, "FR")
    made = mapper.changes(submission(answer("A", "zoe@example.org"), answer("B", "abc")))
    assert (statuses(made), [change.rule for change in made.wanted]) == (["mapped", "invalid"], [1])


@pytest.mark.parametrize("value", [None, "", "  ", (), ("",), {"city": ""}, "\x00"])
@pytest.mark.parametrize(
    "to", ["firstname", "tags", "custom_fields.Métier", "formdatas.Soutien", "custom_fields.Nulle part"]
)
def test_an_empty_answer_keeps_what_is_stored(to: str, value: Value) -> None:
    made = changes(f"{{from: Q, to: {to}}}", answer("Q", value))
    assert (wanted(made), statuses(made), made.hold, made.rules) == ([], ["empty"], None, {1: "used"})


@pytest.mark.parametrize(("to", "field"), [("mail", "mail"), ("tags", "tags"), ("formdatas.Soutien", "formdatas.720")])
def test_only_clear_lets_an_empty_answer_clear(to: str, field: str) -> None:
    rule = f"{{from: Q, to: {to}, change: clear}}"
    assert wanted(changes(rule, answer("Q", ""))) == [(field, "clear", ())]
    assert changes(rule) == Changes((), (), {1: "not_seen"})


@pytest.mark.parametrize(
    ("rule", "value", "reason"),
    [
        ("{from: Q, to: custom_fields.Métiers}", "Soudeuse", "unknown_field"),
        ("{from: Q, to: custom_fields.Double}", "x", "unknown_field"),
        ("{from: Q, to: custom_fields.Notes libres}", "x", "unknown_field"),
        ("{from: Q, to: custom_fields.Carte}", "x", "unknown_field"),
        ("{from: Q, to: custom_fields.Nulle part, change: clear}", "", "unknown_field"),
        ("{from: Q, to: formdatas.Consentement, change: replace}", "E-mail", "unknown_field"),
        ("{from: Q, to: formdatas.Soutien}", "Peut-être", "unknown_choice"),
        ("{from: Q, to: custom_fields.Disponibilités, otherwise: skip}", "Autre", "unknown_choice"),
        ("{from: Q, to: formdatas.Soutien, values: {Oui: yes}, otherwise: skip}", "Oui", "unknown_choice"),
        ("{from: Q, to: gender, values: {Madame: F}}", "Autre", "unknown_choice"),
    ],
)
def test_what_qomon_cannot_place_is_held_and_never_sent(rule: str, value: Value, reason: str) -> None:
    made = changes(rule, answer("Q", value))
    assert (wanted(made), statuses(made), made.hold) == ([], ["held"], reason)


def test_a_constant_that_is_no_choice_holds_without_an_answer() -> None:
    made = changes("{value: neutral, to: formdatas.Soutien}")
    assert (made.hold, made.answers, made.notes) == ("unknown_choice", (), (Note("not_a_choice", None, 1),))


def test_an_unknown_choice_holds_the_event_and_the_known_ones_stay_wanted() -> None:
    made = changes(f"{{{AIDE}}}", answer("Aide ?", ("Porte-à-porte", "Traduire en breton")))
    assert wanted(made) == [("custom_fields.820", "add", ((8201, "door"),))]
    assert (statuses(made), made.hold) == (["held"], "unknown_choice")
    assert made.notes == (Note("not_a_choice", "k_Aide ?", 1),)


def test_otherwise_skip_leaves_out_an_answer_outside_the_list_and_says_so() -> None:
    made = changes(f"{{{AIDE}, otherwise: skip}}", answer("Aide ?", ("Tractage", "Autre chose")))
    assert wanted(made) == [("custom_fields.820", "add", ((8202, "leaflets"),))]
    assert (statuses(made), made.hold, made.notes) == (["mapped"], None, (Note("not_a_choice", "k_Aide ?", 1),))


def test_replace_is_not_wanted_with_half_of_its_list() -> None:
    made = changes(f"{{{AIDE}, change: replace}}", answer("Aide ?", ("Tractage", "Autre chose")))
    assert (wanted(made), made.hold) == ([], "unknown_choice")


def test_nothing_in_the_values_is_decided_and_not_sent() -> None:
    made = changes(f"{{{LETTRE}, values: {{Oui: consent_email, Non: nothing}}}}", answer("Lettre", "non"))
    assert (wanted(made), statuses(made), made.notes, made.hold) == ([], ["not_sent"], (), None)


def test_a_no_to_do_not_contact_is_not_sent() -> None:
    made = changes("{from: Q, to: black_list}", answer("Q", False))
    assert (wanted(made), statuses(made)) == ([], ["not_sent"])


@pytest.mark.parametrize("source", ["q1", "ref_1", "Métier ?", "METIER ?", "Q1"])
def test_a_question_is_found_by_key_alias_or_label_and_then_folded(source: str) -> None:
    made = changes(f'{{from: "{source}", to: firstname}}', Answer("q1", "Métier ?", "text", "x", ("ref_1",)))
    assert statuses(made) == ["mapped"]


def test_an_exact_name_wins_over_a_folded_one() -> None:
    made = changes("{from: Nom, to: surname}", answer("nom", "a"), answer("Nom", "b"))
    assert (wanted(made), statuses(made)) == ([("surname", "set", ("b",))], ["unmapped", "mapped"])


def test_two_questions_with_one_label_are_refused_and_never_guessed() -> None:
    made = changes("{from: Nom, to: surname}", answer("Nom", "a", key="q1"), answer("Nom", "b", key="q2"))
    assert (wanted(made), statuses(made)) == ([], ["invalid", "invalid"])
    assert (made.notes, made.hold) == ((Note("bad_value", "q1", 1), Note("bad_value", "q2", 1)), None)


def test_a_part_of_an_address_is_named_after_a_dot() -> None:
    place = answer("Adresse", {"street": "2, rue Basse", "city": "Quimper"}, "address")
    assert wanted(changes("{from: Adresse.City, to: address.city}", place)) == [("address.city", "set", ("Quimper",))]
    assert statuses(changes("{from: Adresse.zip, to: address.postalcode}", place)) == ["empty"]


def test_one_answer_may_feed_several_rules() -> None:
    mapper = compile_hook(hook("{from: A, to: mail}", "{from: A, to: tags}", "{from: B, to: nothing}"), CATALOGUE, "FR")
    made = mapper.changes(submission(answer("A", "zoe@example.org"), answer("B", "x"), answer("C", "y")))
    lines = [(line.label, line.status, line.to) for line in made.answers]
    assert lines == [
        ("A", "mapped", "mail"),
        ("A", "mapped", "tags"),
        ("B", "not_sent", "nothing"),
        ("C", "unmapped", None),
    ]


@pytest.mark.parametrize(
    ("when", "kind", "status"),
    [
        ("", "submitted", "used"),
        ("", "subscribed", "used"),
        ("", "unsubscribed", "not_applicable"),
        ("", "test", "not_applicable"),
        (", when: {kind: unsubscribed}", "unsubscribed", "used"),
        (", when: {kind: [unsubscribed, deleted]}", "submitted", "not_applicable"),
    ],
)
def test_a_rule_runs_for_its_kinds_only(when: str, kind: Kind, status: str) -> None:
    made = changes(f"{{from: Q, to: firstname{when}}}", answer("Q", "Zoé"), kind=kind)
    assert (made.rules[1], len(made.wanted)) == (status, int(status == "used"))
    assert statuses(made) == ["mapped" if status == "used" else "not_sent"]


def test_an_unsubscription_takes_a_consent_back() -> None:
    rule = "{when: {kind: unsubscribed}, to: formdatas.Consentement, value: consent_email, change: remove}"
    assert wanted(changes(rule, kind="unsubscribed")) == [("formdatas.710", "remove", ((7101, "consent_email"),))]


def test_a_pinned_form_wins_over_its_label_and_holds_when_it_left() -> None:
    said = hook("{from: Q, to: custom_fields.Double}")
    for form_id, hold in ((881, None), (999, "unknown_field")):
        pinned = replace(said, rules=(replace(said.rules[0], form_id=form_id),))
        made = compile_hook(pinned, CATALOGUE, "FR").changes(submission(answer("Q", "x")))
        assert made.hold == hold


def about(*rules: str, said: Submission) -> dict[str, str]:
    return dict(who_is_it(hook(*rules), said).identities)


@pytest.mark.parametrize("kind", ["submitted", "unsubscribed"])
def test_identities_come_from_the_rules_for_every_kind_of_event(kind: Kind) -> None:
    said = submission(answer("M", " Zoe@Example.org "), answer("T", "06 39 98 01 42"), answer("N", "42"), kind=kind)
    found = about("{from: M, to: mail}", "{from: T, to: phone}", "{from: N, to: id}", said=said)
    assert found == {"id": "42", "mail": "zoe@example.org", "phone": "+33639980142"}


@pytest.mark.parametrize("value", ["", "zoe", ("zoe@example.org", "ada@example.org"), None])
def test_a_bad_identity_is_none_and_the_tools_own_does_not_step_in(value: Value) -> None:
    said = Submission("e", None, "submitted", (answer("M", value),), {"mail": "ada@example.org"})
    assert about("{from: M, to: mail}", said=said) == {}


def test_without_identity_rules_the_tools_typed_answers_count() -> None:
    said = Submission("e", None, "submitted", (), {"mail": "Zoe@example.org", "mobile": "06 39 98 01 42"})
    assert about("{value: x, to: tags}", said=said) == {"mail": "zoe@example.org", "mobile": "+33639980142"}


def test_names_are_as_written() -> None:
    said = submission(answer("P", " Zoé "), answer("N", "LE GOFF"))
    found = who_is_it(hook("{from: P, to: firstname, change: fill}", "{from: N, to: surname}"), said)
    assert (found.firstname, found.surname) == ("Zoé", "LE GOFF")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((answer("Pays", "france "),), True),
        ((answer("Pays", ("Belgique", "France")),), True),
        ((answer("Pays", "Suisse"),), False),
        ((answer("Pays", ""),), False),
        ((answer("Pays", "France", key="a"), answer("Pays", "France", key="b")), False),
        ((), False),
    ],
)
def test_only_lets_through_what_it_names(answers: tuple[Answer, ...], expected: bool) -> None:  # noqa: FBT001
    said = hook("{value: x, to: tags}", head=HEAD.replace("mode:", "only: {answer: Pays, is: [France]}\nmode:"))
    assert passes(said, submission(*answers)) is expected


def test_a_rule_follows_its_question_by_the_pinned_key_whatever_it_is_called_now() -> None:
    made = hook("{from: Téléphone, to: mobile}")
    pinned = replace(made, rules=tuple(replace(rule, key="q1") for rule in made.rules))
    renamed = submission(
        answer("Portable", "06 39 98 01 42", key="q1"), answer("Téléphone", "06 39 98 01 43", key="q2")
    )
    rebuilt = submission(answer("Téléphone", "06 39 98 01 43", key="q7"))

    found = [wanted(compile_hook(pinned, CATALOGUE, "FR").changes(said)) for said in (renamed, rebuilt)]
    assert found == [[("mobile", "set", ("+33639980142",))], [("mobile", "set", ("+33639980143",))]]


@pytest.mark.parametrize(
    ("rule", "answers", "read"),
    [
        ("{from: Pays, to: address.country, as: country}", (answer("Pays", "Belgique"),), "+32470005921"),
        ("{from: Pays, to: address.country, as: country}", (answer("Pays", "BEL"),), "+32470005921"),
        ("{from: Pays, to: address.country, as: country}", (answer("Pays", ""),), "+33470005921"),
        ("{from: Pays, to: address.country, as: country}", (answer("Pays", "par là"),), "+33470005921"),
        ("{from: Pays, to: address.country, values: {b: Belgique}}", (answer("Pays", "B"),), "+32470005921"),
        ("{value: Belgique, to: address.country}", (), "+32470005921"),
        ("{from: Pays, to: tags}", (answer("Pays", "Belgique"),), "+33470005921"),
        (
            "{from: A, to: nothing}",
            (Answer("A", "A", "address", {"city": "Mons", "country": "Belgium"}),),
            "+32470005921",
        ),
        (
            "{from: A, to: nothing}",
            tuple(Answer(key, key, "address", {"country": key}) for key in ("BE", "CH")),
            "+33470005921",
        ),
    ],
)
def test_a_national_number_is_read_by_the_country_that_the_submission_says(
    rule: str, answers: tuple[Answer, ...], read: str
) -> None:
    """For finding and for writing alike; two countries say none."""
    this, said = hook(rule, "{from: T, to: mobile}"), submission(answer("T", "0470 00 59 21"), *answers)
    (written,) = [one.values for one in mapped(said, this) if one.target.field == "mobile"]
    assert who_is_it(this, said).identities == {"mobile": read}
    assert written == (read,)


def mapped(said: Submission, this: Hook) -> tuple[Change, ...]:
    return compile_hook(this, CATALOGUE, this.region).changes(said).wanted


def test_a_national_number_that_a_tool_types_is_a_mobile_where_it_is_one() -> None:
    said = submission(Answer("t", "T", "phone", "06 39 98 01 42"))
    assert who_is_it(
        hook("{from: t, to: nothing}"), replace(said, identities={"phone": "06 39 98 01 42"})
    ).identities == {"mobile": "+33639980142"}
    landline = replace(said, identities={"phone": "01 99 00 12 34"})
    assert who_is_it(hook("{from: t, to: nothing}"), landline).identities == {"phone": "+33199001234"}


@pytest.mark.parametrize(("countries", "read"), [(("Belgique",), "+32470005921"), (("BE", "CH"), "+33470005921")])
def test_what_flask_read_shows_of_a_number_is_what_finds(countries: tuple[str, ...], read: str) -> None:
    addresses = [Answer(name, name, "address", {"city": "X", "country": name}) for name in countries]
    said = (Answer("t", "T", "phone", "0470 00 59 21"), *addresses)
    shown = identities(said, "FR")
    assert list(shown.values()) == [read]
    assert who_is_it(hook("{from: T, to: nothing}"), assembled(Record({}), None, said)).identities == shown
