"""Commands in the reader's language: nothing of the other one is left in what they say."""

from pathlib import Path

import pytest

from tests.support.commands import done, run
from tests.support.whole_bridge import House, sample

FRENCH = ("--language", "fr")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def event(house: House) -> str:
    return str(house.cross(sample(**{"Code postal": "x" * 40}))["event"])


def lines(text: str) -> set[str]:
    return {line for line in text.splitlines() if line.strip()}


def test_a_submission_is_shown_in_french_from_the_first_line_to_the_last(house: House, event: str) -> None:
    english, french = done(run(house, "inbox", "show", event)), done(run(house, "inbox", "show", event, *FRENCH))

    assert len(english.splitlines()) == len(french.splitlines())
    assert lines(english) & lines(french) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("inbox", "show", "nobody"),
        ("inbox", "release", "nobody"),
        ("inbox", "skip", "nobody"),
        ("inbox", "release", "--kept", "benevoles"),
        ("inbox", "refused"),
        ("inbox", "recheck", "benevoles"),
        ("hooks", "check", "benevoles"),
        ("hooks", "export", "nobody"),
        ("hooks", "publish", "benevoles"),
        ("hooks", "discard", "benevoles"),
        ("hooks", "link", "benevoles", "zoe"),
        ("pause", "--space", "nowhere"),
        ("resume",),
        ("doctor",),
        ("preview", "nobody", "-"),
        ("read", "tally", "-"),
        ("preview", "benevoles", "-"),
        ("send", "nobody", "-"),
        ("work",),
        ("contacts", "changed", "--since", "nonsense"),
        ("contacts", "show", "nobody@example.org"),
        ("restore", "nobody"),
        ("inbox", "replay", "nobody"),
        ("inbox", "decide", "nobody"),
        ("inbox", "correct", "nobody", "--set", "a=b", "--who", "x", "--why", "y"),
        ("inbox", "refused", "benevoles", "--show"),
        ("jobs", "list"),
        ("jobs", "show", "nobody"),
        ("audit",),
    ],
)
def test_what_a_command_says_is_in_the_readers_language(house: House, words: tuple[str, ...]) -> None:
    english, french = run(house, *words), run(house, *words, *FRENCH)

    assert english.exit_code == french.exit_code
    if english.exit_code != 2:  # those are sentences of click
        assert lines(english.output) & lines(french.output) == set()
        assert not french.output.startswith("Error")


def test_codes_stay_codes(house: House, event: str) -> None:
    shown = ("inbox", "show", event, "--json")

    assert done(run(house, *shown)) == done(run(house, *shown, *FRENCH))


@pytest.mark.parametrize(("count", "said"), [(0, "0 appel refusé supprimé"), (2, "2 appels refusés supprimés")])
def test_nothing_is_singular_in_french(house: House, count: int, said: str) -> None:
    for number in range(count):
        house.door.post("/hooks/k3f9x2m7", data=b"{}", headers={"Tally-Signature": str(number)})

    assert said in done(run(house, "inbox", "refused", "benevoles", "--delete", *FRENCH))
