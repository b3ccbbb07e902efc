"""A call that nobody can read is mended by hand: `flask inbox show --body`, `flask inbox correct --body`."""

import pytest

from tests.support.commands import done, printed, run
from tests.support.json_hook import PROOF, ZOES, ZOES_MAIL, live, said
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

CUT = ZOES[:-1]
WHO = ("--who", "Léa", "--why", "coupé par l’outil")


def unreadable(house: House) -> str:
    answer = house.door.post("/hooks/essai234", data=CUT, headers={**PROOF, "Content-Type": "application/json"})
    (event,) = answer.get_json()["events"]
    assert (event["outcome"], event["reason"]) == ("held", "unreadable")
    return str(event["event"])


def test_what_came_is_shown_mended_and_kept_beside_what_was_written(house: House) -> None:
    event = unreadable(house)
    assert f"flask inbox show {event} --body > call.txt" in run(house, "inbox", "show", event).stderr
    assert run(house, "inbox", "show", event, "--body").stdout_bytes == CUT

    told = run(house, "inbox", "correct", event, "--body", "-", *WHO, stdin=CUT + b"}")
    assert done(told).startswith(f"{event}: Waiting")
    house.drain()
    assert (said(house.report(event)), live(house, 811)) == (("delivered", None), ["Boulangère"])
    seen = [(one["did"], one["who"]) for one in printed(run(house, "audit", "--json"))]
    assert seen[0] == ("corrected", "Léa")
    assert seen[1][0] == "looked_at"
    again = run(house, "inbox", "correct", event, "--body", "-", *WHO, stdin=CUT + b"}")
    assert "it is not held because nobody can read it" in again.stderr


def test_what_still_cannot_be_read_stays_as_it_is(house: House) -> None:
    event = unreadable(house)
    for text in (CUT, b"", b"[]", "é".encode("latin-1")):
        told = run(house, "inbox", "correct", event, "--body", "-", *WHO, stdin=text)
        assert (told.exit_code, "it still cannot be read" in told.stderr) == (1, True), text
    assert run(house, "inbox", "show", event, "--body").stdout_bytes == CUT
    assert said(house.report(event)) == ("held", "unreadable")
    assert "One of --set and --body" in run(house, "inbox", "correct", event, *WHO).stderr
    assert "Who puts it right, and why" in run(house, "inbox", "correct", event, "--body", "-", stdin=ZOES).stderr
    assert ZOES_MAIL not in run(house, "inbox", "show", event).output
