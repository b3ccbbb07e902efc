"""Names: which two may be one person's, and a whole name in one text split into first name and surname.

Where splitting would be a guess, nothing is said. In this order: `Dupont, Marie`; a SURNAME in capitals, first or last;
a surname from its particle on (`Anne Marie de la Tour`); else the first word is the first name and all others are the
surname. No case changes.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from flask_babel import lazy_gettext as _

from schemas.normal import cleaned, folded

_LITTLE = "da dal das de del della den der des di do dos du la le les ten ter van vom von zu zum zur"
_PARTICLES = frozenset(_LITTLE.split())
_TITLES = frozenset({"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "mrs", "ms", "miss", "dr"})
_NOT_ONE_NAME = re.compile(r"[0-9@&+/;()\[\]|]")
_BETWEEN = frozenset({"et", "and", "ou", "or", "nee", "ne"})
_BOTH = 2
_NICKNAME = 2
"""Letters: `JP Dupont` is more often a Jean-Paul than somebody of the family JP."""

_SHORT = """
abby: abigail
alex: alexandre alexandra alexandrine alexis alexia alexander
andy: andrew andreas
ange: angelique angela
bea: beatrice beatrix
becky: rebecca
ben: benjamin benoit benedict benedicte
bernie: bernard bernadette
beth: elizabeth elisabeth
betty: elizabeth elisabeth
bill: william
billy: william
bob: robert
bobby: robert
caro: caroline carole
cat: catherine katherine
cath: catherine
cathy: catherine
charlie: charles charlotte
chris: christophe christopher christian christiane christine christelle christina
chrissie: christine christina
christy: christine christina
chuck: charles
cindy: cynthia
clem: clement clemence clementine
dan: daniel daniele danielle daniela
danny: daniel
dave: david
deb: deborah
debbie: deborah
del: delphine
dick: richard
dom: dominique dominic
domi: dominique
drew: andrew
ed: edouard edward edmond edmund edgar edwin
eddie: edouard edward edmond edmund
eddy: edouard edward edmond edmund
elo: elodie eloise
fab: fabien fabienne fabrice
fabi: fabienne
flo: florian florence florent florentin florentine flora florine
fran: frances francis francoise francois francine
francky: franck
fred: frederic frederick frederique alfred wilfred
freddy: frederic frederick alfred
gab: gabriel gabrielle
gabby: gabriel gabrielle gabriella
gabi: gabriel gabrielle gabriella
gaby: gabriel gabrielle gabriella
geoff: geoffrey geoffroy
ghis: ghislain ghislaine
greg: gregory gregoire
gus: gustave auguste augustin augustus angus
isa: isabelle isabella isabel
jackie: jacqueline jacques
jacky: jacques jacqueline
jeff: jeffrey geoffrey geoffroy
jen: jennifer
jenny: jennifer
jerem: jeremie jeremy
jess: jessica
jim: james
jimmy: james
jo: joseph josephine joel joelle josiane josette joselyne jocelyn jocelyne jonathan johanna joanna joanne josephe
joe: joseph
joey: joseph
johnny: john jonathan
jojo: joseph josephine joel joelle josiane josette georges
jon: jonathan
josh: joshua
josy: josiane josette jocelyne
juju: julie julien julienne juliette
kat: katherine katarina katia
kate: katherine catherine
kathy: katherine kathleen
katie: katherine
kev: kevin
kim: kimberly
laeti: laetitia
larry: lawrence
lau: laurent laurence laura
leo: leonard leopold leonardo
liz: elizabeth elisabeth
lolo: laurent laurence
lou: louis louise
loulou: louis louise
ludo: ludovic
mado: madeleine
mag: magali magalie margaux marguerite
maggie: margaret marguerite
mandy: amanda
manu: emmanuel emmanuelle manuel manuela
marco: marc
margo: marguerite margaret
marjo: marjorie marjolaine
mat: mathieu matthieu matthew mathias matthias mathilde
math: mathieu matthieu mathias matthias mathilde
mathou: mathilde mathieu
matt: matthew matthieu matthias
max: maxime maximilien maximilian maximin maxence maxwell
meg: margaret megan
mel: melanie melissa melina
mich: michel michele michelle
mick: michael mickael
micka: mickael michael
mickey: michael
mike: michael mickael
mimi: michele michelle mireille micheline
mo: mohamed mohammed mohammad
momo: mohamed mohammed mohammad maurice
nad: nadia nadine nadege
nat: nathalie natalie nathan nathanael nathaniel natacha
nate: nathan nathaniel
nath: nathalie nathan nathanael
nick: nicholas nicolas
nicky: nicholas nicolas nicole
nico: nicolas nicholas nicole
oli: olivier oliver olivia
oliv: olivier olivia
pam: pamela
pat: patrick patrice patricia
patty: patricia
peggy: margaret
pete: peter
phil: philippe philip phillip philomene
philou: philippe
pierrot: pierre
raph: raphael raphaelle
ray: raymond raymonde
reg: reginald regis
rich: richard
rick: richard
rob: robert
robbie: robert
rod: rodolphe rodrigue roderick rodney
rom: romain romane
romu: romuald
ron: ronald
sab: sabine sabrina
sam: samuel samantha samir samira samia
seb: sebastien sebastian
stan: stanislas stanley
stef: stephane stephanie stefan stefanie stefano
steph: stephane stephanie stephan stephen
steve: steven stephen
stevie: steven stephen stephanie
sue: susan suzanne
susie: susan suzanne
suzy: suzanne susan
syl: sylvie sylvain sylviane sylvaine
tania: tatiana
ted: edward theodore edouard
teddy: edward theodore edouard
theo: theophile theodore theodora
thib: thibault thibaut thibaud
tim: timothee timothy
tom: thomas
tommy: thomas
tonio: antoine antonio
tony: anthony antoine antony antonio
val: valerie valentin valentine valery
vero: veronique
vic: victor victoria victoire
vicky: victoria victoire
vince: vincent
virg: virginie
viv: viviane vivien vivienne
wil: william wilfried wilfrid
will: william wilfried wilfrid
willy: william wilfried
xav: xavier
yo: yoann yohan johann
zac: zacharie zachary
zach: zacharie zachary
"""
"""Short forms, folded, and the names that each may stand for: French and English ones that people sign with. Two names
that a family may well give to two of its own (Jules and Julien, Marie and Marion, Laure and Laurence) are none."""


_LINES = (line.split(":") for line in _SHORT.strip().split("\n"))
SHORT_FORMS: Mapping[str, frozenset[str]] = {short: frozenset(names.split()) for short, names in _LINES}


def agree(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two (first name, surname) may be one person's: the first names agree, or each agrees with the other
    one's surname. What is blank agrees (docs/ledger.md 14).
    """
    (first, last), (other_first, other_last) = (tuple(map(_tokens, names)) for names in (one, other))
    if not first or not other_first or _alike(first, other_first):
        return True
    crossed = [(said, held) for said, held in ((first, other_last), (last, other_first)) if said and held]
    return bool(crossed) and all(_alike(said, held) for said, held in crossed)


