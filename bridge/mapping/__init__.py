"""From what somebody said to the changes that a hook wants of a contact: rules, choices, personal links.

Pure. It never sees the contact.

Face: `binding`, `compile`, `links`, `lookup`, `rules`, `targets`.
"""
