"""Streets in their base form: *Mäkelänkadun* and *Mäkelänkadulla* are *Mäkelänkatu*.

Their names stand in no dictionary, and a lemmatiser takes many apart (*Mäkelänkadun* is *Mäkelä* to it). But nearly all
end in one of a few words, of which this is the closed table.
"""

from functools import cache

_WAYS = """
katu kadun katua kadussa kadusta katuun kadulla kadulta kadulle kadut katujen katuja kaduilla kaduilta kaduille
tie tien tietä tiessä tiestä tiehen tiellä tieltä tielle tiet teiden teitä teillä teiltä teille
kuja kujan kujaa kujassa kujasta kujaan kujalla kujalta kujalle kujat kujien kujia kujilla kujilta kujille
polku polun polkua polussa polusta polkuun polulla polulta polulle polut polkujen polkuja poluilla poluilta poluille
kaari kaaren kaarta kaaressa kaaresta kaareen kaarella kaarelta kaarelle kaaret kaarien kaaria
raitti raitin raittia raitissa raitista raittiin raitilla raitilta raitille raitit raittien raitteja
aukio aukion aukiota aukiossa aukiosta aukioon aukiolla aukiolta aukiolle aukiot aukioiden aukioita
väylä väylän väylää väylässä väylästä väylään väylällä väylältä väylälle väylät väylien väyliä
silta sillan siltaa sillassa sillasta siltaan sillalla sillalta sillalle sillat siltojen siltoja
ranta rannan rantaa rannassa rannasta rantaan rannalla rannalta rannalle rannat rantojen rantoja
rinne rinteen rinnettä rinteessä rinteestä rinteeseen rinteellä rinteeltä rinteelle rinteet rinteiden
mäki mäen mäkeä mäessä mäestä mäkeen mäellä mäeltä mäelle
tori torin toria torissa torista toriin torilla torilta torille torit torien
penger penkereen pengertä penkereessä penkereestä penkereeseen penkereellä penkereeltä penkereelle
puistikko puistikon puistikkoa puistikossa puistikosta puistikkoon puistikolla puistikolta puistikolle
bulevardi bulevardin bulevardia bulevardissa bulevardista bulevardiin bulevardilla bulevardilta bulevardille
laituri laiturin laituria laiturissa laiturista laituriin laiturilla laiturilta laiturille
"""
_OTHERS = ("kuntien", "ointien", "öintien")
"""Plurals of *-kunta* and *-ointi*: of no road, though they end like one."""
SHORTEST, LONGEST = 3, 60
"""Letters before such a word; and of a name, of which each end is looked at."""


def street(word: str) -> str | None:
    """Return the base form of a street's name, or of such a word alone, in lower case; None where it is none."""
    if len(word) > LONGEST:
        return None
    plain = word.lower()
    for cut in range(len(plain)):
        base = _ways().get(plain[cut:])
        if base is not None:
            name = plain[:cut]
            # What stands before is a genitive (Mäkelän-) or, before *katu*, which ends no other word, any word.
            fits = not name or (len(name) >= SHORTEST and (name.endswith("n") or base == "katu"))
            return name + base if fits and not plain.endswith(_OTHERS) else None
    return None


@cache
def _ways() -> dict[str, str]:
    return {form: line.split()[0] for line in _WAYS.strip().splitlines() for form in line.split()}
