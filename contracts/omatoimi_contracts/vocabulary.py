"""Codes and small shapes that the event types share.

What stands on an event topic stands there for ever, so no field takes free words: every string is an identifier, a
code of a list below, a number or a time. A list that may grow is published as a pattern with `x-known-values`: readers
must accept values they do not know. `Literal` is used only where a list is closed for good.
"""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.fields import FieldInfo

from omatoimi_contracts.primitives import CODE, Id, Instant

Lists = Mapping[str, Collection[str]]
"""The values of lists that an installation has of its own, by the list's name, such as `departments`."""

ASKED: Lists = {}
"""The context in which a request is read (see `open_list`), where the installation has no list of its own."""


def open_list(*known: str, description: str, also: str = "", own: str = "") -> Any:
    """Describe a code of a list that may grow: published as a pattern with its known values, never as an enum. Readers
    take values they do not know; who asks for something names one that its owner knows, since the owner publishes it
    for ever and decides by it. `also` is a pattern of others that may be asked for; `own` names the list of the
    installation that takes the place of the known values."""

    def is_known(value: str, info: ValidationInfo) -> str:
        there = known if info.context is None else info.context.get(own, known)
        if info.context is not None and value not in there and not (also and re.fullmatch(also, value)):
            raise ValueError(f"there is no {value[:40]!r} in this list; there are {', '.join(there)}")
        return value

    field = Field(pattern=CODE, description=description, json_schema_extra={"x-known-values": list(known)})
    assert isinstance(field, FieldInfo)
    field.metadata.append(AfterValidator(is_known))
    return field


Channel = Annotated[
    str,
    open_list(
        "web",
        "kiosk",
        "staff",
        "phone",
        "system",
        "automatic",
        description="The channel it came by; `automatic` for what the clock causes.",
    ),
]
Language = Annotated[
    str,
    open_list(
        "fi",
        "sv",
        "en",
        "none",
        description="Language the person was served in; `none` where nobody was.",
        also=r"[a-z]{2,3}(-[a-z0-9]{2,8})*",
    ),
]
Department = Annotated[
    str,
    open_list(
        "library",
        "school",
        "youth",
        "culture",
        "sports",
        "chancellery",
        "social",
        description="A department of the city, as its installation has them; `library` is the library's own.",
        own="departments",
    ),
]
OrganiserClass = Annotated[
    str,
    open_list(
        "library",
        "department",
        "association",
        "informal",
        "firm",
        "private",
        description="Who organises; an organisation's class comes from notices, never from a channel's claim. Without"
        " proof it is `informal`, or `private` where nothing else was claimed; bookings once told all as `private`.",
    ),
]
Purpose = Annotated[
    str,
    open_list(
        "meeting",
        "hobby",
        "study",
        "event",
        "hearing",
        "course",
        "service",
        "other",
        description="What the space is used for.",
    ),
]
HoursKind = Annotated[
    str,
    open_list(
        "staffed",
        "unserved",
        "self-service",
        "mixed",
        "closed",
        description="The three national kinds of opening hours; `mixed` when a slot meets several.",
    ),
]
By = Annotated[
    str,
    open_list(
        "user",
        "house",
        "staff",
        "automatic",
        description="On whose part it happened; `house` is the city's own doing, kept out of users' rates.",
    ),
]
CancelReason = Annotated[
    str,
    open_list(
        "not-needed",
        "illness",
        "closure",
        "fault",
        "double",
        "maintenance",
        "moved-elsewhere",
        "other",
        description="Why, as a code.",
    ),
]
TaskKind = Annotated[
    str,
    open_list(
        "open-door",
        "key",
        "set-up",
        "cleaning",
        "supervision",
        "guidance",
        description="A service task around a booking.",
    ),
]
NoticeKind = Annotated[
    str,
    open_list("event", "announcement", "hobby", "volunteering", "hearing", "decision", description="What a notice is."),
]
RejectionReason = Annotated[
    str,
    open_list(
        "off-topic",
        "unlawful",
        "advertising",
        "personal-data",
        "incomplete",
        "duplicate",
        "not-verified",
        description="Why a notice was not published.",
    ),
]
CountMethod = Annotated[
    str,
    open_list(
        "counted",
        "estimated",
        "gate",
        "reported",
        description="How people were counted; an estimate stays marked as one.",
    ),
]
ProblemCode = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]{1,63}$", description="A machine-readable reason; the words are told over HTTP only."
    ),
]
District = Annotated[
    str,
    Field(
        pattern=CODE,
        description="Code of a district (kaupunginosa), as the city's installation has it; Helsinki's are `22`.",
    ),
]
CaseKey = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9{}][A-Za-z0-9{}:/._%+-]{0,254}$",
        description="Case number (`HEL-2021-012634`), else `<body>/<date>/<section>`, else the record's own id.",
    ),
]


