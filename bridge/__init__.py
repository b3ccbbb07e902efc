"""A form answer crosses into Qomon without wiping anybody:

    receive -> verify -> split -> inbox -> find -> read -> map -> merge -> send -> confirm -> report

Read in this order: words (what is handed over), receive, verify and refused (the door), split and sources/ (a call
becomes events), inbox and lanes (nothing is lost), dispatch and crossing (who works), identity_lane and find (who is
it), contact_lane and weighing (what changes), mapping and merge (how), qomon/ (the far bank), send (replace, confirm),
report (what became of it). How a mapping comes about: questions, suggest, drafts, rehearsal, publishing, drift.
"""
