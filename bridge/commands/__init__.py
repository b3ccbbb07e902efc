"""Flask's commands: one file per group. `app` adds COMMANDS to the application."""

from bridge.commands.catalogue import catalogue_command
from bridge.commands.doctor import doctor_command
from bridge.commands.hooks import hooks_command
from bridge.commands.importing import import_command
from bridge.commands.inbox import inbox_command
from bridge.commands.linking import link_command
from bridge.commands.pause import pause_command, resume_command
from bridge.commands.preview import preview_command
from bridge.commands.publishing import discard_command, publish_command, rehearse_command
from bridge.commands.read import read_command
from bridge.commands.refused import recheck_command, refused_command
from bridge.commands.sandbox import sandbox_command
from bridge.commands.send import send_command
from bridge.commands.settings import settings_command
from bridge.commands.suggesting import new_command, suggest_command
from bridge.commands.upgrade import upgrade_command
from bridge.commands.work import work_command

COMMANDS = (
    read_command,
    preview_command,
    send_command,
    hooks_command,
    inbox_command,
    pause_command,
    resume_command,
    catalogue_command,
    doctor_command,
    settings_command,
    upgrade_command,
    work_command,
    sandbox_command,
)

for part in (new_command, suggest_command, rehearse_command, publish_command, discard_command, import_command):
    hooks_command.add_command(part)
hooks_command.add_command(link_command)
for part in (refused_command, recheck_command):
    inbox_command.add_command(part)
