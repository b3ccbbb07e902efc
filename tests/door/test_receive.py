"""The door: what each call is answered, line by line of docs/door.md's table."""

import base64
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bridge.door.problems import LARGEST
from bridge.proofs.verify import sign
from bridge.store import tables
from tests.support.commands import done, hooks
from tests.support.json_hook import (
    ESSAI,
    HEADER,
    PROOF,
    SOMEBODY,
    TOKEN,
    count,
    plain_house,
    problem,
    rows,
    send,
    sent,
    written,
)
from tests.support.whole_bridge import House, sample

pytestmark = pytest.mark.usefixtures("both_stores")

PROOFS = {
    "tally-v1": ("{scheme: tally-v1, secret: $JSON_TOKEN}", "the header Tally-Signature"),
    "typeform": ("{scheme: typeform-sha256-b64, secret: $JSON_TOKEN}", "the header Typeform-Signature"),
    "header": (HEADER, "the header X-Token"),
    "basic": ("{scheme: basic, user: essai, secret: $JSON_TOKEN}", "the header Authorization"),
    "bearer": ("{scheme: bearer, secret: $JSON_TOKEN}", "the header Authorization"),
    "url": ("{scheme: url, secret: $JSON_TOKEN}", "it at the end of the address"),
}
BODY = written(mail=SOMEBODY, prenom="Camille")
FORM = ESSAI.replace("source: json", "source: form").replace("wait: 0", "wait: 0\nmethods: [GET, POST]")


def proven_by(folder: Path, proof: str) -> House:
    return plain_house(folder, ESSAI.replace(HEADER, proof))


def test_a_stored_call_is_answered_200_with_its_delivery_and_a_report_per_event(house: House) -> None:
    answer = house.door.post("/hooks/essai234", data=BODY, headers=PROOF)

    body = answer.get_json()
    assert (answer.status_code, answer.mimetype, list(body)) == (200, "application/json", ["delivery", "events"])
    assert [row.id for row in rows(house, tables.delivery)] == [body["delivery"]]
    assert [row.id for row in rows(house, tables.event)] == [event["event"] for event in body["events"]]


@pytest.mark.parametrize("wrong", ["missing", "wrong"])
@pytest.mark.parametrize("scheme", PROOFS)
def test_without_its_proof_a_call_gets_401_that_names_the_place_and_leaves_nothing(
    tmp_path: Path, scheme: str, wrong: str
) -> None:
    proof, place = PROOFS[scheme]
    house = proven_by(tmp_path, proof)
    given = {
        "Tally-Signature": "AAAA", "Typeform-Signature": "sha256=AAAA", "X-Token": "AAAA",
        "Authorization": "Basic AAAA" if scheme == "basic" else "Bearer AAAA",
    }  # fmt: skip

    path = "/hooks/essai234" + ("/AAAA" if wrong == "wrong" and scheme == "url" else "")
    answer = house.door.post(path, data=BODY, headers=given if wrong == "wrong" else {})

    assert f"Looked for {place}." in problem(answer, 401)["detail"]
    assert (count(house, tables.delivery), count(house, tables.event)) == (0, 0)


@pytest.mark.parametrize("scheme", PROOFS)
def test_with_its_proof_a_call_is_stored(tmp_path: Path, scheme: str) -> None:
    house = proven_by(tmp_path, PROOFS[scheme][0])
    with house.services.store.read() as tx:
        hook = house.services.hooks.by_address(tx, "essai234")
    assert hook is not None

    path = "/hooks/essai234" + (f"/{TOKEN}" if scheme == "url" else "")
    answer = house.door.post(path, data=BODY, headers=sign(BODY, hook.proof, house.clock()))

    assert (answer.status_code, count(house, tables.event)) == (200, 1)


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("POST", "/hooks/nobody99", "Aucun webhook à cette adresse."),
        ("PUT", "/hooks/essai234", "Méthode non autorisée"),
        ("GET", "/nowhere", "Introuvable"),
        ("GET", "/submissions/none", "Pas visible ici. Le compte rendu demande une identification, ou l’en-tête"),
    ],
)
def test_who_asks_for_french_is_refused_in_french(house: House, method: str, path: str, said: str) -> None:
    answer = house.door.open(path, method=method, headers={"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"})

    assert answer.get_json()["detail"].startswith(said)


