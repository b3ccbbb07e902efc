"""docs/automation-tools.md is true: its hook loads, and its call is proven, known by its number and read."""

import re
import shlex
from pathlib import Path
from typing import Any

from tests.support.recorded_calls import pairs, post, read
from tests.support.whole_bridge import House

PAGE = (Path(__file__).parents[2] / "docs" / "automation-tools.md").read_text(encoding="utf-8")
(YAML,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(CURL,) = re.findall(r"^\$ (curl .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def shown() -> tuple[dict[str, str], bytes]:
    """The headers and the body of the call on the page."""
    words = shlex.split(CURL.replace("\\\n", " "))
    named = [words[at + 1].partition(": ") for at, word in enumerate(words) if word == "-H"]
    return {name: value for name, _, value in named}, words[words.index("-d") + 1].encode()


def test_the_call_on_the_page_is_taken_by_the_hook_on_the_page(tmp_path: Path) -> None:
    headers, body = shown()
    text = YAML.replace("source:", "address: abcd1234\nsource:", 1)
    house = House(tmp_path, (text,), ZAP_TOKEN=headers["X-Bridge-Token"])

    answers: list[Any] = [house.door.post("/hooks/abcd1234", data=body, headers=headers) for _ in (1, 2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.get_json()["events"][0]["outcome"] for answer in answers] == ["accepted", "duplicate"]


def test_it_is_read_with_its_number_its_time_and_its_choices() -> None:
    headers, body = shown()
    (record,) = post("zapier", body, idempotency_key=headers["Idempotency-Key"])
    said = read("zapier", body)

    assert (record.key, str(said.submitted_at)) == (headers["Idempotency-Key"], "2026-11-22 08:30:00+00:00")
    assert pairs(said)[1:] == [("email", "email", "zoe@example.org"), ("Aides", "Aides", ("Tractage", "Accueil"))]