def same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether first name and surname are both there and equal after folding: no initial, no short form."""
    return all(_tokens(said) and folded(said) == folded(held) for said, held in zip(one, other, strict=True))


@lru_cache(maxsize=1024)
def _tokens(name: str) -> tuple[str, ...]:
    """Without a title in front of a name: the M of `M. Paul` is not Marc's; those of `M.-C.` and `M'hamed` are none."""
    words = folded(name).replace(".", " ").split()
    while len(words) > 1 and words[0] in _TITLES and len(words[1]) > 1:
        words = words[1:]
    pieces = " ".join(words).replace("'", " ").split()
    return tuple(piece for piece in ("".join(c for c in piece if c.isalnum()) for piece in pieces) if piece)


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Every token of the shorter name finds its like in the longer one: Jean, Jean-Marc; Anne-Marie, Marie-Anne."""
    few, many = sorted((one, other), key=len)
    ways = ((few, many),) if len(few) < len(many) else ((one, other), (other, one))
    return all(any(_token_agrees(token, candidate) for candidate in held) for said, held in ways for token in said)


def _token_agrees(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or short == long[0] or long in SHORT_FORMS.get(short, ()) or short in SHORT_FORMS.get(long, ())


def split_name(text: str) -> tuple[str, str]:
    """First name and surname; one word is a first name, and the surname is then "". Raises ValueError."""
    said = cleaned(text)
    if _NOT_ONE_NAME.search(said) or _BETWEEN & {folded(word) for word in said.split()}:
        raise ValueError(_("Not the name of one person."))
    if "," in said:
        return _joined(*_around_the_comma(said))
    words = _untitled(said.split())
    if len(words) < len(said.split()) and len(words) < _BOTH:
        raise ValueError(_("A title, and not the two parts of a name."))
    return _joined(*(_by_capitals(words) or _by_order(words)))


def _joined(first: list[str], last: list[str]) -> tuple[str, str]:
    return " ".join(first), " ".join(last)


def _untitled(words: list[str]) -> list[str]:
    return words[1:] if words and folded(words[0]).rstrip(".") in _TITLES else words


def _around_the_comma(said: str) -> tuple[list[str], list[str]]:
    """`Gaulle, Charles de` too: the particle goes with the surname."""
    last, first = said.split(",", 1)
    words, family = _untitled(first.split()), last.split()
    if not words or not family or "," in first:
        raise ValueError(_("Not in the form Surname, First name."))
    while len(words) > 1 and _particle(words[-1]):
        family.insert(0, words.pop())
    return words, family


def _by_capitals(words: list[str]) -> tuple[list[str], list[str]] | None:
    """None when capitals say nothing: there are none, or nothing else."""
    loud = [_loud(word) for word in words]
    open_ = [not shout and not _particle(word) for shout, word in zip(loud, words, strict=True)]
    if not any(loud) or not any(open_):
        return None
    first, last = loud.index(True), len(loud) - loud[::-1].index(True)
    if not any(open_[first:]):
        while _particle(words[first - 1]):
            first -= 1
        return words[:first], words[first:]
    if any(open_[:last]) or sum(map(len, words[:last])) <= _NICKNAME:
        raise ValueError(_("Capitals do not tell which part is the surname."))
    return words[last:], words[:last]


def _by_order(words: list[str]) -> tuple[list[str], list[str]]:
    if len(words) > 1 and _particle(words[0]):
        raise ValueError(_("Begins with a particle: where the first name begins is not clear."))
    at = next((at for at, word in enumerate(words[:-1]) if at and _particle(word)), None)
    if at is None:
        at = len(words) - 1 if len(words) > 1 and _elided(words[-1]) else 1
    return words[:at], words[at:]


def _particle(word: str) -> bool:
    """`de`, `Le`, `von`; also `d’Arc`, which holds its own."""
    return folded(word) in _PARTICLES or _elided(word)


def _elided(word: str) -> bool:
    return folded(word).startswith(("d'", "l'"))


def _loud(word: str) -> bool:
    """In capitals, a particle in front aside; an initial is not."""
    body = re.sub(r"^[dl]['’]", "", word)
    return body.isupper() and sum(map(str.isalpha, body)) > 1
