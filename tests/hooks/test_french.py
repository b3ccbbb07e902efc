"""Every fault and warning of a hook file is said in French where French is read: the catalogue's sentence, no other."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file

from app import create_app
from bridge.errors import Faults
from bridge.hooks.check import check
from bridge.hooks.registry import parse
from bridge.hooks.warnings import warnings
from bridge.qomon.catalogue import Catalogue, Choice, Form
from tests.support.french import translator
from tests.support.sample_hook import CATALOGUE, HEAD, SECRETS, written

ROOT = Path(__file__).parents[2]
FILES = (
    *(f"bridge/hooks/{name}.py" for name in ("check", "hook", "warnings", "yaml")),
    "bridge/mapping/rules.py",
    "bridge/proofs/scheme.py",
    *(f"schemas/{name}.py" for name in ("hook", "lines", "paths")),
)
MAIL = "{from: M, to: mail}"
PROOF = "proof: {scheme: tally-v1, secret: $TALLY_SECRET}"
ENVIRON = {**SECRETS, "SHORT": "abc", "NO_TEXT": "\udcff"}
FORMS = Catalogue("1", {**CATALOGUE.forms, 890: Form(890, "Creux", "radio", "custom_fields", (Choice(1, "vide", ""),))})
NOT_MET = {"is nested too deep for a path."}
"""A path is too long before it is too deep for this machine."""

WHOLE = (
    "- a",
    "[" * 500,
    "\x00",
    "a: " + "x" * 200_000,
    "hook: a\n\tmode: live",
    "? [a]\n: b",
    "hook: &a b",
    "hook: a\n---\nhook: b",
    "hook: a: b",
    HEAD.replace("fields:\n", ""),
    HEAD.replace("fields:\n", "fields: a\n"),
    HEAD.replace("contact: {address: keep}\n", "") + "  - {from: a, to: address.city}\n",
    HEAD.replace(PROOF + "\n", ""),
    HEAD.replace("hook: benevoles", "hook: a/b").replace("source: tally", "source: tallly"),
    HEAD.replace(PROOF, "proof: none\nanswer: full"),
)
"""Files that hold no hook, or lack something."""

IN_THE_HEAD = (
    "mode: liv",
    "mode:",
    "mode: [live]",
    "mode: live\nmode: live",
    "mode: live\nmod: live",
    "mode: live\nwait: 60s",
    "mode: live\nspace: nord",
    "mode: live\ntimezone: Paris",
    "mode: live\nregion: XX",
    "mode: live\naddress: Bénévoles",
    "mode: live\napprove: 0",
    "mode: live\nmethods: [POST, POST]",
    "mode: live\nhandshake: a",
    "mode: live\nreply: a",
    "mode: live\nonly: {answer: Pays}",
    "mode: live\nreads: {records: a..b}",
    "mode: live\nreads: {id: 'a:b'}",
    "mode: live\nreads: {}",
    "mode: live\nreads: {label: a}",
)
PROOFS = (
    "{scheme: tally-v2, secret: $TALLY_SECRET}",
    "{scheme: tally-v1}",
    "{scheme: none, secret: $TALLY_SECRET}",
    "{scheme: tally-v1, secret: $NOT_SET}",
    "{scheme: tally-v1, secret: [$TALLY_SECRET, stored], until: {stored: 2026-12-31}}",
    "{scheme: tally-v1, secret: hunter2hunter2}",
    "{scheme: tally-v1, secret: $NO_TEXT}",
    "{scheme: standard-webhooks-v1, secret: $TALLY_SECRET, tolerance: 2h}",
    "{scheme: squarespace, secret: $TALLY_SECRET}",
    "{scheme: airtable-mac, secret: $TALLY_SECRET}",
    "{scheme: hubspot-v3, secret: $TALLY_SECRET}",
    "{scheme: header, secret: $TALLY_SECRET, header: a b}",
    "{scheme: body, secret: $TALLY_SECRET, field: a..b}",
    "{scheme: hmac, secret: $TALLY_SECRET, header: X-A, signed: '{ts}', id: X-B}",
    "{scheme: hmac, secret: $TALLY_SECRET, header: X-A, tolerance: 5m}",
    "{scheme: tally-v1, secret: $TALLY_SECRET, until: 2026-12-31}",
    "{scheme: tally-v1, secret: $TALLY_SECRET, until: {$TALLY_SECRET: 2026-12-31}}",
    "{scheme: tally-v1, secret: $TALLY_SECRET, until: {$OLD: 2026-12-31}}",
)
RULES = (
    "mail",
    "{to: mail}",
    "{from: a}",
    "{from: a, to: birthcity}",
    "{path: a., to: mail}",
    "{path: '*foo', to: mail}",
    "{path: ')', to: mail}",
    "{path: 'a || lower(b)', to: mail}",
    "{path: 'join(a)', to: mail}",
    f"{{path: {'a' * 301}, to: mail}}",
    "{from: a, to: [firstname, surname]}",
    "{from: a, to: [mail, mobile]}",
    "{from: a, to: nationality, as: country, values: {Belge: BE}}",
    "{from: a, to: gender}",
    "{from: a, to: birthdate, as: {date: jj/mm/aaaa}}",
    "{from: a, to: mail, as: phone, change: add}",
    "{from: a, to: mail, values: {a: b}}",
    "{from: a, to: firstname, otherwise: skip}",
    "{from: a, to: tags, values: {Été: a, ete: b}}",
    "{from: a, to: tags, values: {a: [b]}}",
    "{from: a, to: nothing, change: fill}",
    "{value: a, to: nothing}",
    "{value: zoe@example.org, to: mail}",
    "{value: 31/02/1990, to: birthdate}",
    "{value: a, to: tags, as: text}",
    "{value: a, to: tags, change: clear}",
    "{value: false, to: black_list}",
    "{from: a, to: tags, yes: b}",
    "{from: a, to: formdatas.Consentement, yes: b, no: b}",
    "{from: a, to: mobile}\n  - {from: b, to: mobile}",
)
OF_QOMON = (
    "{from: a, to: custom_fields.Disponibilité}",
    "{from: a, to: formdatas.Métier}",
    "{from: a, to: custom_fields.Double}",
    "{from: a, to: custom_fields.Carte}",
    "{from: a, to: custom_fields.Notes libres}",
    "{from: a, to: formdatas.Soutien, values: {Oui: yes}}",
    "{value: Autre, to: custom_fields.Disponibilités}",
    "{value: vide, to: custom_fields.Creux}",
    "{value: deux, to: custom_fields.Enfants}",
    "{from: a, to: custom_fields.Métier, otherwise: skip}",
    "{from: a, to: custom_fields.Métier, yes: b}",
    "{from: a, to: formdatas.Consentement, values: {true: consent_sms}}",
    "{value: consent_sms, to: formdatas.Consentement, when: {kind: unsubscribed}}",
    "{value: parti, to: tags, when: {kind: unsubscribed}}",
)
"""Rules that Qomon's fields do not take."""

