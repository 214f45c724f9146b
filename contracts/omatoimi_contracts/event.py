"""The envelope: CloudEvents 1.0 with the extension attributes that every event of Omatoimi carries."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from omatoimi_contracts.primitives import Id, Instant
from omatoimi_contracts.vocabulary import Channel, Fact, Language, RequestData, Unit

F = TypeVar("F", bound=Fact, covariant=True)
R = TypeVar("R", bound=RequestData, covariant=True)

Source = Annotated[
    str,
    Field(
        pattern=r"^/[a-z0-9-]{1,40}(/[a-z0-9-]{1,40}){1,4}$",
        description="`/<municipality>/<service>` or `/<municipality>/channels/<channel>`; unique together with `id`. "
        "One that ends in `/demo` is of example content: leave it out of every count.",
    ),
]


def is_demo(source: str) -> bool:
    """Tell whether a source is of example content."""
    return source.endswith("/demo")


Sequence = Annotated[
    str,
    Field(
        pattern=r"^0{0,9}[1-9][0-9]{0,9}$",
        min_length=10,
        max_length=10,
        description="Ten digits. On an event topic it counts the events of one subject from 1 without gaps; on a "
        "compacted topic it is the version.",
    ),
]
Traceparent = Annotated[
    str, Field(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$", description="W3C trace context.")
]
Subject = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9{}-][A-Za-z0-9{}:/.,=_%+-]{0,254}$", description="What it is about.")
]

State = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{10}$",
        description="The state of the thing that the request is based on: its `etag`, the `sequence` of the last event "
        "about it; zeros where there is none yet. Where something was done since, the request is refused and changes "
        "nothing.",
    ),
]

Assisted = Annotated[bool, Field(description="Whether staff helped the person.")]


class Envelope(BaseModel):
    """What facts and requests share. `id` is unique within `source`; `time` is when it happened."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Source
    type: Annotated[str, Field(pattern=r"^omatoimi\.[a-z-]+\.[a-z-]+\.v[0-9]+$")]
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: Traceparent | None = None


class FactEvent(Envelope, Generic[F]):
    """A fact on an event topic. `recordedtime` is when its owner recorded it, `requestedtime` when it was asked for;
    `causationid` and `causationsource` name the direct cause, `correlationid` the first request of the chain;
    `outcome` marks the one event that answers a request."""

    subject: Subject
    sequence: Sequence
    recordedtime: Instant
    requestedtime: Instant | None = None
    causationid: Id | None = None
    causationsource: Source | None = None
    correlationid: Id | None = None
    outcome: bool = False
    unit: Unit
    channel: Channel
    assisted: Assisted
    language: Language
    data: F


class RequestEvent(Envelope, Generic[R]):
    """A request on a request topic or at the CloudEvents endpoint. Its channel follows from its source."""

    subject: Subject | None = None
    assisted: Assisted = False
    language: Language = "none"
    correlationid: Id | None = None
    ifmatch: State | None = None
    data: R
