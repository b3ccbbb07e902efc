"""`POST /hooks/<address>`: from the first byte of a call to its answer. Nothing is mapped or written to Qomon here.

Begin with `receive`, which reads like the table of docs/door.md.

Face: `headers`, `health`, `limits`, `problems`, `quarantine`, `receive`, `request_ids`, `split`.
"""
