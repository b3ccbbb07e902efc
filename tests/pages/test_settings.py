"""Settings: oneself, people, the brake of writing, what is kept, what the deployer set, and who did what."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bridge.hooks import brakes
from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.operations.staff import Staff
from bridge.qomon import account
from tests.support.json_hook import ESSAI, ZOES, crossed, hook_in, outcomes, plain_house, sent
from tests.support.visitor import PASSWORD, Visitor, account_of
from tests.support.whole_bridge import House

OTHER = "une autre phrase secrète"
LYON = {"QOMON_TOKEN__LYON": "invented-key-of-lyon"}
EVIL = "<script>alert(1)</script>\u202eevil"
WAITING = ("queued", "paused")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


def staff(house: House) -> Staff:
    return Staff(house.services.store, house.services.vault)


def deeds(house: House) -> list[str]:
    with house.services.store.read() as tx:
        return [one.did for one in audit.listed(tx, house.services.vault)]


def stops(house: House) -> dict[str, str]:
    with house.services.store.read() as tx:
        return {space: stop.reason for space, stop in account.stops(tx).items()}


def hidden(visitor: Visitor, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', visitor.source)
    assert found is not None
    return unescape(found[1])


def key(visitor: Visitor) -> str:
    """As the page shows it, for whoever types it."""
    found = re.search(r'<code id="key">([^<]+)</code>', visitor.source)
    assert found is not None
    return found[1]


def code_of(typed: str, house: House) -> str:
    from base64 import b32decode

    totp = TOTP(b32decode(typed.replace(" ", "")), 6, SHA1(), 30)
    return totp.generate(int(house.clock().timestamp())).decode()


def switched_on(house: House, visitor: Visitor) -> str:
    """The key of a second factor that is on now."""
    visitor.get("/settings/second-factor")
    typed = key(visitor)
    visitor.send("/settings/second-factor/on", shared=hidden(visitor, "shared"), digits=code_of(typed, house))
    assert visitor.status == 303, visitor.text
    return typed


# Me


def test_it_says_who_is_logged_in(house: House) -> None:
    assert "You are logged in as Vera, a viewer." in Visitor(house, "viewer").get("/settings").text


def test_a_new_name_and_language_are_kept_and_the_name_is_noted(house: House) -> None:
    visitor = Visitor(house, "viewer").send("/settings/me", name="Véra B.", language="fr")
    again = visitor.follow()

    assert '<html lang="fr">' in again.source
    assert [one.name for one in staff(house).listed()] == ["Véra B."]
    assert deeds(house)[0] == "account_renamed"


def test_the_same_name_once_more_is_no_deed(house: House) -> None:
    Visitor(house, "viewer").send("/settings/me", name="Vera", language="en")

    assert "account_renamed" not in deeds(house)


def test_a_blank_name_is_refused_beside_its_field(house: House) -> None:
    visitor = Visitor(house, "viewer").send("/settings/me", name=" ", language="en")

    assert visitor.status == 400
    assert visitor.title.startswith("Error: ")


def test_a_hostile_name_is_shown_as_text(house: House) -> None:
    visitor = Visitor(house, "admin").send("/settings/me", name=EVIL, language="en")

    assert "<script>alert" not in visitor.get("/settings").source
    assert "<script>alert" not in visitor.get("/settings/people").source


def test_a_new_password_asks_for_the_one_of_now_and_ends_other_sessions(house: House) -> None:
    elsewhere, visitor = Visitor(house, "staff"), Visitor(house, "staff")
    visitor.send("/settings/password", password_now=PASSWORD, password_new=OTHER)

    assert visitor.status == 303
    assert "Sessions elsewhere have ended." in visitor.follow().text
    assert elsewhere.get("/settings").status == 303
    assert Visitor(house, None).send("/login", _mail="staff@example.org", _password=OTHER).status == 303


@pytest.mark.parametrize(
    ("now", "new", "told"), [("wrong", OTHER, "4 tries left"), (PASSWORD, "short", "12 characters")]
)
def test_a_wrong_or_weak_password_changes_nothing_and_is_not_sent_back(
    house: House, now: str, new: str, told: str
) -> None:
    visitor = Visitor(house, "staff").send("/settings/password", password_now=now, password_new=new)

    assert (visitor.status, told in visitor.text) == (400, True)
    assert f'value="{new}"' not in visitor.source
    assert "password_changed" not in deeds(house)[:1]


def test_the_password_of_now_cannot_be_guessed_for_long(house: House) -> None:
    visitor = Visitor(house, "staff")
    for _ in range(5):
        visitor.send("/settings/password", password_now="wrong", password_new=OTHER)

    assert "Too many wrong tries" in visitor.text
    assert visitor.send("/settings/password", password_now=PASSWORD, password_new=OTHER).status == 400


# Second factor


def test_a_second_factor_is_on_after_its_first_code(house: House) -> None:
    visitor = Visitor(house, "staff")
    typed = switched_on(house, visitor)
    house.clock.move(seconds=60)
    log_in: dict[str, Any] = {"_mail": "staff@example.org", "_password": PASSWORD}

    assert visitor.get("/settings").status == 200
    assert Visitor(house, None).send("/login", **log_in).status == 401
    assert Visitor(house, None).send("/login", **log_in, _code=code_of(typed, house)).status == 303


def test_the_key_is_a_picture_and_text_and_not_in_the_twin(house: House) -> None:
    visitor = Visitor(house, "viewer").get("/settings/second-factor")

    assert 'src="data:image/svg+xml' in visitor.source
    assert len(key(visitor).replace(" ", "")) == 32
    assert visitor.json("/settings/second-factor.json") == {"on": False}


def test_a_wrong_code_switches_nothing_on_and_keeps_the_same_key(house: House) -> None:
    visitor = Visitor(house, "viewer").get("/settings/second-factor")
    typed = key(visitor)
    visitor.send("/settings/second-factor/on", shared=hidden(visitor, "shared"), digits="000000")

    assert visitor.status == 400
    assert "That code is not right." in visitor.text
    assert key(visitor) == typed
    assert not staff(house).listed()[0].second_factor


def test_another_accounts_key_is_not_taken(house: House) -> None:
    theirs = Visitor(house, "staff").get("/settings/second-factor")
    visitor = Visitor(house, "viewer")
    visitor.send("/settings/second-factor/on", shared=hidden(theirs, "shared"), digits=code_of(key(theirs), house))

    assert visitor.status == 400
    assert not any(one.second_factor for one in staff(house).listed())


def test_a_second_factor_is_switched_off_after_password_and_code(house: House) -> None:
    visitor = Visitor(house, "staff")
    typed = switched_on(house, visitor)
    house.clock.move(minutes=16)
    asked = visitor.send("/settings/second-factor/off")
    before = asked.status
    visitor.send("/settings/second-factor/off", _password=PASSWORD, _code=code_of(typed, house))

    assert before == 200
    assert visitor.status == 303
    assert not account_of(house).second_factor
    assert deeds(house)[0] == "second_factor_off"


# People


def test_people_are_listed_with_what_they_may(house: House) -> None:
    account_of(house, "viewer")
    staff(house).add("karim@example.org", "Karim", "staff", By(house.clock(), "Léa"))
    text = Visitor(house, "admin").get("/settings/people").text

    assert "3 people may open these pages." in text
    assert "viewer@example.org" in text
    assert "invited link works until 25 Nov 2026" in text


@pytest.mark.parametrize("role", ["viewer", "staff"])
@pytest.mark.parametrize("path", ["/settings/people", "/settings/installation", "/settings/activity"])
def test_only_an_admin_sees_people_installation_and_activity(house: House, role: Any, path: str) -> None:
    visitor = Visitor(house, role)

    assert path not in visitor.get("/settings").source
    assert visitor.get(path).status == 403
    assert visitor.get(f"{path}.json").status == 403


def test_a_link_is_shown_once_in_the_answer_and_lets_in(house: House) -> None:
    visitor = Visitor(house, "admin")
    visitor.send("/settings/people", mail="karim@example.org", name="Karim", role="viewer")
    link = re.search(r"/welcome/[\w-]+", visitor.source)

    assert visitor.status == 200
    assert link is not None
    assert "/welcome/" not in visitor.get("/settings/people").source
    assert Visitor(house, None).get(link[0]).status == 200


def test_the_same_person_is_not_invited_twice(house: House) -> None:
    visitor = Visitor(house, "admin")
    for _ in range(2):
        visitor.send("/settings/people", mail="karim@example.org", role="viewer")

    assert visitor.status == 400
    assert "There is an account with this address already." in visitor.text
    assert len(staff(house).listed()) == 2


@pytest.mark.parametrize("wrong", [{"mail": "karim"}, {"mail": ""}, {"mail": "k@example.org", "role": "god"}])
def test_what_is_no_invitation_is_refused(house: House, wrong: dict[str, Any]) -> None:
    visitor = Visitor(house, "admin").send("/settings/people", **{"role": "staff", **wrong})

    assert (visitor.status, len(staff(house).listed())) == (400, 1)


def test_an_invitation_asks_for_the_password_after_a_while(house: House) -> None:
    visitor = Visitor(house, "admin")
    house.clock.move(minutes=16)
    asked = visitor.send("/settings/people", mail="karim@example.org", role="viewer").text
    visitor.send("/settings/people", mail="karim@example.org", role="viewer", _password=PASSWORD)

    assert "Your password, please" in asked
    assert "/welcome/" in visitor.source


def test_a_role_is_changed_and_counts_at_once(house: House) -> None:
    theirs = Visitor(house, "staff")
    one = account_of(house)
    visitor = Visitor(house, "admin").send(f"/settings/people/{one.id}/role", role="admin")

    assert "The role is changed." in visitor.follow().text
    assert theirs.get("/settings/people").status == 200


def test_the_last_admin_keeps_role_and_account(house: House) -> None:
    visitor = Visitor(house, "admin")
    mine = account_of(house, "admin")
    page = visitor.get(f"/settings/people/{mine.id}").text
    less = visitor.send(f"/settings/people/{mine.id}/role", role="staff").status
    gone = visitor.send(f"/settings/people/{mine.id}/remove")

    assert "This is the last admin: make somebody else one first." in page
    assert (less, gone.status) == (409, 409)
    assert account_of(house, "admin").role == "admin"


def test_a_new_link_is_made_for_whoever_lost_the_password(house: House) -> None:
    one = account_of(house)
    visitor = Visitor(house, "admin").send(f"/settings/people/{one.id}/link")

    assert "Hand it to Sam and to nobody else." in visitor.text
    assert deeds(house)[0] == "staff_linked"


def test_a_removed_account_is_gone_and_its_page_with_it(house: House) -> None:
    theirs = Visitor(house, "staff")
    one = account_of(house)
    visitor = Visitor(house, "admin").send(f"/settings/people/{one.id}/remove")

    assert "The account is removed." in visitor.follow().text
    assert theirs.get("/settings").status == 303
    assert visitor.send(f"/settings/people/{one.id}/remove").status == 404


def test_who_removes_their_own_account_is_logged_out(house: House) -> None:
    visitor = Visitor(house, "admin")
    account_of(house, "admin", "other@example.org")
    visitor.send(f"/settings/people/{account_of(house, 'admin').id}/remove")

    assert visitor.answer.headers["Location"] == "/login"
    assert visitor.get("/settings").status == 303


def test_the_twin_of_people_holds_no_secret(house: House) -> None:
    twin = Visitor(house, "admin").json("/settings/people.json")

    assert set(twin["people"][0]) == {
        "id", "mail", "name", "role", "seen_at", "second_factor", "password", "invited_until",
    }  # fmt: skip


# Writing


def test_writing_is_paused_and_goes_on(house: House) -> None:
    visitor = Visitor(house, "staff").send("/settings/writing/pause", space="default", why="a mistake somewhere")
    event = sent(house, ZOES)
    house.drain()
    paused = visitor.follow().text
    waited = outcomes(house, [event])
    visitor.send("/settings/writing/resume", space="default")
    resumed = visitor.follow().text
    house.drain()

    assert "Writing is paused in 1 Qomon account." in paused
    assert "Writing is paused by Sam since 22 Nov 2026, 10:00. Forms are still received and kept." in paused
    assert "1 submission waits to be written." in paused
    assert waited == [WAITING]
    assert "Writing goes on in 1 Qomon account" in resumed
    assert outcomes(house, [event]) == [("delivered", None)]
    assert {"paused", "resumed"} <= set(deeds(house))


def test_a_pause_or_resume_twice_is_one(house: House) -> None:
    visitor = Visitor(house, "staff")
    for deed in ("pause", "pause", "resume", "resume"):
        visitor.send(f"/settings/writing/{deed}")

    assert (deeds(house).count("paused"), deeds(house).count("resumed")) == (1, 1)
    assert "Writing was not paused." in visitor.follow().text


def test_one_account_is_paused_or_all(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI, **LYON)
    visitor = Visitor(house, "staff").send("/settings/writing/pause", space="lyon")
    one = stops(house)
    visitor.send("/settings/writing/pause")

    assert one == {"lyon": "paused"}
    assert stops(house) == {"lyon": "paused", "default": "paused"}
    assert "We write to 0 of 2 Qomon accounts." in visitor.get("/settings/writing").text


def test_an_invented_account_is_not_paused(house: House) -> None:
    visitor = Visitor(house, "staff").send("/settings/writing/pause", space="paris")

    assert (visitor.status, stops(house)) == (409, {})


def test_a_viewer_sees_the_brake_and_does_not_pull_it(house: House) -> None:
    visitor = Visitor(house, "viewer").get("/settings/writing")
    shown = visitor.text

    assert "We write to 1 of 1 Qomon account." in shown
    assert "Pause writing" not in shown
    assert visitor.send("/settings/writing/pause").status == 403


def test_what_qomon_stopped_says_why(house: House) -> None:
    with house.services.store.write() as tx:
        account.trouble(tx, "default", "key_refused", house.clock())
    visitor = Visitor(house, "viewer").get("/settings/writing")

    assert "Qomon refuses our key; all writing has stopped." in visitor.text
    assert visitor.json("/settings/writing.json")["spaces"][0]["reason"] == "key_refused"


def test_writing_that_is_switched_off_says_that_it_is_stronger(tmp_path: Path) -> None:
    house = plain_house(tmp_path, WRITING="off")

    assert "Nothing is written: WRITING=off is set" in Visitor(house, "viewer").get("/settings/writing").text


def test_webhooks_that_are_paused_are_named(house: House) -> None:
    with house.services.store.write() as tx:
        brakes.pause(tx, hook_in(house, "essai").id, house.clock())

    assert "essai Paused" in Visitor(house, "viewer").get("/settings/writing").text


# Keeping, installation


def test_days_are_shown_with_their_variable(tmp_path: Path) -> None:
    house = plain_house(tmp_path, KEEP_DAYS="12")
    visitor = Visitor(house, "viewer").get("/settings/keeping")
    days = {one["variable"]: (one["days"], one["given"]) for one in visitor.json("/settings/keeping.json")["days"]}

    assert days["KEEP_DAYS"] == (12, True)
    assert days["HELD_DAYS"] == (90, False)


def test_what_is_about_to_be_given_up_is_counted(house: House) -> None:
    crossed(house, mail="nobody", metier="Boulangère")
    house.clock.move(days=80)
    text = Visitor(house, "viewer").get("/settings/keeping").text

    assert "1 submission that waits for a decision is given up within 14 days." in text
    assert "essai" in text


def test_every_setting_is_shown_and_no_secret(house: House) -> None:
    visitor = Visitor(house, "admin").get("/settings/installation")
    secrets = [house.services.settings.qomon["default"].token, *house.services.settings.bridge_keys]

    assert "QOMON_TOKEN" in visitor.text
    assert not [one for one in secrets if one in visitor.source]
    assert "flask store backup" in visitor.text
    assert not [one for one in secrets if one in str(visitor.json("/settings/installation.json"))]


# Activity


def test_activity_is_told_the_newest_first_and_filtered(house: House) -> None:
    Visitor(house, "staff").send("/settings/writing/pause", why=EVIL)
    visitor = Visitor(house, "admin").get("/settings/activity")
    whole = visitor.source
    mine = account_of(house, "staff")
    visitor.get(f"/settings/activity?did=paused&who={mine.id}&subject=default&since=2026-11-22&until=2026-11-22")
    found = visitor.json(visitor.answer.request.full_path.replace("activity?", "activity.json?"))

    assert "<script>alert" not in whole
    assert [one["did"] for one in found["noted"]] == ["paused"]
    assert found["noted"][0]["who"] == "Sam"


@pytest.mark.parametrize("query", ["since=2026-11-23", "until=2026-11-21", "who=nobody", "did=invented", "subject=x"])
def test_a_filter_that_finds_nothing_says_so(house: House, query: str) -> None:
    assert "Nothing of that was done." in Visitor(house, "admin").get(f"/settings/activity?{query}").text


def test_what_is_no_day_is_said_in_words(house: House) -> None:
    visitor = Visitor(house, "admin").get("/settings/activity?since=yesterday")

    assert (visitor.status, "That is not a day." in visitor.text) == (409, True)


def test_activity_goes_on_by_number(house: House) -> None:
    by = By(house.clock(), "Léa")
    with house.services.store.write() as tx:
        for number in range(70):
            audit.note(tx, house.services.vault, by, "paused", f"space{number}")
    visitor = Visitor(house, "admin").get("/settings/activity?did=paused")
    older = re.search(r'href="(/settings/activity\?[^"]*before=[^"]+)"', visitor.source)
    assert older is not None
    visitor.get(unescape(older[1]))

    assert "space19" in visitor.text
    assert "space20" not in visitor.text
    assert "Newest" in visitor.text


def test_activity_is_taken_as_a_table_without_formulas_and_that_is_noted(house: House) -> None:
    Visitor(house, "staff").send("/settings/writing/pause", why="=cmd|' /C calc'!A0")
    visitor = Visitor(house, "admin").get("/settings/activity/export?did=paused")
    rows = list(csv.DictReader(io.StringIO(visitor.source.removeprefix("\ufeff"))))

    assert [(row["who"], row["did"], row["why"]) for row in rows] == [("Sam", "paused", "'=cmd|' /C calc'!A0")]
    assert visitor.answer.headers["Content-Disposition"] == 'attachment; filename="activity.csv"'
    assert deeds(house)[0] == "activity_exported"


@pytest.mark.parametrize(
    "path", ["", "/second-factor", "/people", "/writing", "/keeping", "/installation", "/activity"]
)
def test_every_page_of_settings_speaks_french(house: House, path: str) -> None:
    visitor = Visitor(house, "admin", "fr").get(f"/settings{path}")

    assert (visitor.status, '<html lang="fr">' in visitor.source) == (200, True)


def test_a_long_time_ago_is_still_read(house: House) -> None:
    house.clock.at += timedelta(days=100)

    assert Visitor(house, "admin").get("/settings/activity").status == 200
