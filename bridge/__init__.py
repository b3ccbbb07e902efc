"""A form answer crosses into Qomon without wiping anybody:

    bridge/door/receive.py `receive`            a call of a tool: its hook, its proof, stored before the 200
    bridge/door/split.py `split`                the call as events, one for each person, read by bridge/sources/
    bridge/inbox/events.py `accept`             each exactly once, into the lane of its person
    bridge/engine/engine.py `Engine`            who drains a lane, and when
    bridge/crossing/drain.py `Crossing`         the events of one lane, under a lease
    bridge/crossing/identify.py `lead`          who is it? find, create or hold
    bridge/crossing/update.py `cross`           read -> map -> merge -> send -> confirm
    bridge/mapping/compile.py `Mapper`          answers become changes, by the rules of the hook
    bridge/merge/merge.py `merge`               the read contact and the changes become the whole new contact
    bridge/report/report.py `confirmed`         what became of every answer and every field

Read in this order, ten minutes from the README to the line that writes a field: bridge/model.py `Event` and
bridge/model.py `Change` (what is handed over), then the table above from top to bottom; from `merge` on,
bridge/merge/merge.py `_merge_one`, whose three ways to apply a change are the only lines that write a field. How a
mapping comes about is in bridge/operations/authoring; what Qomon does, in docs/qomon.md; why it is so, in docs/adr.
"""
