"""`flask hooks rename`, `copy` and `delete`, as staff types them; the tool notices as little as can be."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from bridge.hooks.registry import Hooks
from bridge.hooks.revisions import By, Known
from bridge.inbox import captured
from bridge.operations import changing
from bridge.operations.release import Decisions
from tests.support.changes import Change, at_once, begin_draft
from tests.support.commands import done, hooks, run
from tests.support.json_hook import ESSAI, PROOF, SOMEBODY, ZOES, hook_in, plain_house, said, sent, written
from tests.support.whole_bridge import BENEVOLES, BENEVOLES_FILE, NOW, House

pytestmark = pytest.mark.usefixtures("both_stores")

OURS = ESSAI.lstrip() + "owner: pages\n"
ZOE_AGAIN = written(mail="zoe.lefevre@example.org", metier="Menuisière")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, OURS).read_catalogue()


def change(house: House, text: str) -> None:
    """Another version, by somebody who knows that it is kept on the pages."""
    done(hooks(house, "import", "-", "--force", stdin=text))


def renamed(old: str, new: str) -> Change:
    return lambda tx, all_: changing.rename(tx, all_, old, new, By(NOW), force=False)


def deleted(tx: Connection, all_: Hooks) -> object:
    return changing.delete(tx, all_, "essai", NOW)


# rename


def test_a_renamed_hook_keeps_its_address_its_past_and_what_waits(house: House) -> None:
    run(house, "pause", "--hook", "essai")
    before = sent(house, ZOES)
    told = done(hooks(house, "rename", "essai", "Adhésions 2027", "--why", "nouvelle année", "--by", "Léa"))
    after = sent(house, ZOE_AGAIN)

    assert told == "Adhésions 2027: version 2, live, https://bridge.example.org/hooks/essai234\n"
    assert [line.split()[2:4] for line in run(house, "inbox", "list").stdout.splitlines()] == [
        ["Adhésions", "2027"]
    ] * 2
    run(house, "resume", "--hook", "Adhésions 2027")
    house.drain()
    assert [said(house.report(one)) for one in (before, after)] == [("delivered", None)] * 2
    assert "There is no hook essai" in hooks(house, "show", "essai").output
    versions = done(hooks(house, "show", "Adhésions 2027", "--versions"))
    assert "by Léa  “nouvelle année”\n  hook: essai → Adhésions 2027\n" in versions


def test_its_pins_its_draft_and_what_the_form_asked_follow(house: House) -> None:
    sent(house, ZOES)
    change(house, OURS + "timezone: Europe/Paris\n")
    pins = [(rule.form_id, rule.key) for rule in hook_in(house, "essai").rules]
    begin_draft(house, OURS.replace("owner:", "  - {from: ville, to: address.city}\nowner:"))

    done(hooks(house, "rename", "essai", "autre"))

    assert [(rule.form_id, rule.key) for rule in hook_in(house, "autre").rules] == pins
    assert any(form for form, _ in pins)
    with house.services.store.read() as tx:
        draft, begun = house.services.hooks.draft(tx, "autre") or (None, None)
    assert draft is not None
    assert begun is not None
    assert (draft.name, len(draft.rules), begun.base, begun.by.who) == ("autre", 10, 3, "Léa")
    published = hooks(house, "publish", "autre")
    assert (published.exit_code, "autre: version 4, live" in published.output) == (0, True)


def test_a_draft_that_others_were_before_stays_behind_them(house: House) -> None:
    begin_draft(house, OURS + "approve: 3\n")
    change(house, OURS + "region: BE\n")
    done(hooks(house, "rename", "essai", "autre"))

    assert (
        "Version 3 was published since this draft was begun, from version 1" in hooks(house, "publish", "autre").output
    )


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("essai", "It is called essai already."),
        (" essai ", "It is called essai already."),
        ("pris", "essai: There is a hook pris already. Choose another name. See: flask hooks list"),
        ("parti", "essai: A deleted hook is called parti, and an import of its file brings it back."),
        ("a/b", "essai: hook: must be a name of up to 80 characters on one line, without slashes."),
        ("a\nb", "essai: hook: must be a name of up to 80 characters on one line, without slashes."),
        ("x" * 81, "essai: hook: must be a name of up to 80 characters on one line, without slashes."),
        ("  ", "essai: hook: has no value."),
        ("\udce9t\udce9", "essai: hook: must be a name of up to 80 characters on one line, without slashes."),
        ("a\u2028b", "essai: hook: must be a name of up to 80 characters on one line, without slashes."),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_changes(house: House, new: str, told: str) -> None:
    for name in ("pris", "parti"):
        house.import_hook(OURS.replace("hook: essai", f"hook: {name}").replace("essai234", f"{name}234"))
    done(hooks(house, "delete", "parti", "--yes"))

    refused = hooks(house, "rename", "essai", new)

    assert (refused.exit_code, refused.output.startswith(f"Error: {told}")) == (1, True), refused.output
    assert hook_in(house, "essai").revision == 1
    assert hooks(house, "copy", "essai", new).exit_code == 1


def test_who_is_not_there_is_not_renamed(house: House) -> None:
    assert hooks(house, "rename", "nobody", "x").output == "Error: There is no hook nobody. See: flask hooks list\n"


@pytest.mark.parametrize("name", ["Été : « oui »", "01000", "no", "{x}", "#1", "a 'b' \"c\"", "🗳", "a - b"])
def test_any_name_that_a_file_can_say_is_one(house: House, name: str) -> None:
    done(hooks(house, "rename", "essai", name))

    exported = hooks(house, "export", name)
    assert hook_in(house, name).name == name
    assert done(hooks(house, "import", "-", stdin=exported.stdout)).startswith(f"{name}: unchanged, revision 2")


def test_one_that_is_kept_in_a_file_is_renamed_when_the_file_says_so(tmp_path: Path) -> None:
    house = House(tmp_path)
    refused = hooks(house, "rename", "benevoles", "volontaires")
    assert (
        refused.exit_code,
        "Write hook: volontaires in that file, then: flask hooks rename benevoles volontaires --force"
        in refused.output,
    ) == (1, True)

    done(hooks(house, "rename", "benevoles", "volontaires", "--force"))

    file = tmp_path / "volontaires.yaml"
    file.write_text(BENEVOLES.replace("hook: benevoles", "hook: volontaires", 1), encoding="utf-8")
    assert done(hooks(house, "import", file)).startswith("volontaires: unchanged, revision 2, live")  # comments and all
    old = hooks(house, "import", BENEVOLES_FILE)
    assert (old.exit_code, "`k3f9x2m7` belongs to the hook `volontaires`" in old.output) == (1, True)


def test_going_back_to_a_version_from_before_keeps_the_name(house: House) -> None:
    done(hooks(house, "rename", "essai", "autre"))
    house.import_hook(OURS.replace("essai234", "another1"))  # and somebody else has the old name now

    done(hooks(house, "publish", "autre", "--version", "1"))
    change(house, OURS.replace("hook: essai", "hook: autre") + "region: BE\n")
    back = done(hooks(house, "publish", "autre", "--version", "1"))

    assert "autre: version 4, live, https://bridge.example.org/hooks/essai234" in back
    assert (hook_in(house, "autre").region, hook_in(house, "essai").revision) == ("FR", 1)


def test_the_first_writes_of_a_renamed_hook_wait_for_a_yes_as_of_any_version(house: House) -> None:
    house.import_hook(OURS.replace("hook: essai", "hook: doux").replace("essai234", "doux2345") + "approve: 3\n")

    assert "its first 3 writes wait for a yes" in done(hooks(house, "rename", "doux", "doucement"))


def test_of_two_who_rename_to_one_name_one_does(house: House) -> None:
    house.import_hook(OURS.replace("hook: essai", "hook: autre").replace("essai234", "autre234"))

    told = at_once(house, renamed("essai", "nous"), renamed("autre", "nous"))

    assert sorted(told) == ["", "There is a hook nous already. Choose another name. See: flask hooks list"]


def test_of_two_who_rename_one_hook_one_does(house: House) -> None:
    told = at_once(house, renamed("essai", "une"), renamed("essai", "deux"))

    assert sorted(told) == ["", "There is no hook essai. See: flask hooks list"]


@pytest.mark.parametrize("other", [renamed("essai", "autre"), deleted])
def test_what_was_renamed_or_deleted_meanwhile_is_not_published(house: House, other: Change) -> None:
    text = OURS + "region: BE\n"

    def published(tx: Connection, all_: Hooks) -> object:
        return all_.publish(tx, text, 1, Known(), By(NOW))

    def drafted(tx: Connection, all_: Hooks) -> object:
        return all_.save_draft(tx, text, NOW)

    at_once(house, other)
    assert at_once(house, published, drafted) == ["There is no hook essai. See: flask hooks list"] * 2


# copy


def test_a_copy_listens_at_an_address_of_its_own_with_the_same_rules(house: House) -> None:
    change(house, OURS + "region: BE\n")
    told = done(hooks(house, "copy", "essai", "essai-lyon")).splitlines()
    made, model = hook_in(house, "essai-lyon"), hook_in(house, "essai")

    assert (made.mode, made.revision, made.region, made.owner) == ("capture", 1, "BE", "pages")
    assert (made.rules, made.find, made.proof) == (model.rules, model.find, model.proof)
    assert made.id != model.id
    assert made.address not in ("", "essai234")
    assert told[0] == f"essai-lyon: listening, https://bridge.example.org/hooks/{made.address}"
    assert told[1].startswith("It goes on with the secret of $JSON_TOKEN: give it to the tool, or set another variable")

    answer = house.door.post(f"/hooks/{made.address}", data=ZOES, headers={"Content-Type": "application/json", **PROOF})
    house.drain()
    assert answer.get_json()["events"][0]["outcome"] == "accepted"
    (event,) = captured_of(house, "essai-lyon")
    assert (said(house.report(event)), house.sandbox.calls) == (("captured", None), house.sandbox.calls)


def captured_of(house: House, name: str) -> list[str]:
    with house.services.store.read() as tx:
        return captured.waiting(tx, hook_in(house, name).id)


def test_a_copy_of_one_with_personal_links_says_that_they_do_not_hold_there(house: House) -> None:
    house.import_hook(
        OURS.replace("hook: essai", "hook: liens")
        .replace("essai234", "liens234")
        .replace("to: id}", "to: id, as: signed_id}")
    )
    told = done(hooks(house, "copy", "liens", "liens-lyon"))

    assert "Personal links of liens do not hold here. Make new ones: flask hooks link liens-lyon CONTACT" in told


def test_a_copy_is_published_as_any_that_listened(house: House) -> None:
    done(hooks(house, "copy", "essai", "essai-lyon"))

    assert "essai-lyon: version 2, live" in done(hooks(house, "publish", "essai-lyon"))


# delete


def test_a_deleted_hook_is_gone_for_people_and_its_submissions_stay(house: House) -> None:
    event = sent(house, ZOES)
    house.drain()

    told = done(hooks(house, "delete", "essai", "--yes"))

    assert told == (
        "essai: deleted. https://bridge.example.org/hooks/essai234 still answers 200, and what comes there is left "
        "out.\n"
        "What it received stays: flask inbox list. To bring it back: flask hooks export essai > FILE, then flask hooks "
        "import FILE\n"
    )
    assert (done(hooks(house, "list")), "essai" in done(hooks(house, "list", "--deleted"))) == ("", True)
    assert "Written: the contact is up to date." in done(run(house, "inbox", "show", event))
    assert "essai was deleted. To bring it back" in hooks(house, "show", "essai").output
    assert "There is no hook essai" in hooks(house, "delete", "essai", "--yes").output
    assert "A deleted hook is called essai" in hooks(house, "new", "essai", "--source", "json").output


def test_what_waits_is_decided_first(house: House) -> None:
    change(house, OURS.replace("mode: live", "mode: capture"))
    kept = sent(house, ZOE_AGAIN)
    change(house, OURS)
    held = sent(house, written(mail="zoe.lefevre@example.org", prenom="Karim"))
    house.drain()
    run(house, "pause")
    waits = sent(house, written(mail=SOMEBODY, prenom="Camille"))

    refused = hooks(house, "delete", "essai", "--yes")

    assert (refused.exit_code, refused.output.splitlines()) == (
        1,
        [
            "Error: essai was not deleted: what came there is to be decided first.",
            f"  1 waits to be written and crosses by itself. Or leave it out: flask inbox skip {waits}",
            f"  1 needs a decision: flask inbox release {held}, or skip",
            "  1 was kept while it only listened: flask inbox release --kept essai, or skip",
        ],
    )
    assert hooks(house, "delete", "essai", stdin="essai\n").output == refused.output  # before anything is asked
    assert not hook_in(house, "essai").deleted
    done(run(house, "inbox", "skip", waits, held, kept))
    done(hooks(house, "delete", "essai", "--yes"))


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "autre\n"])
def test_it_is_asked_for_the_name_and_anything_else_deletes_nothing(house: House, typed: str) -> None:
    refused = hooks(house, "delete", "essai", stdin=typed)

    assert refused.exit_code == 1
    assert refused.output.startswith(
        "What comes to https://bridge.example.org/hooks/essai234 is left out once essai is"
    )
    assert refused.stderr == "Error: Nothing was deleted. To delete it without being asked: --yes\n"
    assert not hook_in(house, "essai").deleted


def test_who_types_the_name_deletes_it(house: House) -> None:
    assert "essai: deleted." in done(hooks(house, "delete", "essai", stdin="essai\n"))


def test_its_exported_file_brings_it_back_with_its_address_and_history(house: House) -> None:
    done(hooks(house, "delete", "essai", "--yes"))
    file = hooks(house, "export", "essai")
    assert "essai was deleted. To bring it back, import this file." in file.stderr

    assert done(hooks(house, "import", "-", stdin=file.stdout)).startswith("essai: unchanged, revision 1, live")
    event = sent(house, ZOES)
    house.drain()
    assert said(house.report(event)) == ("delivered", None)


def test_another_text_brings_it_back_though_it_sends_less_than_the_deleted_one_did(
    house: House, tmp_path: Path
) -> None:
    file = tmp_path / "essai.yaml"
    file.write_text(ESSAI, encoding="utf-8")
    done(hooks(house, "import", file, "--force"))
    sent(house, ZOES)
    house.drain()
    told = done(hooks(house, "delete", "essai", "--yes"))
    assert "Take its file out of the folder that you import: else it comes back." in told
    file.write_text(ESSAI.replace("  - {from: metier, to: custom_fields.Métier}\n", ""), encoding="utf-8")

    assert done(hooks(house, "import", file)).startswith("essai: revision 3, live")


def test_one_that_does_not_load_any_more_is_deleted_too(house: House, tmp_path: Path) -> None:
    later = plain_house(tmp_path, OURS.replace("hook: essai", "hook: x").replace("essai234", "x234"), JSON_TOKEN2="")
    later.unopened.hooks._secret = lambda _name: None  # noqa: SLF001
    later.unopened.hooks.forget()

    assert "essai: deleted." in done(hooks(later, "delete", "essai", "--yes"))


def test_refused_calls_are_told(house: House) -> None:
    house.door.post("/hooks/essai234", data=ZOES, headers={"X-Token": "wrong"})

    told = done(hooks(house, "delete", "essai", stdin="essai\n"))

    assert told.count("1 refused call of it stays until its time is over") == 2


def test_of_two_who_delete_one_does(house: House) -> None:
    assert sorted(at_once(house, deleted, deleted)) == ["", "There is no hook essai. See: flask hooks list"]


def test_who_sends_what_was_kept_while_somebody_deletes_does_one_of_the_two(house: House) -> None:
    change(house, OURS.replace("mode: live", "mode: capture"))
    kept = sent(house, ZOES)
    change(house, OURS)
    hand = Decisions(house.services.vault, house.services.hooks, writing=True)

    told = at_once(house, lambda tx, _: hand.release(tx, kept, By(NOW)), deleted)

    assert told == ["", "not over"]
