"""What the system's own services learn of persons: random ids, never a name. Written by people on an internal topic."""

from typing import Annotated, ClassVar

from omatoimi_contracts.primitives import Id, Instant
from omatoimi_contracts.vocabulary import Fact, open_list

MembershipRole = Annotated[
    str,
    open_list(
        "member",
        "secretary",
        description="What a person is to an organisation: both act for it, a secretary also says who else does.",
    ),
]
GrantedBy = Annotated[
    str,
    open_list("library", "secretary", description="On whose word a membership stands, or stands no longer."),
]


class PersonFact(Fact):
    TOPIC: ClassVar[str] = "people.events.v1"
    SUBJECT: ClassVar[str] = "person"
    KEY: ClassVar[str] = "{person}"
    person: Id


class ContactDetailsRecorded(PersonFact):
    """A person's contact details are as they were asked to be."""

    TYPE: ClassVar[str] = "omatoimi.contact-details.recorded.v1"


class ExportPrepared(PersonFact):
    """All that is held of a person can be taken, once, until then."""

    TYPE: ClassVar[str] = "omatoimi.export.prepared.v1"
    export: Id
    until: Instant


class PersonErased(PersonFact):
    """A person is forgotten: nothing of theirs stands in people any more, and whoever hears of it forgets them too. It
    is no tombstone: it stays, so that it outlives outages and backups."""

    TYPE: ClassVar[str] = "omatoimi.person.erased.v1"


class MembershipFact(Fact):
    TOPIC: ClassVar[str] = "people.events.v1"
    SUBJECT: ClassVar[str] = "membership"
    KEY: ClassVar[str] = "{membership}"
    membership: Id
    organisation: Id


class MembershipGranted(MembershipFact):
    """Somebody may act for an organisation until then."""

    TYPE: ClassVar[str] = "omatoimi.membership.granted.v1"
    role: MembershipRole
    until: Instant
    grantedby: GrantedBy


class MembershipEnded(MembershipFact):
    """Somebody acts for an organisation no longer."""

    TYPE: ClassVar[str] = "omatoimi.membership.ended.v1"
