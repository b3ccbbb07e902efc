"""The check-up: one line for each thing that was looked at; and the try on a test contact, which admins begin."""

from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Response

from bridge.hooks.revisions import By
from bridge.operations import audit, figures, probe
from bridge.operations.staff import Role
from bridge.pages import checking
from bridge.qomon import account
from bridge.store import tables
from schemas.outputs.checkup import CheckUpPage
from tests.support.json_hook import ESSAI, TOKEN, plain_house, sent, stored, switch, writes, written
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

PONT = 9000900
OPEN = ESSAI.replace("proof: {scheme: header, header: X-Token, secret: $JSON_TOKEN}", "proof: {scheme: none}")


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = plain_house(tmp_path).read_catalogue()
    made.sandbox.contacts.put(PONT, {"firstname": "Test", "surname": "Pont"})
    return made


def lines(house: House) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    with house.app.test_request_context("/"):  # a login takes longer than all that is looked at here
        told = CheckUpPage().dump(checking.check_up())
    for line in told["lines"]:
        found.setdefault(line["code"], []).append(line)
    return found


def words(house: House, code: str) -> list[str]:
    return [line["word"] for line in lines(house).get(code, [])]


def test_what_is_good_is_said_too(house: House) -> None:
    found = {code: [line["word"] for line in mine] for code, mine in lines(house).items()}

    for code in ("store", "key", "writing", "proof", "version", "address", "hooks"):
        assert found[code] == ["good"], code


def test_what_nobody_tells_us_is_unknown(house: House) -> None:
    found = lines(house)

    assert {code: found[code][0]["word"] for code in ("backup", "growth", "counted")} == dict.fromkeys(
        ("backup", "growth", "counted"), "unknown"
    )


def test_the_worst_comes_first_and_counts(tmp_path: Path) -> None:
    house = plain_house(tmp_path, OPEN, PUBLIC_URL="http://bridge.example.org").read_catalogue()
    visitor = Visitor(house, "staff")
    told = visitor.json("/check-up.json")
    order = [("bad", "look", "unknown", "good").index(line["word"]) for line in told["lines"]]

    assert (told["worst"], order) == ("bad", sorted(order))
    assert "Bad 2 things are bad: see to them first." in visitor.get("/check-up").text


@pytest.mark.parametrize(
    ("url", "word"),
    [("https://a.example.org", "good"), ("http://a.example.org", "bad"), ("http://127.0.0.1:8000", "look")],
)
def test_an_address_without_https_is_bad(tmp_path: Path, url: str, word: str) -> None:
    assert words(plain_house(tmp_path, PUBLIC_URL=url), "address") == [word]


def test_a_field_that_is_gone_is_worth_a_look(house: House) -> None:
    house.sandbox.forms = {**house.sandbox.forms, "consent": []}
    house.read_catalogue()

    assert "look" in words(house, "webhook")


def test_whether_fields_are_there_is_unknown_before_qomon_was_read(tmp_path: Path) -> None:
    assert words(plain_house(tmp_path), "webhook") == ["unknown"]


def test_held_submissions_lead_to_to_do(house: House) -> None:
    sent(house, written(prenom="Nora"))
    house.drain()

    assert words(house, "held") == ["look"]


def test_what_went_on_in_the_background_is_known(house: House) -> None:
    figures.make(house.services)
    assert words(house, "stopped") == ["good"]

    house.clock.move(hours=1)
    figures.make(house.services)
    found = lines(house)["stopped"]
    assert [line["word"] for line in found] == ["look"]
    assert found[0]["sentence"] == "The app was stopped or asleep 1 time in the last 7 days."

    house.clock.move(days=8)
    assert words(house, "counted") == ["unknown"]


def test_how_the_store_grows_is_told_once_there_is_enough(house: House) -> None:
    for index in range(100):
        sent(house, written(prenom="Nora", mail=f"nora{index}@example.org"))
    figures.make(house.services)
    (line,) = lines(house)["growth"]

    assert line["word"] in ("good", "look")
    assert line["sentence"].startswith("The store grows by about ")


def test_a_viewer_may_not_look(house: House) -> None:
    assert Visitor(house, "viewer").get("/check-up").status == 403


def test_only_an_admin_may_try(house: House) -> None:
    visitor = Visitor(house, "staff").get("/check-up")
    text = visitor.text

    assert "Only an admin can start it." in text
    assert visitor.send("/check-up/contact", contact=str(PONT)).status == 403
    assert visitor.send("/check-up/contact/try", contact=str(PONT)).status == 403


def test_a_try_shows_first_what_it_does_and_does_nothing_yet(house: House) -> None:
    house.sandbox.calls.clear()
    visitor = Visitor(house, "admin").send("/check-up/contact", contact=str(PONT))

    assert (visitor.status, house.sandbox.calls) == (200, [])
    assert "a tag, a note and some answers are put on it, and read back" in visitor.text
    assert str(PONT) not in visitor.title


