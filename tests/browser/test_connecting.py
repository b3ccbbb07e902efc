"""A form is connected up to its first captured submission, and its secret replaced, in a browser."""

import re

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LogIn
from tests.support.accessible import faults_of
from tests.support.browser import Site
from tests.support.visitor import PASSWORD
from tests.support.whole_bridge import sample, tally_signature

RECEPTION = re.compile(r"/webhooks/[0-9a-f]{16}$")


def connect(page: Page, name: str) -> None:
    """Three clicks, one field."""
    page.get_by_role("link", name="Tally").click()
    page.wait_for_url("**/webhooks/new?tool=tally")
    page.get_by_label("Name of the webhook").fill(name)
    page.get_by_role("button", name="Create and listen").click()
    page.wait_for_url(RECEPTION)


def call(page: Page, secret: str) -> int:
    body = sample()
    headers = {"Content-Type": "application/json", **tally_signature(body, secret)}
    return requests.post(page.locator("#address").inner_text(), body, headers=headers, timeout=10).status_code


def test_a_form_is_connected_and_its_first_submission_shows_by_itself(log_in: LogIn) -> None:
    page = log_in("staff", "/webhooks/new")
    page.wait_for_url("**/webhooks/new")
    connect(page, "Volontaires")
    expect(page.get_by_text("Waiting for the first submission.")).to_be_visible()
    secret = page.locator("#secret").inner_text()

    assert call(page, secret) == 200
    expect(page.get_by_role("heading", name="The newest submissions")).to_be_visible()
    expect(page.get_by_text("Adresse e-mail")).to_be_visible()
    expect(page.locator("#secret")).to_have_count(0)


def test_a_secret_is_replaced_and_the_old_one_goes_on(log_in: LogIn) -> None:
    page = log_in("admin", "/webhooks/new")
    page.wait_for_url("**/webhooks/new")
    connect(page, "Pétition")
    old = page.locator("#secret").inner_text()
    assert call(page, old) == 200
    page.get_by_role("link", name="Replace the secret").click()
    page.wait_for_url("**/secret")
    page.get_by_role("button", name="Make 1 new secret").click()
    page.wait_for_url(RECEPTION)
    new = page.locator("#secret").inner_text()

    expect(page.get_by_text("1 new secret was made. Paste it into the tool now.")).to_be_visible()
    assert new != old
    assert [call(page, old), call(page, new)] == [200, 200]


def test_a_form_is_connected_without_script(browser: Browser, bridge: Site) -> None:
    context = browser.new_context(base_url=bridge.url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto("/login?next=/webhooks/new")
    page.get_by_label("E-mail").fill("staff@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/webhooks/new")
    connect(page, "Sans script")
    assert call(page, page.locator("#secret").inner_text()) == 200
    page.get_by_role("link", name="Check now").click()

    expect(page.get_by_role("heading", name="The newest submissions")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/webhooks/new", "/webhooks/new?tool=tally", "/webhooks/new/open?tool=wpforms"])
def test_connecting_keeps_nobody_out(browser: Browser, bridge: Site, scheme: str, path: str) -> None:
    assert faults_of(browser, bridge, "staff", path, "fr", scheme) == []
