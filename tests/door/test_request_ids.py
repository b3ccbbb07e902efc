"""Each call has an id of ours: in its answer, in its problem and in the lines of the log about it."""

import re
from pathlib import Path

import pytest

from bridge.log import REQUEST, OneLine
from tests.support.whole_bridge import House, sample

HEADER = "X-Request-Id"


def test_each_answer_has_an_id_of_its_own_whatever_the_caller_sends(tmp_path: Path) -> None:
    house = House(tmp_path)
    paths = ("/health", "/hooks/nowhere", "/login", "/ready", "/no/such/page")
    ids = [house.door.get(path, headers={HEADER: "of-the-caller"}).headers.getlist(HEADER) for path in paths]

    assert [len(one) for one in ids] == [1] * len(paths)
    assert len({one[0] for one in ids}) == len(paths)
    assert all(re.fullmatch("[0-9a-f]{16}", one[0]) for one in ids)


def test_a_problem_says_which_call_it_was(tmp_path: Path) -> None:
    answer = House(tmp_path).door.get("/hooks/nowhere")

    assert answer.get_json()["request"] == answer.headers[HEADER]


def test_what_the_door_answers_to_a_call_that_it_stored_is_as_before(tmp_path: Path) -> None:
    assert list(House(tmp_path).post(sample())) == ["delivery", "events"]


def test_a_line_about_a_call_says_which_one_it_was(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(OneLine())
    answer = House(tmp_path).door.post("/hooks/k3f9x2m7", data=b"{}")
    line = next(one for one in caplog.text.splitlines() if one.endswith(f" request={answer.headers[HEADER]}"))

    assert answer.status_code == 401
    assert "call refused" in line


def test_the_next_call_of_a_thread_knows_nothing_of_the_one_before(tmp_path: Path) -> None:
    House(tmp_path).door.get("/health")

    assert REQUEST.get() == ""
