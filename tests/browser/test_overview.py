"""The overview, Qomon's fields and the check-up, as people use them: looked at, searched, tried."""

from playwright.sync_api import expect

from tests.browser.conftest import LogIn
from tests.support.browser import Site


def test_the_first_thing_that_is_read_is_whether_all_is_well(log_in: LogIn, bridge: Site) -> None:
    bridge.wait(bridge.tally(), "delivered", "created", "unchanged")
    page = log_in("viewer")
    page.wait_for_url(f"{bridge.url}/")

    expect(page.get_by_text("All is well")).to_be_visible()
    expect(page.get_by_text("1 submission since midnight, in Qomon.")).to_be_visible()
    page.get_by_text("The same as a table").first.click()
    expect(page.get_by_role("columnheader", name="New contacts")).to_be_visible()


def test_a_field_is_found_while_typing(log_in: LogIn, bridge: Site) -> None:
    page = log_in("staff")
    page.wait_for_url(f"{bridge.url}/")
    page.get_by_role("link", name="Qomon fields").click()
    page.wait_for_url("**/catalogue")
    page.get_by_role("button", name="Read Qomon").click()
    page.wait_for_url("**/catalogue?space=default")
    expect(page.get_by_text("25 fields were read from Qomon.")).to_be_visible()
    page.get_by_label("Search a field").fill("metier")

    expect(page.get_by_role("rowheader", name="Métier")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Disponibilités")).to_be_hidden()


def test_an_admin_sees_what_a_try_does_before_it_is_done(log_in: LogIn, bridge: Site) -> None:
    page = log_in("admin")
    page.wait_for_url(f"{bridge.url}/")
    page.get_by_role("link", name="Check-up").click()
    page.wait_for_url("**/check-up")
    expect(page.get_by_text("The key is the variable BRIDGE_KEY.")).to_be_visible()
    page.get_by_label("The test contact’s number").fill("5")
    page.get_by_role("button", name="See what would be done").click()
    expect(page.get_by_role("heading", name="What is done")).to_be_visible()
    page.get_by_role("button", name="Try on 1 contact").click()

    expect(page.get_by_text("Qomon has no contact 5.")).to_be_visible()
