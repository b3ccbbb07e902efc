"""Hook files: what they mean, every fault at once with its line, and what Qomon's catalogue adds to that."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Faults
from bridge.hooks.check import check, pin
from bridge.hooks.hook import Hook, parse
from bridge.mapping.rules import Only, Rule
from bridge.proofs.verify import Proof
from tests.support.sample_hook import CATALOGUE, HEAD, SECRETS, hook, written

SAMPLE = Path(__file__).parents[2] / "hooks" / "benevoles.yaml"


def faults(text: str) -> list[str]:
    with pytest.raises(Faults) as refused:
        parse(text, SECRETS.get, ["default"], ZoneInfo("Europe/Paris"))
    return refused.value.faults


def rule_faults(*rules: str, head: str = HEAD) -> list[str]:
    return faults(written(*rules, head=head))


def head_faults(line: str, replaced: str = "mode: live") -> list[str]:
    return faults(written("{from: M, to: mail}", head=HEAD.replace(replaced, line)))


def test_a_file_is_read_with_the_safe_defaults() -> None:
    said = hook("{from: Adresse e-mail, to: mail}")
    assert said == Hook(
        name="benevoles",
        address="",
        source="tally",
        proof=Proof("tally-v1", (SECRETS["TALLY_SECRET"],)),
        mode="live",
        wait=said.wait,
        space="default",
        timezone=ZoneInfo("Europe/Paris"),
        region="FR",
        only=None,
        find=("id", "mail", "mobile"),
        names="agree",
        missing="hold",
        address_policy="keep",
        rules=(Rule(1, "Adresse e-mail", "mail"),),
        answer="short",
        methods=("POST",),
        owner="git",
        text=said.text,
    )


def test_every_key_is_read() -> None:
    head = """\
