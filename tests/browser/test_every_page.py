"""Every page, for everybody: axe finds nothing in both languages and schemes, it fits a narrow screen, no word of the
other language stands in it, and what hostile people wrote stays text."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Dialog, Page, Request

from app import create_app
from bridge.translations import CATALOGUES
from tests.support.accessible import NARROW, overflows, told, visiting
from tests.support.browser import Site
from tests.support.places import OPEN, Places

NOT_WALKED = {"static"}
"""Endpoints that no address of `Places` leads to, each for a reason that stands beside it."""


@pytest.fixture(scope="module")
def places(bridge: Site) -> Places:
    return Places(bridge)


@pytest.fixture(scope="module")
def paths(places: Places) -> list[tuple[str, str]]:
    return list(places.paths())


def texts(page: Page) -> Iterator[str]:
    """What stands between tags, trimmed."""
    said: list[str] = page.evaluate(
        """() => { const found = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) found.push(walk.currentNode.textContent.replace(/\\s+/g, " ").trim());
        return found; }"""
    )
    yield from (text for text in said if text)


def transferred(page: Page, path: str) -> int:
    """Bytes of all bodies that it takes to show this address."""
    loaded: list[Request] = []

    def finished(done: Request) -> None:
        loaded.append(done)

    page.on("requestfinished", finished)
    page.goto(path, wait_until="networkidle")
    return sum(one.sizes()["responseBodySize"] for one in loaded)


def english_only() -> set[str]:
    """Sentences that are said otherwise in French, without places for facts."""
    catalogue = read_po(BytesIO((CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po").read_bytes()))
    said = {str(one.id) for one in catalogue if isinstance(one.id, str) and one.id != one.string}
    return {one for one in said if "%(" not in one and len(one) > 3}


def test_every_page_is_walked_to(paths: list[tuple[str, str]]) -> None:
    rules = create_app({}).url_map.iter_rules()
    pages = {
        rule.endpoint.removeprefix("pages.")
        for rule in rules
        if rule.endpoint.startswith("pages.") and "GET" in (rule.methods or ()) and not rule.endpoint.endswith("_json")
    }

    assert pages - {name for name, _path in paths} - NOT_WALKED == set(OPEN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_axe_finds_nothing(
    browser: Browser, bridge: Site, paths: list[tuple[str, str]], language: str, scheme: str
) -> None:
    context = visiting(browser, bridge, "admin", language, scheme)
    page = context.new_page()
    faults = []
    for name, path in paths:
        answer = page.goto(path)
        if answer is None or answer.status != 200:
            faults.append(f"{name}: {answer.status if answer else None}")
        faults += [f"{name}: {fault}" for fault in told(page)]
    context.close()

    assert faults == []


def test_every_page_fits_a_narrow_screen(browser: Browser, bridge: Site, paths: list[tuple[str, str]]) -> None:
    context = visiting(browser, bridge, "admin", "fr", "light", viewport=NARROW)
    page = context.new_page()
    wide = []
    for name, path in paths:
        page.goto(path)
        wide += [name] if overflows(page) else []
    context.close()

    assert wide == []


def test_no_english_is_left_on_a_french_page(browser: Browser, bridge: Site, paths: list[tuple[str, str]]) -> None:
    context = visiting(browser, bridge, "admin", "fr", "light")
    page, english = context.new_page(), english_only()
    left = []
    for name, path in paths:
        page.goto(path)
        left += [f"{name}: {text}" for text in texts(page) if text in english]
    context.close()

    assert left == []


def test_nobody_stands_in_a_title_or_an_address(browser: Browser, bridge: Site, paths: list[tuple[str, str]]) -> None:
    context = visiting(browser, bridge, "admin", "en", "light")
    page = context.new_page()
    named = []
    for name, path in paths:
        page.goto(path)
        named += [name] if re.search(r"example\.org|Zo[eé]|Camille|Lef", page.title() + path) else []
    context.close()

    assert named == []


def test_what_people_wrote_runs_nowhere(browser: Browser, bridge: Site, paths: list[tuple[str, str]]) -> None:
    context = visiting(browser, bridge, "admin", "en", "light")
    page = context.new_page()
    heard: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        heard.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    for _name, path in paths:
        page.goto(path)
    context.close()

    assert heard == []


def test_the_heaviest_page_is_under_200_kb(browser: Browser, bridge: Site, paths: list[tuple[str, str]]) -> None:
    """With an empty cache, all that it loads."""
    heavy = {}
    for name, path in paths:
        context = visiting(browser, bridge, "admin", "en", "light")
        heavy[name] = transferred(context.new_page(), path)
        context.close()

    assert {name: size for name, size in heavy.items() if size > 200_000} == {}
