"""Writes docs/sources.md from the table of sources: `.venv/bin/python -m tests.support.source_table`."""

from pathlib import Path

from bridge.sources import SOURCES, Source

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
COMMAND = ".venv/bin/python -m tests.support.source_table"

HEAD = f"""\
# The tools that the bridge reads

<!-- Written by `{COMMAND}`. Do not edit. -->

`source:` in a hook's file is the name. The proof is what the tool usually offers, the wait is how long its call is kept
open for the report; a hook may say otherwise. What a tool never sends, no rule can use. A tool that is not here works
through `json` or `form`: [how to connect it](any-tool.md), [how to add it](add-a-source.md). What to post from
[Zapier, Make, n8n](automation-tools.md), and the script of [Google Forms](google-forms.md).

An unsubscription, also one that a tool only marks at a contact (a blacklist, an opt-out), is an event of kind
`unsubscribed` with an answer `channel`, `email` or `sms`: a rule may say what each takes back,
`{{when: {{kind: unsubscribed}}, from: channel, to: formdatas.Consent, values: {{email: a, sms: b}}, change: remove}}`.
What else it says is listed, and written by rules with that `when` only. Test calls are of kind `test`, a booking that
is given back or a contact that staff deleted is `deleted`, what says nothing of anybody is `ping`: none is written by
itself.

| Tool | `source` | Proof | Wait | Tries again | Never sends |
|---|---|---|---|---|---|
"""


def page() -> str:
    ordered = sorted(SOURCES.values(), key=lambda source: (source.name in ("json", "form"), source.title.casefold()))
    return HEAD + "".join(map(_row, ordered))


def _row(source: Source) -> str:
    wait = f"{source.wait.total_seconds():g} s" if source.wait else "none"
    cells = (source.title, f"`{source.name}`", f"`{source.proof}`", wait, source.retries, source.never_sends)
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
