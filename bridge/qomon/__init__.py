"""All that speaks to Qomon or knows its odd habits: the client, its pace, the catalogue, what a contact looks like.

What Qomon does, and where that is known from, is in docs/qomon.md. `sandbox` is a Qomon to try things on.

Face: `account`, `catalogue`, `client`, `compare`, `contact`, `entries`, `facts`, `fields`, `line`, `pace`, `profile`,
`reply`, `sandbox`, `shape`, `trial`.
"""
