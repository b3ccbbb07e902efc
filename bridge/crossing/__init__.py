"""The way of an event into Qomon: who is it, read, map, merge, send, confirm, report.

Begin with `update`: one contact, from its read to its report. `drain` says which events go that way together.

Face: `decision`, `drain`, `find`, `gate`, `lane_run`, `opened`, `plan`, `preview`, `right_of_way`, `same_person`,
`steady`, `work`.
"""
