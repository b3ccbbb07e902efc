"""The list of webhooks, their tabs Live and Changes to watch, refused calls; and what is done with a whole one."""

import re
from pathlib import Path
from typing import Any

import pytest

from bridge.hooks import breaker
from bridge.hooks.breaker import Cause
from bridge.operations import audit
from bridge.store import tables
from tests.support.commands import done, hooks
from tests.support.json_hook import (
    ESSAI,
    PROOF,
    TOKEN,
    hook_in,
    live,
    outcomes,
    plain_house,
    rows,
    sent,
    written,
)
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

HOSTILE = "<script>alert(1)</script>\u202eevil\u200b"
ZOE = written(mail="zoe.lefevre@example.org", metier="Soudeuse")
DRAFTING = ESSAI.replace("mode: live", "mode: capture\nowner: pages")
KNOW = ["alerts", "contact"]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path).read_catalogue()


@pytest.fixture
def listening(tmp_path: Path) -> House:
    """Kept on the pages, with rules, and nothing reaches Qomon yet."""
    return plain_house(tmp_path, DRAFTING).read_catalogue()


def at(house: House, page: str = "live", name: str = "essai") -> str:
    with house.services.store.read() as tx:
        return f"/webhooks/{house.services.hooks.id_of(tx, name)}/{page}"


def deeds(house: House) -> list[str]:
    with house.services.store.read() as tx:
        return [one.did for one in audit.listed(tx, house.services.vault)]


def refuse(house: House, body: bytes = ZOE, token: str = "mistyped") -> None:
    given = {"Content-Type": "application/json", "X-Token": token}
    assert house.door.post("/hooks/essai234", data=body, headers=given).status_code == 401


def without_metier(house: House) -> None:
    """Somebody takes the field away in Qomon."""
    forms = house.sandbox.forms.items()
    house.sandbox.forms = {category: [one for one in listed if one["label"] != "Métier"] for category, listed in forms}


def go_live(visitor: Visitor, house: House, **fields: Any) -> Visitor:
    said = {"mode": "live", "seen": 1, "know": ",".join(KNOW), **fields}
    return visitor.send(at(house), **said)


def test_the_numbers_are_the_same_in_both_stores(both_stores: str, tmp_path: Path) -> None:
    """What is asked in SQL: the list, what was kept, what was refused."""
    house = plain_house(tmp_path, DRAFTING).read_catalogue()
    sent(house, ZOE)
    refuse(house)
    visitor = Visitor(house)
    (line,) = visitor.json("/webhooks.json")["webhooks"]

    assert (both_stores, line["week"], line["held"], line["refused"], line["last"]) == (
        both_stores,
        1,
        0,
        1,
        "2026-11-22T09:00:00+00:00",
    )
    assert visitor.json(at(house, "kept.json"))["many"] == 1
    assert visitor.json(at(house, "refused.json"))["callers"] == 1


