"""Nine cases of a Finnish place name, by rule.

Rules of Iso suomen kielioppi (Kotus) § 40-65: consonant gradation closes the stem of most cases, words such as *saari*
and *lahti* have a stem of their own, vowels agree (*-ssa*, *-ssä*). A name is inflected by its last word, so one entry
*mäki* serves Käpylänmäki and Pukinmäki alike; what no rule says stands in a table of the installation.
"""

from collections.abc import Iterator, Mapping

CASES = (
    "nominative",
    "genitive",
    "partitive",
    "inessive",
    "elative",
    "illative",
    "adessive",
    "ablative",
    "allative",
)

Stem = tuple[str, str, str, str]
"""Weak stem (genitive without n), partitive, illative, and the vowel that the endings agree with."""

FRONT, BACK = "ä", "a"

LAST_WORDS: dict[str, Stem] = {
    "saari": ("saare", "saarta", "saareen", BACK),
    "niemi": ("nieme", "niemeä", "niemeen", FRONT),
    "lahti": ("lahde", "lahtea", "lahteen", BACK),
    "mäki": ("mäe", "mäkeä", "mäkeen", FRONT),
    "vuori": ("vuore", "vuorta", "vuoreen", BACK),
    "meri": ("mere", "merta", "mereen", FRONT),
    "paasi": ("paade", "paatta", "paateen", BACK),
    "salmi": ("salme", "salmea", "salmeen", BACK),
    "nummi": ("numme", "nummea", "nummeen", BACK),
    "tammi": ("tamme", "tammea", "tammeen", BACK),
    "lampi": ("lamme", "lampea", "lampeen", BACK),
    "järvi": ("järve", "järveä", "järveen", FRONT),
    "suo": ("suo", "suota", "suohon", BACK),
    "maa": ("maa", "maata", "maahan", BACK),
    "haka": ("haa", "hakaa", "hakaan", BACK),
    "ranta": ("ranna", "rantaa", "rantaan", BACK),
    "pelto": ("pello", "peltoa", "peltoon", BACK),
    "keskus": ("keskukse", "keskusta", "keskukseen", BACK),
    "alue": ("aluee", "aluetta", "alueeseen", BACK),
}
"""Words whose stem does not follow from their letters."""

WEAK_GRADE = (
    ("nk", "ng"),
    ("nt", "nn"),
    ("mp", "mm"),
    ("lt", "ll"),
    ("rt", "rr"),
    ("ht", "hd"),
    ("kk", "k"),
    ("pp", "p"),
    ("tt", "t"),
)
"""Gradation of clusters. A single k, p or t is left alone: names keep it more often than not (*Haaga*, *Patola*)."""

OLD = "Vanha"
"""The adjective *vanha* in front of a name inflects with it: *Vanhankaupungin*, *Vanhassa Munkkiniemessä*. Joined to
the name it is also left as it is (*Vanhakaupungissa*)."""


def inflect(name: str, irregular: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield the forms of a Finnish name as (case, form), the usual one of each case first; `irregular` are those, by
    case, that no rule gives."""
    regular = _plural(name) if name.endswith("saaret") else _singular(name)
    old = _singular(OLD) if name.startswith(OLD) else {}
    for case in CASES:
        usual = irregular.get(case) or regular[case]
        if old and case != "nominative":
            yield case, old[case][0] + usual[0].removeprefix(OLD)
            if " " in name:
                continue
        for form in usual:
            yield case, form


def _singular(name: str) -> dict[str, tuple[str, ...]]:
    weak, partitive, illative, a = _stem(name)
    return {
        "nominative": (name,),
        "genitive": (weak + "n",),
        "partitive": (partitive,),
        "inessive": (f"{weak}ss{a}",),
        "elative": (f"{weak}st{a}",),
        "illative": (illative,),
        "adessive": (f"{weak}ll{a}",),
        "ablative": (f"{weak}lt{a}",),
        "allative": (weak + "lle",),
    }


def _plural(name: str) -> dict[str, tuple[str, ...]]:
    """Give the plural in *-saaret*, the one kind of plural that names of areas have more than one of."""
    stem = name.removesuffix("et")
    return {
        "nominative": (name,),
        "genitive": (stem + "ten", stem + "ien"),
        "partitive": (stem + "ia",),
        "inessive": (stem + "issa",),
        "elative": (stem + "ista",),
        "illative": (stem + "iin",),
        "adessive": (stem + "illa",),
        "ablative": (stem + "ilta",),
        "allative": (stem + "ille",),
    }


def _stem(name: str) -> Stem:
    lower = name.lower()
    for word in sorted(LAST_WORDS, key=len, reverse=True):
        if lower.endswith(word):
            weak, partitive, illative, a = LAST_WORDS[word]
            head = name[: -len(word)]
            cased = str.capitalize if name[-len(word)].isupper() else str
            return head + cased(weak), head + cased(partitive), head + cased(illative), a
    a = _harmony(lower)
    if lower.endswith("s"):
        return name[:-1] + "kse", f"{name}t{a}", name[:-1] + "kseen", a
    if lower[-1] not in "aeiouyäö":
        return name + "i", f"{name}i{a}", name + "iin", a
    weak = _weaken(name)
    if lower.endswith(("io", "iö")):
        return weak, f"{name}t{a}", f"{name}{name[-1]}n", a
    return weak, name + a, f"{name}{name[-1]}n", a


def _harmony(word: str) -> str:
    """Tell which vowels a word takes. The last vowel that takes sides decides; a word of e and i alone is front
    (*Viikki*: *Viikkiä*)."""
    for letter in reversed(word):
        if letter in "aou":
            return BACK
        if letter in "äöy":
            return FRONT
    return FRONT


def _weaken(name: str) -> str:
    body, vowel = name[:-1], name[-1]
    for strong, weak in WEAK_GRADE:
        if body.endswith(strong):
            return body.removesuffix(strong) + weak + vowel
    return name
