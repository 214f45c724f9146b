"""The ready-made persons, with claims as the city's own provider gives them."""

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up; `key` is by what the page and its words call them."""

    key: str
    given: str
    family: str
    groups: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def subject(self) -> str:
        """The same at every start: who comes back is the person of before."""
        return str(uuid5(NAMESPACE_URL, f"urn:omatoimi:who-are-you:{self.key}"))

    def claims(self) -> dict[str, Any]:
        """Tell what the provider vouches for, shaped as by Helsinki's: staff come by the city's directory, residents by
        Suomi.fi."""
        address = f"{self.given}.{self.family}".lower().translate(str.maketrans("äöå", "aoa"))
        how = {"amr": ["helsinkiad"], "loa": "low", "ad_groups": list(self.groups)}
        return {
            "sub": self.subject,
            "name": self.name,
            "given_name": self.given,
            "family_name": self.family,
            "email": f"{address}@example.invalid",
            "email_verified": True,
            **(how if self.groups else {"amr": ["suomi_fi"], "loa": "substantial"}),
        }


PERSONS = (
    Person("resident", "Aino", "Asukas"),
    Person("secretary", "Sami", "Sihteeri"),
    Person("staff", "Kirsi", "Kirjastolainen", ("omatoimi-vallila-staff",)),
    Person("school", "Reino", "Rehtori", ("omatoimi-school",)),
    Person("participation", "Outi", "Osallisuus", ("omatoimi-participation",)),
    Person("director", "Jaana", "Johtaja", ("omatoimi-management",)),
)
BY_KEY = {one.key: one for one in PERSONS}
