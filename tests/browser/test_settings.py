"""Tasks of settings and of a person, in a browser: find, copy and erase somebody; a second factor; the brake."""

import re
import time
from base64 import b32decode
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.support.browser import Site
from tests.support.visitor import PASSWORD

OWN = "helene.exemple@example.org"
SEALED = re.compile(r"/people/[\w=-]{40,}$")


def code_of(typed: str) -> str:
    totp = TOTP(b32decode(typed.replace(" ", "")), 6, SHA1(), 30)
    return totp.generate(int(time.time())).decode()


def looked_for(page: Page, whom: str) -> Page:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Find a person").click()
    page.get_by_label("Mail, phone or contact number").fill(whom)
    page.get_by_role("button", name="Find", exact=True).click()
    page.wait_for_url(SEALED)
    return page


def test_somebody_is_found_copied_and_erased(bridge: Site, log_in: LogIn) -> None:
    hers: dict[str, Any] = {"Prénom": "Hélène", "Adresse e-mail": OWN, "Téléphone": None}  # other tests are Zoé
    bridge.wait(bridge.tally(**hers), "created")
    page = looked_for(log_in("admin"), OWN)
    expect(page.locator(".lead")).to_have_text("1 submission is kept of this person. None waits.")
    with page.expect_download() as copied:
        page.get_by_role("link", name="A page to print").click()
    text = copied.value.path().read_text(encoding="utf-8")
    page.get_by_role("link", name="Erase this person").click()
    page.get_by_label("Type the address").fill(OWN)
    page.get_by_role("button", name="Erase 1 submission for good").click()
    page.wait_for_url("**/people/erased/*")

    assert copied.value.suggested_filename == "copy.html"
    assert OWN in text
    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate of erasure")
    looked_for(page, OWN)
    expect(page.locator(".lead")).to_have_text("We hold nothing for this address. (Qomon and the form tool may.)")


def test_writing_is_paused_and_resumed(bridge: Site, log_in: LogIn) -> None:
    page = log_in("staff")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Writing").click()
    page.wait_for_url("**/settings/writing")
    page.get_by_role("button", name="Pause writing").click()
    expect(page.get_by_role("status")).to_contain_text("Writing is paused in 1 Qomon account.")
    expect(page.locator(".writing")).to_contain_text("Writing: paused")
    event = bridge.tally(Téléphone="+33639980143")
    bridge.wait(event, "queued")
    page.get_by_role("button", name="Resume writing").click()
    expect(page.get_by_role("status")).to_contain_text("Writing goes on in 1 Qomon account")

    assert bridge.wait(event, "delivered", "unchanged", "created", "held")


def test_a_second_factor_is_switched_on_and_asked_for(log_in: LogIn) -> None:
    page = log_in("viewer")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Switch it on").click()
    page.wait_for_url("**/settings/second-factor")
    expect(page.locator("img.qr")).to_be_visible()
    typed = page.locator("#key").text_content() or ""
    page.get_by_label("The six digits").fill(code_of(typed))
    page.get_by_role("button", name="Switch the second factor on").click()
    page.wait_for_url("**/settings")
    expect(page.get_by_role("status")).to_contain_text("The second factor is on.")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login**")
    page.get_by_label("E-mail").fill("viewer@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("4 tries left")  # the password alone opens nothing any more
