"""From a contact as Qomon holds it and the changes wanted to the whole new contact: nothing else is touched.

What is newer, what somebody else changed, what an address is, what was taken back. Pure, but for the rows it reads.

Face: `address`, `addressed`, `consent`, `history`, `merge`, `precedence`, `rescue`, `restore`.
"""
