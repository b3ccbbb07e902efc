"""What people do with events, hooks and keys, by command or page: release, decide, try again, leave out, accept what
the door refused, rename. And what goes by itself when its days are over, so that nothing grows for ever. A person is
copied and erased.

`authoring` builds a mapping: questions, suggestions, rehearsal, drift, publishing. `moving` and `from_backup` take a
store elsewhere. `activity` and `contact_file` tell what was done, and on whom; `audit` keeps who did it. `staff` are
those who may open the pages, `attempts` their wrong passwords; `figures` are the counts that they look at, `checkup`
and `probe` whether all is well, `forms` what forms can write to, `causes` what waits for one decision, `listing` what
came, `story` all of one submission, `person_seen` all of somebody, `glance` all webhooks. `pausing` is people's brake.
`hooks_folder` brings the hook files of a repository in. `alerts` are what the bridge says by itself.

Face: `activity`, `alerts.channels`, `alerts.heartbeat`, `alerts.kinds`, `alerts.mutes`, `alerts.preferences`,
`alerts.tick`, `alerts.words`, `attempts`, `audit`, `authoring.connecting`, `authoring.drafts`, `authoring.drift`,
`authoring.in_service`, `authoring.invented`, `authoring.proposal`, `authoring.publishing`, `authoring.questions`,
`authoring.readiness`, `authoring.rehearsal`, `authoring.samples`, `authoring.suggest`, `authoring.suggest_forms`,
`authoring.switching`, `authoring.tools`, `backups`, `causes`, `changing`, `checkup`, `contact_file`, `contact_page`,
`contract`, `correct`, `decide`, `decisions`, `dry_run`, `facts_told`, `figures`, `forget`, `forms`, `from_backup`,
`glance`, `growth`, `health`, `hooks_folder`, `importing`, `jobs`, `kept`, `keys`, `listing`, `metrics`, `moving`,
`pausing`, `person`, `person_copy`, `person_seen`, `probe`, `proving`, `refused`, `release`, `replay`, `restore`,
`retention`, `secrets`, `several`, `speed`, `staff`, `story`, `translate`.
"""
