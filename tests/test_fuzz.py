"""The fuzzing calls a whole bridge with what is odd, and tells each fault with the call that brings it again."""

import logging
import re
from collections.abc import Iterator

import pytest
from flask import Response

from bridge.door.problems import problem
from chaos.fuzz import Campaign, answers, calls, pages


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    root = logging.getLogger()
    before = [*root.handlers]
    made = Campaign(tmp_path_factory.mktemp("fuzz"), 3, 130)
    yield made
    root.handlers[:] = before
    made.house.close()


def test_a_short_campaign_finds_nothing(campaign: Campaign) -> None:
    for make in (calls, answers, pages) * 20:  # what schemathesis makes is in tests/door/test_openapi.py
        make(campaign)
    campaign.house.drain()

    assert (campaign.bad, campaign.heard) == ([], [])
    assert campaign.made == sum(campaign.counted.values()) > 50


@pytest.mark.parametrize(
    ("told", "answer", "found"),
    [
        ("GET /inbox", Response(status=500), ["call 1: answered 500 | GET /inbox"]),
        ("GET /ready", problem(503, "x", reason="threads"), []),
        ("GET /ready", problem(503, "x", reason="late"), ["call 1: answered 503 | GET /ready"]),
        ("GET /ready", problem(500, "x"), ["call 1: answered 500 | GET /ready"]),
        ("GET /health", problem(503, "x", reason="threads"), ["call 1: answered 503 | GET /health"]),
        ("POST '/hooks//ready'", problem(503, "x"), ["call 1: answered 503 | POST '/hooks//ready'"]),
    ],
)
def test_what_is_wrong_is_told_with_its_call(told: str, answer: Response, found: list[str], campaign: Campaign) -> None:
    campaign.bad, campaign.made, campaign.most = [], 0, 10
    campaign.call(lambda: told, lambda: answer)

    assert campaign.bad == found


def test_an_exception_that_is_logged_is_told_with_its_call(campaign: Campaign) -> None:
    campaign.heard, campaign.made, campaign.most = [], 6, 10

    def fails() -> Response:
        try:
            int("9" * 5000)
        except ValueError:
            logging.getLogger("bridge.pages").exception("page failed")
        return Response(status=200)

    campaign.call(lambda: "GET /todo", fails)

    (heard,) = campaign.heard
    assert heard.startswith("call 7: page failed: ValueError: Exceeds the limit ")
    assert re.search(r"test_fuzz\.py:\d+ \| GET /todo$", heard)


def test_who_ends_it_gets_what_was_found(campaign: Campaign) -> None:
    campaign.made, campaign.most = 6, 10
    campaign.end()
    answers(campaign)

    assert campaign.made == 6
