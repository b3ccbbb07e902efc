"""What people said, masked: enough to tell an answer from noise, and too little to tell whose it is."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.model import Value
from bridge.report.masked import asked, masked

MAIL = re.compile(r"(?P<body>.*@.*)\.[A-Za-z]{2,6}", re.DOTALL)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("zoe.lefevre@example.org", "z•••@e•••.org"),
        ("Zoé Lefèvre", "Z. L."),
        ("Zoé <zoe.lefevre@example.org>", "Z. z."),
        ("06 39 98 12 34", "•••34"),
        ("+33639981234", "•••34"),
        ("12 rue des Lilas", "1. r. d. …"),
        ("an-invented-token", "a."),
        ("?", "•."),
        ("  ", ""),
        (True, "•••"),
        (1990, "•••"),
        (("Lundi", "Mardi"), "L., M."),
        ({"first": "Zoé", "last": "Lefèvre"}, "Z., L."),
        (None, ""),
    ],
)
def test_what_is_shown_of_it(said: Value, shown: str) -> None:
    assert masked(said) == shown


@settings(max_examples=100)
@given(st.text(max_size=30) | st.emails())
@example("secret@x.secret")
@example("a@b.sesame-open")
@example("0639981234")
def test_of_no_text_three_signs_in_a_row_are_shown(said: str) -> None:
    hidden = MAIL.fullmatch(said.strip())  # but for the end of an address
    kept = hidden["body"] if hidden else said
    runs = {kept[at : at + 3] for at in range(len(kept) - 2)}
    shown = masked(said).removesuffix(said.strip()[len(kept) :]) if hidden else masked(said)

    assert [run for run in runs if run.isalnum() and run in shown] == []
    assert masked(said).isprintable()


def test_a_label_is_shown_on_one_line_unless_it_is_no_question() -> None:
    assert asked("Votre\x1b[31m  adresse\n?") == "Votre [31m adresse ?"
    assert asked("é" * 81) == "é" * 80 + "…"
    assert asked("zoe.lefevre@example.org") == "z•••@e•••.org"
    assert asked("Tel 0639981234") == "T. 0."
