"""From a hook that listens to one in service, with no file edited; and what a draft may not lose unseen."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import done, hooks, run
from tests.support.json_hook import hook_in
from tests.support.whole_bridge import BENEVOLES, PAYLOADS, House, sample

TYPEFORM = PAYLOADS / "typeform" / "composed_contact_info_other_choice_fr.json"
SAID = ("--accept", "likely", "--consent", "RGPD", "--rest", "nothing", "--address", "keep", "--missing", "create")


def address(house: House, name: str) -> str:
    (one,) = [one for one in json.loads(done(hooks(house, "list", "--json"))) if one["hook"] == name]
    return str(one["address"])


def numbered(number: int, **changes: Any) -> bytes:
    """Another submission of the same form, by somebody with another number."""
    changed = sample(**{"Téléphone": f"+3363998{number:04}", **changes})
    return changed.replace(b"responseId", b"responseId", 1).replace(
        b'"createdAt"', f'"n": {number}, "createdAt"'.encode(), 1
    )


@pytest.fixture
def listening(tmp_path: Path) -> House:
    house = House(tmp_path, ())
    done(hooks(house, "new", "essai", "--source", "tally"))
    return house


def test_a_new_hook_listens_and_sends_nothing(listening: House) -> None:
    report = listening.cross(sample(), address(listening, "essai"))

    assert (report["outcome"], listening.sandbox.calls) == ("captured", [])
    assert "There is a hook essai already" in hooks(listening, "new", "essai", "--source", "tally").output


def test_suggest_and_publish_lead_to_a_live_hook_with_no_file_edited(listening: House) -> None:
    listening.post(sample(), at := address(listening, "essai"))
    told = done(hooks(listening, "suggest", "essai"))
    assert ("Nothing is applied yet" in told, hooks(listening, "publish", "essai").exit_code) == (True, 1)

    assert "Undecided: nothing." in done(hooks(listening, "suggest", "essai", *SAID))
    published = done(hooks(listening, "publish", "essai", "--why", "premier essai", "--by", "Léa"))
    assert "essai: version 2, live, https://bridge.example.org/hooks/" + at in published
    assert "1 submission was kept while it only listened, and is not sent." in published
    listening.drain()
    assert [call for call in listening.sandbox.calls if call["method"] == "PATCH"] == []

    report = listening.cross(sample(Téléphone="+33639980177").replace(b"2025-11-03", b"2025-11-04"), at)
    assert (report["outcome"], report["revision"]) == ("delivered", 2)


def test_what_was_kept_while_listening_is_sent_when_somebody_says_so(listening: House) -> None:
    listening.post(sample(), at := address(listening, "essai"))
    event = listening.post(sample(), at)["events"][0]["event"]
    done(hooks(listening, "suggest", "essai", *SAID))
    done(hooks(listening, "publish", "essai"))
    done(run(listening, "inbox", "release", "--kept", "essai"))
    listening.drain()

    assert listening.report(event)["outcome"] == "delivered"
    assert run(listening, "inbox", "release", "--kept", "essai").exit_code == 1


def test_what_was_kept_can_be_left_out_for_good(listening: House) -> None:
    event = listening.post(sample(), address(listening, "essai"))["events"][0]["event"]
    done(hooks(listening, "suggest", "essai", *SAID))
    done(hooks(listening, "publish", "essai"))
    done(run(listening, "inbox", "skip", "--kept", "essai"))
    listening.drain()

    assert listening.report(event)["outcome"] == "skipped"
    assert "were kept" not in done(hooks(listening, "publish", "essai", "--version", "2"))


def test_a_consent_is_never_accepted_with_the_others_and_an_undecided_question_blocks(listening: House) -> None:
    listening.post(sample(), address(listening, "essai"))
    told = done(hooks(listening, "suggest", "essai", "--accept", "likely", "--address", "keep"))
    assert "RGPD" in told.rpartition("Undecided: ")[2]

    refused = hooks(listening, "publish", "essai")
    assert (refused.exit_code, "‘RGPD’ is not decided" in refused.output, hook_in(listening, "essai").mode) == (
        1,
        True,
        "capture",
    )
    done(hooks(listening, "suggest", "essai", "--map", "RGPD=nothing", "--rest", "nothing"))
    done(hooks(listening, "publish", "essai", "--mode", "preview"))
    assert hook_in(listening, "essai").mode == "preview"


def test_part_of_an_address_waits_for_its_policy(listening: House) -> None:
    listening.post(sample(), address(listening, "essai"))
    told = done(hooks(listening, "suggest", "essai", "--accept", "sure"))
    assert "‘Code postal’ waits: add --address keep, replace or hold" in told


def test_a_question_that_is_decided_is_decided_anew_by_map_and_what_is_lost_is_told(listening: House) -> None:
    listening.post(sample(), at := address(listening, "essai"))
    done(hooks(listening, "suggest", "essai", *SAID))
    done(hooks(listening, "publish", "essai"))
    for number in range(4):
        listening.post(numbered(number), at)
    done(hooks(listening, "suggest", "essai", "--map", "Téléphone=nothing"))

    told = done(hooks(listening, "rehearse", "essai"))
    refused = hooks(listening, "publish", "essai")
    assert ("lost 5" in told, refused.exit_code, hook_in(listening, "essai").revision) == (True, 1, 2)


def test_suggestions_come_from_a_file_too(listening: House) -> None:
    told = json.loads(
        done(hooks(listening, "suggest", "essai", PAYLOADS / "tally" / "official_all_field_types.json", "--json"))
    )
    assert {"from", "to", "confidence", "reason", "values"} <= told[0].keys()
    assert "This is not what Tally sends" in hooks(listening, "suggest", "essai", TYPEFORM).output
    assert "has received no answers yet" in hooks(listening, "suggest", "essai").output


def test_a_hook_in_a_file_is_suggested_for_and_not_written(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.post(sample())
    assert "is kept in a file" in hooks(house, "suggest", "benevoles", "--accept", "sure").output
    assert hook_in(house).revision == 1


# what a draft would lose


LOSING = BENEVOLES.replace("  - {from: Téléphone, to: mobile}\n", "")


@pytest.fixture
def four(tmp_path: Path) -> House:
    """A hook in service that four people wrote to, and a draft without its phones."""
    house = House(tmp_path)
    for number in range(4):
        assert house.cross(numbered(number))["outcome"] in ("delivered", "unchanged")
    return house


def test_a_draft_that_loses_four_phones_is_shown_so_and_not_published_without_a_yes(four: House) -> None:
    imported = hooks(four, "import", "-", stdin=LOSING)
    assert (imported.exit_code, "4 answers would not be sent any more" in imported.output) == (1, True)
    assert hook_in(four).revision == 1

    tried = json.loads(done(hooks(four, "rehearse", "benevoles", "--last", "200", "--json")))
    assert (tried["submissions"], tried["lost"], tried["fields"][0]["field"]) == (4, 4, "mobile")
    words = done(hooks(four, "rehearse", "benevoles"))
    assert "Téléphone → mobile removed" in words
    assert "4 answers that version 1 sends would no longer be sent." in words

    for said in ([], ["--lose", "3", "--why", "x"], ["--lose", "4"]):
        refused = hooks(four, "publish", "benevoles", *said)
        assert (refused.exit_code, hook_in(four).revision) == (1, 1), refused.output
    done(hooks(four, "publish", "benevoles", "--lose", "4", "--why", "we ask by mail only"))
    assert (hook_in(four).revision, hook_in(four).text) == (2, LOSING)


def test_nothing_is_asked_of_contacts_by_a_rehearsal(four: House) -> None:
    hooks(four, "import", "-", stdin=LOSING)
    four.sandbox.calls.clear()
    done(hooks(four, "rehearse", "benevoles"))

    assert {call["path"].rpartition("/")[0] for call in four.sandbox.calls} <= {"/v1/forms/type"}


def test_a_file_that_loses_nothing_is_in_service_at_once(four: House) -> None:
    done(hooks(four, "import", "-", stdin=BENEVOLES.replace("wait: 5s", "wait: 4s")))
    assert hook_in(four).revision == 2


def test_going_back_makes_a_new_version_with_its_reason(four: House) -> None:
    hooks(four, "import", "-", stdin=LOSING)
    done(hooks(four, "publish", "benevoles", "--lose", "4", "--why", "we ask by mail only", "--by", "Karim"))
    done(hooks(four, "publish", "benevoles", "--version", "1", "--why", "phones are needed", "--by", "Léa"))

    assert (hook_in(four).revision, hook_in(four).text) == (3, BENEVOLES)
    told = done(hooks(four, "show", "benevoles", "--versions"))
    assert "by Karim  “we ask by mail only”\n  Téléphone → mobile removed" in told
    assert "by Léa  “phones are needed”\n  Téléphone → mobile added" in told
    assert "no version 9" in hooks(four, "publish", "benevoles", "--version", "9").output


def test_a_draft_begun_before_another_version_is_not_published_over_it_unseen(four: House) -> None:
    hooks(four, "import", "-", stdin=LOSING)
    four.import_hook(BENEVOLES.replace("wait: 5s", "wait: 4s"))
    refused = hooks(four, "publish", "benevoles", "--lose", "4", "--why", "x")
    assert (
        refused.exit_code,
        "Version 2 was published since this draft was begun, from version 1" in refused.output,
    ) == (
        1,
        True,
    )
    done(hooks(four, "publish", "benevoles", "--lose", "4", "--why", "x", "--over", "2"))
    assert hook_in(four).revision == 3


def test_the_same_file_again_completes_what_its_version_did_not_know(four: House) -> None:
    assert "unchanged, revision 1" in done(hooks(four, "import", "-", stdin=BENEVOLES))
    renamed = numbered(9).replace("Téléphone".encode(), "Numéro de portable".encode())
    report = four.cross(renamed)

    assert [line["to"] for line in report["answers"] if line["label"] == "Numéro de portable"] == ["mobile"]
    told = json.loads(hooks(four, "check", "benevoles", "--json").output)["moved"]
    assert [(one["code"], one["detail"]) for one in told] == [("question_renamed", "Numéro de portable")]


def test_a_renamed_question_is_still_followed_after_the_import_of_a_revision_that_saw_it(four: House) -> None:
    done(hooks(four, "import", "-", stdin=BENEVOLES.replace("wait: 5s", "wait: 4s")))
    renamed = numbered(9).replace("Téléphone".encode(), "Numéro de portable".encode())
    report = four.cross(renamed)

    assert [line["to"] for line in report["answers"] if line["label"] == "Numéro de portable"] == ["mobile"]


def test_a_draft_in_a_file_keeps_its_mode(four: House) -> None:
    hooks(four, "import", "-", stdin=LOSING)
    refused = hooks(four, "publish", "benevoles", "--mode", "preview", "--lose", "4", "--why", "x")
    assert "is kept in a file: write mode: preview there" in refused.output


def test_a_hook_without_a_file_comes_out_and_goes_in_again_byte_for_byte(listening: House) -> None:
    listening.post(sample(), address(listening, "essai"))
    done(hooks(listening, "suggest", "essai", *SAID))
    done(hooks(listening, "publish", "essai"))
    exported = hooks(listening, "export", "essai").stdout
    again = done(hooks(listening, "import", "-", stdin=exported))

    assert again.startswith("essai: unchanged, revision 2, live,")
    refused = hooks(listening, "import", "-", stdin=exported.replace("mode: live", "mode: preview"))
    assert (refused.exit_code, "--force" in refused.output) == (1, True)


def test_a_file_that_goes_live_asks_about_what_was_kept(tmp_path: Path) -> None:
    house = House(tmp_path, (BENEVOLES.replace("mode: live", "mode: capture"),))
    event = house.post(sample())["events"][0]["event"]
    told = done(hooks(house, "import", "-", stdin=BENEVOLES))
    house.drain()

    assert "flask inbox release --kept benevoles" in told
    assert house.report(event)["outcome"] == "captured"


def test_a_typeform_goes_live_with_no_file_edited(tmp_path: Path) -> None:
    house = House(tmp_path, (), TYPEFORM_SECRET="an-invented-secret")
    done(hooks(house, "new", "adhesions", "--source", "typeform"))
    said = ("--accept", "likely", "--rest", "nothing", "--address", "hold")
    told = done(hooks(house, "suggest", "adhesions", TYPEFORM, *said))
    consent = "J’accepte le traitement de mes données (RGPD)"
    assert f"‘{consent}’ asks: --consent" in told
    assert f"Undecided: {consent}." in told
    told = done(hooks(house, "suggest", "adhesions", TYPEFORM, "--consent", consent))
    assert "Undecided: nothing." in told
    assert "adhesions: version 2, live" in done(hooks(house, "publish", "adhesions", "--mode", "live"))


# what is decided


def draft(house: House, name: str) -> str:
    with house.services.store.read() as tx:
        found = house.services.hooks.draft(tx, name)
    assert found is not None
    return str(found[0].text)


@pytest.fixture
def parted(tmp_path: Path) -> House:
    """A hook for Fillout that received an address in parts."""
    house = House(tmp_path, (), FILLOUT_SECRET="an-invented-secret")
    done(hooks(house, "new", "essai", "--source", "fillout", "--proof", "header", "--header", "X-Token"))
    body = PAYLOADS.joinpath("fillout", "composed_volunteer_all_shapes.json").read_bytes()
    headers = {"X-Token": "an-invented-secret", "Content-Type": "application/json"}
    told = house.door.post(f"/hooks/{address(house, 'essai')}", data=body, headers=headers)
    assert told.status_code == 200
    return house


def test_parts_of_a_question_are_mapped_one_by_one(parted: House) -> None:
    towns = ("--map", "Adresse.city=address.city", "--map", "Adresse.postalcode=address.postalcode")
    told = done(hooks(parted, "suggest", "essai", *towns, "--address", "keep"))
    assert "Adresse" not in told.rpartition("Undecided: ")[2]
    assert "{from: Adresse.city, to: address.city}" in draft(parted, "essai")

    done(hooks(parted, "suggest", "essai", "--map", "Adresse.city=birth_city"))
    text = draft(parted, "essai")
    assert ("from: Adresse.postalcode" in text, "to: address.city" in text, "to: birth_city" in text) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize(
    "decisions",
    [
        ("--map", "Portable=mobile", "--map", "Portable=nothing"),
        ("--map", "Adresse=nothing", "--map", "Adresse.city=address.city"),
        ("--map", "Adresse.city=address.city", "--map", "adresse.City=birth_city"),
    ],
)
def test_two_decisions_for_one_question_are_refused(parted: House, decisions: tuple[str, ...]) -> None:
    refused = hooks(parted, "suggest", "essai", *decisions)

    assert (refused.exit_code, "is decided twice" in refused.output) == (1, True)
    assert "no draft" in hooks(parted, "rehearse", "essai").output


def test_a_consent_and_a_map_of_one_question_are_two_decisions(listening: House) -> None:
    listening.post(sample(), address(listening, "essai"))
    refused = hooks(listening, "suggest", "essai", "--consent", "RGPD", "--map", "RGPD=nothing")
    assert "--map 'RGPD=nothing' and --consent 'RGPD'" in refused.output


def test_the_rest_decides_nothing_that_may_say_who_somebody_is(parted: House) -> None:
    told = done(hooks(parted, "suggest", "essai", "--rest", "nothing"))

    assert "‘E-mail’ may say who somebody is: --map 'E-mail=TARGET'" in told
    assert told.rpartition("Undecided: ")[2].startswith("Prénom, E-mail, Portable, J'accepte la lettre.")
    assert hooks(parted, "publish", "essai").exit_code == 1


# what a hook learned


RENAMED = "Numéro de portable"


@pytest.fixture
def renamed(four: House) -> House:
    """The form calls its question about phones otherwise now; the version in service follows it."""
    hooks(four, "import", "-", stdin=BENEVOLES)
    report = four.cross(numbered(9).replace("Téléphone".encode(), RENAMED.encode()))
    assert [line["to"] for line in report["answers"] if line["label"] == RENAMED] == ["mobile"]
    return four


def test_rehearsing_the_same_text_loses_nothing(renamed: House, tmp_path: Path) -> None:
    file = tmp_path / "benevoles.yaml"
    file.write_text(BENEVOLES, encoding="utf-8")
    tried = json.loads(done(hooks(renamed, "rehearse", "benevoles", file, "--json")))

    assert (tried["lost"], {line["field"] for line in tried["fields"] if line["events"]}) == (0, set())


def test_a_draft_goes_on_to_follow_a_renamed_question(renamed: House) -> None:
    imported = done(hooks(renamed, "import", "-", stdin=BENEVOLES.replace("wait: 5s", "wait: 4s")))
    assert "revision 2" in imported

    report = renamed.cross(numbered(10).replace("Téléphone".encode(), RENAMED.encode()))
    assert [line["to"] for line in report["answers"] if line["label"] == RENAMED] == ["mobile"]


def test_a_draft_of_the_pages_carries_what_was_learned(listening: House) -> None:
    listening.post(sample(), at := address(listening, "essai"))
    done(hooks(listening, "suggest", "essai", *SAID))
    done(hooks(listening, "publish", "essai"))
    listening.cross(numbered(9).replace("Téléphone".encode(), RENAMED.encode()), at)

    told = done(hooks(listening, "suggest", "essai", "--map", "RGPD=nothing"))
    assert f"Undecided: {RENAMED}" not in told
    done(hooks(listening, "publish", "essai", "--lose", "2", "--why", "x"))
    report = listening.cross(numbered(10).replace("Téléphone".encode(), RENAMED.encode()), at)
    assert [line["to"] for line in report["answers"] if line["label"] == RENAMED] == ["mobile"]


def test_going_back_is_never_blocked_by_questions_of_today(listening: House) -> None:
    listening.post(sample(), at := address(listening, "essai"))
    done(hooks(listening, "suggest", "essai", *SAID))
    done(hooks(listening, "publish", "essai"))
    body = json.loads(numbered(9))
    body["data"]["fields"].append({"key": "question_neuf", "label": "Nouvelle", "type": "INPUT_TEXT", "value": "oui"})
    listening.cross(json.dumps(body).encode(), at)
    done(hooks(listening, "suggest", "essai", "--map", "Nouvelle=tags"))
    done(hooks(listening, "publish", "essai"))

    back = hooks(listening, "publish", "essai", "--version", "2", "--lose", "1", "--why", "tags were wrong")
    assert (back.exit_code, hook_in(listening, "essai").revision) == (0, 4), back.output


def test_a_draft_can_be_thrown_away(four: House) -> None:
    hooks(four, "import", "-", stdin=LOSING)
    done(hooks(four, "discard", "benevoles"))

    assert "no draft" in hooks(four, "publish", "benevoles").output
    assert hooks(four, "discard", "benevoles").exit_code == 1
    assert hook_in(four).text == BENEVOLES
