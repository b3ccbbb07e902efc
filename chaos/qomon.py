"""The sandbox Qomon of a campaign, as a process: on the campaign's clock, and writing down every write it applied.

`GET /_chaos/writes` shows them in their order: the contact, all its tags and its answer as they were sent.
`GET /_chaos/acts` shows what colleagues did to entries, in its order.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from flask import Flask

from bridge.commands.sandbox import server
from bridge.qomon.sandbox import create_sandbox
from bridge.qomon.sandbox.contacts import Contacts, Entries, How
from bridge.qomon.sandbox.people import PEOPLE
from bridge.settings import environment
from chaos.clock import Clock
from chaos.people import FORM

LATENCY = 3.0
"""Milliseconds of ours before each answer."""


class Write(TypedDict):
    contact: int
    tags: list[str]
    answers: list[str]


class Act(TypedDict):
    """`gone`: it was taken away, else it was added."""

    contact: int
    form: int
    data: str
    gone: bool


class Watched(Contacts):
    """Called under the sandbox's lock: the order is that of what happened."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.writes: list[Write] = []
        self.acts: list[Act] = []

    def answer(self, contact_id: int, given: Entries, *, gone: bool) -> None:
        self.acts += [
            {"contact": contact_id, "form": one["form_id"], "data": one["data"], "gone": gone}
            for asked in given.values()
            for one in asked
        ]
        super().answer(contact_id, given, gone=gone)

    def replace(
        self, contact_id: int, sent: Mapping[str, Any], drops: Sequence[str] = (), how: How = ("replaced", "act")
    ) -> dict[str, Any]:
        tags = [tag["name"] for tag in sent.get("tags") or []]
        answers = [entry["data"] for entry in sent.get("custom_fields") or [] if entry["form_id"] == FORM]
        self.writes.append({"contact": contact_id, "tags": tags, "answers": answers})
        return super().replace(contact_id, sent, drops, how)


def watched(clock: Clock) -> Flask:
    app = create_sandbox({}, now=clock, sleep=clock.sleep)
    sandbox = app.extensions["sandbox"]
    sandbox.contacts = Watched(PEOPLE, sandbox.form_by_id, clock)
    sandbox.set({"latency_ms": LATENCY * clock.speed})
    app.add_url_rule("/_chaos/writes", view_func=lambda: sandbox.contacts.writes, endpoint="writes")
    app.add_url_rule("/_chaos/acts", view_func=lambda: sandbox.contacts.acts, endpoint="acts")
    return app


def main() -> None:
    clock = Clock.told(environment()).right
    clock.end_this_process()
    server(watched(clock), int(sys.argv[1])).serve_forever()


if __name__ == "__main__":
    main()
