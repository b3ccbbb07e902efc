"""Flask's commands: one file per group. `app` adds COMMANDS to the application."""

from importlib import import_module
from pkgutil import iter_modules

from bridge.commands.command import ALL

for part in iter_modules(__path__):
    import_module(f"{__name__}.{part.name}")

COMMANDS = tuple(ALL.commands.values())
