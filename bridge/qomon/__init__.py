"""The far bank: everything that speaks Qomon's language.

client is the only HTTP to Qomon (reply: what an answer says, pace: how fast), contact is pure (read shapes,
whole bodies), sandbox is a small Qomon.
"""
