"""`flask inbox refused`: a person looks at calls that no secret explains, masked, and lets one in by hand."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bridge.hooks.revisions import By
from bridge.operations import refused
from bridge.operations.refused import NotAccepted
from bridge.store import tables
from tests.support.commands import done, printed, run
from tests.support.json_hook import (
    ESSAI,
    PROOF,
    TOKEN,
    count,
    hook_in,
    live,
    plain_house,
    rows,
    said,
    send,
    written,
)
from tests.support.whole_bridge import NOW, House

pytestmark = pytest.mark.usefixtures("both_stores")

ZOES = written(id="7", mail="zoe.lefevre@example.org", nom="Lefèvre", metier="Soudeuse", mobile="0639981234")
MISTYPED = ESSAI.replace("$JSON_TOKEN", "$MISTYPED")
LOST = ("--why", "the secret was lost", "--by", "Léa")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, MISTYPED, MISTYPED="another-invented-token")


def call(house: House, body: bytes = ZOES, **headers: str) -> int:
    given = {"Content-Type": "application/json; charset=utf-8", **PROOF, **headers}
    return house.door.post("/hooks/essai234?key=hunter2", data=body, headers=given).status_code


def kept(house: House) -> list[str]:
    return [row.id for row in sorted(rows(house, tables.refused), key=lambda row: row.at)]


def accept(house: House, *ids: str) -> Any:
    return run(house, "inbox", "refused", "essai", "--accept", *ids, *LOST)


def test_a_kept_call_is_shown_masked_and_without_what_could_be_a_secret(house: House) -> None:
    for body in (ZOES, b"{", ZOES):
        assert call(house, body) == 401
        house.clock.move(minutes=1)
    first, spoilt = printed(run(house, "inbox", "refused", "essai", "--show", "--json"))

    assert (first["first"], first["last"]) == ("2026-11-22T09:00:00.000Z", "2026-11-22T09:02:00.000Z")
    assert (first["size"], first["content_type"], first["method"]) == (len(ZOES), "application/json", "POST")
    assert "x-token" in first["headers"]
    answers = {one["label"]: one["answer"] for one in first["read"][0]["answers"]}
    assert answers == {"id": "7.", "mail": "z•••@e•••.org", "nom": "L.", "metier": "S.", "mobile": "•••34"}
    assert (spoilt["read"], spoilt["last"]) == (None, None)

    shown = run(house, "inbox", "refused", "essai", "--show")
    assert shown.output.splitlines()[:2] == [
        f"{first['id']}  came more than once, first at 2026-11-22T09:00:00.000Z, last at 2026-11-22T09:02:00.000Z",
        "  Secret missing or not ours. Looked for the header X-Token.",
    ]
    assert "    mail: z•••@e•••.org\n" in shown.output
    assert "  The webhook, as it is now, can read nothing of it.\n" in shown.output
    for hidden in (TOKEN, "hunter2", "lefevre", "Lefèvre", "Soudeuse", "0639981234"):
        assert (hidden in shown.output, hidden in str(first)) == (False, False)


def test_a_label_that_holds_what_was_shown_as_a_secret_is_hidden(house: House) -> None:
    call(house, written(**{TOKEN: "x", "another-invented-token": "x", "zoe.lefevre@example.org": "x"}))

    (one,) = printed(run(house, "inbox", "refused", "essai", "--show", "--json"))
    assert [answer["label"] for answer in one["read"][0]["answers"]] == ["•••", "•••", "z•••@e•••.org"]


def test_an_accepted_call_crosses_as_of_when_it_came_and_says_how_it_was_proven(house: House) -> None:
    call(house)
    house.clock.move(hours=1)
    call(house, written(id="8", mail="camille.exemple@example.org"))
    first = kept(house)[0]
    told = accept(house, first)
    house.drain()

    (event,) = rows(house, tables.event)
    assert told.output == f"{first}, come at 2026-11-22T09:00:00.000Z: let in: flask inbox show {event.id}\n"
    assert (told.exit_code, said(house.report(event.id))) == (0, ("delivered", None))
    assert (live(house, 811), count(house, tables.refused)) == (["Soudeuse"], 1)
    (delivery,) = rows(house, tables.delivery)
    assert (delivery.proof, delivery.received_at) == ("by hand", event.received_at)
    assert event.received_at == int(NOW.timestamp() * 1000)


def test_calls_are_let_in_in_the_order_in_which_they_came(house: House) -> None:
    other = written(id="8", mail="zoe.lefevre@example.org", metier="Pilote")
    for body in (ZOES, other, ZOES):
        call(house, body)
        house.clock.move(minutes=1)
    accept(house, *reversed(kept(house)))
    house.drain()

    assert [row.received_at for row in sorted(rows(house, tables.event), key=lambda row: row.seq)] == [
        int((NOW + timedelta(minutes=minute)).timestamp() * 1000) for minute in range(3)
    ]
    assert (live(house, 811), count(house, tables.refused)) == (["Soudeuse"], 0)


def test_what_cannot_be_let_in_says_why_and_keeps_back_nothing_else(house: House) -> None:
    for body in (ZOES, b"{", b'"' + b"x" * 70_000 + b'"', written(id="9", mail="camille.exemple@example.org")):
        call(house, body)
        house.clock.move(minutes=1)
    twice, spoilt, long, sealed = kept(house)
    with house.services.store.write() as tx:
        tx.execute(update(tables.refused).where(tables.refused.c.id == sealed).values(sealed=b"damaged"))
    house.import_hook(ESSAI)
    send(house, ZOES)
    (proven,) = rows(house, tables.event)
    told = accept(house, twice, spoilt, long, sealed, "nobody")

    (held,) = [row for row in rows(house, tables.event) if row.id != proven.id]
    assert (told.exit_code, held.outcome, held.reason) == (1, "held", "unreadable")
    assert [line.partition(": ")[2] for line in told.stdout.splitlines()] == [
        f"had come before, nothing is doubled: flask inbox show {proven.id}",
        f"let in, and held, because nobody can read it: flask inbox show {held.id}",
    ]
    assert told.stderr.splitlines() == [
        f"{long}: nothing done: it was too long to be kept: more than 65536 bytes.",
        (
            "nobody: nothing done: essai keeps no refused call of this id. It was judged already, left when its time "
            "was over, or never was. See: flask inbox refused essai --show"
        ),
        f"{sealed}: nothing done: what is stored of it does not open: its key or its bytes are gone.",
    ]
    shown = done(run(house, "inbox", "refused", "essai", "--show"))
    assert (kept(house), "  Too long to be kept.\n" in shown) == ([long, sealed], True)
    assert "  What is stored of it does not open.\n" in shown
    assert "judged already" in accept(house, spoilt).stderr
    again = run(house, "inbox", "recheck", "essai")
    assert (again.exit_code, again.stderr) == (1, "Still refused: 1. What is stored of it does not open.\n")


def test_nothing_is_let_in_while_the_hook_does_not_load(house: House) -> None:
    house.unopened.hooks._secret = lambda _name: None  # noqa: SLF001
    house.unopened.hooks.forget()
    assert call(house) == 503
    told = accept(house, *kept(house))

    assert (told.exit_code, count(house, tables.event), count(house, tables.refused)) == (1, 0, 1)
    assert told.output.startswith("Error: essai does not load, so none of its calls can be accepted yet: ")
    shown = done(run(house, "inbox", "refused", "essai", "--show"))
    assert ("  $MISTYPED is not set.\n" in shown, "mail: z•••@e•••.org" in shown) == (True, True)


def test_a_reason_is_needed_and_two_who_accept_one_call_let_it_in_once(house: House) -> None:
    call(house)
    for words in (("--accept", *kept(house)), ("--accept", *LOST), (*kept(house), *LOST), ("--json",)):
        assert run(house, "inbox", "refused", "essai", *words).exit_code == 2
    services = house.services
    with services.store.read() as tx:
        hook, (came,), _refusals = refused.chosen(tx, services.hooks, "essai", kept(house))

    def accepted(why: str | None) -> object:
        with services.store.write() as tx:
            return refused.accept(tx, services.vault, hook, came, By(NOW, "Léa", why), writing=True)

    for why in (None, " "):
        with pytest.raises(NotAccepted, match="Say why"):
            accepted(why)
    accepted("a reason")
    with pytest.raises(NotAccepted, match="somebody else"):
        accepted("a reason")
    assert (count(house, tables.event), hook) == (1, hook_in(house, "essai"))
