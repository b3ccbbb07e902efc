"""What waits for a decision, in a browser: twelve at once, another person on a shared mail, an answer put right."""

import re
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.conftest import LogIn
from tests.support.accessible import NARROW, overflows, told, visiting
from tests.support.browser import Site

HELP = "Comment souhaitez-vous aider ?"


def held(bridge: Site, **changes: Any) -> str:
    event = bridge.tally(**changes, Téléphone=None)
    assert bridge.wait(event, "held", "created", "delivered") == "held"
    return event


def test_twelve_submissions_of_one_cause_are_decided_at_once(bridge: Site, log_in: LogIn, browser: Browser) -> None:
    events = [
        held(bridge, **{"Adresse e-mail": f"a{number}@example.org", "Prénom": "Ada", HELP: "Peut-être"})
        for number in range(12)
    ]
    for scheme, language in (("light", "en"), ("dark", "fr")):
        context = visiting(browser, bridge, "staff", language, scheme, viewport=NARROW)
        narrow = context.new_page()
        narrow.goto("/todo")
        assert (told(narrow), overflows(narrow)) == ([], False)
        narrow.locator(".cause-go a").first.click()
        narrow.wait_for_url(re.compile("/todo/"))
        assert (told(narrow), overflows(narrow)) == ([], False)
        context.close()

    page = log_in()
    page.get_by_role("link", name="To do").first.click()
    page.get_by_role("link", name="Decide about 12").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("‘Peut-être’ is not a choice")
    page.get_by_label("In Qomon, in ‘Disponibilités’, this is").select_option(label="Tractage")
    page.get_by_role("button", name="Only this time…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "12 submissions will be sent with ‘Tractage’ in the place of ‘Peut-être’."
    )
    assert told(page) == []
    page.get_by_role("button", name="Send 12 submissions").click()
    page.wait_for_url(f"{bridge.url}/todo")
    expect(page.get_by_role("status")).to_have_text("12 submissions are on their way to Qomon.")
    assert {bridge.wait(event, "created", "held") for event in events} == {"created"}


def test_another_person_on_a_shared_mail_becomes_a_contact_of_their_own(bridge: Site, log_in: LogIn) -> None:
    event = held(bridge, **{"Adresse e-mail": "zoe.lefevre@example.org", "Prénom": "Karim", "Nom": "Petit"})
    page = log_in(path="/todo")
    page.get_by_role("link", name="Decide", exact=True).click()
    page.wait_for_url(f"{bridge.url}/submissions/{event}/decide")
    expect(page.get_by_role("heading", name="Qomon has contact 9000017")).to_be_visible()
    expect(page.get_by_text("Zoé Lefèvre-Brûlé", exact=True)).to_be_visible()
    assert told(page) == []
    page.get_by_role("button", name="Create a new contact").click()
    page.wait_for_url(f"{bridge.url}/todo")
    assert bridge.wait(event, "created", "held") == "created"

    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Decided already")


def test_a_wrong_address_is_put_right_and_sent(bridge: Site, log_in: LogIn) -> None:
    event = held(bridge, **{"Adresse e-mail": "ada(at)example", "Prénom": "Ada", "Nom": ""})
    page = log_in(path=f"/submissions/{event}/decide")
    page.get_by_role("link", name="Correct and send").click()
    page.wait_for_url(f"{bridge.url}/submissions/{event}/correct")
    page.get_by_label("Adresse e-mail").fill("ada@example.org")
    page.get_by_role("button", name="Correct and send").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    expect(page.get_by_label("Adresse e-mail")).to_have_value("ada@example.org")
    assert told(page) == []
    page.get_by_label("Why it is put right").fill("a typo")
    page.get_by_role("button", name="Correct and send").click()
    page.wait_for_url(f"{bridge.url}/todo")
    assert bridge.wait(event, "created", "held") == "created"
