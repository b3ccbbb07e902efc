"""Every page, for everybody: axe finds nothing in both languages and schemes, it fits a narrow screen, no word of the
other language stands in it, and what hostile people wrote stays text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request

from app import create_app
from bridge.translations import CATALOGUES
from tests.support.accessible import NARROW, contrasts, overflows, told, visiting
from tests.support.browser import Site
from tests.support.places import Places, pages_of

NOT_WALKED = {
    "adopt_fields",  # while Qomon lacks many fields only: tests/pages/test_catalogue.py looks at it
    "person_erased",  # after an erasure only: tests/browser/test_settings.py looks at it
}
WIDE = {"width": 1280, "height": 900}
HEAVY = 200_000


@dataclass
class Walked:
    """What was seen of every page in one language: the endpoints that are at fault, each with what it is."""

    seen: list[str] = field(default_factory=list[str])
    axe: list[str] = field(default_factory=list[str])
    wide: list[str] = field(default_factory=list[str])
    foreign: list[str] = field(default_factory=list[str])
    named: list[str] = field(default_factory=list[str])
    heavy: list[str] = field(default_factory=list[str])
    heard: list[str] = field(default_factory=list[str])
    """What ran, or was forbidden to."""


@pytest.fixture(scope="module")
def places(bridge: Site) -> Places:
    return Places(bridge)


@pytest.fixture(scope="module", params=["en", "fr"])
def walked(request: pytest.FixtureRequest, browser: Browser, bridge: Site, places: Places) -> Walked:
    """Each page is opened once with an empty cache and looked at in every way."""
    found = Walked()
    context = visiting(browser, bridge, "admin", request.param, "light", viewport=WIDE)
    page = context.new_page()
    context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    loaded: list[Request] = []
    _listen(page, found, loaded)
    for name, path in sorted(places.paths.items()):
        loaded.clear()
        answer = page.goto(path, wait_until="load")
        found.seen += [name] if answer is not None and answer.status == 200 else []
        _look(page, name, path, request.param, found)
        found.heavy += [name] if sum(one.sizes()["responseBodySize"] for one in loaded) > HEAVY else []
    context.close()
    return found


def _listen(page: Page, found: Walked, loaded: list[Request]) -> None:
    def dismiss(dialog: Dialog) -> None:
        found.heard.append(dialog.message)
        dialog.dismiss()

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error":
            found.heard.append(said.text)

    def fail(error: Exception) -> None:
        found.heard.append(str(error))

    def finished(done: Request) -> None:
        loaded.append(done)

    page.on("dialog", dismiss)
    page.on("console", hear)
    page.on("pageerror", fail)
    page.on("requestfinished", finished)


def _look(page: Page, name: str, path: str, language: str, found: Walked) -> None:
    found.axe += [f"{name}: {fault}" for fault in told(page)]
    page.emulate_media(color_scheme="dark")
    found.axe += [f"{name}, dark: {fault}" for fault in contrasts(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found.wide += [name] if overflows(page) else []
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    if language == "fr":
        found.foreign += [f"{name}: {text}" for text in texts(page) if text in english_only()]
    found.named += [name] if re.search(r"example\.org|Zo[eé]|Camille|Lef", page.title() + path) else []


def texts(page: Page) -> Iterator[str]:
    """What stands between tags, trimmed, but for what people or tools wrote."""
    said: list[str] = page.evaluate(
        """() => { const found = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
          const at = walk.currentNode;
          if (!at.parentElement.closest("bdi, code, .what-was-said, [lang]:not(html)"))
            found.push(at.textContent.replace(/\\s+/g, " ").trim());
        }
        return found; }"""
    )
    yield from (text for text in said if text)


@cache
def english_only() -> frozenset[str]:
    """Sentences that are said otherwise in French, without places for facts."""
    catalogue = read_po(BytesIO((CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po").read_bytes()))
    french = {str(one.string) for one in catalogue}  # some words are those of another sentence in the other language
    said = {str(one.id) for one in catalogue if isinstance(one.id, str)} - french
    return frozenset(one for one in said if "%(" not in one and len(one) > 3)


def test_every_page_is_walked_to(walked: Walked) -> None:
    pages = {name.removeprefix("pages.") for name in pages_of(create_app({}))}

    assert pages - set(walked.seen) == NOT_WALKED


def test_axe_finds_nothing_in_either_scheme(walked: Walked) -> None:
    assert walked.axe == []


def test_every_page_fits_a_narrow_screen(walked: Walked) -> None:
    assert walked.wide == []


def test_no_english_is_left_on_a_french_page(walked: Walked) -> None:
    assert walked.foreign == []


def test_nobody_stands_in_a_title_or_an_address(walked: Walked) -> None:
    assert walked.named == []


def test_what_people_wrote_runs_nowhere(walked: Walked) -> None:
    assert walked.heard == []


def test_no_page_is_over_200_kb(walked: Walked) -> None:
    """With an empty cache, all that it loads."""
    assert walked.heavy == []
