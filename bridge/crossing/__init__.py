"""The way of an event into Qomon: who is it, read, map, merge, send, confirm, report.

Begin with `update`: one contact, from its read to its report. `drain` says which events go that way together.

Face: `cases`, `drain`, `lane_run`, `plan`, `preview`.
"""
