"""docs/laws.md 17: what nobody can see is not there, and what it helps to be seen stays."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.mapping.compile import compile_hook, who_is_it
from bridge.mapping.lookup import empty
from schemas import normal
from tests.support.recorded_calls import read
from tests.support.sample_hook import CATALOGUE, answer, hook, submission

UNSEEN = (
    "\u200b\ufeff\u00ad\u2060\u2061\u2063\u200e\u200f\u202a\u202c\u202d\u202e\u2066\u2069\u034f\u061c\u180e\ufe0f\ufe00"
    "\u200c\u200d\U000e0041\U000e0100\x00\x1f\x7f\x9f"
)
"""Pasted from mail programs, chats, spreadsheets and web pages."""
SIGNS = st.sampled_from(
    [*UNSEEN, *"aZé1 \n\r\t,@.-", *"❤🔥👩👨🏽⚕™ℹ🏴क्षमیان葛", "\u0301", "\u0308", "\u20e3", "\u2800"]
)
TEXTS = st.lists(SIGNS, max_size=12).map("".join)
WORDS = st.text("aZé1 .-'", max_size=8)
PLACES = st.lists(st.tuples(st.integers(0, 8), st.sampled_from(UNSEEN)), max_size=4)


def sprinkled(text: str, places: list[tuple[int, str]]) -> str:
    for at, sign in places:
        text = text[:at] + sign + text[at:]
    return text


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("zoe@example.org\u200b", "zoe@example.org"),
        ("\ufeffQuimper", "Quimper"),
        ("co\u00adopérative", "coopérative"),
        ("\u202d+33 6 39 98 01 42\u202c", "+33 6 39 98 01 42"),
        ("Zoe\u200b\u0301", "Zoé"),
        ("un\r\ndeux\rtrois\u2028quatre\x0bcinq", "un\ndeux\ntrois\nquatre\ncinq"),
        ("a\u2800b", "a b"),
        ("Zoé\ufe0f", "Zoé"),
        ("12\ufe0f", "12"),
        ("\u200dZoé\u200c", "Zoé"),
        ("ZoéLe\u200cfèvre", "ZoéLefèvre"),
    ],
)
def test_what_nobody_sees_is_taken_out(said: str, seen: str) -> None:
    assert normal.visible(said) == seen


@pytest.mark.parametrize(
    "said",
    [
        "👨\u200d👩\u200d👧",
        "❤\ufe0f\u200d🔥",
        "👩🏽\u200d⚕\ufe0f",
        "🙂\u200d↔\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "1\ufe0f\u20e3",
        "ℹ\ufe0f",
        "می\u200cخواهم",
        "ක්\u200dෂ",
        "രാജന്\u200d",
        "葛\U000e0100城",
    ],
)
def test_what_makes_emoji_and_scripts_stays_in_texts_and_tells_nothing_apart(said: str) -> None:
    assert normal.visible(said) == normal.cleaned(f" \u200b{said}\ufeff ") == said
    plain = "".join(sign for sign in said if unicodedata.category(sign) != "Cf" and sign != "\ufe0f")
    assert normal.folded(said) == normal.folded(plain) or "\U000e0100" in said


@given(TEXTS)
@example("e\u200b\u0301\u200dअ")
def test_seen_again_nothing_changes(text: str) -> None:
    seen = normal.visible(text)
    assert normal.visible(seen) == seen == unicodedata.normalize("NFC", seen)
    assert normal.cleaned(seen) == normal.cleaned(text)
    assert not {"\r", "\u200b"} & set(seen)


@given(WORDS, PLACES)
def test_no_unseen_sign_makes_two_of_one(text: str, places: list[tuple[int, str]]) -> None:
    said = sprinkled(text, places)
    for form in (normal.visible, normal.cleaned, normal.bare, normal.tag, normal.folded, normal.squeezed):
        assert form(said) == form(text)
    assert empty(said) == empty(text)


@given(PLACES)
def test_a_mail_a_phone_and_an_id_are_the_same_with_unseen_signs_in_them(places: list[tuple[int, str]]) -> None:
    assert normal.mail(sprinkled("zoe@example.org", places)) == "zoe@example.org"
    assert normal.phone(sprinkled("06 39 98 01 42", places), "FR") == "+33639980142"
    made = hook("{from: Q, to: id}")
    assert who_is_it(made, submission(answer("Q", sprinkled("9000017", places)))).identities == {"id": "9000017"}


@pytest.mark.parametrize("said", ["\u200b", "\ufeff \u00ad", "\u2800", "\u3164", "\u200d", "\ufe0f", "\x00"])
def test_an_answer_of_nothing_else_is_empty(said: str) -> None:
    made = compile_hook(hook("{from: Q, to: tags}"), CATALOGUE, "FR").changes(submission(answer("Q", (said, ""))))
    assert ([line.status for line in made.answers], made.wanted) == (["empty"], ())


@given(PLACES)
def test_a_tool_may_send_them_anywhere_but_in_keys(places: list[tuple[int, str]]) -> None:
    label, mail, chosen = (sprinkled(text, places) for text in ("Adresse", "zoe@example.org", "Tractage"))
    heard = read("json", {"answers": [{"key": "a\u200b", "label": label, "value": mail}], "b": [chosen, "Collage"]})
    seen = repr([(one.label, one.value, one.offered) for one in heard.answers])
    assert [text for text in ("Adresse", "zoe@example.org", "Tractage") if text not in seen] == []
    assert "\\u200" not in seen
    assert heard.identities == {"mail": "zoe@example.org"}
