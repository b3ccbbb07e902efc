"""What a flow of Power Automate posts of an answer to Microsoft Forms (docs/tools.md 3.18). People build it: anything
may be missing.
"""

from schemas.sources.envelope import Anything, Envelope


class FormsResponseSchema(Envelope):
    submitted = Anything(data_key="submitDate")