class TestTheList:
    def test_it_says_first_how_many_write_and_how_many_need_a_look(self, house: House) -> None:
        assert "1 webhook writes to Qomon. None needs a look." in Visitor(house, "viewer").get("/webhooks").text

    def test_the_one_in_trouble_comes_first(self, house: House) -> None:
        house.import_hook(ESSAI.replace("hook: essai", "hook: aaa").replace("essai234", "aaa23456"))
        refuse(house)
        listed = Visitor(house, "viewer").json("/webhooks.json")["webhooks"]

        assert [(one["name"], one["refused"]) for one in listed] == [("essai", 1), ("aaa", 0)]

    def test_it_counts_what_came_and_what_is_held(self, house: House) -> None:
        sent(house, written(mail="nobody", metier="x"))
        house.drain()
        (line,) = Visitor(house, "viewer").json("/webhooks.json")["webhooks"]

        assert (line["week"], line["held"], line["more"]) == (1, 1, False)
        assert line["last"] == "2026-11-22T09:00:00+00:00"

    def test_a_week_later_nothing_came(self, house: House) -> None:
        sent(house, ZOE)
        house.clock.move(days=8)

        assert Visitor(house, "viewer").json("/webhooks.json")["webhooks"][0]["week"] == 0

    def test_its_number_of_changes_is_the_number_of_the_page(self, house: House) -> None:
        sent(house, written(mail="zoe.lefevre@example.org", surprise="x"))
        visitor = Visitor(house, "viewer")
        (line,) = visitor.json("/webhooks.json")["webhooks"]

        assert line["changes"] == len(visitor.json(at(house, "watch.json"))["moved"]) > 0

    def test_an_open_address_is_said_so(self, house: House) -> None:
        house.import_hook(
            ESSAI.replace("essai", "ouvert").replace("{scheme: header, header: X-Token, secret: $JSON_TOKEN}", "none")
        )
        visitor = Visitor(house, "viewer")

        assert "Open" in visitor.get("/webhooks").text
        assert visitor.json("/webhooks.json")["webhooks"][0]["name"] == "ouvert"

    def test_one_that_does_not_load_is_there_and_first(self, house: House) -> None:
        with house.services.store.write() as tx:
            tx.execute(tables.revision.update().values(text="hook: essai\n"))
        house.services.hooks.forget()
        visitor = Visitor(house, "viewer")

        assert "Does not load" in visitor.get("/webhooks").text
        assert visitor.get(at(house)).status == 200

    def test_without_any_it_says_how_to_begin(self, tmp_path: Path) -> None:
        text = Visitor(House(tmp_path, ()), "viewer").get("/webhooks").text

        assert "Nothing has arrived yet. Connect a first form" in text

    def test_a_viewer_imports_nothing(self, house: House) -> None:
        visitor = Visitor(house, "viewer")

        assert "Import YAML" not in visitor.get("/webhooks").text
        assert visitor.get("/webhooks/import").status == 403
        assert visitor.send("/webhooks/import", text=ESSAI).status == 403


