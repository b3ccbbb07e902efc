"""What people come for: read a submission and send it, and put many back."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import LogIn
from tests.support.browser import Site

HELD: dict[str, Any] = {"Adresse e-mail": "no address", "Téléphone": None}


def test_a_held_submission_is_read_and_then_sent(bridge: Site, log_in: LogIn) -> None:
    event = bridge.tally(**HELD)
    bridge.wait(event, "held")
    page = log_in("staff", "/inbox?outcome=held")
    page.wait_for_url("**/inbox?outcome=held")
    page.get_by_role("table").get_by_role("link").first.click()
    page.wait_for_url(f"**/submissions/{event}")

    expect(page.get_by_text("it waits for your decision since")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Sent after all")
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    expect(page.get_by_text("Sam sent it after all")).to_be_visible()


def test_what_was_written_is_put_back_in_bulk(bridge: Site, log_in: LogIn) -> None:
    event = bridge.tally()
    bridge.wait(event, "delivered")
    page = log_in("staff", "/inbox?outcome=delivered")
    page.wait_for_url("**/inbox?outcome=delivered")
    page.get_by_label("Tick all of this page").check()
    page.get_by_role("button", name="Put back…").click()
    page.wait_for_url("**/inbox/chosen")
    page.get_by_role("button", name="in Qomon first").click()
    expect(page.get_by_text("Contacts wholly as before")).to_be_visible()
    page.get_by_role("button", name="Put back 1 submission").click()
    page.wait_for_url("**/batches/*")

    expect(page.get_by_text("1 of 1 done, 0 left.")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Put back as before")).to_be_visible()
