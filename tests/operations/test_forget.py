"""A person is copied and erased everywhere, and nobody else with her (docs/laws.md 8.4)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bridge.inbox import lanes
from bridge.model import Lane
from bridge.operations import forget
from bridge.qomon.sandbox.people import ZOE
from bridge.store import sealed_columns, tables
from schemas import normal
from tests.support.commands import done, printed, run
from tests.support.json_hook import (
    ESSAI,
    PROOF,
    ZOES,
    ZOES_MAIL,
    count,
    crossed,
    fault,
    live,
    plain_house,
    rows,
    said,
    send,
    sent,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

HERS = {
    "mail": "quokka.zebulon@example.org",
    "prenom": "Xylophanthe",
    "nom": "Zurbrügge",
    "mobile": "06 39 98 77 31",
    "metier": "Dresseuse de tyrannosaures",
    "lettre": "Oui",
}
MAIL, OTHERS_MOBILE = HERS["mail"], "06 39 98 77 32"
PLANTED = (MAIL, "Xylophanthe", "Zurbr", "639987731", "tyrannosaures")
CAPTURES = ESSAI.replace("hook: essai", "hook: ecoute").replace("essai234", "ecoute23").replace("live", "capture")
EMPTIED = ("known", "mark", "seen", "undo", "receipt", "spread", "creating", "lane", "intent", "refused")


def hers(house: House, **more: str) -> str:
    """She is created, with a consent, marks, a way back and all that follows."""
    event = sent(house, written(**{**HERS, **more}))
    house.drain()
    return event


def contact_of(house: House, event: str) -> int:
    return int(house.report(event)["contact"]["id"])


def opened(house: House, *but: str) -> Iterator[str]:
    """Every column of every row as text, those that are sealed opened; but for these tables."""
    sealed = {one.column: one for one in sealed_columns.SEALED}
    for table in (one for name, one in tables.metadata.tables.items() if name not in but):
        for row in rows(house, table):
            for column in table.c:
                value = getattr(row, column.name)
                yield str(value)
                if column in sealed and value and table.name != "vault":
                    vault = house.services.vault
                    yield json.dumps(_unsealed(vault, value), ensure_ascii=False)


def _unsealed(vault: Any, value: Any) -> Any:
    try:
        return vault.unseal_text(value) if isinstance(value, str) else vault.unseal(value)
    except Exception:  # noqa: BLE001  # a mark's fingerprint is none
        return None


def found(house: House, *needles: str) -> list[str]:
    return [needle for needle in needles if any(needle in text for text in opened(house))]


def by_table(house: House) -> dict[str, int]:
    return {name: count(house, table) for name, table in tables.metadata.tables.items()}


def outcome(house: House, event: str) -> str:
    with house.services.store.read() as tx:
        return str(tx.scalar(select(tables.event.c.outcome).where(tables.event.c.id == event)))


def erase(house: House, *words: object) -> Any:
    return printed(run(house, "forget", *words, "--yes", "--json"))


# what goes


def test_after_it_no_table_holds_anything_of_her_but_keyed_fingerprints(house: House) -> None:
    event = hers(house)
    contact = contact_of(house, event)
    assert set(found(house, *PLANTED)) == {*PLANTED}
    filled = {name for name, many in by_table(house).items() if many}
    assert filled >= {"event", "identity", "known", "mark", "seen", "receipt", "spread"}

    gone = erase(house, MAIL)["gone"]
    assert found(house, *PLANTED, str(contact)) == []
    assert (gone["event"], gone["receipt"], gone["seen"], outcome(house, event)) == (1, 1, 1, "forgotten")
    left = by_table(house)
    assert {name: left[name] for name in EMPTIED} == dict.fromkeys(EMPTIED, 0)
    assert (left["event"], left["delivery"], left["identity"]) == (1, 1, 2)


def test_what_was_put_back_sent_again_decided_and_corrected_goes_too(house: House) -> None:
    first = hers(house)
    contact = contact_of(house, first)
    event = sent(house, written(**{**HERS, "metier": "Fée"}))
    house.drain()
    done(run(house, "restore", event, "--why", "sa demande"))
    house.drain()
    done(run(house, "inbox", "replay", event))
    done(run(house, "inbox", "correct", first, "--set", "metier=Sorcière", "--who", "Léa", "--why", "une faute"))
    held = sent(house, written(**{**HERS, "prenom": "Quelqu'un"}))
    house.drain()
    done(run(house, "inbox", "decide", held, "--contact", contact, "--why", "la même"))
    house.drain()
    done(run(house, "restore", "--hook", "essai", "--yes"))
    house.drain()
    needles = (*PLANTED, "Fée", "Sorcière", "Quelqu'un", "sa demande", "une faute", "la même")
    assert set(found(house, *needles)) == {*needles}

    gone = erase(house, MAIL)["gone"]
    assert found(house, *needles, str(contact)) == []
    assert gone["event"] == count(house, tables.event) > 6


def test_a_contact_that_was_there_is_left_as_it_is_in_qomon(house: House) -> None:
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")

    assert erase(house, ZOES_MAIL)["gone"]["undo"] == 1
    assert live(house, 811) == ["Boulangère"]


@pytest.mark.parametrize("who", [MAIL, f" {MAIL.upper()} ", "06 39 98 77 31", "+33639987731"])
def test_she_is_found_by_each_of_her_addresses(house: House, who: str) -> None:
    event = hers(house)

    erase(house, who)
    assert outcome(house, event) == "forgotten"


def test_she_is_found_by_qomons_number_with_what_carries_it_nowhere(house: House) -> None:
    event = hers(house)
    contact = contact_of(house, event)
    second = sent(house, written(mobile=HERS["mobile"], metier="Fée"))
    house.drain()

    assert erase(house, contact)["gone"]["event"] == 2
    assert [outcome(house, one) for one in (event, second)] == ["forgotten"] * 2


def test_of_a_file_no_byte_of_what_was_stored_is_left(tmp_path: Path, both_stores: str) -> None:
    if both_stores == "postgres":
        pytest.skip("a server gives nobody its files")
    house = plain_house(tmp_path).read_catalogue()
    hers(house)
    sealed = [
        value
        for column in sealed_columns.SEALED
        for row in rows(house, column.table)
        if (value := getattr(row, column.column.name)) and column.table.name not in ("vault", "revision", "mark")
    ]
    assert len(sealed) >= 3
    with house.services.store.write() as tx:  # as where SQLite was built without it; there is one connection to write
        tx.exec_driver_sql("PRAGMA secure_delete = OFF").close()
    erase(house, MAIL)

    left = b"".join(path.read_bytes() for path in tmp_path.glob("bridge.db*"))
    assert [len(value) for value in sealed if isinstance(value, bytes) and value[40:] in left] == []


def test_what_only_waits_is_stopped_and_nothing_crosses_any_more(house: House) -> None:
    event = sent(house, written(**HERS))
    assert erase(house, MAIL)["whole"] is True

    house.drain()
    assert outcome(house, event) == "forgotten"
    assert [call for call in house.sandbox.calls if call["path"] != "/forms"] == []
    assert (count(house, tables.lane), found(house, *PLANTED)) == (0, [])


def test_what_a_webhook_only_listened_to_and_what_could_not_be_read_goes_too(tmp_path: Path) -> None:
    house = plain_house(tmp_path, CAPTURES, ESSAI).read_catalogue()
    headers = {"Content-Type": "application/json", **PROOF}
    house.door.post("/hooks/ecoute23", data=written(**HERS), headers=headers)
    send(house, b'{"mail": "quokka.zebulon@example.org", ')
    assert {row.outcome for row in rows(house, tables.event)} == {"captured", "held"}

    erase(house, MAIL)
    assert {row.outcome for row in rows(house, tables.event)} == {"forgotten"}
    assert found(house, *PLANTED) == []


def test_refused_calls_that_hold_her_address_go_and_others_stay(house: House) -> None:
    hers(house)
    for mail in (MAIL, "anne@example.org", f"je{MAIL}", f"{MAIL}.uk"):
        wrongly_proven(house, "essai234", written(mail=mail))
    assert printed(run(house, "person", "export", MAIL, "--json"))["refused_calls"] == 1

    assert erase(house, MAIL)["gone"]["refused"] == 1
    assert count(house, tables.refused) == 3


def wrongly_proven(house: House, address: str, body: bytes, status: int = 401) -> None:
    headers = {"Content-Type": "application/json", "X-Token": "wrong"}
    assert house.door.post(f"/hooks/{address}", data=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b'{"e": "quokka.zebulon\\u0040example.org"}',
        b"e=Quokka.Zebulon%40Example.org&n=1",
        b'{"tel": "+33 (0)6 39 98 77 31", "n": 06.39.98.77.31}',
        '{"mail": "quokka.zebulon@example.org"}'.encode("utf-16"),
    ],
)
def test_a_refused_call_is_hers_however_the_tool_writes_her_address(house: House, body: bytes) -> None:
    hers(house)
    wrongly_proven(house, "essai234", body)

    assert erase(house, MAIL)["gone"]["refused"] == 1


def test_a_refused_call_with_an_address_that_others_have_too_stays_and_it_says_so(house: House) -> None:
    first, _other = couple(house)
    wrongly_proven(house, "essai234", written(mail=MAIL))

    told = run(house, "forget", MAIL, "--contact", contact_of(house, first), "--yes")
    assert (told.exit_code, count(house, tables.refused)) == (0, 1)
    assert "1 refused call holds an address that others have too" in told.stderr


def test_a_call_that_waits_for_its_webhook_is_not_lost_and_the_run_is_not_whole(tmp_path: Path) -> None:
    broken = CAPTURES.replace("$JSON_TOKEN", "$UNSET_TOKEN")
    house = plain_house(tmp_path, ESSAI, broken, UNSET_TOKEN="x").read_catalogue()
    hers(house)
    house = plain_house(tmp_path)
    wrongly_proven(house, "ecoute23", written(mail=MAIL), 503)

    told = run(house, "forget", MAIL, "--yes")
    assert (told.exit_code, count(house, tables.refused), count(house, tables.receipt)) == (1, 1, 0)
    assert "waits until its webhook loads" in told.stderr


def test_what_an_address_took_back_stays_as_a_fingerprint(house: House) -> None:
    hers(house)
    row = {"space": "default", "fingerprint": "f", "field": "formdatas.1", "element": "2", "channel": "mail"}
    with house.services.store.write() as tx:
        tx.execute(insert(tables.withdrawn).values(**row, submitted_at=1))

    erase(house, MAIL)
    assert count(house, tables.withdrawn) == 1


# whose


def couple(house: House) -> tuple[str, str]:
    """Two people with one mail, each found by a number of their own."""
    hook = ESSAI.replace("find: [id, mail, mobile]", "find: [mobile]").replace(
        "  - {from: mail, to: mail}", "  - {from: mail, to: mail, change: fill}"
    )
    house.import_hook(hook)
    first = hers(house)
    house.clock.move(minutes=5)
    other = sent(house, written(mail=MAIL, mobile=OTHERS_MOBILE, prenom="Balthazar", metier="Ogre"))
    house.drain()
    return first, other


def test_a_shared_mail_erases_nobody_until_somebody_says_who(house: House) -> None:
    couple(house)
    before = [*opened(house)]

    told = run(house, "forget", MAIL, "--yes")
    assert told.exit_code == 1
    assert "contact" in told.output
    assert "--all" in told.output
    assert [needle for needle in ("Balthazar", "Xylo", MAIL, "Ogre") if needle in told.output] == []
    assert [*opened(house)] == before
    assert run(house, "person", "export", MAIL).exit_code == 1


def test_of_a_shared_mail_only_the_chosen_one_goes(house: House) -> None:
    first, other = couple(house)
    contact = contact_of(house, first)

    told = erase(house, MAIL, "--contact", contact)
    assert (outcome(house, first), told["contacts"]) == ("forgotten", [contact])
    assert told["near"] == [{"contact": contact_of(house, other), "submissions": 1}]
    assert outcome(house, other) != "forgotten"
    assert set(found(house, "Balthazar", "Ogre", "Xylophanthe", "639987731")) == {"Balthazar", "Ogre"}


def test_all_takes_everything_that_has_the_address(house: House) -> None:
    both = couple(house)

    erase(house, MAIL, "--all")
    assert [outcome(house, one) for one in both] == ["forgotten"] * 2
    assert found(house, *PLANTED, "Balthazar", "Ogre") == []


def test_a_held_one_of_another_first_name_is_not_taken_for_hers(house: House) -> None:
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")
    held = sent(house, written(mail=ZOES_MAIL, prenom="Karim"))
    house.drain()

    assert run(house, "forget", ZOES_MAIL, "--yes").exit_code == 1
    assert erase(house, ZOES_MAIL, "--contact", ZOE)["near"] == [{"contact": None, "submissions": 1}]
    assert outcome(house, held) == "held"
    erase(house, ZOES_MAIL, "--contact", "none")
    assert outcome(house, held) == "forgotten"


def test_a_contact_that_is_not_near_is_no_choice(house: House) -> None:
    hers(house)

    told = run(house, "forget", MAIL, "--contact", "77", "--yes")
    assert (told.exit_code, count(house, tables.receipt)) == (1, 1)
    assert "Nothing of it led to the contact" in told.output


def zoes(house: House) -> list[Any]:
    kept = (tables.mark, tables.seen, tables.undo, tables.known, tables.spread)
    return [row for table in kept for row in rows(house, table) if row.contact == ZOE]


def test_somebody_else_stays_whole(house: House) -> None:
    hers(house)
    other = sent(house, ZOES)
    house.drain()
    before = zoes(house)

    erase(house, MAIL)
    assert (zoes(house), outcome(house, other)) == (before, "delivered")


# when


def test_what_somebody_has_in_hand_is_left_whole_and_goes_the_next_time(house: House) -> None:
    first = hers(house)
    second = sent(house, written(**{**HERS, "metier": "Fée"}))
    (row,) = rows(house, tables.lane)
    with house.services.store.write() as tx:
        lease = lanes.claim(tx, Lane.read(row.lane, "default"), house.clock())
    assert lease is not None
    before = [*opened(house, "audit")]

    told = run(house, "forget", MAIL, "--yes", "--json")
    assert (told.exit_code, json.loads(told.stdout)["in_hand"], json.loads(told.stdout)["gone"]["event"]) == (1, 2, 0)
    assert [*opened(house, "audit")] == before
    assert "again in a minute" in told.stderr

    with house.services.store.write() as tx:
        lanes.release(tx, lease, house.clock())
    house.drain()
    erase(house, MAIL)
    assert [outcome(house, one) for one in (first, second)] == ["forgotten"] * 2
    assert found(house, *PLANTED) == []


def test_a_write_that_qomon_never_answered_is_waited_for(house: House) -> None:
    hers(house)
    fault(house, "PATCH", "contacts", "timeout_after")
    sent(house, written(**{**HERS, "metier": "Fée"}))
    house.drain()
    assert count(house, tables.intent) == 1

    assert run(house, "forget", MAIL, "--yes").exit_code == 1
    assert count(house, tables.receipt) == 1
    house.clock.move(minutes=2)
    house.drain()
    erase(house, MAIL)
    assert found(house, *PLANTED) == []


def dies_after(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """One event in a transaction, and so many of them."""
    erased, left = forget._erase, iter(range(steps))  # noqa: SLF001

    def dies(*given: Any) -> Any:
        next(left)
        return erased(*given)

    monkeypatch.setattr(forget, "MOST", 1)
    monkeypatch.setattr(forget, "_erase", dies)


def test_what_was_begun_is_ended_by_the_next_run(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    hers(house)
    for job in ("Fée", "Elfe", "Ogresse"):
        hers(house, metier=job)
        house.clock.move(minutes=1)
    with monkeypatch.context() as dying:
        dies_after(dying, 2)
        assert run(house, "forget", "06 39 98 77 31", "--yes").exit_code != 0
    assert {row.outcome for row in rows(house, tables.event)} > {"forgotten"}

    assert erase(house, MAIL)["gone"]["event"] == 2
    assert found(house, *PLANTED, "Fée", "Ogresse") == []
    assert count(house, tables.mark) + count(house, tables.seen) == 0


def test_what_leads_to_the_rest_goes_last(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = contact_of(house, hers(house))
    idle = sent(house, written(mobile=HERS["mobile"]))
    house.drain()
    house.clock.move(days=8)
    house.prune()
    with monkeypatch.context() as dying:
        dies_after(dying, 1)
        assert run(house, "forget", contact, "--yes").exit_code != 0

    assert outcome(house, idle) == "forgotten"
    assert erase(house, contact)["gone"]["event"] == 1
    assert found(house, *PLANTED) == []


def test_twice_says_that_it_was_erased_and_when(house: House) -> None:
    event = hers(house)
    erase(house, MAIL)

    told = run(house, "forget", MAIL, "--yes")
    assert (told.exit_code, normal.to_ms(house.clock()) in told.output) == (1, True)
    assert "It was erased at" in done(run(house, "inbox", "show", event))


def test_what_the_tool_sends_again_is_a_repeat_and_who_comes_back_is_new(house: House) -> None:
    event = hers(house)
    contact = contact_of(house, event)
    erase(house, MAIL)

    assert sent(house, written(**HERS)) == event
    house.clock.move(days=1)
    back = hers(house, metier="Fée")
    assert back != event
    assert said(house.report(back))[0] == "delivered"
    assert contact_of(house, back) == contact
    assert erase(house, MAIL)["gone"]["event"] == 1


@pytest.mark.parametrize("who", ["nobody@example.org", "9", "0639980100", "not an address", "@", "é"])
def test_of_an_unknown_person_it_says_so(house: House, who: str) -> None:
    hers(house)
    before = [*opened(house)]

    for words in (("forget", who, "--yes"), ("forget", who, "--dry-run"), ("person", "export", who)):
        told = run(house, *words)
        assert (told.exit_code, told.output.startswith("Error: ")) == (1, True)
        assert who not in told.output.replace("Nothing", "") or len(who) < 2
    assert [*opened(house)] == before


def test_an_account_that_is_not_set_is_named(house: House) -> None:
    assert "default" in run(house, "forget", MAIL, "--space", "nord").output


def test_a_dry_run_counts_what_then_goes_and_changes_nothing(house: House) -> None:
    hers(house)
    before = [*opened(house)]

    counted = printed(run(house, "forget", MAIL, "--dry-run", "--json"))
    assert [*opened(house)] == before
    assert counted["dry_run"] is True
    assert erase(house, MAIL)["gone"] == counted["gone"]


def test_it_asks_for_the_number(house: House) -> None:
    event = hers(house)

    assert run(house, "forget", MAIL, stdin="2\n").exit_code == 1
    assert run(house, "forget", MAIL, stdin="").exit_code == 1
    assert outcome(house, event) == "created"
    assert "Erased at" in done(run(house, "forget", MAIL, stdin="1\n"))


def test_after_their_days_the_rows_are_still_hers(house: House) -> None:
    event = hers(house)
    house.clock.move(days=31)
    house.prune()

    assert erase(house, MAIL)["gone"]["receipt"] == 1
    assert (outcome(house, event), count(house, tables.seen)) == ("forgotten", 0)


def test_where_nothing_names_the_contact_any_more_it_says_so_and_the_number_finds_the_rest(house: House) -> None:
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")
    house.clock.move(days=31)
    house.prune()

    told = run(house, "forget", ZOES_MAIL, "--yes")
    assert (told.exit_code, "up in Qomon" in told.stderr) == (0, True)
    assert count(house, tables.seen) == 1
    assert erase(house, ZOE)["gone"]["seen"] == 1
    assert zoes(house) == []


def test_the_page_says_of_every_table_what_is_left() -> None:
    page = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
    part = page.partition("## What is left of somebody")[2].partition("\n## ")[0]

    assert [name for name in tables.metadata.tables if f"`{name}`" not in part] == []


# the copy


def test_the_copy_holds_what_she_said_and_what_was_done(house: House) -> None:
    event = hers(house)
    again = hers(house, metier="Fée")

    said_ = printed(run(house, "person", "export", MAIL, "--json"))
    assert [one["event"] for one in said_["submissions"]] == [event, again]
    answers = {one["label"]: one["value"] for one in said_["submissions"][0]["answers"]}
    assert {HERS["metier"], HERS["nom"]} <= set(answers.values())
    assert said_["submissions"][0]["consents"][0]["statements"][0]["said"] == "yes"
    assert said_["submissions"][1]["before"]["fields"]
    assert {one["address"] for one in said_["addresses"]} == {MAIL, "+33639987731"}
    assert said_["contacts"][0]["written"]
    text = done(run(house, "person", "export", MAIL))
    assert "Dresseuse de tyrannosaures" in text
    assert "Before that" in text


def test_the_copy_is_a_page_to_print_whatever_she_wrote(house: House) -> None:
    hers(house, metier="<script>alert(1)</script>")

    page = done(run(house, "person", "export", MAIL, "--html", "--language", "fr"))
    assert page.startswith('<!doctype html>\n<html lang="fr">')
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert ("<script" in page, "http" in page.replace("https://bridge.example.org", "")) == (False, False)
    assert (page.count("<section>"), page.count("</section>")) == (2, 2)
    assert run(house, "person", "export", MAIL, "--html", "--json").exit_code == 2


def test_the_copy_says_what_was_erased_after_its_days(house: House) -> None:
    hers(house)
    house.clock.move(days=31)
    house.prune()

    text = done(run(house, "person", "export", MAIL))
    assert "their days being over" in text
    assert "tyrannosaures" not in text


def test_the_copy_changes_nothing(house: House) -> None:
    hers(house)
    before = [*opened(house, "audit")]

    done(run(house, "person", "export", MAIL))
    assert [*opened(house, "audit")] == before