class TestLive:
    def test_it_says_since_when_and_in_which_version(self, house: House) -> None:
        assert "Live since 22 Nov 2026, version 1." in Visitor(house, "viewer").get(at(house)).text

    def test_a_checklist_says_what_is_to_be_right(self, listening: House) -> None:
        sent(listening, ZOE)
        lines = {
            one["code"]: one["state"] for one in Visitor(listening, "viewer").json(at(listening, "live.json"))["lines"]
        }

        assert lines == {
            "decided": "ok",
            "identity": "ok",
            "proof": "ok",
            "previewed": "unknown",
            "targets": "ok",
            "contact": "look",
            "alerts": "look",
            "check_up": "ok",
        }

    def test_a_question_that_nobody_decided_keeps_it_from_going_live(self, listening: House) -> None:
        sent(listening, written(mail="zoe.lefevre@example.org", surprise="x"))
        visitor = go_live(Visitor(listening), listening)

        assert (visitor.status, hook_in(listening, "essai").mode) == (409, "capture")
        assert "1 question is not decided." in visitor.text
        assert visitor.title.startswith("Error: ")

    def test_a_missing_field_of_qomon_keeps_it_from_going_live(self, listening: House) -> None:
        without_metier(listening)
        visitor = go_live(Visitor(listening), listening)

        assert (visitor.status, hook_in(listening, "essai").mode) == (409, "capture")

    def test_what_is_only_dangerous_needs_a_tick(self, listening: House) -> None:
        visitor = go_live(Visitor(listening), listening, know="contact")

        assert (visitor.status, hook_in(listening, "essai").mode) == (409, "capture")
        assert "Tick that you know: Nobody gets an alert" in visitor.text

    def test_a_tick_for_less_than_there_is_now_has_to_be_set_again(self, listening: House) -> None:
        source = go_live(Visitor(listening), listening, know="contact").source

        assert re.search(r'name="know" value="(alerts,contact|contact,alerts)" required>', source)

    def test_going_live_sends_the_kept_one_only_when_asked(self, listening: House) -> None:
        event = sent(listening, ZOE)
        visitor = go_live(Visitor(listening), listening, kept="leave")
        listening.drain()

        assert visitor.follow().text.count("essai is live, version 2.") == 1
        assert outcomes(listening, [event]) == [("captured", None)]
        assert "1 submission was kept while it only listened, and is not sent." in visitor.text

    def test_going_live_sends_the_kept_ones_oldest_first(self, listening: House) -> None:
        event = sent(listening, ZOE)
        visitor = go_live(Visitor(listening), listening, kept="send")
        listening.drain()

        assert "1 kept submission is sent." in visitor.follow().text
        assert outcomes(listening, [event]) == [("delivered", None)]
        assert deeds(listening)[:2] == ["released", "published"]

    def test_the_first_ones_wait_for_a_yes_if_somebody_wants_that(self, listening: House) -> None:
        event = sent(listening, ZOE)
        visitor = go_live(Visitor(listening), listening, approve="on", kept="send")
        listening.drain()

        assert "The first 10 writes wait for your yes." in visitor.follow().text
        assert outcomes(listening, [event]) == [("held", "approval")]

    def test_going_live_twice_is_going_live_once(self, listening: House) -> None:
        visitor = Visitor(listening)
        for _ in range(2):
            assert go_live(visitor, listening).status == 303

        assert hook_in(listening, "essai").revision == 2
        assert deeds(listening).count("published") == 1

    def test_whoever_decided_about_another_version_decides_again(self, listening: House) -> None:
        visitor = Visitor(listening)
        visitor.send(at(listening), mode="preview", seen=1)
        go_live(visitor, listening, seen=1)

        assert visitor.status == 409
        assert "Version 2 was published meanwhile." in visitor.text

    def test_a_draft_goes_into_service_with_it(self, listening: House) -> None:
        with listening.services.store.write() as tx:
            text = DRAFTING.replace("to: custom_fields.Métier", "to: nothing")
            listening.services.hooks.save_draft(tx, text, listening.clock())
        visitor = Visitor(listening).get(at(listening))
        assert "Going live puts" not in visitor.text
        assert "puts the draft in service as version 2. 2 things differ from version 1." in visitor.text

        go_live(visitor, listening)
        assert (hook_in(listening, "essai").revision, hook_in(listening, "essai").rules[6].to) == (2, "nothing")

    def test_answers_that_a_draft_loses_are_known_or_it_is_not_published(self, listening: House) -> None:
        sent(listening, ZOE)
        with listening.services.store.write() as tx:
            text = DRAFTING.replace("to: custom_fields.Métier", "to: nothing")
            listening.services.hooks.save_draft(tx, text, listening.clock())
        visitor = Visitor(listening)
        assert "1 answer that version 1 sends would no longer be sent. I know." in visitor.get(at(listening)).text
        assert go_live(visitor, listening).status == 409
        assert go_live(visitor, listening, lose=1).status == 409
        assert go_live(visitor, listening, lose=1, why="nobody reads it").status == 303

    def test_dry_runs_write_nothing(self, listening: House) -> None:
        Visitor(listening).send(at(listening), mode="preview", seen=1)
        event = sent(listening, ZOE)
        listening.drain()

        assert outcomes(listening, [event]) == [("previewed", None)]
        lines = Visitor(listening, "viewer").json(at(listening, "live.json"))["lines"]
        assert [one["state"] for one in lines if one["code"] == "previewed"] == ["ok"]

    def test_it_goes_back_to_listening(self, listening: House) -> None:
        visitor = go_live(Visitor(listening), listening)
        visitor.send(at(listening), mode="capture", seen=2)

        assert visitor.follow().text.count("essai listens: nothing can reach Qomon.") == 1
        assert outcomes(listening, [sent(listening, ZOE)]) == [("captured", None)]

    def test_one_that_is_kept_in_a_file_is_not_switched_here(self, house: House) -> None:
        visitor = Visitor(house)

        assert "It is kept in a file" in visitor.get(at(house)).text
        assert visitor.send(at(house), mode="capture", seen=1).status == 409
        assert hook_in(house, "essai").mode == "live"

    def test_a_viewer_reads_and_does_nothing(self, listening: House) -> None:
        visitor = Visitor(listening, "viewer")

        assert "Go live" not in visitor.get(at(listening)).text
        assert go_live(visitor, listening).status == 403
        assert visitor.send(at(listening, "pause")).status == 403
        assert visitor.get(at(listening, "kept")).status == 403

    def test_a_webhook_that_is_not_there_is_a_404(self, house: House) -> None:
        assert Visitor(house).get("/webhooks/nothere/live").status == 404


