"""Connecting a form on the page: its tool, its name, its secret, and what comes to it while it only listens."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.model import Delivery
from bridge.operations import audit
from bridge.operations.authoring import tools
from bridge.proofs.verify import as_sent
from bridge.sources import SOURCES
from bridge.store import tables
from tests.support.json_hook import plain_house, written
from tests.support.visitor import PASSWORD, Visitor
from tests.support.whole_bridge import House, sample, tally_signature


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


def connected(visitor: Visitor, name: str = "Bénévoles", tool: str = "tally", **more: Any) -> str:
    """The path of the new webhook."""
    visitor.send("/webhooks/new", name=name, tool=tool, space="default", **more)
    assert visitor.status == 303, visitor.text
    return visitor.answer.headers["Location"]


def value(visitor: Visitor, id_: str) -> str:
    """What stands beside a *Copy* button."""
    found = re.search(rf'<code id="{id_}"[^>]*>([^<]*)</code>', visitor.source)
    return found[1] if found else ""


def call(house: House, address: str, body: bytes, headers: dict[str, str] | None = None) -> int:
    path = address.removeprefix("https://bridge.example.org")
    given = {"Content-Type": "application/json", **(headers or {})}
    return house.door.post(path, data=body, headers=given).status_code


def secret_of(visitor: Visitor, path: str) -> tuple[str, str]:
    visitor.get(path)
    return value(visitor, "address"), value(visitor, "secret")


def deeds(house: House) -> list[str]:
    with house.services.store.read() as tx:
        return [one.did for one in audit.listed(tx, house.services.vault)]


def test_twelve_tools_have_a_tile_and_all_others_are_listed(house: House) -> None:
    shown = Visitor(house).json("/webhooks/new.json")

    assert [one["title"] for one in shown["tiles"]] == [
        *("Tally", "Typeform", "HelloAsso", "Google Forms", "Jotform", "Gravity Forms", "Elementor", "WPForms"),
        *("Action Network", "Brevo", "Mailchimp", "Zapier, Make"),
    ]
    assert {one["id"] for one in (*shown["tiles"], *shown["others"])} == set(SOURCES)


def test_every_tool_can_be_connected_and_its_first_call_is_proven_and_captured(house: House) -> None:
    visitor, found = Visitor(house), {}
    for source in SOURCES:
        connected(visitor, f"Essai {source}", source)
        with house.services.store.read() as tx:
            hook = house.services.hooks.by_name(tx, f"Essai {source}")
        tool = tools.tool(source)
        assert hook is not None
        assert tool is not None
        made = Delivery("POST", {"content-type": "application/json"}, b"{}")
        sent = as_sent(made, hook.proof, house.clock())
        bare = f"/hooks/{hook.address}"
        whole = f"{bare}/{sent.path_secret}" if sent.path_secret else bare
        answers = (call(house, whole, b"{}", dict(sent.headers)), call(house, bare, b"{}"))
        same = (hook.mode, hook.owner, hook.proof.scheme == tool.scheme, len(hook.proof.secrets[0]) >= 32)
        found[source] = (*same, *answers)

    assert found == dict.fromkeys(SOURCES, ("capture", "pages", True, True, 200, 401))


def test_a_form_is_connected_in_three_clicks_and_one_typed_field(house: House) -> None:
    visitor = Visitor(house).get("/webhooks/new")
    assert 'href="/webhooks/new?tool=tally"' in visitor.source
    visitor.get("/webhooks/new?tool=tally")
    assert "Tally waits 10 s and tries 5 more times over about a day." in visitor.text
    path = connected(visitor)
    visitor.follow()

    assert visitor.title == "Reception · Bénévoles · Qomon bridge"
    assert "Waiting for the first submission. Listening only: nothing can reach Qomon." in visitor.text
    assert "Beside Webhooks choose Connect, and paste the address as Endpoint URL." in visitor.text
    assert value(visitor, "address").startswith("https://bridge.example.org/hooks/")
    assert len(value(visitor, "secret")) >= 32
    assert value(visitor, "secret") not in json.dumps(visitor.json(f"{path}.json"))
    assert deeds(house)[:3] == ["secret_shown", "secret_changed", "made"]


def test_the_first_submission_shows_its_questions_and_takes_the_secret_away_for_good(house: House) -> None:
    visitor = Visitor(house)
    path = connected(visitor)
    address, secret = secret_of(visitor, path)
    assert call(house, address, sample(), tally_signature(sample(), secret)) == 200
    visitor.get(path)

    assert "from Tally, with 20 answers." in visitor.text or "answers." in visitor.text
    assert "Adresse e-mail" in visitor.text
    assert (secret in visitor.source, value(visitor, "secret")) == (False, "")
    assert "In use" in visitor.text
    house.clock.move(days=40)
    house.prune()
    assert value(Visitor(house, "admin").get(path), "secret") == ""


def test_a_new_secret_is_shown_for_seven_days_at_most(house: House) -> None:
    path = connected(Visitor(house))
    house.clock.move(days=7)

    assert value(Visitor(house).get(path), "secret") == ""


def test_a_viewer_sees_neither_the_secret_nor_an_answer(house: House) -> None:
    visitor, viewer = Visitor(house), Visitor(house, "viewer")
    path = connected(visitor)
    address, secret = secret_of(visitor, path)
    assert secret not in viewer.get(path).source
    call(
        house,
        address,
        sample(**{"Adresse e-mail": "zoe@example.org"}),
        tally_signature(sample(**{"Adresse e-mail": "zoe@example.org"}), secret),
    )

    assert "Adresse e-mail" in viewer.get(path).text
    assert "zoe@example.org" in visitor.get(path).source
    assert "zoe@example.org" not in viewer.source
    assert "zoe@example.org" not in json.dumps(viewer.json(f"{path}.json"))


@pytest.mark.parametrize("path", ["/webhooks/new", "/webhooks/new?tool=tally", "/webhooks/new/open?tool=tally"])
def test_a_viewer_connects_nothing(house: House, path: str) -> None:
    assert Visitor(house, "viewer").get(path).status == 403
    assert Visitor(house, "viewer").send("/webhooks/new", name="x", tool="tally", space="default").status == 403


def test_a_taken_name_says_which_and_leads_there(house: House) -> None:
    visitor = Visitor(house)
    path = connected(visitor)
    visitor.send("/webhooks/new", name="Bénévoles", tool="jotform", space="default")

    assert (visitor.status, visitor.title.startswith("Error: ")) == (400, True)
    assert "Bénévoles exists (Tally, listening). Choose another name, or open it." in visitor.text
    assert f'href="{path}"' in visitor.source
    assert 'value="Bénévoles"' in visitor.source


@pytest.mark.parametrize("name", ["", " ", "a/b", "x" * 81])
def test_a_name_that_cannot_be_is_refused_with_a_reason(house: House, name: str) -> None:
    visitor = Visitor(house).send("/webhooks/new", name=name, tool="tally", space="default")

    assert (visitor.status, "There is a problem" in visitor.text) == (400, True)


def test_a_form_that_comes_twice_makes_one_webhook(house: House) -> None:
    visitor = Visitor(house)
    connected(visitor)
    visitor.send("/webhooks/new", name="Bénévoles", tool="tally", space="default")

    with house.services.store.read() as tx:
        assert len(tx.execute(select(tables.hook).where(tables.hook.c.name == "Bénévoles")).all()) == 1
        assert len(tx.execute(select(tables.secret)).all()) == 1


def test_an_unknown_tool_is_not_found(house: House) -> None:
    assert Visitor(house).get("/webhooks/new?tool=nobody").status == 404
    assert Visitor(house).get("/webhooks/nobody").status == 404


def test_an_address_with_its_secret_at_the_end_is_whole_until_it_is_in_use(house: House) -> None:
    visitor = Visitor(house)
    path = connected(visitor, "Adhésions", "helloasso")
    whole, _none = secret_of(visitor, path)

    assert re.fullmatch(r"https://bridge\.example\.org/hooks/\w{12}/[\w-]{43}", whole)
    assert call(house, whole.rpartition("/")[0], b'{"eventType": "Order", "data": {}}') == 401
    assert call(house, whole, b'{"eventType": "Order", "data": {}}') == 200
    assert value(visitor.get(path), "address") == whole.rpartition("/")[0]


def test_an_open_address_is_explained_first_and_red_until_it_asks_for_a_secret(house: House) -> None:
    visitor, admin = Visitor(house), Visitor(house, "admin")
    visitor.get("/webhooks/new/open?tool=gravity_forms")
    assert "anybody who has the address can write 1 submission" in visitor.text
    path = connected(visitor, tool="gravity_forms", how="open")
    address = value(visitor.get(path), "address")
    assert "This address is open" in visitor.text
    assert call(house, address, b'{"id": "1", "form_id": "2", "1": "Zoe"}') == 200

    assert "a call without it is refused" in admin.get(f"{path}/secret").text
    admin.send(f"{path}/secret", newest="")
    assert admin.status == 303, admin.text
    assert call(house, address, b"{}") == 401
    assert call(house, address, b"{}", {"X-Bridge-Token": secret_of(admin, path)[1]}) == 200
    assert "This address is open" not in admin.text


def test_a_tool_without_headers_can_have_its_secret_in_the_address(house: House) -> None:
    visitor = Visitor(house)
    whole, _none = secret_of(visitor, connected(visitor, tool="gravity_forms", how="address"))

    assert call(house, whole, b'{"id": "1", "form_id": "2", "1": "Zoe"}') == 200


def test_a_secret_is_replaced_and_both_are_good_for_seven_days(house: House) -> None:
    admin = Visitor(house, "admin")
    path = connected(admin)
    address, old = secret_of(admin, path)
    body = sample()
    assert call(house, address, body, tally_signature(body, old)) == 200
    assert "1 call in 30 days" in admin.get(f"{path}/secret").text
    newest = re.search(r'name="newest" value="(\w*)"', admin.source)
    assert newest is not None
    admin.send(f"{path}/secret", newest=newest[1], old="goes_on")
    _address, new = secret_of(admin, path)

    assert new not in ("", old)
    assert [call(house, address, body, tally_signature(body, one)) for one in (old, new)] == [200, 200]
    assert admin.send(f"{path}/secret", newest=newest[1], old="goes_on").status == 409
    assert "Nothing was done twice" in admin.text
    house.clock.move(days=7)
    assert [call(house, address, body, tally_signature(body, one)) for one in (old, new)] == [401, 200]


def test_a_secret_that_somebody_knows_ends_at_once(house: House) -> None:
    admin = Visitor(house, "admin")
    path = connected(admin)
    address, old = secret_of(admin, path)
    newest = admin.json(f"{path}.json")["stored"][0]["id"]
    admin.send(f"{path}/secret", newest=newest, old="ends")
    body = sample()

    assert call(house, address, body, tally_signature(body, old)) == 401
    assert "1 call refused: the secret in Tally is probably not this one." in admin.get(path).text


def test_an_older_secret_is_ended_by_hand(house: House) -> None:
    admin = Visitor(house, "admin")
    path = connected(admin)
    address, old = secret_of(admin, path)
    first = admin.json(f"{path}.json")["stored"][0]["id"]
    assert "It is the only secret that goes on" in admin.send(f"{path}/secret/{first}").text
    admin.send(f"{path}/secret", newest=first, old="goes_on")
    assert "From now on calls under it are refused." in admin.get(f"{path}/secret/{first}").text
    admin.send(f"{path}/secret/{first}")
    body = sample()

    assert call(house, address, body, tally_signature(body, old)) == 401
    assert admin.get(f"{path}/secret/{first}").status == 404
    assert admin.send(f"{path}/secret/{first}").status == 409


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_only_an_admin_replaces_a_secret(house: House, role: Any) -> None:
    path = connected(Visitor(house))
    visitor = Visitor(house, role)

    assert visitor.get(f"{path}/secret").status == 403
    assert visitor.send(f"{path}/secret", newest="").status == 403
    assert "Replace the secret" not in visitor.get(path).text


def test_the_password_is_asked_again_before_a_secret_is_replaced(house: House) -> None:
    admin = Visitor(house, "admin")
    path = connected(admin)
    house.clock.move(minutes=16)
    newest = admin.json(f"{path}.json")["stored"][0]["id"]
    admin.send(f"{path}/secret", newest=newest, old="goes_on")
    assert "Your password, please" in admin.text
    admin.send(f"{path}/secret", newest=newest, old="goes_on", _password=PASSWORD)

    assert admin.status == 303
    assert len(admin.json(f"{path}.json")["stored"]) == 2


def test_after_three_minutes_of_silence_help_is_offered(house: House) -> None:
    visitor = Visitor(house)
    path = connected(visitor)
    assert "Nothing has come." not in visitor.get(path).text
    house.clock.move(minutes=4)

    assert "Is the form published, the webhook switched on, the address pasted whole?" in visitor.get(path).text
    assert f"It ends in …{value(visitor, 'address')[-3:]}." in visitor.text


def test_the_twin_changes_when_something_comes_or_is_refused(house: House) -> None:
    visitor = Visitor(house)
    path = connected(visitor)
    address, secret = secret_of(visitor, path)
    states = [visitor.json(f"{path}.json")["seen"]]
    call(house, address, sample(), tally_signature(sample(), "another secret of nobody"))
    states.append(visitor.json(f"{path}.json")["seen"])
    call(house, address, sample(), tally_signature(sample(), secret))
    states.append(visitor.json(f"{path}.json")["seen"])

    assert len(set(states)) == 3


def test_what_strangers_write_is_shown_as_text(house: House) -> None:
    visitor = Visitor(house)
    path = connected(visitor, "Essai <b>", "json")
    address, secret = secret_of(visitor, path)
    hostile = "<script>alert(1)</script>\u202e\u200bfin"
    body = written(**{"<img src=x>": hostile, "mail": "zoe@example.org"})
    assert call(house, address, body, {"X-Bridge-Token": secret}) == 200
    visitor.get(path)

    assert "<script>alert" not in visitor.source
    assert "<img src=x>" not in visitor.source
    assert "&lt;script&gt;alert(1)" in visitor.source
    assert "\u202e" not in visitor.source


def test_google_forms_gets_its_script_with_the_address_and_never_the_secret(house: House) -> None:
    visitor = Visitor(house)
    path = connected(visitor, "Sondage", "google_forms")
    address, secret = secret_of(visitor, path)

    assert f"var BRIDGE_URL = &#39;{address}&#39;" in visitor.source
    assert visitor.source.count(secret) == 1


def test_a_webhook_of_a_file_names_its_variable_and_never_its_secret(house: House) -> None:
    admin = Visitor(house, "admin")
    with house.services.store.read() as tx:
        id_ = house.services.hooks.id_of(tx, "essai")
    admin.get(f"/webhooks/{id_}")

    assert (admin.status, "$JSON_TOKEN" in admin.text) == (200, True)
    assert "Replace the secret" not in admin.text
    assert "is kept in a file" in admin.send(f"/webhooks/{id_}/secret", newest="").text
