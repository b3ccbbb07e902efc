"""What became of every answer and every field, in codes and in words, and the proof of consents. What is kept of one
person in words, as a page to print (`printed`), and cells of tables that are no formula (`cells`).

Face: `cells`, `masked`, `person_told`, `printed`, `receipts`, `report`, `wording`.
"""