def case_key(written: Any) -> Any:
    """Return the key of a case whose number stands there as the city and our pages write it: `HEL 2021-012634` is
    `HEL-2021-012634`."""
    numbered = r"([A-Z]{2,5})[ \u00a0](?=[0-9]{4}-[0-9]{6}$)"
    return re.sub(rf"^{numbered}", r"\1-", written) if isinstance(written, str) else written


AskedCaseKey = Annotated[CaseKey, BeforeValidator(case_key)]
"""What a page shows is taken back."""
BodyId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="The deciding body's or official's id in the city's register.",
    ),
]
Digest = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the words, which themselves stand on a documents topic."),
]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Persons = Annotated[int, Field(ge=0, le=100_000)]
Link = Annotated[
    str, Field(pattern=r"^https?://[^\s?#]{1,500}$", description="A link without secrets: no query, no fragment.")
]
Unit = Annotated[
    str,
    Field(
        pattern=CODE,
        description="The library whose service area the premises, district or channel belongs to, or `none`.",
    ),
]


class Shape(BaseModel):
    """A part of an event. Readers ignore what they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Slot(Shape):
    """A half-open span of time, `start` included and `end` not; both carry an offset."""

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _ordered(self) -> "Slot":
        if self.start >= self.end:
            raise ValueError("end must be after start")
        return self

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds() // 60)

    def meets(self, other: "Slot") -> bool:
        return self.start < other.end and other.start < self.end


class Organiser(Shape):
    """Who organises: a class, and the organisation or the department where there is one. Never a person."""

    class_: OrganiserClass = Field(alias="class")
    organisation: Id | None = None
    department: Department | None = None


class Fact(Shape):
    """What happened: the `data` of an event on an event topic. Past tense, no free words, kept for ever.

    `TYPE` names it, `TOPIC` is where its owner writes it (`*.events.v1` for every owner, ` | ` between several),
    `SUBJECT` is the field that tells what it is about, and `KEY` is the record's key, a template over the fields and
    the municipality.
    """

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]
    SUBJECT: ClassVar[str]
    KEY: ClassVar[str]

    def subject(self) -> str:
        """Tell what the event is about; `sequence` counts the events of one subject on one topic."""
        return str(getattr(self, self.SUBJECT))

    def key(self, *, municipality: str, unit: str, topic: str) -> str:
        """Return the key of the record: what must stay in order shares one."""
        whole = {"municipality": municipality, "unit": unit, "topic": topic, "subject": self.subject()}
        return self.KEY.format_map(vars(self) | whole)


class RequestData(BaseModel):
    """What is asked: the `data` of an event on a request topic or at the CloudEvents endpoint. Unknown fields are
    refused, so that a misspelt one is told and not ignored. `TOPIC` is the owner's request topic, `OWNER` the
    service."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]

    def subject(self) -> str | None:
        """Tell what it is about, where the requester already knows it."""
        return None


class AskedSlot(BaseModel):
    """A half-open span of time that is asked for, `start` included and `end` not; both carry an offset."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _ordered(self) -> "AskedSlot":
        if self.start >= self.end:
            raise ValueError("end must be after start")
        return self

    def slot(self) -> Slot:
        return Slot(start=self.start, end=self.end)


class AskedOrganiser(BaseModel):
    """Who organises, as the channel says it. The class of an organisation is looked up and not taken from here."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    class_: OrganiserClass = Field(alias="class", default="private")
    organisation: Id | None = None
    department: Department | None = None

    def class_without_proof(self) -> OrganiserClass:
        """Tell what an organiser is where nothing is proved: who claims to be more than a private person is an informal
        group, to every service alike."""
        return "private" if self.class_ == "private" and self.organisation is None else "informal"
