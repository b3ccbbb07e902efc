"""The client against the mounted sandbox: what each answer of Qomon becomes for the caller."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response, request

from bridge.errors import BridgeError, Gone, Held, Rejected, TryLater, Unanswered
from bridge.qomon.client import Qomon, Visit
from bridge.qomon.pace import Pace
from bridge.qomon.sandbox import TOKEN, create_sandbox
from bridge.qomon.sandbox.people import ZOE
from tests.support.sandbox_client import NOW
from tests.support.wsgi_adapter import mounted

URL = "https://qomon.example.org"
BODY = {"firstname": "Zoé", "mail": "zoe.lefevre@example.org"}
Call = Callable[[Visit], object]
CALLS: dict[str, Call] = {
    "contact": lambda visit: visit.contact(ZOE),
    "search": lambda visit: visit.search("mail", ["zoe.lefevre@example.org"]),
    "forms": lambda visit: visit.forms("consent"),
    "replace": lambda visit: visit.replace(ZOE, BODY),
    "create": lambda visit: visit.create(BODY),
}
ROUTES = {
    "contact": ("GET", "contacts"),
    "search": ("POST", "search"),
    "forms": ("GET", "forms"),
    "replace": ("PATCH", "contacts"),
    "create": ("POST", "contacts"),
}
READS = ["contact", "search", "forms"]
WRITES = ["replace", "create"]


@pytest.fixture
def app() -> Flask:
    return create_sandbox({}, now=lambda: NOW, sleep=lambda _: None)


def visit_to(app: Flask, token: str = TOKEN, pace: Pace | None = None) -> Visit:
    return Qomon(URL, token, pace or Pace(), now=lambda: NOW, http=mounted(app)).visit()


def plan(app: Flask, call: str, fault: str) -> None:
    method, path = ROUTES[call]
    asked = {"method": method, "path": path, "fault": fault}
    assert app.test_client().post("/_sandbox/faults", json=asked).status_code == 200


def failure(visit: Visit, call: str) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        CALLS[call](visit)
    return caught.value


def answering(*answer: Any, **more: Any) -> Flask:
    """A Qomon that says one thing to everything."""
    app = Flask("one answer")
    methods = ["GET", "POST", "PATCH"]
    app.add_url_rule("/<path:path>", view_func=lambda **_: Response(*answer, **more), methods=methods)
    return app


@pytest.mark.parametrize("envelope", ["contact", "bare"])
@pytest.mark.parametrize("shape", ["seed", "newer"])
def test_both_shapes_and_both_envelopes_give_the_contact(app: Flask, shape: str, envelope: str) -> None:
    app.test_client().patch("/_sandbox/switches", json={"shape": shape, "envelope": envelope})
    visit = visit_to(app)
    assert (visit.contact(ZOE)["id"], visit.replace(ZOE, BODY)["id"]) == (ZOE, ZOE)
    assert visit.create(BODY)["mail"] == BODY["mail"]


@pytest.mark.parametrize("said", ["9000017", " 9000017 ", 9000017.0])
def test_an_id_is_a_number_however_it_is_written(said: object) -> None:
    app = answering(json.dumps({"data": {"contact": {"id": said}}}), content_type="application/json")
    assert [CALLS[call](visit_to(app)) for call in ("contact", "replace")] == [{"id": ZOE}] * 2
    found = answering(json.dumps({"data": {"contacts": [{"id": said}]}}), content_type="application/json")
    assert CALLS["search"](visit_to(found)) == [{"id": ZOE}]


def test_a_visit_counts_its_calls_and_tokens(app: Flask) -> None:
    visit = visit_to(app)
    for call in CALLS.values():
        call(visit)
    assert (visit.calls, visit.tokens) == (5, 13.0)


def test_the_body_travels_under_data_and_contact_with_our_own_agent(app: Flask) -> None:
    seen: dict[str, Any] = {}

    @app.before_request
    def look() -> None:
        seen.update(body=request.get_json(), agent=request.headers["User-Agent"])

    visit_to(app).replace(ZOE, BODY)
    assert seen == {"body": {"data": {"contact": BODY}}, "agent": "qomon-bridge"}


@pytest.mark.parametrize(
    "value", ["Zoé \U0001f600 \u2028 \x00", "half \ud800", 2**64, -(2**63) - 1, 10**400, 0.1, 1e300, -0.0, None, "null"]
)
def test_whatever_a_body_holds_arrives_as_it_is(value: object) -> None:
    seen: list[Any] = []
    app = answering(json.dumps({"data": {"contact": {"id": ZOE}}}), content_type="application/json")
    app.before_request(lambda: seen.append(json.loads(request.get_data())))
    visit_to(app).replace(ZOE, {**BODY, "notes": [{"data": value}, value]})
    assert repr(seen) == repr([{"data": {"contact": {**BODY, "notes": [{"data": value}, value]}}}])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 2**64 * float("inf")])
@pytest.mark.parametrize("beside", ["", "\ud800", "null"])
def test_a_number_that_is_none_is_never_sent(app: Flask, value: float, beside: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        visit_to(app).replace(ZOE, {**BODY, "notes": [{"data": value}], "firstname": beside})
    assert app.extensions["sandbox"].calls == []


def test_one_search_asks_for_all_spellings_in_one_group(app: Flask) -> None:
    seen: list[Any] = []
    app.before_request(lambda: seen.append(request.get_json()))
    found = visit_to(app).search("mobile", ["+33639980155", "06 39 98 01 55"])
    assert [contact["id"] for contact in found] == [9000018]
    conditions = [
        {"$condition": {"attr": "mobile", "ope": "eql", "value": value}} for value in ("+33639980155", "06 39 98 01 55")
    ]
    asked = [body["data"]["advanced_search"]["query"] for body in seen]
    assert asked == [{"$all": [{"$at_least_one": conditions}]}]


def test_a_search_reads_pages_until_a_short_one(app: Flask) -> None:
    crowd(app, 230)
    visit = visit_to(app)
    found = {contact["id"] for contact in visit.search("surname", ["crowd"])}
    assert (found, visit.calls) == (set(range(1, 231)), 3)


def test_a_search_without_an_end_is_held(app: Flask) -> None:
    crowd(app, 2001)
    with pytest.raises(Held) as caught:
        visit_to(app).search("surname", ["crowd"])
    assert caught.value.reason == "several_contacts"


def crowd(app: Flask, size: int) -> None:
    for number in range(1, size + 1):
        app.extensions["sandbox"].contacts.put(number, {"surname": "Crowd", "CreatedAt": "2024-01-01T00:00:00Z"})


def test_nobody_found_is_an_empty_list_and_no_spelling_is_no_call(app: Flask) -> None:
    visit = visit_to(app)
    assert (visit.search("mail", ["nobody@example.org"]), visit.search("mail", [])) == ([], [])
    assert visit.calls == 1


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("fault", ["html", "truncated", "cut", "error_before", "error_after", "rejected"])
def test_a_read_that_is_unusable_is_tried_later(app: Flask, call: str, fault: str) -> None:
    plan(app, call, fault)
    told = failure(visit_to(app), call)
    assert isinstance(told, TryLater)
    assert (told.reason, told.after) == ("qomon_down", timedelta(seconds=30))


def test_a_read_of_another_contact_is_tried_later(app: Flask) -> None:
    plan(app, "contact", "other_contact")
    told = failure(visit_to(app), "contact")
    assert isinstance(told, TryLater)
    assert told.reason == "qomon_down"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b'{"status": "fail"}',
        b'{"status": "success"}',
        b'{"status": "success", "data": null}',
        b'{"status": "success", "data": {"contact": null}}',
        b'{"status": "success", "data": {"contact": {"id": "Zo"}}}',
        b'{"status": "success", "data": {"contacts": [{"mail": "a@example.org"}], "forms": 3}}',
        b'{"data": {"contact": {"id": 9000017, "score": NaN}}}',
        b'{"data": {"contact": {"id": 9000017, "score": 1e999}}}',
        b"\xff\xfe{}",
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("call", [*READS, *WRITES])
def test_a_success_that_is_not_what_was_asked_for_is_never_taken_for_one(call: str, answer: bytes) -> None:
    told = failure(visit_to(answering(answer, 200, content_type="application/json")), call)
    if call in READS:
        assert isinstance(told, TryLater)
    else:
        assert isinstance(told, Unanswered)
        assert told.finished


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("fault", ["html", "truncated", "error_before", "error_after"])
def test_a_write_with_an_unusable_answer_may_have_been_applied(app: Flask, call: str, fault: str) -> None:
    plan(app, call, fault)
    told = failure(visit_to(app), call)
    assert isinstance(told, Unanswered)
    assert told.finished


def test_an_echo_of_another_contact_may_have_been_applied(app: Flask) -> None:
    plan(app, "replace", "other_contact")
    told = failure(visit_to(app), "replace")
    assert isinstance(told, Unanswered)
    assert told.finished


@pytest.mark.parametrize("call", WRITES)
def test_a_write_whose_answer_is_cut_off_is_not_finished(app: Flask, call: str) -> None:
    plan(app, call, "cut")
    told = failure(visit_to(app), call)
    assert isinstance(told, Unanswered)
    assert not told.finished


@pytest.mark.parametrize("call", [*READS, *WRITES])
def test_a_429_is_the_quota_of_the_whole_space(app: Flask, call: str) -> None:
    app.test_client().patch("/_sandbox/switches", json={"retry_after": "none"})
    plan(app, call, "quota")
    pace = Pace()
    told = failure(visit_to(app, pace=pace), call)
    assert isinstance(told, TryLater)
    assert told.reason == "quota"
    other = failure(visit_to(app, pace=pace), "contact")
    assert isinstance(other, TryLater)
    assert (other.reason, other.after) == ("quota", timedelta(seconds=5.1))


def test_an_empty_bucket_of_our_own_asks_qomon_nothing(app: Flask) -> None:
    told = failure(visit_to(app, pace=emptied()), "replace")
    assert isinstance(told, TryLater)
    assert (told.reason, app.extensions["sandbox"].calls) == ("quota", [])


def test_what_others_spend_in_the_space_slows_us_too(app: Flask) -> None:
    app.test_client().patch("/_sandbox/switches", json={"burst": 3})
    pace = Pace()
    visit_to(app, pace=pace).contact(ZOE)
    with pytest.raises(TryLater) as caught:
        pace.take(3, NOW)
    assert caught.value.after == timedelta(milliseconds=100)


def emptied() -> Pace:
    pace = Pace()
    pace.refused(1, "60", NOW)
    return pace


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_tried_in_a_minute(call: str, status: int) -> None:
    told = failure(visit_to(answering("<html>", status)), call)
    assert isinstance(told, TryLater)
    assert (told.reason, told.after) == ("key_refused", timedelta(seconds=60))


def test_a_wrong_token_is_a_refused_key(app: Flask) -> None:
    told = failure(visit_to(app, token="another"), "contact")
    assert isinstance(told, TryLater)
    assert told.reason == "key_refused"


@pytest.mark.parametrize("call", ["contact", "replace"])
@pytest.mark.parametrize("body", [b"", b'{"status": "fail"}', b'{"status": 404}'])
def test_a_missing_contact_is_gone(call: str, body: bytes) -> None:
    assert isinstance(failure(visit_to(answering(body, 404, content_type="application/json")), call), Gone)


@pytest.mark.parametrize(("call", "expected"), [("contact", TryLater), ("replace", Unanswered)])
def test_a_404_in_html_is_not_qomons_and_the_contact_not_gone(call: str, expected: type) -> None:
    assert isinstance(failure(visit_to(answering("<h1>Not found</h1>", 404)), call), expected)


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("status", [400, 409, 413, 422, 451])
def test_a_clear_no_is_rejected_with_the_places_and_never_the_values(call: str, status: int) -> None:
    body = (
        b'{"status": 422, "detail": "nope@x is bad", "errors": [{"location": "body.data.contact.mail",'
        b' "message": "nope@x", "value": "nope@x"}, {"location": "nope@x is bad"}, {"location": 3}, null]}'
    )
    told = failure(visit_to(answering(body, status, content_type="application/problem+json")), call)
    assert isinstance(told, Rejected)
    assert (str(told), told.fields) == (f"Qomon answered {status}.", ("body.data.contact.mail",))


@pytest.mark.parametrize("status", [204, 302, 408, 500, 503])
@pytest.mark.parametrize("call", WRITES)
def test_an_answer_that_is_neither_yes_nor_no_may_have_been_applied(call: str, status: int) -> None:
    told = failure(visit_to(answering(b"{}", status, {"Location": "/contacts/1"})), call)
    assert isinstance(told, Unanswered)
    assert told.finished


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    body = b'{"data": {"contact": {"id": 9000017}}}' + b" " * 16_000_000
    told = failure(visit_to(answering(body, 200)), "contact")
    assert isinstance(told, TryLater)


@pytest.mark.parametrize("call", ["contact", "replace"])
def test_a_token_that_no_header_can_hold_is_in_no_message(call: str) -> None:
    qomon = Qomon(URL, "s3cret\n", Pace(), now=lambda: NOW)
    told: BaseException | None = failure(qomon.visit(), call)
    while told is not None:
        assert "s3cret" not in f"{told!r} {qomon!r} {vars(told)}"
        told = told.__context__
