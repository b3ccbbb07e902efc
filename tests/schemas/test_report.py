"""The views of a report: named keys only, all the way down."""

from typing import Any

from schemas.contact import ChangesSchema, EntrySchema
from schemas.report import caller_view, staff_view

URL = "https://bridge.example.org"
ANSWER = {"key": "q1", "label": "E-mail", "status": "mapped", "to": "mail", "sent": "zoe@example.org"}
HELD: dict[str, Any] = {
    "event": "e1",
    "hook": "essai",
    "revision": 1,
    "outcome": "delivered",
    "reason": None,
    "contact": {"id": 7, "found_by": "mail", "created": False, "surname": "Martin"},
    "answers": [ANSWER],
    "mapping": {"answers": [{**ANSWER, "held": "by Qomon"}], "formdatas": [], "custom_fields": []},
}


def test_the_caller_sees_nothing_of_the_contact() -> None:
    assert caller_view(HELD, URL, creates=True).keys() == {
        *("event", "hook", "outcome", "reason", "answers", "formdatas", "custom_fields", "report_url")
    }


def test_what_no_schema_names_is_shown_to_nobody() -> None:
    assert caller_view(HELD, URL, creates=True)["answers"] == [ANSWER]
    assert staff_view(HELD, URL)["contact"] == {"id": 7, "found_by": "mail", "created": False}


def test_what_a_report_does_not_have_is_not_shown_as_empty() -> None:
    assert "parent" not in staff_view(HELD, URL)


def test_a_contact_that_nobody_found_is_null() -> None:
    assert staff_view({**HELD, "contact": None}, URL)["contact"] is None


def test_an_entry_without_a_date_is_dumped_without_one() -> None:
    entry = {"form_id": 1, "form_ref_id": 2, "data": "door", "id": 9}

    assert EntrySchema().dump(entry) == {"form_id": 1, "form_ref_id": 2, "data": "door"}
    assert ChangesSchema(only=["tags"]).dump({"tags": [{"name": "tally"}], "formdatas": [entry]}) == {
        "tags": [{"name": "tally"}]
    }
