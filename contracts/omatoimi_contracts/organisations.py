"""Organisations with proof. Written by notices, which owns them."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Id
from omatoimi_contracts.vocabulary import Department, Fact, OrganiserClass


class OrganisationFact(Fact):
    TOPIC: ClassVar[str] = "notices.events.v1"
    SUBJECT: ClassVar[str] = "organisation"
    KEY: ClassVar[str] = "{organisation}"
    organisation: Id
    class_: OrganiserClass = Field(alias="class")


class OrganisationVerified(OrganisationFact):
    """Staff or a register has proved who it is. `registernumber` is its number in the register of associations or
    companies; an informal group has none and no name here."""

    TYPE: ClassVar[str] = "omatoimi.organisation.verified.v1"
    registernumber: Annotated[str, Field(pattern=r"^[0-9][0-9.-]{2,19}$")] | None = None
    department: Department | None = None


class OrganisationWithdrawn(OrganisationFact):
    """The proof holds no longer."""

    TYPE: ClassVar[str] = "omatoimi.organisation.withdrawn.v1"
