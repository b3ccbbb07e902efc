"""What became of every answer and every field, in codes and in words, and the proof of consents.

Face: `masked`, `receipts`, `report`, `wording`.
"""
