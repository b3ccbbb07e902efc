"""What people do in a tool to connect a form: where its menus are, which proof it can give, what to expect of it.

The twelve that these users have most; of every other source the bridge knows how to read it, and says no more
(docs/tools.md, docs/sources.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from bridge.proofs.scheme import STORED
from bridge.sources import SOURCES

HEADER = "X-Bridge-Token"
_ADDRESS: Mapping[str, str] = {"scheme": "url"}
IN_ADDRESS: Mapping[str, str] = {**_ADDRESS, "secret": STORED}
"""The proof of a tool that can be told nothing but an address."""
_HEADER: Mapping[str, str] = {"scheme": "header", "header": HEADER}
_OF_SOURCE: Mapping[str, Mapping[str, str]] = {"header": _HEADER, "bearer": {"scheme": "bearer"}}
_OURS = ("calcom", "mautic-sha256-b64")
"""Signatures under a secret that people choose; a secret that the tool makes cannot be made here."""


@dataclass(frozen=True, slots=True)
class Tool:
    """`proof`: what a new webhook of it asks for, beside the secret. `temper`: how it waits and tries again.
    `lacks`: what it never sends. `script`: a script of ours does the sending."""

    id: str
    title: str
    proof: Mapping[str, str]
    steps: tuple[LazyString, ...]
    temper: LazyString
    lacks: LazyString
    script: bool = False

    @property
    def scheme(self) -> str:
        return self.proof["scheme"]

    @property
    def stored(self) -> Mapping[str, str]:
        """The proof of a hook file, with a secret that is made here."""
        return {**self.proof, "secret": STORED}


_FILL_IN = _("Save, and fill in the form once.")
_TOOLS = (
    Tool(
        "tally",
        "Tally",
        {"scheme": "tally-v1"},
        (
            _("Open the form in Tally, then Integrations."),
            _("Beside Webhooks choose Connect, and paste the address as Endpoint URL."),
            _("Add a signing secret, and paste the secret."),
            _FILL_IN,
        ),
        _("Tally waits 10 s and tries 5 more times over about a day."),
        _("Tally sends the links of files, never the files."),
    ),
    Tool(
        "typeform",
        "Typeform",
        {"scheme": "typeform-sha256-b64"},
        (
            _("Open the form in Typeform, then Connect, then Webhooks."),
            _("Choose Add a webhook, and paste the address as Endpoint."),
            _("Edit the webhook, and paste the secret under Secret."),
            _("Switch the webhook on, and fill in the form once: the test button sends invented answers."),
        ),
        _("Typeform waits 30 s and tries again for about 10 hours."),
        _("Typeform leaves out every question that was not answered."),
    ),
    Tool(
        "helloasso",
        "HelloAsso",
        _ADDRESS,
        (
            _("Open your association in HelloAsso, then My account, then the page about integrations and the API."),
            _("Under Notifications paste the address as callback URL."),
            _("Save. The next membership, gift or ticket is the first submission."),
        ),
        _("HelloAsso sends one gift as a payment and as an order: choose which counts."),
        _("Only partners of HelloAsso sign their calls, so the secret stands at the end of the address."),
    ),
    Tool(
        "google_forms",
        "Google Forms",
        {
            "scheme": "hmac",
            "header": "X-Bridge-Signature",
            "prefix": "sha256=",
            "signed": "{ts}.{body}",
            "timestamp": "X-Bridge-Timestamp",
        },
        (
            _("In the form open the menu ⋮, then Apps Script, and paste the script below over what is there."),
            _("In Project settings, under Script properties, add BRIDGE_SECRET and paste the secret as its value."),
            _("Run the function setUp once, and allow what Google asks."),
            _FILL_IN,
        ),
        _("The script tries 3 times within a minute, then Google mails its owner."),
        _("Google Forms has no webhook of its own: the script sends each answer."),
        script=True,
    ),
    Tool(
        "jotform",
        "Jotform",
        _ADDRESS,
        (
            _("Open the form in Jotform, then Settings, then Integrations."),
            _("Search for WebHooks, paste the address, and complete the integration."),
            _FILL_IN,
        ),
        _("Jotform does not say whether it tries again: keep its own copy of the answers for some days."),
        _("Jotform signs nothing, so the secret stands at the end of the address."),
    ),
    Tool(
        "gravity_forms",
        "Gravity Forms",
        _HEADER,
        (
            _("In WordPress open the form, then Settings, then Webhooks, then Add New. It is the Webhooks add-on."),
            _("Paste the address as Request URL; choose POST, JSON, and All Fields."),
            _("Under Request Headers add the header above, with the secret as its value."),
            _FILL_IN,
        ),
        _("Gravity Forms waits 5 s and never tries again: the bridge’s copy is the only one."),
        _("Gravity Forms sends numbers of questions, not their words: you will recognise them by their answers."),
    ),
    Tool(
        "elementor",
        "Elementor",
        _ADDRESS,
        (
            _("In WordPress edit the page with Elementor, and click the form."),
            _("Under Actions After Submit add Webhook."),
            _("Under Webhook paste the address, and switch Advanced Data on."),
            _("Publish the page, and fill in the form once."),
        ),
        _("Elementor waits 5 s and never tries again: the bridge’s copy is the only one."),
        _("Elementor signs nothing and sets no header, so the secret stands at the end of the address."),
    ),
    Tool(
        "wpforms",
        "WPForms",
        {"scheme": "wpforms-t-v"},
        (
            _("In WordPress edit the form, then Settings, then Webhooks. It is the Webhooks add-on: switch it on."),
            _("Paste the address as Request URL; choose POST and JSON."),
            _("Paste the secret under Secret."),
            _("Under Request Body add every question that is to be sent."),
            _FILL_IN,
        ),
        _("WPForms waits 60 s and never tries again: the bridge’s copy is the only one."),
        _("WPForms sends only the questions that were added to the request."),
    ),
    Tool(
        "action_network",
        "Action Network",
        _ADDRESS,
        (
            _("In Action Network open your group, then Details, then API & Sync, then Webhooks."),
            _("Add a webhook, and paste the address. It must begin with https."),
            _("Switch the webhook on: a new one is off. Then fill in the form once, or use its test button."),
        ),
        _("Action Network does not say whether it tries again."),
        _("Action Network sends only what this form asked, and signs nothing: the secret stands in the address."),
    ),
    Tool(
        "brevo",
        "Brevo",
        {"scheme": "bearer"},
        (
            _("In Brevo open Settings, then Webhooks, and add one for contacts."),
            _("Paste the address; as authentication choose Token, and paste the secret."),
            _("Choose the events: added to a list, updated, unsubscribed. Then save, and add a contact."),
        ),
        _("Brevo does not say whether it tries again."),
        _("Brevo sends attributes only when they change. If Qomon also writes to Brevo, beware of a circle."),
    ),
    Tool(
        "mailchimp",
        "Mailchimp",
        _ADDRESS,
        (
            _("In Mailchimp open the audience, then Settings, then Webhooks."),
            _("Choose Create New Webhook, and paste the address as Callback URL."),
            _("Tick subscribes, unsubscribes, profile updates and cleaned, by all who can make them."),
            _("Save, and subscribe an address of yours once."),
        ),
        _("Mailchimp waits 10 s and tries again for about an hour."),
        _("Mailchimp signs nothing, so the secret stands at the end of the address."),
    ),
    Tool(
        "zapier",
        "Zapier, Make",
        _HEADER,
        (
            _("In Zapier add the action Webhooks by Zapier, POST. In Make add the module HTTP, Make a request, POST."),
            _("Paste the address as URL, choose JSON, and name each answer."),
            _("Under Headers add the header above, with the secret as its value."),
            _("Test the step, or run it once."),
        ),
        _("Zapier and Make try again only if you switched that on."),
        _("They send what you name: send questions without an answer as empty, never as no."),
    ),
)
TILES: Mapping[str, Tool] = {tool.id: tool for tool in _TOOLS}
"""The twelve that the page shows first, in its order."""


def tool(source: str) -> Tool | None:
    """Of a source; None if there is no such source."""
    if source in TILES:
        return TILES[source]
    return _other(source) if source in SOURCES else None


def others() -> list[Tool]:
    """All that have no tile, by title."""
    return sorted((_other(name) for name in SOURCES if name not in TILES), key=lambda one: one.title.casefold())


def steps(tool: Tool, scheme: str) -> tuple[LazyString, ...]:
    """What to do in it for a webhook that asks for this proof, which need not be what a new one asks for."""
    return tool.steps if scheme == tool.scheme else _usual_steps(scheme)


def _usual_steps(scheme: str) -> tuple[LazyString, ...]:
    pasted = {
        "none": (),
        "url": (_("Its secret stands at the end of the address: nothing else is to be set."),),
        "header": (_("Set the header above on each call, with the secret as its value."),),
        "bearer": (_("As authentication choose a bearer token, and paste the secret."),),
    }
    paste = _("In your tool look for Webhooks, Integrations or HTTP request, and paste the address.")
    return (paste, *pasted.get(scheme, (_("Paste the secret where it asks for one."),)), _FILL_IN)


def _other(name: str) -> Tool:
    source = SOURCES[name]
    proof = {"scheme": source.proof} if source.proof in _OURS else _OF_SOURCE.get(source.proof, _ADDRESS)
    temper = _("Whether it tries again is not known: the bridge’s copy may be the only one.")
    lacks = _("What it sends you will see with the first submission.")
    return Tool(name, source.title, proof, _usual_steps(proof["scheme"]), temper, lacks)
