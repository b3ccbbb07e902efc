"""What all tests share: how hard hypothesis tries. `ci` is the default, the same on every machine and run.

While writing: `pytest --hypothesis-profile quick`.
"""

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=300, print_blob=True)
settings.register_profile("quick", deadline=None, max_examples=30)
settings.load_profile("ci")
