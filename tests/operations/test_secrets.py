"""Secrets that are made here: sealed, good at once in every process, replaced with an overlap, never shown again."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.hooks.revisions import By
from bridge.operations import moving, secrets
from bridge.operations.changing import NotChanged
from bridge.operations.secrets import Made
from bridge.store import tables
from tests.support.commands import done, hooks, printed, run
from tests.support.json_hook import ESSAI, ZOES, hook_in, plain_house
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

HERE = ESSAI.lstrip().replace("$JSON_TOKEN", "stored") + "owner: pages\n"
BOTH = HERE.replace("secret: stored", "secret: [stored, $JSON_TOKEN]")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, HERE).read_catalogue()


def by(house: House) -> By:
    return By(house.clock(), "Léa")


def made(house: House, overlap: timedelta | None = None) -> Made:
    services = house.services
    with services.store.write() as tx:
        return secrets.replace(tx, services.hooks, services.vault, "essai", by(house), overlap)


def answer(house: House, token: str) -> int:
    headers = {"Content-Type": "application/json", "X-Token": token}
    return house.door.post("/hooks/essai234", data=ZOES, headers=headers).status_code


def test_a_hook_without_its_stored_secret_keeps_every_call_and_says_why(house: House) -> None:
    """As one whose variable is not set: a slip loses nobody."""
    assert [answer(house, token) for token in ("", "stored")] == [503, 503]
    assert "no secret was made here: flask hooks secret essai --new" in hooks(house, "show", "essai").stderr
    assert "flask hooks secret essai --new" in hooks(house, "check", "essai").output


def test_a_stored_secret_proves_calls_at_once_and_is_named_by_them(house: House) -> None:
    secret = made(house)

    assert answer(house, secret.value) == 200
    with house.services.store.read() as tx:
        assert tx.scalars(select(tables.delivery.c.proof)).all() == [f"header $stored:{secret.id}"]


def test_it_lies_sealed_in_the_store(house: House) -> None:
    secret = made(house)
    with house.services.store.read() as tx:
        row = tx.execute(select(tables.secret)).one()

    assert secret.value.encode() not in row.sealed
    assert house.services.vault.unseal(row.sealed) == {"secret": secret.value}


def test_another_process_sees_a_new_secret_at_its_next_call(house: House, tmp_path: Path) -> None:
    first = made(house, timedelta(0))
    other = plain_house(tmp_path, HERE)
    assert (answer(house, first.value), answer(other, first.value)) == (200, 200)
    second = made(other, timedelta(0))

    assert [answer(house, one.value) for one in (first, second)] == [401, 200]
    assert [answer(other, one.value) for one in (first, second)] == [401, 200]


def test_an_older_secret_goes_on_for_seven_days(house: House) -> None:
    old, new = made(house), made(house)
    assert [answer(house, one.value) for one in (old, new)] == [200, 200]
    assert hook_in(house, "essai").proof.secrets == (new.value, old.value)
    house.clock.move(days=7)

    assert [answer(house, one.value) for one in (old, new)] == [401, 200]


def test_replacing_again_gives_no_older_one_more_time(house: House) -> None:
    first, second = made(house), made(house)
    house.clock.move(days=5)
    third = made(house)
    house.clock.move(days=2)

    assert [answer(house, one.value) for one in (first, second, third)] == [401, 200, 200]


def test_a_secret_in_the_address_goes_on_for_thirty_days(tmp_path: Path) -> None:
    house = plain_house(tmp_path, HERE.replace("header, header: X-Token", "url"))
    old, _new = made(house), made(house)
    house.clock.move(days=29)
    assert house.door.post(f"/hooks/essai234/{old.value}", data=b"{}").status_code == 200
    house.clock.move(days=1)

    assert house.door.post(f"/hooks/essai234/{old.value}", data=b"{}").status_code == 401


def test_a_secret_of_the_environment_stands_beside_those_of_the_store(tmp_path: Path) -> None:
    house = plain_house(tmp_path, BOTH)
    secret = made(house)

    assert [answer(house, one) for one in (secret.value, "an-invented-token")] == [200, 200]
    assert hook_in(house, "essai").proof.secrets == (secret.value, "an-invented-token")


@pytest.mark.parametrize(
    ("proof", "shape"),
    [
        ("{scheme: standard-webhooks-v1, secret: stored}", "whsec_"),
        ("{scheme: airtable-mac, secret: stored}", ""),
        ("{scheme: squarespace, secret: stored}", ""),
        ("{scheme: hmac, header: X-Sign, key: base64, secret: stored}", ""),
    ],
)
def test_a_secret_is_a_key_of_its_scheme(tmp_path: Path, proof: str, shape: str) -> None:
    house = plain_house(tmp_path, HERE.replace("{scheme: header, header: X-Token, secret: stored}", proof))
    secret = made(house)
    in_file = proof.replace("stored", "$MADE")
    text = HERE.replace("{scheme: header, header: X-Token, secret: stored}", in_file)
    house.unopened.hooks._secret = {"MADE": secret.value}.get  # noqa: SLF001

    assert secret.value.startswith(shape)
    assert house.services.hooks.parse(text).proof.secrets == (secret.value,)


def test_the_only_secret_that_goes_on_cannot_be_ended(house: House) -> None:
    services, secret = house.services, made(house)
    with pytest.raises(NotChanged, match="the only secret that goes on"), services.store.write() as tx:
        secrets.end(tx, services.hooks, services.vault, "essai", secret.id, by(house))

    assert answer(house, secret.value) == 200


def test_the_pause_of_all_writing_asks_for_no_key(house: House) -> None:
    secret = made(house)
    done(run(house, "pause", "--hook", "essai"))

    assert answer(house, secret.value) == 200


def test_the_command_makes_one_and_shows_it_once(house: House) -> None:
    told = done(hooks(house, "secret", "essai", "--new", "--who", "Léa"))
    secret = told.splitlines()[-1].removeprefix("The secret, shown this once: ")
    assert answer(house, secret) == 200

    shown = done(hooks(house, "secret", "essai"))
    assert secret not in shown
    assert "1 call in the last 30 days" in shown
    said = printed(hooks(house, "secret", "essai", "--json"))
    assert [one["calls"] for one in said["stored"]] == [1]
    assert "secret" not in said
    second = printed(hooks(house, "secret", "essai", "--new", "--until", "0", "--json"))
    assert [answer(house, one) for one in (secret, second["secret"])] == [401, 200]
    assert "stored secret of this id" in hooks(house, "secret", "essai", "--end", "nobody").output


def test_the_command_ends_an_older_one(house: House) -> None:
    old, new = made(house), made(house)
    done(hooks(house, "secret", "essai", "--end", old.id))

    assert [answer(house, one.value) for one in (old, new)] == [401, 200]
    assert "One at a time" in hooks(house, "secret", "essai", "--new", "--end", new.id).output


def test_a_hook_of_the_environment_gets_a_stored_secret_beside_it(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.lstrip() + "owner: pages\n")
    done(hooks(house, "secret", "essai", "--new"))

    assert "secret: [stored, $JSON_TOKEN]" in hook_in(house, "essai").text
    assert answer(house, "an-invented-token") == 200
    house.clock.move(days=9)
    assert answer(house, "an-invented-token") == 401


def test_a_hook_of_a_file_is_told_what_to_write(tmp_path: Path) -> None:
    house = plain_house(tmp_path)

    assert "write secret: [stored, ...] there" in hooks(house, "secret", "essai", "--new").output


def test_the_export_says_stored_and_never_the_secret(house: House) -> None:
    secret = made(house)
    text = done(hooks(house, "export", "essai"))

    assert ("secret: stored" in text, secret.value in text) == (True, False)


def test_a_copy_has_a_secret_of_its_own(house: House) -> None:
    secret = made(house)
    told = done(hooks(house, "copy", "essai", "autre"))
    address = hook_in(house, "autre").address
    headers = {"Content-Type": "application/json", "X-Token": secret.value}

    assert "The secret, shown this once: " in told
    assert house.door.post(f"/hooks/{address}", data=ZOES, headers=headers).status_code == 401


def test_a_new_hook_gets_its_secret_with_it(house: House) -> None:
    told = done(hooks(house, "new", "adhesions", "--source", "tally", "--secret", "stored"))

    assert "The secret, shown this once: " in told
    assert len(hook_in(house, "adhesions").proof.secrets) == 1


def test_a_report_is_still_shown_to_the_holder_of_a_stored_secret(house: House) -> None:
    secret = made(house)
    headers = {"Content-Type": "application/json", "X-Token": secret.value}
    event = house.door.post("/hooks/essai234", data=ZOES, headers=headers).get_json()["events"][0]["event"]

    assert house.door.get(f"/submissions/{event}", headers=headers).status_code == 200
    assert house.door.get(f"/submissions/{event}", headers={"X-Token": "another"}).status_code == 401


def test_secrets_move_with_their_hooks() -> None:
    assert "secret" in moving.SETTINGS
    assert "secret" in moving.OF_HOOKS


def test_a_secret_that_does_not_open_proves_nobody(house: House) -> None:
    old, new = made(house), made(house)
    with house.services.store.write() as tx:
        mine = tables.secret.c.id == new.id
        tx.execute(tables.secret.update().where(mine).values(sealed=b"broken", until=None, made_at=1))

    assert [answer(house, one.value) for one in (old, new)] == [200, 401]