class TestTheBrake:
    def test_a_paused_one_writes_nothing_until_it_is_resumed(self, house: House) -> None:
        visitor = Visitor(house)
        visitor.send(at(house, "pause"))
        event = sent(house, ZOE)
        house.drain()
        assert outcomes(house, [event]) == [("queued", "paused")]
        assert "Paused Since 22 Nov 2026" in visitor.follow().text

        visitor.send(at(house, "resume"))
        house.drain()
        assert outcomes(house, [event]) == [("delivered", None)]
        assert deeds(house)[:2] == ["resumed", "paused"]

    def test_pausing_twice_keeps_the_first_moment(self, house: House) -> None:
        visitor = Visitor(house)
        visitor.send(at(house, "pause"))
        house.clock.move(hours=1)
        visitor.send(at(house, "pause"))

        assert visitor.json(at(house, "live.json"))["paused_since"] == "2026-11-22T09:00:00+00:00"

    def test_one_that_stopped_by_itself_says_why_and_goes_on(self, house: House) -> None:
        id_ = hook_in(house, "essai").id
        with house.services.store.write() as tx:
            breaker.pull(tx, id_, Cause("creations", "", 24, "creations"), house.clock())
        visitor = Visitor(house)
        assert "24 new contacts within an hour, far over usual" in visitor.get(at(house)).text
        assert "Stopped by itself" in visitor.get("/webhooks").text

        visitor.send(at(house, "resume"))
        with house.services.store.read() as tx:
            assert breaker.why(tx, id_) is None


