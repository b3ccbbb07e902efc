"""From what somebody said to the changes that a hook wants of a contact: rules, choices, personal links. What
people put right in what was said.

Pure. It never sees the contact.

Face: `amend`, `binding`, `choices`, `compile`, `links`, `lookup`, `rules`, `targets`.
"""
