"""A browser and a bridge for each file. Without Chromium these tests are skipped, and say so."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bridge.operations.staff import Role
from tests.support.browser import CHROMIUM, Site, site
from tests.support.visitor import PASSWORD

LogIn = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Gone before the next file begins: while it runs, this thread has an event loop, and others have their own."""
    if CHROMIUM is None:
        pytest.skip("Chromium is missing: bin/install-browser")
    with sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:  # no site without a browser
    folder: Path = tmp_path_factory.mktemp("site")
    with site(folder) as running:
        yield running


@pytest.fixture
def context(browser: Browser, bridge: Site) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=bridge.url, locale="en-GB", viewport={"width": 1280, "height": 900})
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def log_in(context: BrowserContext) -> LogIn:
    """A page of somebody with this role, logged in by hand."""

    def go(role: Role = "staff", path: str = "/") -> Page:
        page = context.new_page()
        page.goto(path)
        page.get_by_label("E-mail").fill(f"{role}@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        return page

    return go
