"""Who gets in: the login and its pauses, the first account, one-time links, second factors, sessions that end."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.operations.staff import Staff, new_second_factor
from tests.support.json_hook import plain_house
from tests.support.visitor import PASSWORD, Visitor, account_of
from tests.support.whole_bridge import House

CODE = "a setup code of the platform"
OTHER = "une autre phrase secrète"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


def staff(house: House) -> Staff:
    return Staff(house.services.store, house.services.vault)


def deeds(house: House) -> list[str]:
    with house.services.store.read() as tx:
        return [one.did for one in audit.listed(tx, house.services.vault)]


def log_in(house: House, mail: str = "staff@example.org", password: str = PASSWORD, **more: Any) -> Visitor:
    return Visitor(house, None).send("/login", _mail=mail, _password=password, **more)


def code_of(secret: str, house: House) -> str:
    totp = TOTP(bytes.fromhex(secret), 6, SHA1(), 30)
    return totp.generate(int(house.clock().timestamp())).decode()


def test_a_right_password_leads_to_the_overview_and_is_noted(house: House) -> None:
    visitor = Visitor(house, "staff")

    assert visitor.answer.headers["Location"] == "/"
    assert deeds(house)[0] == "signed_in"


def test_whoever_is_not_logged_in_is_sent_to_the_login_and_then_back(house: House) -> None:
    account_of(house)
    visitor = Visitor(house, None).get("/?reason=held")
    there = visitor.answer.headers["Location"]
    visitor.get(there)
    visitor.send(there, _mail="staff@example.org", _password=PASSWORD)

    assert there == "/login?next=/?reason%3Dheld"
    assert visitor.answer.headers["Location"] == "/?reason=held"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example.org", "//evil.example.org", "/\\evil.example.org", "\\\\evil", "javascript:alert(1)"],
)
def test_the_login_leads_to_no_other_site(house: House, target: str) -> None:
    account_of(house)
    visitor = Visitor(house, None)
    visitor.send(f"/login?next={quote(target)}", _mail="staff@example.org", _password=PASSWORD)

    assert visitor.answer.headers["Location"] == "/"


def test_wrong_passwords_are_answered_in_the_same_words_whether_or_not_there_is_such_an_account(house: House) -> None:
    account_of(house)
    known = log_in(house, password="wrong")
    unknown = log_in(house, "nobody@example.org", "wrong")

    assert (known.status, unknown.status) == (401, 401)
    assert "4 tries left, then a 15-minute pause." in known.text
    assert known.text == unknown.text


def test_after_five_wrong_ones_the_right_one_waits_a_quarter_of_an_hour(house: House) -> None:
    account_of(house)
    for _ in range(5):
        log_in(house, password="wrong")

    assert "Too many wrong tries. Try again in 15 minutes." in log_in(house).text
    assert deeds(house)[0] == "login_locked"
    house.clock.move(minutes=15, seconds=1)
    assert log_in(house).status == 303


def test_a_right_one_forgets_those_before(house: House) -> None:
    account_of(house)
    for _ in range(4):
        log_in(house, password="wrong")
    log_in(house)

    assert "4 tries left" in log_in(house, password="wrong").text


def test_one_caller_cannot_try_many_addresses(house: House) -> None:
    account_of(house)
    for number in range(30):
        log_in(house, f"someone{number}@example.org", "wrong")

    assert "Too many wrong tries" in log_in(house).text


def test_a_login_lasts_twelve_hours(house: House) -> None:
    visitor = Visitor(house, "staff")
    house.clock.move(hours=11, minutes=59)
    before = visitor.get("/").status
    house.clock.move(minutes=2)

    assert (before, visitor.get("/").status) == (200, 303)


def test_a_password_change_ends_every_other_session(house: House) -> None:
    visitor = Visitor(house, "staff")
    mine = account_of(house)
    staff(house).change_password(mine, OTHER, By(house.clock(), "Sam"))

    assert visitor.get("/").status == 303


def test_a_removed_account_is_out_at_once(house: House) -> None:
    visitor = Visitor(house, "staff")
    staff(house).remove(account_of(house).id, By(house.clock(), "Léa"))

    assert visitor.get("/").status == 303


def test_a_second_factor_is_asked_and_each_code_works_once(house: House) -> None:
    mine, secret = account_of(house), new_second_factor()
    staff(house).set_second_factor(mine, secret, code_of(secret, house), By(house.clock(), "Sam"))
    house.clock.move(seconds=60)
    code = code_of(secret, house)

    assert log_in(house).status == 401
    assert log_in(house, _code="000000").status == 401
    assert log_in(house, _code=code).status == 303
    assert log_in(house, _code=code).status == 401


def test_setup_is_closed_without_a_code_and_after_the_first_account(tmp_path: Path) -> None:
    closed = plain_house(tmp_path / "closed")
    house = plain_house(tmp_path / "open", SETUP_CODE=CODE)
    before = Visitor(house, None).get("/setup").status
    account_of(house, "admin")

    assert Visitor(closed, None).get("/setup").status == 404
    assert (before, Visitor(house, None).get("/setup").status) == (200, 404)


def test_the_first_account_is_an_admin_made_with_the_code(tmp_path: Path) -> None:
    house = plain_house(tmp_path, SETUP_CODE=CODE)
    visitor = Visitor(house, None).get("/login").follow()
    said: dict[str, Any] = {"name": "Léa", "mail": "Lea@Example.org", "password": PASSWORD}
    wrong = visitor.send("/setup", setup_code="a guess of somebody", **said).text
    visitor.send("/setup", setup_code=CODE, **said)

    assert "This is not the setup code." in wrong
    assert visitor.status == 303
    assert [(one.mail, one.role) for one in staff(house).listed()] == [("lea@example.org", "admin")]
    assert visitor.get("/").status == 200


def test_the_setup_code_cannot_be_guessed_for_long(tmp_path: Path) -> None:
    house = plain_house(tmp_path, SETUP_CODE=CODE)
    said: dict[str, Any] = {"name": "Léa", "mail": "lea@example.org", "password": PASSWORD}
    for number in range(5):
        Visitor(house, None).send("/setup", setup_code=f"a guess number {number}", **said)
    visitor = Visitor(house, None).send("/setup", setup_code=CODE, **said)

    assert visitor.status == 400
    assert staff(house).listed() == []


def test_a_link_sets_a_password_once(house: House) -> None:
    made, token = staff(house).add("karim@example.org", "Karim", "viewer", By(house.clock(), "Léa"))
    visitor = Visitor(house, None).get(f"/welcome/{token}")
    looked = Visitor(house, None).get(f"/welcome/{token}").status
    visitor.send(f"/welcome/{token}", password=PASSWORD)

    assert looked == 200
    assert (visitor.status, visitor.get("/").status) == (303, 200)
    assert Visitor(house, None).get(f"/welcome/{token}").status == 404
    assert made.role == "viewer"


def test_a_link_works_for_three_days(house: House) -> None:
    _made, token = staff(house).add("karim@example.org", "Karim", "viewer", By(house.clock(), "Léa"))
    house.clock.move(days=3, seconds=1)

    assert Visitor(house, None).get(f"/welcome/{token}").status == 404


def test_a_short_password_is_refused_with_what_is_wrong(house: House) -> None:
    _made, token = staff(house).add("karim@example.org", "Karim", "viewer", By(house.clock(), "Léa"))
    visitor = Visitor(house, None).get(f"/welcome/{token}").send(f"/welcome/{token}", password="short")

    assert visitor.status == 400
    assert visitor.title.startswith("Error: ")
    assert "There is a problem" in visitor.text


def test_a_forged_form_does_nothing_and_says_so(house: House) -> None:
    visitor = Visitor(house, "staff")

    assert visitor.send("/logout", token="forged", here=False).status == 400
    assert visitor.get("/").status == 200


def test_a_form_of_an_older_page_is_shown_again_with_what_was_typed(house: House) -> None:
    visitor = Visitor(house, "staff").send("/logout", token="older", note="typed by hand", password="hunter2hunter2")

    assert visitor.status == 400
    assert 'name="note" value="typed by hand"' in visitor.source
    assert "hunter2" not in visitor.source


def test_what_was_typed_when_the_session_was_over_goes_on_after_the_login(house: House) -> None:
    visitor = Visitor(house, "staff")
    house.clock.move(hours=13)
    asked = visitor.send("/logout", note="typed by hand")
    kept = 'name="note" value="typed by hand"' in asked.source
    went_on = asked.send("/logout", note="typed by hand", _mail="staff@example.org", _password=PASSWORD)

    assert kept
    assert went_on.answer.headers["Location"] == "/login"


def test_another_site_cannot_plant_a_form_for_after_the_login(house: House) -> None:
    visitor = Visitor(house, None).send("/logout", here=False, note="planted")

    assert (visitor.status, "planted" in visitor.source) == (303, False)


@pytest.mark.parametrize(("language", "word"), [("en", "Password"), ("fr", "Mot de passe"), ("de", "Mot de passe")])
def test_a_page_speaks_the_browsers_language_else_the_default(house: House, language: str, word: str) -> None:
    assert word in Visitor(house, None, language).get("/login").text


def test_the_chosen_language_stays_with_the_account(house: House) -> None:
    Visitor(house, "staff").send("/language", language="fr", next="/")

    assert re.search(r'<html lang="fr">', Visitor(house, "staff").get("/").source)


def test_every_page_forbids_scripts_of_others_and_is_kept_nowhere(house: House) -> None:
    headers = Visitor(house, None).get("/login").answer.headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_the_door_sets_no_cookie(house: House) -> None:
    answer = house.door.get("/health")

    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