hook: adhésions 2026
address: k3f9x2m7
source: form
proof: {scheme: basic, user: site, secret: [$TALLY_SECRET, $OLD_SECRET]}
mode: preview
wait: 500ms
timezone: America/Guadeloupe
region: GP
only: {answer: Pays, is: [France, Belgique]}
contact: {find: [mobile, mail], names: ignore, missing: create, address: replace}
answer: full
methods: [POST, GET]
owner: pages
fields:
"""
    rule = "{from: Né·e le, to: birthdate, as: {date: DD/MM/YYYY}, change: fill, when: {kind: [submitted, test]}}"
    said = hook(rule, "{from: M, to: mail}", head=head)
    assert said.proof == Proof("basic", (SECRETS["TALLY_SECRET"], SECRETS["OLD_SECRET"]), user="site")
    assert (said.address, said.wait, said.timezone.key) == ("k3f9x2m7", timedelta(seconds=0.5), "America/Guadeloupe")
    assert said.region == "GP"
    assert (said.only, said.find) == (Only("Pays", ("France", "Belgique")), ("mobile", "mail"))
    assert (said.answer, said.methods, said.owner) == ("full", ("POST", "GET"), "pages")
    kinds = frozenset({"submitted", "test"})
    assert said.rules[0] == Rule(1, "Né·e le", "birthdate", "date", "DD/MM/YYYY", "fill", kinds=kinds)  # type: ignore[arg-type]


def test_everything_is_text() -> None:
    said = hook("{value: 01000, to: address.postalcode}", "{from: Yes, to: tags, values: {No: Off, true: 1e3}}")
    assert [rule.constant for rule in said.rules] == ["01000", None]
    assert (said.rules[1].source, said.rules[1].values) == ("Yes", {"No": "Off", "true": "1e3"})


def test_the_sample_hook_is_right() -> None:
    said = parse(SAMPLE.read_text(encoding="utf-8"), SECRETS.get, ["default"])
    assert (said.address, said.wait, said.missing) == ("k3f9x2m7", timedelta(seconds=5), "create")
    assert (check(said, CATALOGUE), pin(said, CATALOGUE)) == ([], {7: 820, 8: 710})


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
hook: a
source: tallly
proof: {scheme: tally-v1, secret: $NOT_SET}
mode: live
mode: liv
contact: {find: []}
fields:
  - {from: a, too: mail}
  - {from: a, to: address.city}
  - {from: a, to: mial}
"""
    assert [fault.split(":")[0] for fault in faults(text)] == [
        "line 2",
        "line 3",
        "line 5",
        "line 6",
        "line 6",
        "line 8",
        "line 8",
        "line 10",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "mode: liv",
            "line 4: mode: `liv` is not known. Did you mean `live`? Known are capture, preview,",
        ),
        ("mode: live\napprove: 0", "line 5: approve: must be a number from 1 to 1000"),
        ("mode: approve\napprove: ten", "line 5: approve: must be a number from 1 to 1000"),
        ("mode:", "line 4: mode: has no value."),
        ("mode: [live]", "line 4: mode: must be one text"),
        ("mode: live\nmode: live", "line 5: `mode` stands here a second time (first in line 4)"),
        ("mode: live\nmod: live", "line 5: mod: is no key here. Did you mean `mode`?"),
        ("mode: live\nwait: 2", "line 5: wait: must be seconds"),
        ("mode: live\nwait: 60s", "line 5: wait: must be seconds"),
        ("mode: live\nspace: nord", "line 5: space: `nord` has no token: set QOMON_TOKEN__NORD."),
        ("mode: live\ntimezone: Paris", "line 5: timezone: is no time zone."),
        ("mode: live\nregion: France", "line 5: region: is no country in two capitals, such as FR."),
        ("mode: live\nregion: XX", "line 5: region: is no country in two capitals, such as FR."),
        ("mode: live\nmethods: [PUT]", "line 5: methods: `PUT` is not known."),
        ("mode: live\nonly: {answer: Pays}", "line 5: is: is missing."),
        ("mode: live\naddress: Bénévoles", "line 5: address: must be 4 to 64"),
        ("mode: live\nx: &a b", "line 5: Anchors"),
        ("mode: live\n---\nhook: b", "line 6: One file holds one hook."),
    ],
)
def test_a_fault_of_the_head_names_its_line_and_the_fix(line: str, said: str) -> None:
    assert [fault for fault in head_faults(line) if fault.startswith(said)]


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        ("{scheme: standard-webhooks, secret: $WHSEC}", "scheme: `standard-webhooks` is not available yet."),
        ("{scheme: tally-v2, secret: $TALLY_SECRET}", "scheme: `tally-v2` is not available yet. Did you mean"),
        ("{scheme: stripe-v2, secret: $TALLY_SECRET}", "scheme: `stripe-v2` is not available yet. Did you mean"),
        ("{scheme: tally-v1}", "secret: is missing: the scheme `tally-v1` needs it."),
        ("{scheme: header, secret: $TALLY_SECRET}", "header: is missing"),
        ("{scheme: basic, secret: $TALLY_SECRET}", "user: is missing"),
        ("{scheme: none, secret: $TALLY_SECRET}", "secret: has no effect"),
        ("{scheme: tally-v1, secret: $NOT_SET}", "secret: $NOT_SET is not set."),
        ("{scheme: none, secret: stored}", "secret: has no effect"),
        ("{scheme: tally-v1, secret: [stored, x], until: {stored: 2026-12-31}}", "until: names `stored`"),
        ("{scheme: tally-v1, secret: hunter2hunter2}", "secret: must not stand in the file."),
        ("{scheme: tally-v1, secret: $TALLY_SECRET, tolerance: 5m}", "tolerance: has no effect with"),
        ("{scheme: standard-webhooks-v1}", "secret: is missing"),
        ("{scheme: standard-webhooks-v1, secret: $TALLY_SECRET}", "secret: holds no key: it is `whsec_` and base64."),
        ("{scheme: standard-webhooks-v1, secret: $WHSEC, tolerance: 0}", "tolerance: must be seconds or"),
        ("{scheme: standard-webhooks-v1, secret: $WHSEC, tolerance: 2h}", "tolerance: must be"),
        ("{scheme: standard-webhooks-v1, secret: $WHSEC, header: X-Token}", "header: has no effect"),
    ],
)  # fmt: skip
def test_a_proof_that_would_not_hold_is_refused(proof: str, said: str) -> None:
    found = head_faults(f"proof: {proof}", "proof: {scheme: tally-v1, secret: $TALLY_SECRET}")
    assert [fault for fault in found if fault.startswith(f"line 3: {said}")]
    assert "hunter2" not in " ".join(found)


