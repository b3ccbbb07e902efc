"""Zapier: what a step of it posts (docs/tools.md 3.4; docs/automation-tools.md)."""

from bridge.sources.kit.any_json import automation

SOURCE = automation("Zapier", "when its owner replays a run, or switched replays on")
