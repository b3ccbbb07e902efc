"""From a login to a form that is live, as somebody does it for the first time: in few clicks, with little to type."""

import json
import re
from dataclasses import dataclass, field

import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LogIn
from tests.support.browser import Site
from tests.support.whole_bridge import sample, tally_signature

ASKED = ("Prénom", "Nom", "Adresse e-mail", "Téléphone", "Commentaire")
MAIL = "camille.exemple@example.org"


@dataclass
class Counted:
    """What somebody's hand does: everything that is pressed, and every field that is typed into."""

    page: Page
    clicks: list[str] = field(default_factory=list[str])
    typed: list[str] = field(default_factory=list[str])

    def click(self, what: Locator, name: str) -> None:
        what.click()
        self.clicks.append(name)

    def type(self, what: Locator, said: str, name: str) -> None:
        what.fill(said)
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


def test_from_login_to_live_in_twelve_clicks_and_a_submission_delivered(log_in: LogIn, bridge: Site) -> None:
    page = log_in("staff")
    page.wait_for_url(f"{bridge.url}/")
    hand = Counted(page)
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