def test_a_signature_with_a_time_has_a_tolerance() -> None:
    whole = HEAD.replace("tally-v1, secret: $TALLY_SECRET", "standard-webhooks-v1, secret: [$WHSEC, $WHSEC_OLD]")
    secrets = (SECRETS["WHSEC"], SECRETS["WHSEC_OLD"])
    assert hook("{from: M, to: mail}", head=whole).proof == Proof("standard-webhooks-v1", secrets)
    for written_, span in {"90s": timedelta(seconds=90), "10m": timedelta(minutes=10)}.items():
        longer = whole.replace("_OLD]", f"_OLD], tolerance: {written_}")
        proof = Proof("standard-webhooks-v1", secrets, tolerance=span)
        assert hook("{from: M, to: mail}", head=longer).proof == proof


def test_a_hook_without_proof_says_so_and_shows_little() -> None:
    line = "proof: {scheme: tally-v1, secret: $TALLY_SECRET}"
    assert head_faults("wait: 1s", line)[0].startswith("line 1: proof: is missing")
    for none in ("proof: none", "proof: {scheme: none}"):
        assert hook("{from: M, to: mail}", head=HEAD.replace(line, none)).proof == Proof("none")
    assert head_faults("proof: none\nanswer: full", line)[0].startswith("line 4: answer: `full` needs a proof")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{to: mail}", "to: needs one of `from` (a question), `path` (into what the tool sent) and `value`"),
        ("{from: a, value: b, to: tags}", "to: needs one of"),
        ("{from: a, path: b, to: tags}", "to: needs one of"),
        ("{from: a}", "to: is missing."),
        ("{from: a, to: birthcity}", "to: `birthcity` is no field. Did you mean `birth_city`?"),
        ("{from: a, to: formdatas}", "to: `formdatas` is no field."),
        ("{from: a, to: notes}", "to: `notes` is no field."),
        ("{path: a., to: mail}", "path: is no JMESPath expression: it cannot be read after character 2."),
        ("{path: 'a[?b==`1`', to: mail}", "path: is no JMESPath expression"),
        ("{path: '*foo', to: mail}", "path: is no JMESPath expression"),
        ("{path: 'a || lower(b)', to: mail}", "path: calls `lower`, which is no function of JMESPath."),
        ("{path: 'join(a)', to: mail}", "path: calls `join` with 1 arguments instead of 2."),
        ("{path: 'merge()', to: mail}", "path: calls `merge` with 0 arguments instead of 1."),
        (f"{{path: {'a' * 301}, to: mail}}", "path: is too long"),
        (f"{{path: '{'(' * 299}a', to: mail}}", "path: is "),
        ("{path: [a], to: mail}", "path: must be one text"),
        ("{from: a, to: [firstname, surname]}", "as: `split_name` and `to: [firstname, surname]` go together."),
        ("{from: a, to: firstname, as: split_name}", "as: `split_name` and `to: [firstname, surname]` go together."),
        ("{from: a, to: [surname, firstname], as: split_name}", "to: takes a list only for names"),
        ("{from: a, to: [mail, mobile]}", "to: takes a list only for names"),
        ("{value: Zoé Lefèvre, to: [firstname, surname], as: split_name}", "as: is for answers."),
        ("{from: a, to: [firstname, surname], as: split_name, change: add}", "change: `add` does not fit `surname`."),
        ("{from: a, to: tags, as: country}", "as: `country` does not fit `tags`."),
        ("{from: a, to: birth_city, as: country}", "as: `country` does not fit `birth_city`."),
        ("{from: a, to: nationality, as: country, values: {Belge: BE}}", "values: does not go with `as: country`"),
        ("{from: a, to: firstname, as: gender}", "as: `gender` does not fit `firstname`."),
        ("{from: a, to: gender}", "to: `gender` needs `as: gender`, or `values`"),
        ("{from: a, to: birthdate, as: {date: jj/mm/aaaa}}", "as: takes a table only for dates"),
        ("{from: a, to: mail, as: phone}", "as: `phone` does not fit `mail`. Write mail."),
        ("{from: a, to: address.postalcode, as: number}", "as: `number` does not fit `address.postalcode`."),
        ("{from: a, to: mail, change: add}", "change: `add` does not fit `mail`. Write set, fill, clear."),
        ("{from: a, to: tags, change: set}", "change: `set` does not fit `tags`."),
        ("{from: a, to: mail, values: {a: b}}", "values: does not fit `mail`"),
        ("{from: a, to: firstname, otherwise: skip}", "otherwise: goes with `values`"),
        ("{from: a, to: tags, values: {Été: a, ete: b}}", "values: names one answer twice"),
        ("{from: a, to: tags, values: {a: [b]}}", "values: must be a table of texts"),
        ("{from: a, to: nothing, change: fill}", "change: does not go with `to: nothing`"),
        ("{from: a, to: id, as: number}", "as: does not go with `to: id`"),
        ("{value: a, to: nothing}", "value: is not sent anywhere."),
        ("{value: zoe@example.org, to: mail}", "value: would make everybody the same person"),
        ("{value: 31/02/1990, to: birthdate}", "value: does not fit `birthdate`"),
        ("{value: a, to: tags, as: text}", "as: is for answers."),
        ("{value: a, to: tags, change: clear}", "change: cannot be clear"),
        ("{value: false, to: black_list}", "value: may only be true"),
        ("{from: a, to: black_list, values: {Non: false}}", "values: may only be true"),
        ("{from: a, to: black_list, change: fill}", "change: `fill` does not fit"),
        ("{from: a, to: mail, when: {kind: submited}}", "kind: `submited` is not known. Did you mean `submitted`?"),
        ("{from: a, to: mail, when: submitted}", "when: must be a table"),
        ("mail", "rule 1: must be a table"),
    ],
)
def test_a_rule_that_makes_no_sense_names_its_line_and_the_fix(rule: str, said: str) -> None:
    assert [fault for fault in rule_faults(rule) if fault.startswith(f"line 7: {said}")]


