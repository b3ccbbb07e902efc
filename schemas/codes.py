"""The closed lists of the report (design 9): each code with its English and its French sentence. Codes never change."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["submitted", "subscribed", "unsubscribed", "mail_changed", "deleted", "ping", "test"]
"""What a tool says by an event."""
Op: TypeAlias = Literal["set", "fill", "add", "remove", "replace", "clear"]
"""What a rule does to its field."""

Sentences: TypeAlias = Mapping[str, tuple[str, str]]

OUTCOMES: Sentences = {
    "delivered": ("Written: the contact is up to date.", "Écrite : le contact est à jour."),
    "created": (
        "New contact: nobody in Qomon had this address.",
        "Nouveau contact : personne n’avait cette adresse dans Qomon.",
    ),
    "unchanged": ("Nothing to change: Qomon already had all of it.", "Rien à changer : Qomon avait déjà tout."),
    "queued": ("Waiting: received and safe.", "En attente : bien reçue et conservée."),
    "held": ("Held: it waits for your decision.", "Retenue : elle attend votre décision."),
    "ignored": ("Left aside: nothing was written.", "Écartée : rien n’a été écrit."),
    "duplicate": ("Already received: it is handled once.", "Déjà reçue : elle n’est traitée qu’une fois."),
    "captured": (
        "Kept: the webhook only listens, nothing was sent.",
        "Conservée : le webhook écoute seulement, rien n’est parti.",
    ),
    "previewed": (
        "Dry run: this is what would be written. Nothing was.",
        "Simulée : voici ce qui serait écrit. Rien ne l’a été.",
    ),
    "skipped": (
        "Left out: somebody chose not to send it.",
        "Laissée de côté : quelqu’un a choisi de ne pas l’envoyer.",
    ),
    "failed": (
        "Given up after 7 days of tries; it waits for you.",
        "Abandonnée après 7 jours d’essais ; elle vous attend.",
    ),
    "restored": ("Put back: the fields are as before.", "Rétablie : les champs sont comme avant."),
    "forgotten": (
        "Erased on request; only a fingerprint remains.",
        "Effacée sur demande ; il ne reste qu’une empreinte.",
    ),
    "accepted": ("Received and kept.", "Reçue et conservée."),
}

QUEUED: Sentences = {
    "quota": ("Qomon limits how fast we may write.", "Qomon limite la vitesse de nos écritures."),
    "qomon_down": ("Qomon does not answer; nothing is lost.", "Qomon ne répond pas ; rien n’est perdu."),
    "key_refused": (
        "Qomon refuses our key; all writing has stopped.",
        "Qomon refuse notre clé ; toutes les écritures sont arrêtées.",
    ),
    "paused": ("Writing is paused.", "Les écritures sont suspendues."),
    "behind": (
        "Another submission of this person comes first.",
        "Une autre soumission de cette personne passe d’abord.",
    ),
    "catalogue": ("Qomon’s fields could not be read yet.", "Les champs Qomon n’ont pas encore pu être lus."),
    "backoff": (
        "The last try failed; the next one comes by itself.",
        "Le dernier essai a échoué ; le prochain vient tout seul.",
    ),
    "creating": (
        "Qomon was asked to create this person; what came of it does not show yet.",
        "La création de cette personne a été demandée à Qomon ; le résultat ne se voit pas encore.",
    ),
}

IGNORED: Sentences = {
    "filter": ("The webhook’s filter leaves it out.", "Le filtre du webhook l’écarte."),
    "hook_deleted": ("The webhook was deleted.", "Le webhook a été supprimé."),
    "ping": ("A call of the tool that holds no answers.", "Un appel de l’outil, sans réponses."),
    "test": ("A test of the tool.", "Un essai de l’outil."),
    "deleted": ("The tool says that an answer was deleted.", "L’outil annonce la suppression d’une réponse."),
    "missing_contact": (
        "Nobody found, and the webhook then leaves it out.",
        "Aucun contact trouvé, et le webhook l’écarte alors.",
    ),
}

HELD: Sentences = {
    "other_person": (
        "The address or number belongs to somebody with another first name in Qomon.",
        "L’adresse ou le numéro est à quelqu’un d’un autre prénom dans Qomon.",
    ),
    "several_contacts": (
        "Several contacts have this address or number.",
        "Plusieurs contacts ont cette adresse ou ce numéro.",
    ),
    "missing_contact": (
        "Nobody found, and this webhook does not create contacts.",
        "Aucun contact trouvé, et ce webhook n’en crée pas.",
    ),
    "no_identity": (
        "No usable address, phone or number: we cannot know who this is.",
        "Ni adresse, ni téléphone, ni numéro utilisable : impossible de savoir qui c’est.",
    ),
    "unknown_choice": ("A choice of the form is not in Qomon.", "Un choix du formulaire n’existe pas dans Qomon."),
    "unknown_field": (
        "A field of the mapping is not in Qomon any more.",
        "Un champ des correspondances n’existe plus dans Qomon.",
    ),
    "do_not_contact": (
        "This person is marked Do not contact in Qomon and now says yes. The mark stays; only you can decide.",
        "Cette personne est marquée « Ne plus contacter » dans Qomon et dit oui. La marque reste ; à vous de décider.",
    ),
    "edited_since": (
        "Someone changed this contact in Qomon after the form was filled in.",
        "Quelqu’un a modifié ce contact dans Qomon après l’envoi du formulaire.",
    ),
    "address_moved": ("The form’s address is not Qomon’s.", "L’adresse du formulaire n’est pas celle de Qomon."),
    "contact_gone": (
        "The contact is no longer in Qomon (merged or deleted), and nobody else has this address.",
        "Le contact n’est plus dans Qomon (fusionné ou supprimé), et personne d’autre n’a cette adresse.",
    ),
    "maybe_created": (
        "We asked Qomon to create this contact and got no answer. Look in Qomon before you create it.",
        "Création demandée à Qomon, sans réponse. Regardez dans Qomon avant de le créer.",
    ),
    "shape_unproved": (
        "What Qomon sent about this contact is incomplete; writing would risk erasing the rest.",
        "La fiche reçue de Qomon est incomplète ; écrire risquerait d’effacer le reste.",
    ),
    "refused_by_qomon": ("Qomon refused what we sent.", "Qomon a refusé notre envoi."),
    "not_confirmed": (
        "Written, but Qomon does not show everything as we sent it.",
        "Écrite, mais Qomon n’affiche pas tout comme envoyé.",
    ),
    "approval": ("One of the first ones: it waits for your yes.", "L’une des premières : elle attend votre accord."),
    "breaker": ("Stopped by itself: too many alike.", "Arrêt automatique : trop de valeurs semblables."),
    "unreadable": (
        "The tool sent something that we cannot read. Kept as it came.",
        "L’outil a envoyé quelque chose d’illisible. Conservé tel quel.",
    ),
    "thin_ping": (
        "This call only says that there is something new. Let the tool, Zapier, Make or n8n send the answers.",
        "Cet appel annonce seulement du nouveau. Faites envoyer les réponses par l’outil, Zapier, Make ou n8n.",
    ),
    "from_backup": (
        "Came back with a backup; it may be in Qomon already.",
        "Revenue avec une sauvegarde ; peut-être déjà dans Qomon.",
    ),
    "crash": (
        "The bridge failed on this submission several times.",
        "Le pont a échoué plusieurs fois sur cette soumission.",
    ),
    "qomon_fault": ("Qomon fails on this contact again and again.", "Qomon échoue à répétition sur ce contact."),
}

ANSWERS: Sentences = {
    "mapped": ("sent", "envoyée"),
    "unmapped": ("not sent: nobody decided", "non envoyée : personne n’a décidé"),
    "not_sent": ("not sent: decided so", "non envoyée : c’est décidé"),
    "empty": ("empty: what Qomon has stays", "vide : Qomon garde sa valeur"),
    "invalid": ("not sent: not readable as what it should be", "non envoyée : illisible pour ce champ"),
    "held": ("held with the submission", "retenue avec la soumission"),
    "older": ("not sent: older than what Qomon holds", "non envoyée : plus ancienne que Qomon"),
    "kept": ("not sent: Qomon already has a value", "non envoyée : Qomon a déjà une valeur"),
    "blocked": ("not sent: the same person takes it back", "non envoyée : la même personne la retire"),
}

CHANGES: Sentences = {
    "set": ("was blank, now filled", "était vide, maintenant rempli"),
    "changed": ("changed", "modifié"),
    "added": ("added to the list", "ajouté à la liste"),
    "removed": ("removed from the list", "retiré de la liste"),
    "cleared": ("erased by your rule", "effacé par votre règle"),
    "unchanged": ("as before", "comme avant"),
}

CONFIRMED: Sentences = {
    "stored": ("confirmed by Qomon", "confirmé par Qomon"),
    "normalised": ("stored by Qomon in its own spelling", "enregistré par Qomon à sa façon"),
    "dropped": ("dropped by Qomon", "perdu par Qomon"),
    "overwritten": ("changed since by someone", "modifié depuis par quelqu’un"),
    "doubled": ("there twice in Qomon: look at it", "en double dans Qomon : à vérifier"),
    "rescued": (
        "changed by someone at that very moment: kept as they left it",
        "modifié par quelqu’un au même moment : laissé tel quel",
    ),
}

NOTES: Sentences = {
    "key_reused": (
        "The tool sent this number before, with other answers.",
        "L’outil avait déjà envoyé ce numéro, avec d’autres réponses.",
    ),
    "bad_value": ("An answer is not what its field needs.", "Une réponse ne convient pas à son champ."),
    "not_a_choice": ("An answer is not among the choices.", "Une réponse n’est pas parmi les choix."),
    "consent_conflict": (
        "The same form says yes and no; the withdrawal counts.",
        "Le même formulaire dit oui et non ; le retrait compte.",
    ),
    "phone_flag_reset": (
        "The number is new, so its mark as invalid is gone.",
        "Le numéro est nouveau : la marque « invalide » est levée.",
    ),
}