def test_a_try_puts_the_contact_back_and_says_what_it_learned(house: House) -> None:
    switch(house, lists="omit_empty")
    before = {name: stored(house, PONT)[name] for name in ("firstname", "surname", "tags")}
    visitor = Visitor(house, "admin").send("/check-up/contact/try", contact=str(PONT), space="default").follow()

    assert "The contact is as it was. default: lists that a read leaves out when they are empty: custom_fields" in (
        visitor.text
    )
    assert {name: stored(house, PONT)[name] for name in before} == before
    with house.services.store.read() as tx:
        assert account.omitted(tx, "default") == {"custom_fields", "formdatas"}
        assert [one.who for one in audit.listed(tx, house.services.vault, did="probed")] == ["Léa"]


def test_what_a_try_showed_is_told_with_its_day(house: House) -> None:
    consent = {"form_id": 710, "form_ref_id": 7101, "data": "consent_email", "date": "2025-03-02T09:15:00.000Z"}
    by_hand = consent | {"id": 1, "created_at": consent["date"], "deleted_at": None, "user_id": 7}
    house.sandbox.contacts.put(PONT, {"formdatas": [by_hand]})
    switch(house, normalises=True)
    visitor = Visitor(house, "admin")
    before = visitor.json("/check-up.json")["known"]
    visitor.send("/check-up/contact/try", contact=str(PONT))
    (known,) = visitor.json("/check-up.json")["known"]
    text = visitor.get("/check-up").text

    assert before == [{"space": "default", "tried": None, "differs": 0, "facts": []}]
    assert known["tried"].startswith("2026-11-22T09:00")
    assert {"fact": "gender", "code": "kept", "differs": False, "sentence": "The gender is kept."} in known["facts"]
    assert known["differs"] == sum(fact["differs"] for fact in known["facts"]) > 0
    assert "In your space Qomon keeps the consent’s date but forgets who recorded it." in text
    assert "A surname is written anew: capitals, spaces or accents." in text


def test_a_try_twice_leaves_the_contact_as_it_was(house: House) -> None:
    switch(house, lists="omit_empty")
    visitor = Visitor(house, "admin")
    for _ in range(2):
        visitor.send("/check-up/contact/try", contact=str(PONT))

    assert (visitor.status, stored(house, PONT)["tags"]) == (303, [])


def test_what_stays_open_is_said(house: House) -> None:
    switch(house, lists="omit_all")
    visitor = Visitor(house, "admin").send("/check-up/contact/try", contact=str(PONT)).follow()

    assert "Not proved: " in visitor.text


def test_a_person_is_not_tried_on(house: House) -> None:
    switch(house, lists="omit_empty")
    house.sandbox.contacts.put(PONT, {"firstname": "Marie", "surname": "Dupont"})
    visitor = Visitor(house, "admin").send("/check-up/contact/try", contact=str(PONT))

    assert (visitor.status, "is not called Test" in visitor.text, writes(house)) == (409, True, [])


@pytest.mark.parametrize("typed", ["", "abc", "0", "-3", "9" * 19, "١٢٣", "<script>"])
def test_what_is_no_number_is_asked_again(house: House, typed: str) -> None:
    visitor = Visitor(house, "admin").send("/check-up/contact", contact=typed)

    assert (visitor.status, visitor.title.startswith("Error: ")) == (422, True)
    assert "<script>" not in visitor.source
    assert visitor.send("/check-up/contact/try", contact=typed).status == 409


def test_an_account_that_nobody_named_is_nowhere(house: House) -> None:
    assert Visitor(house, "admin").send("/check-up/contact", contact="1", space="lyon").status == 404


def tried(house: House) -> None:
    probe.attempt(house.services, "default", PONT, By(house.clock(), "somebody", None))


def test_an_account_that_was_never_tried_is_worth_a_look(house: House) -> None:
    assert words(house, "test_contact") == ["look"]


@pytest.mark.parametrize(("days", "word"), [(0, "good"), (90, "good"), (91, "look")])
def test_an_account_is_to_be_tried_again_after_ninety_days(house: House, days: int, word: str) -> None:
    tried(house)
    house.clock.move(days=days)

    assert words(house, "test_contact") == [word]


def test_a_try_that_the_version_before_noted_has_no_day(house: House) -> None:
    tried(house)
    with house.services.store.write() as tx:
        tx.execute(tables.space.update().values(profile='{"omitted": [], "proved": true}'))

    assert [line["sentence"] for line in lines(house)["test_contact"]] == [
        "default: when it was last tried on a test contact is not known."
    ]


def answers_at(house: House, headers: dict[str, str]) -> None:
    """Qomon, or what lies in between, says so with each answer from now on; and one came."""

    def stamped(answer: Response) -> Response:
        answer.headers.update(headers)
        return answer

    house.qomon.after_request_funcs.setdefault(None, []).append(stamped)
    house.read_catalogue()


def off(house: House, **span: float) -> dict[str, str]:
    return {"Date": format_datetime(house.clock() - timedelta(**span), usegmt=True)}


@pytest.mark.parametrize(
    ("seconds", "word"),
    [(0, "good"), (-120, "good"), (121, "look"), (-121, "look"), (300, "bad"), (-300, "bad")],
)
def test_the_clock_is_compared_with_that_of_qomon(house: House, seconds: float, word: str) -> None:
    answers_at(house, off(house, seconds=seconds))

    assert words(house, "qomon_clock") == [word]