def test_an_address_that_was_never_seen_gets_404(house: House) -> None:
    problem(house.door.post("/hooks/nobody22", data=BODY, headers=PROOF), 404)


def test_while_the_store_holds_no_hook_every_address_gets_503(tmp_path: Path) -> None:
    """404 makes tools switch a webhook off for ever, and a lost disk looks just like this."""
    house = House(tmp_path, ())

    answer = house.door.post("/hooks/essai234", data=BODY)

    problem(answer, 503)
    assert answer.headers["Retry-After"] == "30"


@pytest.mark.parametrize("body", [BODY, b"not JSON"])
def test_a_deleted_hook_takes_the_call_and_leaves_it_aside(house: House, body: bytes) -> None:
    with house.services.store.write() as tx:
        tx.execute(update(tables.hook).values(deleted_at=1))

    (event,) = send(house, body)["events"]

    assert (event["outcome"], event["reason"]) == ("ignored", "hook_deleted")
    assert count(house, tables.lane) == 0


def test_a_deleted_hook_whose_secret_is_gone_too_takes_the_call_and_keeps_nothing(tmp_path: Path) -> None:
    before = plain_house(tmp_path)
    with before.services.store.write() as tx:
        tx.execute(update(tables.hook).values(deleted_at=1))
    house = House(tmp_path, ())

    answer = house.door.post("/hooks/essai234", data=BODY)

    ignored = {"event": None, "outcome": "ignored", "reason": "hook_deleted"}
    assert (answer.status_code, answer.get_json()) == (200, {"delivery": None, "events": [ignored]})
    assert (count(house, tables.delivery), count(house, tables.event)) == (0, 0)


def test_what_a_deleted_hook_left_aside_is_new_once_it_is_back(house: House) -> None:
    others = written(mail="zoe.lefevre@example.org", metier="Boulangère")
    before = sent(house, others)
    house.drain()
    done(hooks(house, "delete", "essai", "--yes"))
    aside, again = send(house, BODY)["events"][0], send(house, BODY)["events"][0]
    repeated = send(house, others)["events"][0]
    house.import_hook(ESSAI)
    after = sent(house, BODY)

    assert (aside["outcome"], aside["reason"], again["outcome"]) == ("ignored", "hook_deleted", "duplicate")
    assert (repeated["outcome"], repeated["event"]) == ("duplicate", before)
    assert (house.report(after)["outcome"], after != aside["event"]) == ("queued", True)


@pytest.mark.parametrize("mode", ["capture", "preview", "approve", "live"])
def test_nothing_of_a_deleted_hook_waits_or_crosses_whatever_its_mode(tmp_path: Path, mode: str) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", f"mode: {mode}")).read_catalogue()
    done(hooks(house, "delete", "essai", "--yes"))
    calls = len(house.sandbox.calls)

    event = sent(house, BODY)
    house.clock.move(hours=1)
    house.drain()

    assert (house.report(event)["outcome"], house.report(event)["reason"]) == ("ignored", "hook_deleted")
    assert (len(house.sandbox.calls), count(house, tables.lane)) == (calls, 0)


def test_a_renamed_hook_is_called_at_the_same_address(house: House) -> None:
    done(hooks(house, "rename", "essai", "autre", "--force"))

    event = sent(house, BODY)

    assert house.report(event)["hook"] == "autre"


def test_a_browser_sees_one_sentence_in_both_languages(house: House) -> None:
    answer = house.door.get("/hooks/essai234")

    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert "receives answers of a form" in answer.get_data(as_text=True)
    assert "reçoit les réponses" in answer.get_data(as_text=True)
    assert (house.door.head("/hooks/essai234").status_code, count(house, tables.delivery)) == (200, 0)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_answers_in_a_query_get_405_unless_the_hook_takes_them(house: House, method: str) -> None:
    answer = house.door.open("/hooks/essai234?mail=camille.exemple%40example.org", method=method, headers=PROOF)

    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert (answer.headers["Allow"], count(house, tables.delivery)) == ("POST", 0)


