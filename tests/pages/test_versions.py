"""The dry run and the versions of a webhook on its pages."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from bridge.hooks.registry import Hook
from bridge.operations import audit
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import done, hooks
from tests.support.json_hook import fault, hook_in, rows, writes
from tests.support.visitor import Visitor
from tests.support.whole_bridge import BENEVOLES, House, sample

PAGES = BENEVOLES.replace("mode: live\n", "mode: live\nowner: pages\n")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Live, of the pages, with one submission that crossed."""
    made = House(tmp_path, (PAGES,)).read_catalogue()
    made.cross(sample())
    return made


def at(house: House, tab: str = "versions") -> str:
    return f"/webhooks/{hook_in(house).id}/{tab}"


def event_of(house: House) -> str:
    return str(rows(house, tables.event)[0].id)


def draft(
    house: House, edit: tuple[str, str] = ("{from: Téléphone, to: mobile}", "{from: Téléphone, to: nothing}")
) -> Hook:
    with house.services.store.write() as tx:
        return house.services.hooks.save_draft(tx, hook_in(house).text.replace(*edit), house.clock(), "Karim")


def publish(visitor: Visitor, house: House, seen: int = 1, **said: Any) -> Visitor:
    return visitor.send(at(house, "publish"), seen=seen, **said)


def try_it(house: House, **said: Any) -> Visitor:
    return Visitor(house).send(at(house, "preview"), **{"event": event_of(house), "whom": "auto", **said})


def test_a_dry_run_says_what_would_change_and_what_a_plain_webhook_would_erase(house: House) -> None:
    house.sandbox.contacts.all[ZOE]["firstname"] = ""
    before = writes(house)
    page = try_it(house)

    assert "1 field would change," in page.text
    assert "A plain webhook would have erased" in page.text
    assert writes(house) == before


def test_a_dry_run_says_who_was_found_and_that_the_first_name_agrees(house: House) -> None:
    assert f"Contact {ZOE}, found by mail. The first name agrees." in try_it(house).text


def test_a_dry_run_takes_a_contact_by_its_number_or_its_mail(house: House) -> None:
    by_number = try_it(house, whom="known", contact=str(ZOE)).text
    by_mail = try_it(house, whom="known", contact="zoe.lefevre@example.org")

    assert f"Contact {ZOE}, found by its number" in by_number
    assert f"Contact {ZOE}, found by its number" in by_mail.text
    assert "zoe.lefevre" not in by_mail.title


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Type the number or the mail address of a contact that you know."),
        ("Zoé", "That is neither a contact’s number nor a mail address."),
        ("nobody@example.org", "Nobody in Qomon has this address."),
        ("123456789", "There is no contact with this number in Qomon."),
    ],
)
def test_a_contact_that_is_not_there_is_told_and_what_was_typed_stays(house: House, typed: str, told: str) -> None:
    page = try_it(house, whom="known", contact=typed)

    assert (page.status, told in page.text) == (400, True)
    assert f'value="{typed}"' in page.source


def test_a_dry_run_without_qomon_says_so_and_loses_nothing(house: House) -> None:
    fault(house, "GET", "contacts", "error_before", times=9)
    page = try_it(house, whom="known", contact=str(ZOE))

    assert (page.status, "Nothing was changed. Try again in" in page.text) == (503, True)
    assert f'value="{ZOE}"' in page.source


def test_a_dry_run_tries_the_draft_where_there_is_one(house: House) -> None:
    draft(
        house, ("{from: Prénom, to: firstname, as: name, change: fill}", "{from: Prénom, to: firstname, change: set}")
    )
    house.sandbox.contacts.all[ZOE]["firstname"] = "Zoë"
    page = try_it(house)

    assert "This tries the draft, not what is in service." in page.text


def test_a_submission_of_another_webhook_is_not_tried(house: House, tmp_path: Path) -> None:
    house.import_hook(PAGES.replace("benevoles", "autre").replace("k3f9x2m7", "autre123"))
    other = house.post(sample(), "autre123")["events"][0]["event"]

    assert "Choose a submission of this webhook." in try_it(house, event=other).text


def test_a_dry_run_is_for_staff_and_noted(house: House) -> None:
    try_it(house)
    with house.services.store.read() as tx:
        noted = [one.did for one in audit.listed(tx, house.services.vault, did="submission_seen")]

    assert noted == ["submission_seen"]
    assert Visitor(house, "viewer").get(at(house, "preview")).status == 403


def test_the_twin_of_the_dry_run_names_submissions_and_nobody(house: House) -> None:
    assert [one["event"] for one in Visitor(house).json(f"{at(house, 'preview')}.json")["cases"]] == [event_of(house)]


def test_versions_say_when_by_whom_and_how_many_submissions(house: House) -> None:
    told = Visitor(house, "viewer").json(f"{at(house)}.json")

    assert [(one["number"], one["submissions"]) for one in told["versions"]] == [(1, 1)]


def test_a_draft_is_shown_with_what_it_changes(house: House) -> None:
    draft(house)
    page = Visitor(house, "viewer").get(at(house))

    assert "Téléphone → mobile removed" in page.text
    assert "saved by Karim" in page.text
    assert "Throw the draft away" not in page.text


def test_a_draft_that_loses_answers_is_published_with_a_tick_and_a_reason_only(house: House) -> None:
    draft(house)
    visitor = Visitor(house)
    asked = visitor.get(at(house, "publish")).text
    without = publish(visitor, house).status
    no_reason = publish(visitor, house, lose=1).status
    told = publish(visitor, house, lose=1, why="no phones").follow().text

    assert "1 answer that version 1 sends would no longer be sent. I know." in asked
    assert (without, no_reason) == (409, 409)
    assert "Version 2 is in service." in told


