"""Facts that every service may write on its own event topic."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Code, Id
from omatoimi_contracts.rooms import Accessibility, Equipment
from omatoimi_contracts.vocabulary import Fact, Persons, ProblemCode, Slot


class RequestRejected(Fact):
    """A request was well-formed and could not be done (no such booking, already cancelled…). `reason` is a code; the
    words are told to the requester alone."""

    TYPE: ClassVar[str] = "omatoimi.request.rejected.v1"
    TOPIC: ClassVar[str] = "*.events.v1"
    SUBJECT: ClassVar[str] = "request"
    KEY: ClassVar[str] = "{request}"
    request: Id
    requesttype: Annotated[str, Field(pattern=r"^omatoimi\.[a-z-]+\.requested\.v[0-9]+$")]
    reason: ProblemCode


class SearchPerformed(Fact):
    """Somebody searched; only the number of hits is told, and what was wanted of a space, never the words. Its subject
    is the session, or an id of its own where the channel has none."""

    TYPE: ClassVar[str] = "omatoimi.search.performed.v1"
    TOPIC: ClassVar[str] = "booking.events.v1 | decisions.events.v1 | notices.events.v1"
    SUBJECT: ClassVar[str] = "search"
    KEY: ClassVar[str] = "{search}"
    search: Id
    session: Id | None = None
    hits: Annotated[int, Field(ge=0)]
    wanted: Slot | None = None
    space: Code | None = None
    persons: Persons | None = None
    equipment: tuple[Equipment, ...] = Field(default=(), max_length=50)
    accessibility: tuple[Accessibility, ...] = Field(default=(), max_length=30)
