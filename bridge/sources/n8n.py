"""n8n: what a step of it posts (sources.md 3.4; docs/automation-tools.md)."""

from bridge.sources.kit.automation import automation

SOURCE = automation("n8n", "n8n", "only where Retry On Fail is on")
