"""From a login to a form that is live, as somebody does it for the first time: in few clicks, with little to type.

With a mouse over a file, and by the keyboard alone over a server.
"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import LogIn
from tests.support.browser import Site, site
from tests.support.whole_bridge import sample, tally_signature

ASKED = ("Prénom", "Nom", "Adresse e-mail", "Téléphone", "Commentaire")
MAIL = "camille.exemple@example.org"


@dataclass
class Counted:
    """What somebody's hand does: everything that is pressed, and every field that is typed into."""

    page: Page
    mouse: bool
    clicks: list[str] = field(default_factory=list[str])
    typed: list[str] = field(default_factory=list[str])

    def click(self, what: Locator, name: str) -> None:
        if self.mouse:
            what.click()
        else:
            what.focus()
            self.page.keyboard.press("Space" if what.get_attribute("type") == "checkbox" else "Enter")
        self.clicks.append(name)

    def type(self, what: Locator, said: str, name: str) -> None:
        what.focus()
        self.page.keyboard.insert_text(said)
        self.typed.append(name)


def answers(**changes: str) -> bytes:
    """A form of five questions."""
    payload = json.loads(sample(**changes))
    payload["data"]["fields"] = [one for one in payload["data"]["fields"] if one["label"] in ASKED]
    return json.dumps(payload, ensure_ascii=False).encode()


def send(address: str, secret: str, body: bytes) -> str:
    """The event's id."""
    headers = {"Content-Type": "application/json", **tally_signature(body, secret)}
    answer = requests.post(address, body, headers=headers, timeout=20)
    answer.raise_for_status()
    return str(answer.json()["events"][0]["event"])


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def bridge(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Site]:
    """Over a file, then over a server."""
    with ExitStack() as open_:
        server = request.getfixturevalue("server") if request.param == "postgres" else None
        database = open_.enter_context(server.fresh("empty")) if server is not None else ""
        yield open_.enter_context(site(tmp_path_factory.mktemp("site"), database))


def test_from_login_to_live_in_twelve_clicks_and_a_submission_delivered(log_in: LogIn, bridge: Site) -> None:
    page = log_in("staff")
    page.wait_for_url(f"{bridge.url}/")
    hand = Counted(page, mouse=bridge.environ["DATABASE_URL"].startswith("sqlite"))
    hand.click(page.get_by_role("link", name=re.compile("Connect a .*form")).first, "connect")
    hand.click(page.get_by_role("link", name="Tally"), "tool")
    hand.type(page.get_by_label("Name of the webhook"), "Jeunes", "name")
    hand.click(page.get_by_role("button", name="Create and listen"), "create")
    page.wait_for_url(re.compile(r"/webhooks/[0-9a-f]{16}$"))
    address, secret = page.locator("#address").inner_text(), page.locator("#secret").inner_text()

    send(address, secret, answers(**{"Adresse e-mail": MAIL}))
    expect(page.get_by_role("heading", name="The newest submissions")).to_be_visible()
    hand.click(page.get_by_role("link", name="Mapping", exact=True), "mapping")
    hand.click(page.get_by_role("button", name=re.compile("Accept them, and do not send")), "accept")
    hand.click(page.get_by_role("link", name="Dry run", exact=True), "dry run")
    hand.click(page.locator("main form button.main").first, "try")
    expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    hand.click(page.get_by_role("link", name="Live", exact=True), "live tab")
    hand.click(page.get_by_label("I know what is marked “look”, and go on"), "know")
    hand.click(page.get_by_role("button", name="Go live"), "go live")
    expect(page.get_by_text("Live since").first).to_be_visible()

    assert len(hand.clicks) <= 12, hand.clicks
    assert len(hand.typed) <= 6, hand.typed

    volunteer = send(address, secret, answers())
    bridge.wait(volunteer, "held")  # one of the first ten: it waits for a yes
    page.goto(f"/submissions/{volunteer}/decide")
    page.get_by_role("button", name="Send", exact=True).first.click()
    assert bridge.wait(volunteer, "delivered") == "delivered"