def test_a_hook_that_takes_get_reads_the_answers_in_the_query(tmp_path: Path) -> None:
    house = plain_house(tmp_path, FORM)

    answer = house.door.get("/hooks/essai234?mail=camille.exemple%40example.org&prenom=Zo%C3%A9", headers=PROOF)
    house.drain()

    assert answer.status_code == 200
    report = house.report(answer.get_json()["events"][0]["event"])
    assert (report["outcome"], report["answers"][1]["sent"]) == ("created", "Zoé")


def test_a_query_whose_accents_were_not_encoded_is_read_all_the_same(tmp_path: Path) -> None:
    house = plain_house(tmp_path, FORM)
    raw = "mail=camille.exemple@example.org&prenom=Zoé".encode().decode("latin-1")  # as WSGI hands bytes over

    answer = house.door.get("/hooks/essai234", headers=PROOF, environ_overrides={"QUERY_STRING": raw})
    house.drain()

    report = house.report(answer.get_json()["events"][0]["event"])
    assert report["answers"][1]["sent"] == "Zoé"


def test_a_hook_that_takes_get_still_shows_a_browser_its_sentence(tmp_path: Path) -> None:
    assert plain_house(tmp_path, FORM).door.get("/hooks/essai234").mimetype == "text/plain"


def test_a_body_of_two_million_bytes_is_stored_and_one_more_byte_is_too_much(house: House) -> None:
    frame = written(mail=SOMEBODY, note="")
    full = written(mail=SOMEBODY, note="x" * (LARGEST - len(frame)))
    assert len(full) == 2_000_000

    send(house, full)
    answer = house.door.post("/hooks/essai234", data=full + b" ", headers=PROOF)

    assert problem(answer, 413)["detail"] == "Larger than 2 MB."
    assert count(house, tables.event) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_get_405_with_those_that_are_allowed(house: House, method: str) -> None:
    answer = house.door.open("/hooks/essai234", method=method, data=BODY, headers=PROOF)

    problem(answer, 405)
    assert {"GET", "HEAD", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("path", ["/hooks", "/hooks/", "/hooks/a/b/c", "/nothing.php", "/hooks/%00", "/hooks/%ff"])
def test_an_unknown_path_is_a_problem_too(house: House, path: str) -> None:
    assert problem(house.door.get(path), 404)["detail"] in ("Not Found", "No webhook at this address.")


def test_a_fault_of_ours_is_a_problem_with_status_500_and_the_log_says_where(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    event, vault = sent(house, BODY), house.services.vault
    with house.services.store.write() as tx:
        report: Any = vault.unseal(tx.execute(select(tables.event.c.report)).scalar_one())
        tx.execute(update(tables.event).values(report=vault.seal({**report, "mapping": "no report of ours"})))

    answer = house.door.get(f"/submissions/{event}", headers=PROOF)

    assert problem(answer, 500)["detail"] == "A fault of the bridge. Please try again."
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [TypeError]


def test_a_hook_whose_secret_is_gone_from_the_environment_lets_nobody_in(tmp_path: Path) -> None:
    plain_house(tmp_path)

    answer = House(tmp_path, ()).door.post("/hooks/essai234", data=BODY, headers=PROOF)

    problem(answer, 503)
    assert answer.headers["Retry-After"] == "30"


def test_an_authentic_body_that_cannot_be_read_is_held_and_kept_as_it_came(house: House) -> None:
    (event,) = send(house, b"\xff{not JSON", {"Content-Type": "application/json"})["events"]

    assert (event["outcome"], event["reason"]) == ("held", "unreadable")
    (row,) = rows(house, tables.event)
    kept = house.services.vault.unseal(row.record)
    assert isinstance(kept, dict)
    assert base64.b64decode(str(kept["raw"])) == b"\xff{not JSON"
    assert (kept["method"], kept["content_type"], row.status) == ("POST", "application/json", "held")


def test_a_tally_call_is_proven_by_its_signature(tmp_path: Path) -> None:
    house = House(tmp_path)

    assert house.post(sample())["events"][0]["outcome"] == "accepted"
    unsigned = house.door.post("/hooks/k3f9x2m7", data=sample(), headers={"Tally-Signature": "AAAA"})
    assert "Tally-Signature" in problem(unsigned, 401)["detail"]