class TestWhatWasKept:
    def test_a_few_are_sent_with_one_button(self, listening: House) -> None:
        events = [sent(listening, written(mail="zoe.lefevre@example.org", metier=str(n))) for n in range(2)]
        visitor = go_live(Visitor(listening), listening)
        assert "2 submissions were kept while it only listened." in visitor.get(at(listening, "kept")).text
        visitor.send(at(listening, "kept/send"))
        listening.drain()

        assert outcomes(listening, events) == [("delivered", None)] * 2
        assert visitor.send(at(listening, "kept/send")).status == 303

    def test_more_than_fifty_ask_for_the_password(self, listening: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bridge.pages.live.MANY", 1)
        for n in range(2):
            sent(listening, written(mail="zoe.lefevre@example.org", metier=str(n)))
        visitor = go_live(Visitor(listening), listening, kept="send")
        assert visitor.answer.headers["Location"] == at(listening, "kept")
        assert visitor.send(at(listening, "kept/send")).answer.headers["Location"] == at(listening, "kept")

        listening.clock.move(minutes=16)
        assert "Your password, please" in visitor.send(at(listening, "kept/send-all")).text
        assert set(outcomes(listening, [row.id for row in rows(listening, tables.event)])) == {("captured", None)}

    def test_they_may_be_left_out(self, listening: House) -> None:
        event = sent(listening, ZOE)
        Visitor(listening).send(at(listening, "kept/leave-out"))

        assert outcomes(listening, [event]) == [("skipped", None)]

    def test_nothing_is_sent_while_it_listens(self, listening: House) -> None:
        sent(listening, ZOE)

        assert "They can be sent once the webhook is live." in Visitor(listening).get(at(listening, "kept")).text


class TestWhatMoved:
    def test_nothing_moved(self, house: House) -> None:
        assert "Nothing moved since version 1." in Visitor(house, "viewer").get(at(house, "watch")).text

    def test_a_new_question_is_told(self, house: House) -> None:
        sent(house, written(mail="zoe.lefevre@example.org", taille="M"))
        visitor = Visitor(house, "viewer").get(at(house, "watch"))

        assert "The question ‘taille’ is not decided: 1 answer, not sent." in visitor.text
        assert re.search(r"Changes to watch [1-9]", visitor.text)

    def test_a_field_that_is_gone_is_told(self, house: House) -> None:
        done(hooks(house, "import", "-", stdin=ESSAI + "  - {from: x, to: nothing}\n"))
        without_metier(house)
        house.read_catalogue()
        moved = Visitor(house, "viewer").json(at(house, "watch.json"))["moved"]

        assert "form_gone" in {one["code"] for one in moved}

    def test_hostile_labels_are_only_text(self, house: House) -> None:
        sent(house, written(**{"mail": "zoe.lefevre@example.org", HOSTILE: "x"}))
        visitor = Visitor(house, "viewer").get(at(house, "watch"))

        assert "<script>alert" not in visitor.source
        assert "&lt;script&gt;" in visitor.source


class TestRefusedCalls:
    def test_what_was_refused_is_shown_masked_and_noted(self, house: House) -> None:
        refuse(house)
        visitor = Visitor(house).get(at(house, "refused"))

        assert "1 call refused: the secret in the tool is probably not this one." in visitor.text
        assert "It is kept for 72 hours." in visitor.text
        assert ("z•••@e•••.org" in visitor.text, "lefevre" in visitor.source, "mistyped" in visitor.source) == (
            True,
            False,
            False,
        )
        assert deeds(house)[0] == "looked_at_refused"

    def test_a_viewer_does_not_look(self, house: House) -> None:
        visitor = Visitor(house, "viewer")

        assert visitor.get(at(house, "refused")).status == 403
        assert visitor.send(at(house, "refused/recheck")).status == 403

    def test_checked_again_with_the_right_secret_they_cross(self, tmp_path: Path) -> None:
        house = plain_house(tmp_path, ESSAI.replace("$JSON_TOKEN", "$OTHER"), OTHER="another-token-of-ours")
        refuse(house, token=TOKEN)
        visitor = Visitor(house)
        visitor.send(at(house, "refused/recheck"))
        assert "0 of 1 call is proven now. 0 new submissions received. Still refused: 1." in visitor.follow().text

        house.import_hook(ESSAI)
        visitor.send(at(house, "refused/recheck"))
        assert "1 of 1 call is proven now. 1 new submission received." in visitor.follow().text
        house.drain()
        assert (live(house, 811), rows(house, tables.refused)) == (["Soudeuse"], [])
        assert "No call is refused any more." in visitor.send(at(house, "refused/recheck")).follow().text

    def test_one_is_let_in_by_hand_with_a_reason(self, house: House) -> None:
        refuse(house)
        (call,) = [row.id for row in rows(house, tables.refused)]
        visitor = Visitor(house)
        assert "Let 1 call in by hand?" in visitor.get(at(house, f"refused/{call}/accept")).text
        assert visitor.send(at(house, f"refused/{call}/accept")).status == 409
        visitor.send(at(house, f"refused/{call}/accept"), why="the secret was lost")
        house.drain()

        assert "The call is let in. 1 new submission received." in visitor.follow().text
        assert ("accepted" in deeds(house), live(house, 811)) == (True, ["Soudeuse"])
        assert visitor.send(at(house, f"refused/{call}/accept"), why="again").status == 409
        assert len(rows(house, tables.event)) == 1

    def test_they_are_deleted_after_a_page_that_says_how_many(self, house: House) -> None:
        refuse(house)
        visitor = Visitor(house)
        assert "1 call would be deleted for good." in visitor.get(at(house, "refused/delete")).text
        visitor.send(at(house, "refused/delete"))

        assert (rows(house, tables.refused), deeds(house)[0]) == ([], "refused_deleted")

    def test_a_call_of_another_webhook_is_not_shown(self, house: House) -> None:
        assert Visitor(house).get(at(house, "refused/0123456789abcdef0123/accept")).status == 404

    def test_hostile_calls_are_only_text(self, house: House) -> None:
        refuse(house, written(**{HOSTILE: HOSTILE}))

        assert "<script>alert" not in Visitor(house).get(at(house, "refused")).source


class TestTheWholeWebhook:
    def test_it_is_renamed_and_keeps_its_address(self, listening: House) -> None:
        before = hook_in(listening, "essai").address
        visitor = Visitor(listening).send(at(listening, "rename"), name="essai-2027")

        assert "It is called essai-2027 now." in visitor.follow().text
        assert hook_in(listening, "essai-2027").address == before
        assert deeds(listening)[0] == "renamed"

    def test_a_name_that_is_taken_or_wrong_is_told_and_kept_typed(self, listening: House) -> None:
        listening.import_hook(ESSAI.replace("hook: essai", "hook: aaa").replace("essai234", "aaa23456"))
        visitor = Visitor(listening)

        assert visitor.send(at(listening, "rename"), name="aaa").status == 409
        assert "There is a hook aaa already." in visitor.text
        assert visitor.send(at(listening, "rename"), name="<b>/").status == 409
        assert ("<b>" in visitor.source, visitor.title.startswith("Error: ")) == (False, True)

    def test_a_copy_listens_at_an_address_of_its_own(self, house: House) -> None:
        visitor = Visitor(house).send(at(house, "copy"), name="essai-lyon")

        assert "essai-lyon listens at an address of its own." in visitor.follow().text
        assert (hook_in(house, "essai-lyon").mode, hook_in(house, "essai-lyon").address != "essai234") == (
            "capture",
            True,
        )
        assert Visitor(house).send(at(house, "copy"), name="essai-lyon").status == 409

    def test_it_is_deleted_after_a_page_that_says_what_goes(self, house: House) -> None:
        visitor = Visitor(house)
        assert "what comes there is left out" in visitor.get(at(house, "delete")).text
        path = at(house, "delete")
        for _ in range(2):
            visitor.send(path)
        assert "essai is deleted." in visitor.follow().text
        assert deeds(house).count("hook_deleted") == 1

        send = house.door.post("/hooks/essai234", data=ZOE, headers={"Content-Type": "application/json", **PROOF})
        assert send.status_code == 200
        assert "to 1 of them a form is still sending" in visitor.get("/webhooks").text
        assert "Still sending" in visitor.get("/webhooks?deleted=1").text
        assert visitor.get(path).status == 404

    def test_it_is_not_deleted_while_something_waits(self, house: House) -> None:
        sent(house, written(mail="nobody", metier="x"))
        house.drain()
        visitor = Visitor(house)
        assert "1 needs a decision." in visitor.get(at(house, "delete")).text

        visitor.send(at(house, "delete"))
        assert visitor.answer.headers["Location"] == at(house, "delete")
        assert hook_in(house, "essai").deleted is False

    def test_its_file_is_exported_byte_for_byte(self, house: House) -> None:
        visitor = Visitor(house).get(at(house, "export"))

        assert visitor.source == ESSAI
        assert visitor.answer.headers["Content-Disposition"] == "attachment; filename=essai.yaml"
        assert TOKEN not in visitor.source
        assert Visitor(house, "viewer").get(at(house, "export")).status == 403


class TestImport:
    def test_faults_are_told_with_their_lines_and_nothing_is_saved(self, house: House) -> None:
        visitor = Visitor(house).send("/webhooks/import", text=ESSAI.replace("to: firstname", "to: fristname"))

        assert (visitor.status, "line 11" in visitor.text, hook_in(house, "essai").revision) == (409, True, 1)
        assert "fristname" in visitor.source

    def test_what_would_change_is_shown_before_it_is_saved(self, house: House) -> None:
        text = ESSAI + "  - {from: ville, to: address.city}\n"
        visitor = Visitor(house).send("/webhooks/import", text=text.replace("\n", "\r\n"))
        assert "ville → address.city added" in visitor.text
        assert hook_in(house, "essai").revision == 1

        visitor.send("/webhooks/import", text=text, save="1", why="la ville")
        assert "essai is in service as version 2." in visitor.follow().text
        assert hook_in(house, "essai").text == text
        assert deeds(house)[0] == "imported"

    def test_one_that_loses_answers_waits_as_a_draft(self, house: House) -> None:
        sent(house, ZOE)
        text = ESSAI.replace("to: custom_fields.Métier", "to: nothing")
        visitor = Visitor(house).send("/webhooks/import", text=text)
        assert "1 answer that is sent now would no longer be." in visitor.text

        visitor.send("/webhooks/import", text=text, save="1")
        assert "waits as a draft" in visitor.follow().text
        assert hook_in(house, "essai").text == ESSAI

    def test_what_the_pages_keep_is_overwritten_only_with_a_tick(self, listening: House) -> None:
        text = DRAFTING + "  - {from: ville, to: address.city}\n"
        visitor = Visitor(listening)
        assert "It is kept on these pages: write this over it." in visitor.send("/webhooks/import", text=text).text
        assert visitor.send("/webhooks/import", text=text, save="1").status == 409
        assert visitor.send("/webhooks/import", text=text, save="1", force="on").status == 303

    def test_the_same_file_again_changes_nothing(self, house: House) -> None:
        assert (
            "Nothing would change: version 1 says the same." in Visitor(house).send("/webhooks/import", text=ESSAI).text
        )

    def test_a_new_one_is_made(self, house: House) -> None:
        text = ESSAI.replace("hook: essai", "hook: nouveau").replace("address: essai234\n", "")
        visitor = Visitor(house).send("/webhooks/import", text=text)
        assert "This makes the webhook nouveau" in visitor.text
        assert "It is live as soon as it is saved." in visitor.text

        visitor.send("/webhooks/import", text=text, save="1")
        assert "nouveau is in service as version 1." in visitor.follow().text

    def test_hostile_text_is_only_text(self, house: House) -> None:
        visitor = Visitor(house).send("/webhooks/import", text=f"hook: {HOSTILE}")

        assert ("<script>alert" in visitor.source, visitor.status) == (False, 409)