RISKS = (
    HEAD + "  - {from: a, to: id}\n  - {value: consent_sms, to: formdatas.Consentement}\n",
    HEAD.replace(PROOF, "proof: none\nwait: 5s").replace("keep", "keep, missing: create") + f"  - {MAIL}\n",
    HEAD.replace("TALLY_SECRET", "SHORT") + f"  - {MAIL}\n",
    HEAD.replace("mode: live", "mode: live\nmethods: [POST, GET]") + f"  - {MAIL}\n",
    HEAD.replace("tally\n", "json\n").replace("tally-v1", "hmac, header: X-Key") + f"  - {MAIL}\n",
    HEAD.replace("tally\n", "json\nreads: {id: 'header:X-Id'}\n").replace("tally-v1", "hmac, header: X-Key")
    + f"  - {MAIL}\n",
)
"""Files that load, and are dangerous."""


def files() -> Iterator[str]:
    yield from WHOLE
    yield from (written(MAIL, head=HEAD.replace("mode: live", line)) for line in IN_THE_HEAD)
    yield from (written(MAIL, head=HEAD.replace(PROOF, f"proof: {proof}")) for proof in PROOFS)
    yield written("{from: T, to: phone}")
    yield from (written(MAIL, rule) for rule in (*RULES, *OF_QOMON))
    yield from RISKS


def told(text: str) -> list[str]:
    """All that is said of a file."""
    try:
        said = parse(text, ENVIRON.get, ["default"])
    except Faults as failure:
        return failure.faults
    return [*check(said, FORMS), *warnings(said, FORMS)]


def test_every_fault_of_a_hook_file_is_told_in_french() -> None:
    with create_app({"QOMON_TOKEN": "x", "LANG": "fr"}).app_context():
        french = [told(text) for text in files()]
    english = [told(text) for text in files()]

    assert [text for text, said in zip(files(), english, strict=True) if not said] == []
    translate = translator()
    assert french == [[translate(sentence) for sentence in said] for said in english]
    assert [one for said in french for one in said if one in {two for each in english for two in each}] == []
    marked = {message for name in FILES for _, message, *_ in extract_from_file("python", ROOT / name)}
    assert marked - translate.used == NOT_MET
