"""What `flask hooks check` tells of what moved around a hook: each code with its English and its French sentence.

The parts in braces are those of a fact (`bridge.operations.authoring.drift.Moved`).
"""

from collections.abc import Mapping

MOVED: Mapping[str, tuple[str, str]] = {
    "question_new": (
        "New question ‘{subject}’: {count} answers since {since}, not sent. Map it, or write to: nothing.",
        "Nouvelle question « {subject} » : {count} réponses depuis le {since}, non envoyées. À vous de décider.",
    ),
    "question_open": (
        "Question ‘{subject}’ is not decided: {count} answers since {since}, not sent. Map it, or write to: nothing.",
        "La question « {subject} » n’est pas décidée : {count} réponses depuis le {since}, non envoyées.",
    ),
    "question_renamed": (
        "‘{subject}’ is now called ‘{detail}’ (same id): followed by rule {rules}.",
        "« {subject} » s’appelle maintenant « {detail} » (même identifiant) : suivie par la règle {rules}.",
    ),
    "question_lost": (
        "‘{subject}’ is now called ‘{detail}’: rule {rules} finds it no more. Write the new name there.",
        "« {subject} » s’appelle maintenant « {detail} » : la règle {rules} ne la trouve plus.",
    ),
    "question_gone": (
        "Rule {rules} matches nothing: ‘{subject}’ was not asked in the last {count} submissions.",
        "La règle {rules} ne trouve rien : « {subject} » n’était pas dans les {count} dernières soumissions.",
    ),
    "question_type": (
        "‘{subject}’ has another type: {detail} (rule {rules}).",
        "« {subject} » a changé de type : {detail} (règle {rules}).",
    ),
    "label_twice": (
        "Two questions are called ‘{subject}’, so rule {rules} reads neither. Write the key of the one that is meant.",
        "Deux questions s’appellent « {subject} » : la règle {rules} n’en lit aucune. Écrivez la clé de la bonne.",
    ),
    "choice_new": (
        "‘{subject}’ has a choice that rule {rules} does not know: ‘{detail}’.",
        "« {subject} » a un choix que la règle {rules} ne connaît pas : « {detail} ».",
    ),
    "choice_unknown": (
        "‘{subject}’ offers ‘{detail}’, which is no choice in Qomon: add it to the table (values) of rule {rules}.",
        "« {subject} » propose « {detail} », qui n’existe pas dans Qomon : ajoutez-le à la table de la règle {rules}.",
    ),
    "choice_left": (
        "‘{subject}’ does not offer ‘{detail}’ any more (rule {rules}).",
        "« {subject} » ne propose plus « {detail} » (règle {rules}).",
    ),
    "form_gone": (
        "Qomon: the field {subject} is gone; rule {rules} writes it. What answers it will be held.",
        "Qomon : le champ {subject} n’existe plus ; la règle {rules} l’écrit. Ses réponses seront retenues.",
    ),
    "form_renamed": (
        "Qomon: the field {subject} is now called {detail}; rule {rules} still writes it.",
        "Qomon : le champ {subject} s’appelle maintenant {detail} ; la règle {rules} l’écrit toujours.",
    ),
    "form_type": (
        "Qomon: the field {subject} has another type: {detail} (rule {rules}).",
        "Qomon : le champ {subject} a changé de type : {detail} (règle {rules}).",
    ),
    "choice_gone": (
        "Qomon: the choice ‘{detail}’ of {subject} is gone (rule {rules}). What answers it will be held.",
        "Qomon : le choix « {detail} » de {subject} n’existe plus (règle {rules}). Ses réponses seront retenues.",
    ),
    "choice_renamed": (
        "Qomon: a choice of {subject} is called otherwise: {detail} (rule {rules}).",
        "Qomon : un choix de {subject} a changé de nom : {detail} (règle {rules}).",
    ),
    "held_share": (
        "Of the last {count} submissions {subject} are held; {detail} before.",
        "Parmi les {count} dernières soumissions, {subject} sont retenues ; {detail} avant.",
    ),
    "created_share": (
        "Of the last {count} submissions {subject} create a contact; {detail} before.",
        "Parmi les {count} dernières soumissions, {subject} créent un contact ; {detail} avant.",
    ),
    "silence": (
        "Nothing since {since}, where about {detail} a day are usual. Is the webhook still on?",
        "Rien depuis le {since}, alors que {detail} par jour sont habituelles. Le webhook est-il toujours actif ?",
    ),
}
