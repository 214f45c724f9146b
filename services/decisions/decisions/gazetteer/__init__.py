"""The districts of a city and the names that people use for them, as its installation's tables have them.

`decisions.tables` reads them. What inflects by rule is inflected here; the tables hold what no rule gives.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from decisions.gazetteer.inflection import inflect

KINDS = ("district", "subdistrict", "everyday")
CAUTIONS = ("", "word", "common", "surname")


@dataclass(frozen=True, slots=True)
class District:
    """A district (kaupunginosa): its code, and its name by language."""

    code: str
    names: Mapping[str, str]

    def called(self, language: str) -> str:
        """Return its name in a language, else in the first that the table has."""
        return self.names.get(language) or next(iter(self.names.values()))


@dataclass(frozen=True, slots=True)
class Place:
    """A name and the districts it lies in, the main one first. `kind` is district, subdistrict (osa-alue) or everyday.
    `caution` says what else the name is: a `word` of the language, one so `common` that a search takes it as the word,
    or a `surname`; empty for most."""

    name: str
    language: str
    kind: str
    districts: tuple[str, ...]
    caution: str

    @property
    def is_word(self) -> bool:
        """Whether the name is a word of the language, too."""
        return self.caution in ("word", "common")


@dataclass(frozen=True, slots=True)
class NameForm:
    """One inflected form of a place's name."""

    place: Place
    case: str
    form: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the city's records count: case numbers begin with the letters `cases`, property ids with the number of the
    `municipality`, where they tell districts. `own_names` and `other_towns` tell whose districts a sentence counts,
    each as far as its forms agree."""

    cases: str
    municipality: str | None
    own_names: tuple[str, ...]
    other_towns: tuple[str, ...]


Irregular = Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]
"""Forms that no rule gives, by case, of a name in a language."""


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """The districts by code, every form of every name as it is written, and the numbers, where the city has such.

    Where forms of two names look alike, that of the first counts.
    """

    districts: Mapping[str, District] = field(default_factory=dict)
    forms: Mapping[str, NameForm] = field(default_factory=dict)
    numbers: Numbers | None = None

    def name_of(self, district: str, language: str) -> str:
        """Return a district's name; its code where the tables do not know it."""
        known = self.districts.get(district)
        return known.called(language) if known else district


def made(
    districts: Collection[District], places: Collection[Place], irregular: Irregular, numbers: Numbers | None
) -> Gazetteer:
    """Return the gazetteer of these tables."""
    forms: dict[str, NameForm] = {}
    for place in places:
        for case, form in _forms(place, irregular.get((place.name, place.language), {})):
            forms.setdefault(form, NameForm(place, case, form))
    return Gazetteer({one.code: one for one in districts}, forms, numbers)


def _forms(place: Place, irregular: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield the forms of a name as (case, form): nine cases of a Finnish one, the genitive of a Swedish one; any other
    name stands as it is."""
    if place.language == "fi":
        yield from inflect(place.name, irregular)
        return
    regular = {"nominative": (place.name,)}
    if place.language == "sv":
        regular["genitive"] = (place.name if place.name.endswith("s") else place.name + "s",)
    for case, forms in {**regular, **irregular}.items():
        yield from ((case, form) for form in forms)
