"""What tools of tables, leads and automations send, beyond what was recorded of them."""

from typing import Any

import pytest

from bridge.errors import Unreadable
from bridge.sources import SOURCES
from tests.support.recorded_calls import PARIS, pairs, post, read


def test_a_lead_that_somebody_fetched_stands_where_the_ping_did() -> None:
    lead = {"leadgen_id": 7, "created_time": 1440120384, "field_data": [{"name": "email", "values": ["a@example.org"]}]}
    said = read("meta_lead_ads", {"object": "page", "entry": [{"changes": [{"field": "leadgen", "value": lead}]}]})

    assert (said.key, said.thin, pairs(said)) == ("7", False, [("email", "email", "a@example.org")])


def test_a_change_of_a_page_that_is_about_no_lead_is_a_ping() -> None:
    said = read("meta_lead_ads", {"object": "page", "entry": [{"time": 1438292065, "changes": [{"field": "feed"}]}]})

    assert (said.kind, said.thin) == ("ping", False)


def test_the_answers_of_a_lead_may_be_json_in_a_text() -> None:
    said = read("meta_lead_ads", {"id": "7", "field_data": '[{"name": "ville", "values": ["Brest"]}]'})

    assert pairs(said) == [("ville", "ville", "Brest")]


def test_airtables_script_may_post_a_list() -> None:
    first, second = post("airtable", [{"id": "rec1", "fields": {"a": 1}}, {"recordId": "rec2", "fields": {}}])

    assert (first.key, second.key) == ("rec1", "rec2")


def test_airtables_script_may_say_when() -> None:
    said = read("airtable", {"recordId": "r", "timestamp": "2026-11-22T10:00:00+01:00", "fields": {"Âge": 8}})

    assert (str(said.submitted_at), pairs(said)) == ("2026-11-22 09:00:00+00:00", [("Âge", "Âge", 8)])


@pytest.mark.parametrize(
    ("event", "items", "kind"),
    [
        ("rows.updated", [{"id": 3, "a": "x"}], "submitted"),
        ("rows.created", [{"id": 0, "a": None}], "test"),
        ("view.created", [], "ping"),
    ],
)
def test_baserow_says_what_happened(event: str, items: list[Any], kind: str) -> None:
    body = {"event_type": event, "event_id": "e", "items": items} if items else {"event_type": event, "event_id": "e"}

    assert read("baserow", body).kind == kind


def test_a_row_that_was_deleted_in_baserow_is_nobodys_answer() -> None:
    said = read("baserow", {"event_type": "rows.deleted", "event_id": "e", "row_ids": [3]})

    assert (said.kind, said.answers) == ("deleted", ())


def test_one_row_that_is_none_does_not_cost_the_others() -> None:

    good, bad = post("baserow", {"event_type": "rows.created", "event_id": "e", "items": [{"id": 1, "a": "x"}, 5]})

    assert pairs(SOURCES["baserow"].read(good, PARIS)) == [("a", "a", "x")]
    with pytest.raises(Unreadable):
        SOURCES["baserow"].read(bad, PARIS)


@pytest.mark.parametrize(
    ("action", "kind", "thin"),
    [
        ("attendee.updated", "submitted", True),
        ("order.refunded", "submitted", True),
        ("venue.updated", "ping", False),
        ("test", "test", False),
    ],
)
def test_eventbrite_says_what_it_is_about(action: str, kind: str, thin: bool) -> None:  # noqa: FBT001
    said = read("eventbrite", {"api_url": "https://www.eventbriteapi.com/v3/x/", "config": {"action": action}})

    assert (said.kind, said.thin) == (kind, thin)


def test_a_template_of_kobo_may_wrap_the_submission() -> None:
    said = read("kobotoolbox", {"form": "accueil", "données": {"_uuid": "u-1", "contact/nom": "Ndiaye"}})

    assert (said.key, pairs(said)) == ("u-1", [("contact/nom", "nom", "Ndiaye")])


def test_a_subset_of_kobos_fields_has_no_key_and_is_read() -> None:
    said = read("kobotoolbox", {"contact/nom": "Ndiaye", "contact/ville": None})

    assert (said.key, pairs(said)) == (None, [("contact/nom", "nom", "Ndiaye"), ("contact/ville", "ville", None)])


def test_kobos_time_is_utc_and_a_repeat_may_hold_another() -> None:
    inner = [{"foyer/enfants/nom": "Léo", "foyer/enfants/amis": [{"foyer/enfants/amis/nom": "Zoé"}]}]
    said = read("kobotoolbox", {"_uuid": "u", "_submission_time": "2026-07-01T09:12:33", "foyer/enfants": inner})

    assert str(said.submitted_at) == "2026-07-01 09:12:33+00:00"
    assert [(label, value) for _, label, value in pairs(said)] == [
        ("enfants.0.nom", "Léo"),
        ("enfants.0.amis.0.nom", "Zoé"),
    ]


@pytest.mark.parametrize("typed", ["[je ne sais pas", "[1]", "{", "{}", "[[1]]"])
def test_a_bracket_that_somebody_typed_into_microsoft_forms_is_a_text(typed: str) -> None:
    assert pairs(read("power_automate", {"r1": typed})) == [("r1", "r1", typed)]


def test_a_flow_may_post_the_whole_output_of_a_step() -> None:
    said = read("power_automate", {"statusCode": 200, "body": {"responseId": 5, "formId": "f", "r1": "[]"}})

    assert (said.key, pairs(said)) == ("f:5", [("r1", "r1", ())])


def test_a_flow_may_name_the_event_in_a_header() -> None:
    (record,) = post("power_automate", {"responseId": "5", "r1": "x"}, idempotency_key="run-1")

    assert record.key == "run-1"


def test_an_automation_may_post_json_or_a_form_to_one_hook() -> None:
    form = b"id=4&reponses=%7B%22ville%22%3A%22N%C3%AEmes%22%7D&mot=%5Bsic%5D"
    said = read("make", form, "application/x-www-form-urlencoded")

    assert pairs(said) == [("id", "id", "4"), ("reponses.ville", "ville", "N\u00eemes"), ("mot", "mot", "[sic]")]
    assert pairs(read("make", {"ville": "Brest"})) == [("ville", "ville", "Brest")]


def test_an_automation_names_the_event_in_a_header_and_may_post_a_list() -> None:
    first, second = post("zapier", [{"a": 1}, {"a": 2}], idempotency_key="run-1")

    assert (first.key, second.key) == ("run-1#1", "run-1#2")