@pytest.mark.parametrize(("minutes", "which"), [(7, "7 min ahead of"), (-7, "7 min behind")])
def test_it_is_said_which_clock_is_ahead(house: House, minutes: float, which: str) -> None:
    answers_at(house, off(house, minutes=minutes))

    assert which in lines(house)["qomon_clock"][0]["sentence"]


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Xyz 2026 99:99:99 GMT"])
def test_a_date_that_is_none_says_nothing_of_the_clock(house: House, date: str) -> None:
    answers_at(house, {"Date": date})

    assert words(house, "qomon_clock") == ["unknown"]


def test_an_answer_out_of_a_cache_says_nothing_of_the_clock(house: House) -> None:
    answers_at(house, off(house, hours=1) | {"Age": "3600"})

    assert words(house, "qomon_clock") == ["unknown"]


def test_a_wrong_date_of_a_proxy_stops_no_submission(house: House) -> None:
    answers_at(house, off(house, days=4000))
    sent(house, written(mail="zoe.lefevre@example.org", metier="Pilote"))
    house.drain()

    assert len(writes(house)) == 1


def test_a_proxy_that_is_not_believed_is_told_once_one_was_seen(house: House) -> None:
    before = words(house, "proxies")
    house.door.get("/health", headers={"X-Forwarded-For": "198.51.100.7"})

    assert (before, words(house, "proxies")) == ([], ["look"])
    assert "198.51.100.7" not in str(lines(house))


def test_a_proxy_that_is_believed_is_worth_no_word(tmp_path: Path) -> None:
    house = plain_house(tmp_path, PROXIES="1").read_catalogue()
    house.door.get("/health", headers={"X-Forwarded-For": "198.51.100.7"})

    assert words(house, "proxies") == []


def day(house: House, typed: str, role: Role = "admin") -> Visitor:
    return Visitor(house, role).send("/check-up/backup", day=typed)


def test_an_admin_tells_of_a_backup_elsewhere_and_it_is_noted_who(house: House) -> None:
    visitor = day(house, "2026-11-20").follow()

    assert ("Noted: there is a backup elsewhere." in visitor.text, words(house, "backup")) == (True, ["good"])
    with house.services.store.read() as tx:
        (noted,) = audit.listed(tx, house.services.vault, did="backup_told")
    assert (noted.who, (noted.said or {})["day"]) == ("Léa", "2026-11-20")


NO_DAY = "Type the day of the backup, as in 2026-11-22."
DAYS = {
    "2026-11-23": "That day is still to come.",
    "0001-01-01": "That is more than ten years ago.",
    "2026-02-30": NO_DAY,
    "20/11/2026": NO_DAY,
    "": NO_DAY,
    "<script>": NO_DAY,
}


def test_a_day_that_cannot_be_one_of_a_backup_is_asked_again(house: House) -> None:
    visitor = Visitor(house, "admin")
    asked = {typed: visitor.send("/check-up/backup", day=typed).text for typed in DAYS}

    assert [typed for typed, said in DAYS.items() if said not in asked[typed]] == []
    assert (visitor.status, visitor.title.startswith("Error: "), "<script>" in visitor.source) == (422, True, False)
    assert words(house, "backup") == ["unknown"]


def test_only_an_admin_may_tell_of_one(house: House) -> None:
    visitor = day(house, "2026-11-20", "staff")

    assert (visitor.status, words(house, "backup")) == (403, ["unknown"])
    assert "Only an admin can note it." in Visitor(house, "staff").get("/check-up").text


def test_another_accounts_key_is_told_where_qomon_is_read_again(house: House) -> None:
    house.sandbox.forms = {
        category: [{**form, "id": form["id"] + 500_000} for form in forms]
        for category, forms in house.sandbox.forms.items()
    }
    visitor = Visitor(house, "admin").send("/catalogue/refresh", space="default")

    assert "it may be the key of another account" in (visitor.follow().text if visitor.status == 303 else visitor.text)
    assert words(house, "other_space") == ["bad"]


def called_at(house: House, host: str, token: str = TOKEN) -> int:
    headers = {"Content-Type": "application/json", "X-Token": token, "Host": host}
    return house.door.post("/hooks/essai234", data=written(prenom="Nora"), headers=headers).status_code


@pytest.mark.parametrize(
    ("host", "found"),
    [("Bridge.Example.org", []), ("bridge.example.org:443", []), ("", []), ("old-name.example.org", ["look"])],
)
def test_a_webhook_that_is_called_by_its_old_address_is_named(house: House, host: str, found: list[str]) -> None:
    assert (called_at(house, host), words(house, "old_address")) == (200, found)


def test_who_proves_nothing_does_not_say_by_which_address_it_is_called(house: House) -> None:
    assert (called_at(house, "old-name.example.org", "nobodys"), words(house, "old_address")) == (401, [])


def test_the_old_address_itself_is_not_told(house: House) -> None:
    called_at(house, "old-name.example.org")

    assert "old-name" not in str(lines(house))