def test_text_that_yaml_cannot_read_plain_is_explained() -> None:
    for rule in ("{from: Métier ?, to: firstname}", "{from: Nom :, to: surname}", "{from: @nom, to: surname}"):
        assert rule_faults("{from: M, to: mail}", rule)[0].startswith("line 8: YAML cannot read this. Put the text")


def test_two_rules_for_one_value_are_refused_unless_their_kinds_differ() -> None:
    told = rule_faults("{from: a, to: mail}", "{from: b, to: mail, when: {kind: [subscribed, mail_changed]}}")
    assert told == ["line 8: to: `mail` holds one value, and rule 1 writes it already."]
    assert hook("{from: a, to: mail}", "{from: b, to: mail, when: {kind: mail_changed}}")
    assert hook("{value: a, to: tags}", "{value: b, to: tags}")


def test_an_address_part_needs_the_policy() -> None:
    head = HEAD.replace("contact: {address: keep}\n", "")
    assert rule_faults("{from: a, to: address.city}", head=head)[0].startswith("line 1: address: is missing")
    for policy in ("keep", "replace", "hold"):
        assert hook("{from: a, to: address.city}", head=HEAD.replace("keep", policy)).address_policy == policy


def test_a_hook_that_finds_nobody_is_refused() -> None:
    assert rule_faults("{from: a, to: phone}")[0].startswith("line 5: find: finds nobody: the rules map phone")


