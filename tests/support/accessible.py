"""What keeps people from using a page: axe-core's word on it, and whether it fits a narrow screen."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from bridge.operations.staff import Role
from tests.support.browser import Site
from tests.support.visitor import PASSWORD

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = {"width": 320, "height": 640}


def visiting(
    browser: Browser, site: Site, role: Role | None, language: str, scheme: str, **more: Any
) -> BrowserContext:
    """A browser of that language and scheme, logged in."""
    locale = {"en": "en-GB", "fr": "fr-FR"}[language]
    scheme_: Any = scheme
    context = browser.new_context(
        base_url=site.url, locale=locale, color_scheme=scheme_, reduced_motion="reduce", **more
    )
    context.set_default_timeout(10_000)
    if role is not None:
        page = context.new_page()
        page.goto("/login")
        page.locator("[name=_mail]").fill(f"{role}@example.org")
        page.locator("[name=_password]").fill(PASSWORD)
        page.locator("main button").first.click()
        page.wait_for_url(f"{site.url}/")
    return context


def faults_of(browser: Browser, site: Site, role: Role | None, path: str, language: str, scheme: str) -> list[str]:
    context = visiting(browser, site, role, language, scheme)
    page = context.new_page()
    page.goto(path)
    found = told(page)
    context.close()
    return found


def told(page: Page) -> list[str]:
    """Each fault in a line: the rule, what it says, and where."""
    return _run(page, {"type": "tag", "values": RULES})


def contrasts(page: Page) -> list[str]:
    """Only what depends on the colours."""
    return _run(page, {"type": "rule", "values": ["color-contrast"]})


def _run(page: Page, only: dict[str, Any]) -> list[str]:
    result = Axe().run(page, options={"runOnly": only})
    return [
        f"{one['id']}: {one['help']} {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in result.response["violations"]
    ]


def overflows(page: Page) -> bool:
    """Whether one has to scroll sideways to read it."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
