"""A number in an address or a form may be anything: a page is shown, or says what is wrong, and nothing fails."""

from collections.abc import Iterator

import pytest

from bridge.pages.numbers import LARGEST, number
from tests.support.json_hook import ZOES, plain_house, sent, written
from tests.support.visitor import Visitor

ODD = ("9" * 40, "9" * 5000, "-" + "9" * 40, "9223372036854775808", "٣", "²", "1e5", "1_0", " 1", "", "0", "00001")
PAGES = (
    *("/settings/activity?before", "/settings/activity.json?before", "/inbox?before", "/inbox.json?before"),
    *("/inbox?version", "/todo/{cause}?after", "/todo/{cause}.json?after", "/webhooks/{hook}/versions?before"),
    *("/catalogue?part", "/people/{person}?before", "/submissions/{event}/send-again?version"),
)
"""Each with what it reads as a number."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Visitor, dict[str, str]]]:
    """An admin in front of a house with somebody known and something held, and what their addresses are."""
    house = plain_house(tmp_path_factory.mktemp("numbers"))
    event = sent(house, ZOES)
    sent(house, written(prenom="Camille"))
    house.drain()
    admin = Visitor(house, "admin")
    admin.send("/people", who="zoe.lefevre@example.org")
    person = admin.answer.headers["Location"].rpartition("/")[2]
    hook, cause = admin.json("/webhooks.json")["webhooks"][0]["id"], admin.json("/todo.json")["cards"][0]["cause"]
    yield admin, {"event": event, "hook": hook, "cause": cause, "person": person}
    house.close()


@pytest.mark.parametrize("page", PAGES)
def test_odd_numbers_in_an_address_never_fail(page: str, there: tuple[Visitor, dict[str, str]]) -> None:
    admin, known = there
    path, _, name = page.format(**known).partition("?")
    answers = [admin.client.get(path, query_string={name: said, "webhook": known["hook"]}) for said in ODD]
    failed = [said for said, one in zip(ODD, answers, strict=True) if one.status_code >= 500]

    assert failed == []


@pytest.mark.parametrize("said", ODD)
def test_odd_numbers_in_a_form_never_fail(said: str, there: tuple[Visitor, dict[str, str]]) -> None:
    admin, known = there
    for path in (f"/webhooks/{known['hook']}/live", f"/submissions/{known['event']}/send-again"):
        admin.send(path, seen=said, over=said, lose=said, version=said, mode="live")

        assert admin.status < 500, path


def test_a_number_is_digits_and_fits_the_store() -> None:
    read = [number(said) for said in ODD]

    assert read == [LARGEST, LARGEST, None, LARGEST, None, None, None, None, None, None, 0, 1]
    assert (number(None), number("7", 5), number("9" * 5000, 5)) == (None, 5, 5)
