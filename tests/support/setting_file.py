"""Writes .env.example from the settings: `.venv/bin/python -m tests.support.setting_file`."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from app import create_app
from schemas.settings import SettingsSchema

PAGE = Path(__file__).parents[2] / ".env.example"
COMMAND = ".venv/bin/python -m tests.support.setting_file"
HEAD = f"""\
# The settings of the bridge: environment variables. One has no default, QOMON_TOKEN.
# Set them on the platform, or here in a copy named .env, which git leaves out; then: set -a; . ./.env; set +a
# `flask settings` shows what is set, and every fault at once. What each means for a deployer: docs/deploy.md
#
# Written by {COMMAND}. Do not edit.
"""


def page() -> str:
    with create_app({"QOMON_TOKEN": "x", "LANG": "en"}).app_context():
        return HEAD + "".join(_settings())


def _settings() -> Iterator[str]:
    for name, field in SettingsSchema().fields.items():
        known = field.metadata
        told = f"{known['purpose']} {_default(str(known['shown']), required=field.required)}"
        told = f"{told} A secret: never in git." if known["secret"] else told
        yield "\n" + "".join(f"# {line}\n" for line in wrap(told, 116)) + f"{'' if field.required else '#'}{name}=\n"


def _default(shown: str, *, required: bool) -> str:
    return "It must be set." if required else f"Default: {shown or 'not set'}."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
