"""In a browser: a webhook goes live with what it kept, refused calls are checked again, one is paused and goes on."""

import re
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LogIn
from tests.support.accessible import NARROW, overflows, visiting
from tests.support.browser import Site
from tests.support.whole_bridge import BENEVOLES

MINE = BENEVOLES.replace("mode: live", "mode: capture\nowner: pages")


def imported(bridge: Site, folder: Path, name: str, address: str, **changes: str) -> None:
    text = MINE.replace("hook: benevoles", f"hook: {name}").replace("k3f9x2m7", address)
    for old, new in changes.items():
        text = text.replace(f"{old}: capture", f"{old}: {new}")
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    bridge.flask("hooks", "import", path)


def opened(page: Page, name: str) -> Page:
    page.goto("/webhooks")
    page.get_by_role("rowheader").get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(re.compile(r"/webhooks/[0-9a-f]{16}"))
    if page.get_by_role("link", name="Live", exact=True).count():
        page.get_by_role("navigation", name=name).get_by_role("link", name="Live", exact=True).click()
        page.wait_for_url("**/live")
    return page


def test_a_webhook_goes_live_and_the_kept_one_is_delivered(log_in: LogIn, bridge: Site, tmp_path: Path) -> None:
    imported(bridge, tmp_path, "adhesions", "adh23456")
    event = bridge.tally("adh23456", Téléphone="+33639981288")  # a number of this test's own
    page = log_in()
    page.wait_for_url(f"{bridge.url}/")
    opened(page, "adhesions")
    for box in page.get_by_label("I know what is marked “look”, and go on").all():
        box.check()
    page.get_by_label("Send, oldest first").check()
    page.get_by_label("Let me approve the first 10").uncheck()
    page.get_by_role("button", name="Go live").click()

    expect(page.get_by_role("status")).to_contain_text("adhesions is live, version 2. 1 kept submission is sent.")
    assert bridge.wait(event, "delivered", "held") == "delivered"


def test_a_refused_call_is_checked_again_and_crosses(log_in: LogIn, bridge: Site, tmp_path: Path) -> None:
    """The secret was not the tool's: a file sets that right."""
    imported(bridge, tmp_path, "inscriptions", "ins23456", mode="live")
    text = (tmp_path / "inscriptions.yaml").read_text(encoding="utf-8")
    wrong = text.replace("{scheme: tally-v1, secret: $TALLY_SECRET}", "{scheme: bearer, secret: $TALLY_SECRET}")
    (tmp_path / "wrong.yaml").write_text(wrong, encoding="utf-8")
    bridge.flask("hooks", "import", "--force", tmp_path / "wrong.yaml")
    with pytest.raises(requests.HTTPError):
        bridge.tally("ins23456")
    page = log_in()
    page.wait_for_url(f"{bridge.url}/")
    page.goto("/webhooks")
    page.get_by_role("link", name="1 call refused").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Refused calls")
    bridge.flask("hooks", "import", "--force", tmp_path / "inscriptions.yaml")
    page.get_by_role("button", name="Check 1 call again").click()

    expect(page.get_by_role("status")).to_contain_text("1 of 1 call is proven now. 1 new submission received.")


def test_a_webhook_is_paused_and_goes_on(log_in: LogIn, bridge: Site, tmp_path: Path) -> None:
    imported(bridge, tmp_path, "petition", "pet23456", mode="live")
    page = log_in()
    page.wait_for_url(f"{bridge.url}/")
    opened(page, "petition")
    page.get_by_role("button", name="Pause writing").click()
    expect(page.get_by_role("status")).to_contain_text("petition is paused")
    event = bridge.tally("pet23456", **{"Adresse e-mail": "paused@example.org", "Téléphone": ""})
    assert bridge.wait(event, "queued") == "queued"
    page.get_by_role("button", name="Resume").click()

    expect(page.get_by_role("status")).to_contain_text("petition writes again")
    assert bridge.wait(event, "delivered", "created", "held") in ("delivered", "created")


def test_the_list_and_the_switch_fit_a_narrow_screen(browser: Browser, bridge: Site) -> None:
    context = visiting(browser, bridge, "staff", "fr", "light", viewport=NARROW)
    page = context.new_page()
    page.goto("/webhooks")
    wide = overflows(page)
    page.get_by_role("rowheader").get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/webhooks/[0-9a-f]{16}"))

    assert (wide, overflows(page)) == (False, False)
    context.close()
