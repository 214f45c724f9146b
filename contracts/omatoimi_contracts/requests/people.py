"""What is asked of people, by a person who has signed in."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.people import MembershipRole
from omatoimi_contracts.primitives import Id, Instant
from omatoimi_contracts.text import ONE_LINE
from omatoimi_contracts.vocabulary import Language, RequestData, open_list

Email = Annotated[
    str,
    Field(
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
        r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$",
        description="One address, as HTML's own field for it takes it.",
    ),
]
Telephone = Annotated[str, Field(max_length=30, pattern=r"^\+?[0-9][0-9 ()-]{3,28}$")]
Consent = Annotated[
    str,
    open_list("digests", "surveys", description="What a person agrees to get beside what a booking itself needs."),
]


class PeopleServiceRequest(RequestData):
    TOPIC: ClassVar[str] = "people.requests.v1"


class ContactDetailsRequested(PeopleServiceRequest):
    """Keep these contact details of mine, and no others: what is not given is not kept."""

    TYPE: ClassVar[str] = "omatoimi.contact-details.requested.v1"
    name: Annotated[str, Field(max_length=200), ONE_LINE] = ""
    email: Email | None = None
    telephone: Telephone | None = None
    language: Language = "fi"
    consents: tuple[Consent, ...] = Field(default=(), max_length=10)


class MembershipRequested(PeopleServiceRequest):
    """Let a person act for an organisation until then; asked again, it is changed. Staff, or a secretary of it, who
    makes no other secretaries."""

    TYPE: ClassVar[str] = "omatoimi.membership.requested.v1"
    person: Id
    organisation: Id
    role: MembershipRole = "member"
    until: Instant

    def subject(self) -> str:
        return str(self.organisation)


class MembershipEndRequested(PeopleServiceRequest):
    """Let a person no longer act for an organisation. Staff, a secretary of it, or the person."""

    TYPE: ClassVar[str] = "omatoimi.membership-end.requested.v1"
    membership: Id

    def subject(self) -> str:
        return str(self.membership)


class ExportRequested(PeopleServiceRequest):
    """Give me all that is held of me."""

    TYPE: ClassVar[str] = "omatoimi.export.requested.v1"


class ErasureRequested(PeopleServiceRequest):
    """Forget me: who I am, how I am reached, what I belong to. What figures count stays, by nobody."""

    TYPE: ClassVar[str] = "omatoimi.erasure.requested.v1"
