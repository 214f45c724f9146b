"""Who organises, as it may be told further: proven, or an informal group, or a private person."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from omatoimi_contracts.vocabulary import AskedOrganiser, Organiser

CITY = ("library", "department")
NEEDS_NO_PROOF = ("private", "informal")


@dataclass(frozen=True, slots=True)
class Proof:
    """What notices has verified of an organisation."""

    class_: str
    department: str | None


def proven(asked: AskedOrganiser, proofs: Mapping[UUID, Proof], *, vouched: bool) -> Organiser | None:
    """Return the organiser with its class, or None when the claim has no proof.

    The class of an organisation is what notices verified, whatever the channel says. Only whom the library has
    `vouched` for books as one of the city's houses.
    """
    if asked.organisation is not None:
        proof = proofs.get(asked.organisation)
        if proof is None:
            return None
        return Organiser(class_=proof.class_, organisation=asked.organisation, department=proof.department)
    if asked.class_ in CITY:
        if not vouched:
            return None
        department = asked.department or ("library" if asked.class_ == "library" else None)
        return Organiser(class_="library" if department == "library" else "department", department=department)
    if asked.class_ in NEEDS_NO_PROOF and asked.department is None:
        return Organiser(class_=asked.class_without_proof())
    return None


def unproven(asked: AskedOrganiser) -> Organiser:
    """Tell what is told of an organiser whose claim has no proof."""
    return Organiser(class_=asked.class_without_proof(), organisation=asked.organisation)
