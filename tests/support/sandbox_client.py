"""Somebody at the sandbox: calls Qomon's paths with the key, the inspection without, and moves time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.qomon.sandbox import TOKEN, create_sandbox
from bridge.qomon.sandbox.people import ZOE

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
KARIM = 9000018
KEY = {"Authorization": f"Bearer {TOKEN}"}
STAMP = "2026-06-01T12:00:00.000Z"
OLD = "2024-02-11T10:20:30.000Z"


class Clock:
    """Time moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOW

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Desk:
    """Calls Qomon's paths with the key, and the inspection paths without."""

    def __init__(self, web: FlaskClient, clock: Clock) -> None:
        self.web = web
        self.clock = clock

    def get(self, path: str) -> TestResponse:
        return self.web.get(path, headers=KEY)

    def patch(self, contact_id: int = ZOE, **contact: Any) -> TestResponse:
        body = {"data": {"contact": contact}}
        return self.web.patch(f"/contacts/{contact_id}", json=body, headers=KEY)

    def create(self, **contact: Any) -> TestResponse:
        return self.web.post("/contacts", json={"data": {"contact": contact}}, headers=KEY)

    def search(self, query: object, **more: Any) -> TestResponse:
        body = {"data": {"advanced_search": {"page": 0, "per_page": 50, "query": query, **more}}}
        return self.web.post("/search", json=body, headers=KEY)

    def found(self, attr: str, value: str, operator: str = "eql") -> list[int]:
        condition = {"$condition": {"attr": attr, "ope": operator, "value": value}}
        answer = self.search({"$all": [{"$at_least_one": [condition]}]})
        return [contact["id"] for contact in answer.get_json()["data"]["contacts"] or []]

    def switch(self, **switches: Any) -> TestResponse:
        return self.web.patch("/_sandbox/switches", json=switches)

    def read(self, contact_id: int = ZOE) -> Any:
        return self.get(f"/contacts/{contact_id}").get_json()["data"]["contact"]

    def stored(self, contact_id: int = ZOE) -> Any:
        return self.web.get(f"/_sandbox/contacts/{contact_id}").get_json()


def new_desk() -> Desk:
    clock = Clock()
    app = create_sandbox({}, now=lambda: clock.now, sleep=clock.sleep)
    return Desk(app.test_client(), clock)


def live(contact: Any, array: str = "formdatas") -> list[tuple[int, str, str]]:
    return [(e["form_id"], e["data"], e["date"]) for e in contact[array] if not e["deleted_at"]]


def entry(form: int, ref: int, written: str, date: str | None = OLD) -> dict[str, Any]:
    made = {"form_id": form, "form_ref_id": ref, "data": written}
    return made if date is None else {**made, "date": date}
