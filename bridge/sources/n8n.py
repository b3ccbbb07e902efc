"""n8n: what a step of it posts (docs/tools.md 3.4; docs/automation-tools.md)."""

from bridge.sources.kit.any_json import automation

SOURCE = automation("n8n", "only where Retry On Fail is on")
