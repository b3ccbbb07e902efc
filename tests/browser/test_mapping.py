"""From a first submission to a version in service, a dry run on a real contact, and back, in a browser."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.support.browser import Site

ZOE = "9000017"


@pytest.fixture(scope="module")
def address(bridge: Site) -> str:
    """A webhook that listens, with a submission."""
    bridge.flask("catalogue", "refresh")
    bridge.flask("hooks", "new", "essai", "--source", "tally")
    (at,) = [one["url"] for one in json.loads(bridge.flask("hooks", "list", "--json")) if one["hook"] == "essai"]
    bridge.tally(str(at).rpartition("/")[2])
    return str(at)


def hook_id(bridge: Site) -> str:
    from app import create_app

    services = create_app(bridge.environ).extensions["bridge"].open()
    try:
        with services.store.read() as tx:
            return str(services.hooks.id_of(tx, "essai"))
    finally:
        services.store.close()


@pytest.fixture
def page(bridge: Site, address: str, log_in: LogIn) -> Page:
    assert address
    path = f"/webhooks/{hook_id(bridge)}/mapping"
    made = log_in("staff", path)
    made.wait_for_url(f"{bridge.url}{path}")
    return made


def test_a_form_is_mapped_with_suggestions_published_and_a_version_comes_back(bridge: Site, page: Page) -> None:
    """Ten clicks from the first submission to a version, and then back to the one before."""
    page.get_by_label("keep the old address and tell me").check()
    page.get_by_role("button", name="Accept the 6 sure ones").click()
    page.wait_for_url("**/mapping?accepted=*")
    expect(page.get_by_role("status")).to_have_text("6 answers decided.")
    page.get_by_label("In Qomon: Commentaire").select_option("Do not send")
    page.get_by_label("In Qomon: Circonscription").select_option("Do not send")
    page.get_by_label("In Qomon: Comment souhaitez-vous aider ?").select_option("Disponibilités")
    page.get_by_label("In Qomon: RGPD").select_option("Consentement")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("heading", name="RGPD")).to_be_visible()
    expect(page.get_by_label("In Qomon: J’accepte de recevoir des informations par e-mail")).to_have_value(
        "consent_email"
    )
    page.get_by_role("button", name="Save the draft").click()
    page.wait_for_url("**/mapping")
    page.get_by_role("link", name="Check and publish").click()
    expect(page.get_by_text("nothing is lost")).to_be_visible()
    page.get_by_role("button", name="Publish the draft").click()
    page.wait_for_url("**/versions")
    expect(page.get_by_role("status")).to_have_text("Version 2 is in service.")
    _go_back(page)


def test_a_submission_is_tried_on_a_real_contact(bridge: Site, page: Page) -> None:
    page.get_by_role("link", name="Dry run").click()
    page.get_by_label("one that I know:").check()
    page.get_by_label("Its number in Qomon, or its mail address").fill(ZOE)
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_role("heading", name="What would happen")).to_be_focused()
    expect(page.get_by_text("A plain webhook would have erased").first).to_be_visible()


def _go_back(page: Page) -> None:
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("link", name="Go back to version 1").click()
    page.get_by_role("checkbox", name="would no longer be sent. I know.").check()
    page.get_by_label("Why?").fill("version 2 was wrong")
    page.get_by_role("button", name="Go back to version 1").click()
    page.wait_for_url("**/versions")

    expect(page.get_by_role("status")).to_have_text("Version 3 is in service.")
    expect(page.get_by_role("row", name="Version 3")).to_contain_text("version 2 was wrong")
