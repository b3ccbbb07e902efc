"""Whoever reads a page may have no console: what a sentence tells them to do leads to the page that does it."""

from pathlib import Path

import pytest

from bridge.pages.linked import linked
from bridge.qomon import account
from tests.support.commands import run
from tests.support.json_hook import ESSAI, hook_in, plain_house
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

EVENT = "a1b2c3d4e5f6a7b8c9d0"
LEADS = {
    f"It cannot. See: flask inbox show {EVENT}": f'It cannot. See: <a href="/submissions/{EVENT}">Submission</a>',
    f"Déjà fait : flask restore {EVENT}.": f'Déjà fait : <a href="/submissions/{EVENT}">Submission</a>.',
    "See: flask hooks list --deleted": 'See: <a href="/webhooks">Webhooks</a>',
    "Decide: flask inbox list --outcome held, then": 'Decide: <a href="/inbox?outcome=held">Inbox</a>, then',
    "If it should go on: flask resume": 'If it should go on: <a href="/settings/writing">Writing</a>',
    "there is no such job. See: flask jobs list": 'there is no such job. See: <a href="/batches">Batches</a>',
    "See them all: `flask settings`.": 'See them all: <a href="/settings/installation">Installation</a>.',
}
STAY = [
    "Run: flask upgrade",
    "Make one, and try it: flask store backup",
    "see flask settingsfile",
    "See: flask hooks show nobody",
    "See: flask inbox show <script>",
]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


@pytest.mark.parametrize("sentence", LEADS)
def test_a_command_leads_to_the_page_that_does_it(house: House, sentence: str) -> None:
    with house.app.test_request_context():
        assert linked(sentence) == LEADS[sentence]


@pytest.mark.parametrize("sentence", STAY)
def test_what_no_page_does_stays_as_it_is(house: House, sentence: str) -> None:
    with house.app.test_request_context():
        assert linked(sentence).unescape() == sentence


def test_a_webhook_is_found_by_its_name(house: House) -> None:
    id_ = hook_in(house, "essai").id
    with house.app.test_request_context():
        assert linked("flask hooks show essai, then") == f'<a href="/webhooks/{id_}">Reception</a>, then'
        assert linked("flask resume --hook essai") == f'<a href="/webhooks/{id_}/live">Live</a>'


def test_what_stands_around_a_command_is_no_page(house: House) -> None:
    with house.app.test_request_context():
        assert "<b>" not in linked("<b>See</b>: flask hooks list")


def test_a_refusal_beside_a_field_names_the_page(house: House) -> None:
    id_ = hook_in(house, "essai").id
    staff = Visitor(house, "staff")
    copied = staff.send(f"/webhooks/{id_}/copy", name="other").status
    page = staff.send(f"/webhooks/{id_}/rename", name="other")

    assert (copied, page.status) == (303, 409)
    assert "There is a hook other already. Choose another name. See: Webhooks" in page.text


def test_the_checkup_leads_on(house: House) -> None:
    run(house, "pause")
    page = Visitor(house, "admin").get("/check-up")

    assert 'If it should go on: <a href="/settings/writing">Writing</a>' in page.source
    assert "flask resume" not in page.text


def test_what_the_checkup_says_has_moments_as_pages_write_them(house: House) -> None:
    house.door.post("/hooks/essai234", data=b"{}", headers={"Content-Type": "application/json"})
    page = Visitor(house, "admin").get("/check-up")

    assert "essai: 1 call refused since 22 Nov 2026, 10:00." in page.text
    assert "2026-11-22T" not in page.text
    assert "flask inbox recheck" not in page.text


def test_what_is_bad_before_it_goes_live_is_written_so_too(house: House) -> None:
    house.import_hook(ESSAI.replace("mode: live", "mode: capture"))
    with house.services.store.write() as tx:
        account.trouble(tx, "default", "key_refused", house.clock())
    page = Visitor(house, "staff").get(f"/webhooks/{hook_in(house, 'essai').id}/live")

    assert "The check-up finds 1 bad thing." in page.text
    assert "22 Nov 2026, 10:00" in page.text
    assert "2026-11-22T" not in page.text
