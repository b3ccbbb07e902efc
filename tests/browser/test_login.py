"""The login in a browser, and what it must be for everybody: without a mouse, without script, in both schemes."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import LogIn
from tests.support.accessible import faults_of
from tests.support.browser import Site
from tests.support.visitor import PASSWORD


def test_a_login_leads_to_the_overview(log_in: LogIn) -> None:
    expect(log_in().get_by_role("heading", level=1)).to_have_text("Overview")


def test_the_login_works_by_keyboard_and_without_script(browser: Browser, bridge: Site) -> None:
    context = browser.new_context(base_url=bridge.url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("E-mail").focus()
    page.keyboard.type("staff@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_login_keeps_nobody_out(browser: Browser, bridge: Site, scheme: str, language: str) -> None:
    assert faults_of(browser, bridge, None, "/login", language, scheme) == []
