"""What people do with events and hooks, by command or page: release, try again, leave out.

`authoring` builds a mapping: questions, suggestions, rehearsal, drift, publishing.

Face: `authoring.drift`, `authoring.proposal`, `authoring.publishing`, `authoring.questions`, `authoring.rehearsal`,
`authoring.samples`, `authoring.suggest`, `release`.
"""
