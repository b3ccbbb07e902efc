"""The ledger: every event that was accepted, who works on it, and whom an address was found to be.

Rows and the moves between their states, each guarded by a lease. It decides nothing about people or contacts.

Face: `again`, `captured`, `duplicates`, `events`, `known_contacts`, `lanes`, `people`, `proven`, `records`, `waiting`,
`written`.
"""
