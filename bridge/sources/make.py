"""Make: what a step of it posts (sources.md 3.4; docs/automation-tools.md)."""

from bridge.sources.kit.automation import automation

SOURCE = automation("make", "Make", "as its scenario is set")
