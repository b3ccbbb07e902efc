"""How a tool proves that a call is its own: signatures, and secrets that it shows.

It says yes or no to the bytes that came, before anybody reads them, and keeps nothing.

Face: `scheme`, `verify`.
"""
