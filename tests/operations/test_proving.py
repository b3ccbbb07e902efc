"""What is to write to a Qomon account goes live once somebody tried that account on a test contact, or says that they
know better.
"""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from bridge.hooks.revisions import By
from bridge.operations import audit, figures, probe
from bridge.operations.authoring import readiness
from bridge.operations.authoring.readiness import Line
from bridge.store import tables
from tests.support.commands import done, run
from tests.support.json_hook import ESSAI, hook_in, plain_house
from tests.support.whole_bridge import House

PONT = 9000900
LISTENS = ESSAI.replace("mode: live", "mode: capture")
CHANGED = ("{from: metier, to: custom_fields.Métier}", "{from: metier, to: nothing}")
NEVER = "default: what Qomon leaves out of a read was never tried on a test contact."


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = plain_house(tmp_path, LISTENS.replace("hook: essai", "hook: essai\nowner: pages")).read_catalogue()
    made.sandbox.contacts.put(PONT, {"firstname": "Test", "surname": "Pont"})
    with made.services.store.write() as tx:
        text = hook_in(made, "essai").text.replace(*CHANGED)
        made.services.hooks.save_draft(tx, text, made.clock(), "Karim")
    return made


def tried(house: House) -> None:
    probe.attempt(house.services, "default", PONT, By(house.clock(), "somebody", None))


def published(house: House, *more: str) -> Result:
    return run(house, "hooks", "publish", "essai", *more)


def line(house: House, code: str) -> Line | None:
    hook = hook_in(house, "essai")
    with house.services.store.read() as tx, house.app.test_request_context("/"):
        listed = readiness.checklist(tx, hook, None, (), house.clock(), draft=False, alerted=True)
    return next((one for one in listed if one.code == code), None)


def test_a_webhook_is_not_published_into_an_account_that_nobody_tried(house: House) -> None:
    refused = published(house)

    assert (refused.exit_code, hook_in(house, "essai").mode) == (1, "capture")
    assert f"Error: {NEVER} Make a contact named Test Pont in Qomon, and run: flask doctor --probe CONTACT" in (
        refused.output
    )
    assert "add --unproved" in refused.output


def test_who_knows_better_says_so_and_it_is_noted(house: House) -> None:
    done(published(house, "--unproved"))
    with house.services.store.read() as tx:
        (noted,) = audit.listed(tx, house.services.vault, did="published")

    assert hook_in(house, "essai").mode == "live"
    assert (noted.said or {})["unproved"] is True


@pytest.mark.parametrize("mode", ["live", "approve"])
def test_after_the_try_it_is_published_and_nothing_is_warned_of(house: House, mode: str) -> None:
    tried(house)
    result = published(house, "--mode", mode)

    assert (result.exit_code, result.stderr, hook_in(house, "essai").mode) == (0, "", mode)


def test_a_try_of_long_ago_is_warned_of(house: House) -> None:
    tried(house)
    house.clock.move(days=91)
    result = published(house)

    assert (result.exit_code, hook_in(house, "essai").mode) == (0, "live")
    assert result.stderr == (
        "default was tried on a test contact more than 90 days ago. Try it again: flask doctor --probe CONTACT\n"
    )


@pytest.mark.parametrize("mode", ["capture", "preview"])
def test_what_writes_nothing_needs_no_try(house: House, mode: str) -> None:
    result = published(house, "--mode", mode)

    assert (result.exit_code, result.stderr) == (0, "")


def test_going_back_to_a_version_that_was_in_service_needs_none(house: House) -> None:
    done(published(house, "--unproved"))
    done(published(house, "--version", "1"))
    back = published(house, "--version", "2")

    assert (back.exit_code, hook_in(house, "essai").mode) == (0, "live")


@pytest.mark.parametrize(("text", "told"), [(ESSAI, f"{NEVER} Try it: flask doctor --probe CONTACT\n"), (LISTENS, "")])
def test_a_file_is_imported_all_the_same_and_warned_of_beside(tmp_path: Path, text: str, told: str) -> None:
    house = House(tmp_path, (), JSON_TOKEN="an-invented-token")
    result = run(house, "hooks", "import", "-", stdin=text)
    mode = "live" if text is ESSAI else "capture"

    assert (result.exit_code, result.stderr) == (0, told)
    assert result.stdout == f"essai: revision 1, {mode}, https://bridge.example.org/hooks/essai234\n"


def test_of_another_account_the_command_says_which(tmp_path: Path) -> None:
    house = House(tmp_path, (), JSON_TOKEN="an-invented-token", QOMON_TOKEN__LYON="another-invented-token")
    result = run(house, "hooks", "import", "-", stdin=ESSAI.replace("source: json", "source: json\nspace: lyon"))

    assert result.stderr.endswith("Try it: flask doctor --probe CONTACT --space lyon\n")


def states(house: House, **moved: Any) -> str | None:
    house.clock.move(**moved)
    found = line(house, "contact")
    return found.state if found else None


def test_the_checklist_of_going_live_asks_for_the_same(house: House) -> None:
    assert states(house) == "look"
    tried(house)

    assert (states(house), states(house, days=90), states(house, days=1)) == ("ok", "ok", "look")


def test_a_try_without_a_day_is_worth_a_look(house: House) -> None:
    tried(house)
    with house.services.store.write() as tx:
        tx.execute(tables.space.update().values(profile='{"omitted": [], "proved": true}'))
    found = line(house, "contact")

    assert found == Line("contact", "look", "default: when it was last tried on a test contact is not known.")


def test_where_the_plan_puts_it_to_sleep_going_live_asks_for_a_tick(house: House) -> None:
    figures.make(house.services)
    found = []
    for _ in range(2):
        house.clock.move(hours=1)
        figures.make(house.services)
        found.append(line(house, "asleep"))

    said = "This plan puts the app to sleep. Tools that never try again may lose submissions meanwhile."
    assert found == [None, Line("asleep", "look", said)]