def test_what_was_typed_stays_when_publishing_fails(house: House) -> None:
    draft(house)
    page = publish(Visitor(house), house, why="no phones")

    assert page.title.startswith("Error: ")
    assert 'value="no phones"' in page.source


def test_publishing_twice_makes_one_version(house: House) -> None:
    draft(house)
    visitor = Visitor(house)
    publish(visitor, house, lose=1, why="no phones")
    publish(visitor, house, lose=1, why="no phones")

    assert "There is no draft any more" in visitor.follow().text
    assert hook_in(house).revision == 2


def test_over_a_version_that_somebody_published_meanwhile_only_when_it_was_seen(house: House) -> None:
    draft(house)
    other = hook_in(house).text.replace("utm_source", "utm_medium")
    with house.services.store.write() as tx:
        house.services.hooks.import_text(tx, other, pinned=None, now=house.clock(), force=True)
    visitor = Visitor(house)
    asked = visitor.get(at(house, "publish")).text
    unseen = publish(visitor, house, seen=2, lose=1, why="no phones").status
    seen = publish(visitor, house, seen=2, lose=1, why="no phones", over=2).status

    assert "Version 2 was published since this draft was begun." in asked
    assert (unseen, seen) == (409, 303)


def test_a_question_that_is_not_decided_blocks(house: House) -> None:
    draft(house, ("  - {from: Commentaire, to: nothing}\n", ""))
    page = Visitor(house).get(at(house, "publish"))

    assert "1 question of the form is not decided." in page.text
    assert "Publish the draft" not in page.source.partition('<form method="post" action="/webhooks')[2]
    assert publish(page, house).status == 409


def test_going_back_shows_the_difference_and_makes_a_new_version(house: House) -> None:
    draft(house)
    visitor = Visitor(house)
    publish(visitor, house, lose=1, why="no phones")
    asked = visitor.get(f"{at(house)}/1").text
    told = visitor.send(f"{at(house)}/1", seen=2, why="phones after all").follow().text
    again = visitor.send(f"{at(house)}/1", seen=2).follow().text

    assert "Téléphone → mobile added" in asked
    assert "Version 3 is in service." in told
    assert "nothing was published" in again
    assert (hook_in(house).revision, [rule.to for rule in hook_in(house).rules if rule.source == "Téléphone"]) == (
        3,
        ["mobile"],
    )


def test_there_is_no_way_back_to_what_is_in_service_or_never_was(house: House) -> None:
    visitor = Visitor(house)

    assert visitor.get(f"{at(house)}/1").status == 404
    assert visitor.get(f"{at(house)}/9").status == 404


def test_a_draft_is_thrown_away_after_its_differences_were_shown(house: House) -> None:
    draft(house)
    visitor = Visitor(house)
    asked = visitor.get(at(house, "discard")).text
    told = visitor.send(at(house, "discard")).follow().text
    again = visitor.send(at(house, "discard")).follow().text

    assert "2 differences from version 1 would be gone." in asked
    assert "The draft is thrown away." in told
    assert "There is no draft any more" in again


def test_a_viewer_publishes_nothing(house: House) -> None:
    draft(house)
    viewer = Visitor(house, "viewer")

    assert viewer.get(at(house, "publish")).status == 403
    assert publish(viewer, house, lose=1, why="x").status == 403
    assert viewer.send(at(house, "discard")).status == 403


def test_a_webhook_that_is_kept_in_a_file_goes_back_with_its_file(tmp_path: Path) -> None:
    house = House(tmp_path, (BENEVOLES, BENEVOLES.replace("utm_source", "utm_medium"))).read_catalogue()
    visitor = Visitor(house)

    assert "kept in a file (owner: git)" in visitor.get(at(house)).text
    assert "Go back to version 1" not in visitor.text
    assert visitor.send(f"{at(house)}/1", seen=2).status == 409


def test_counting_stays_quick_with_very_many(house: House) -> None:
    """By the webhook's index, and no more than ten thousand rows of it."""
    like = {column.name: value for column, value in zip(tables.event.c, rows(house, tables.event)[0], strict=True)}
    many = [{**like, "id": f"{number:020x}", "seq": 100 + number, "lane": None} for number in range(12_000)]
    with house.services.store.write() as tx:
        tx.execute(insert(tables.event), many)
    told = Visitor(house).json(f"{at(house)}.json")

    assert told["versions"][0]["submissions"] == 10_000


def test_publishing_without_qomon_says_so(house: House) -> None:
    draft(house)
    fault(house, "GET", "forms", "error_before", times=9)
    page = publish(Visitor(house), house, lose=1, why="no phones")

    assert "Qomon’s fields could not be read, so nothing was done." in page.text
    assert hook_in(house).revision == 1


def test_a_webhook_that_only_listens_goes_on_to_listen(tmp_path: Path) -> None:
    house = House(tmp_path, ()).read_catalogue()
    done(hooks(house, "new", "benevoles", "--source", "tally"))
    house.post(sample(), hook_in(house).address)
    done(
        hooks(
            house,
            "suggest",
            "benevoles",
            "--accept",
            "sure",
            "--rest",
            "nothing",
            "--consent",
            "RGPD",
            "--address",
            "keep",
        )
    )
    visitor = Visitor(house)
    asked = visitor.get(at(house, "publish")).text
    publish(visitor, house)

    assert "The webhook goes on listening" in asked
    assert (hook_in(house).revision, hook_in(house).mode) == (2, "capture")
