"""Pages that list things list all of them: settings, commands, the keys of a hook file, the codes of a report."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import click
import pytest
from marshmallow import Schema

from bridge.commands import COMMANDS
from schemas import codes
from schemas.hook import ContactSchema, HookSchema, ProofSchema, ReadsSchema, RuleSchema
from schemas.settings import SettingsSchema

DOCS = Path(__file__).parent.parent / "docs"
LISTS = ("OUTCOMES", "QUEUED", "IGNORED", "HELD", "ANSWERS", "CHANGES", "CONFIRMED", "NOTES")


def lacks(page: str, words: Collection[str]) -> list[str]:
    """The words that stand nowhere on the page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [word for word in words if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)]


def test_every_setting_is_on_the_page_for_deployers() -> None:
    assert lacks("deploy.md", SettingsSchema().fields.keys()) == []


def test_every_command_is_on_the_page_of_commands() -> None:
    assert lacks("commands.md", [word for command in COMMANDS for word in named(command)]) == []


@pytest.mark.parametrize(
    ("page", "schema"),
    [
        ("hook-file.md", HookSchema),
        ("hook-file.md", ProofSchema),
        ("hook-file.md", ContactSchema),
        ("hook-file.md", RuleSchema),
        ("any-tool.md", ReadsSchema),
    ],
)
def test_every_key_of_a_hook_file_is_on_its_page(page: str, schema: type[Schema]) -> None:
    keys = [field.data_key or name for name, field in schema().fields.items()]

    assert lacks(page, keys) == []


@pytest.mark.parametrize("name", LISTS)
def test_every_code_is_on_the_page_of_the_report(name: str) -> None:
    assert lacks("report.md", getattr(codes, name)) == []


def test_every_code_of_the_audit_is_on_the_page_of_commands() -> None:
    assert lacks("commands.md", codes.DEEDS) == []


def named(command: click.Command) -> Iterator[str]:
    """The words of a command, those of a group's parts."""
    yield command.name or ""
    if isinstance(command, click.Group):
        for part in command.commands.values():
            yield from named(part)


@pytest.mark.parametrize("page", ["records-of-processing.md", "fr/records-of-processing.md"])
def test_the_note_for_the_register_names_every_setting_of_days_with_its_default(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    days = {name: field.metadata["shown"] for name, field in SettingsSchema().fields.items() if name.endswith("_DAYS")}

    assert lacks(page, days) == []
    assert [name for name, number in days.items() if not re.search(rf"\| .*\b{number} .*`{name}`", text)] == []