def test_only_a_listening_hook_may_be_without_rules() -> None:
    head = HEAD.replace("fields:\n", "")
    assert faults(head)[0].startswith("line 1: fields: is empty")
    assert parse(head.replace("live", "capture"), SECRETS.get, ["default"]).rules == ()


@pytest.mark.parametrize(
    "text", ["", "- a", "x", "[" * 500, "{a: " * 60, "a: !!python/object:os.system x", "\x00", "a: " + "x" * 200_000]
)
def test_what_is_no_hook_file_is_told_and_never_raises_else(text: str) -> None:
    assert faults(text)[0].startswith("line 1: ")


def test_a_file_is_bounded() -> None:
    assert "too large" in faults("a: " + "x" * 200_000)[0]
    assert "too deep" in faults("[" * 500)[0]


@given(st.text(alphabet=st.sampled_from("hookfieldstrm: -[]{},\n\"'#&*!|>?%@$é\t"), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert faults(text) or faults(written(text))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{from: a, to: custom_fields.Disponibilité}", "to: Qomon has no `custom_fields.Disponibilité`. Did you mean"),
        ("{from: a, to: formdatas.Métier}", "to: Qomon has no `formdatas.Métier`. It is in the other list"),
        ("{from: a, to: custom_fields.Double}", "to: several forms in Qomon have this label. Write the id"),
        ("{from: a, to: custom_fields.Carte}", "to: `custom_fields.Carte` is of an unknown type"),
        ("{from: a, to: custom_fields.Notes libres}", "to: `custom_fields.Notes libres` has not exactly one value id"),
        ("{from: a, to: formdatas.Soutien, values: {Oui: yes}}", "values: `yes` is no choice of `formdatas.Soutien`."),
        ("{value: Autre, to: custom_fields.Disponibilités}", "value: `Autre` names several choices"),
        ("{value: deux, to: custom_fields.Enfants}", "value: does not fit `custom_fields.Enfants`"),
        ("{from: a, to: custom_fields.Enfants, values: {Un: 1}}", "values: does not fit `custom_fields.Enfants`"),
        ("{from: a, to: custom_fields.Métier, otherwise: skip}", "otherwise: goes with `values` or with choices"),
        ("{from: a, to: custom_fields.Adhésion, as: number}", "as: `number` does not fit"),
        ("{from: a, to: formdatas.Soutien, change: add}", "change: `add` does not fit"),
        ("{from: a, to: formdatas.Consentement, change: clear}", "change: `clear` does not fit"),
        ("{from: a, to: formdatas.Consentement, change: replace}", "change: `replace` does not fit"),
        ("{from: a, to: formdatas.Consentement, values: {true: consent_sms}}", "values: does not say what `false`"),
        ("{value: consent_sms, to: formdatas.Consentement, when: {kind: unsubscribed}}", "when: gives a consent"),
        ("{value: parti, to: tags, when: {kind: unsubscribed}}", "when: never writes `tags`: an unsubscription"),
        ("{from: a, to: custom_fields.Métier, when: {kind: unsubscribed}}", "when: never writes `custom_fields"),
    ],
)  # fmt: skip
def test_the_catalogue_refuses_what_would_be_held_for_ever(rule: str, said: str) -> None:
    told = check(hook("{from: M, to: mail}", rule), CATALOGUE)
    assert [fault for fault in told if fault.startswith(f"line 8: {said}")], told


def test_two_rules_for_one_valued_form_are_refused_by_the_catalogue() -> None:
    said = hook("{from: a, to: formdatas.Soutien}", "{from: b, to: formdatas.720}")
    assert check(said, CATALOGUE) == ["line 8: to: `formdatas.720` holds one value, and rule 1 writes it already."]
    twice = hook("{from: a, to: formdatas.Consentement}", "{from: b, to: formdatas.710}")
    assert (check(twice, CATALOGUE), pin(twice, CATALOGUE)) == ([], {1: 710, 2: 710})
    assert pin(hook("{from: a, to: custom_fields.Double}"), CATALOGUE) == {}
