"""Notices and organisations as JSON has them, for those who may see all of them."""

from typing import NotRequired, TypedDict

from chassis.last_acts import Tagged
from omatoimi_contracts.vocabulary import Slot

from notices.domain.notices import Notice, NoticeState
from notices.queries import present
from notices.store.organisations import Organisation


class SlotShown(TypedDict):
    """From when until when, as events have it."""

    start: str
    end: str


class NoticeInFull(Tagged, total=False):
    """All of a notice; what it has not is left out. `organiser` is as the contract has it; `decided_by` is the role in
    which somebody approved or rejected it. Moments are text with an offset."""

    id: str
    state: NoticeState
    reason: str | None
    version: int
    kind: str
    unit: str
    titles: dict[str, str]
    texts: dict[str, str]
    organiser: dict[str, str]
    publish_from: str
    until: str
    slot: SlotShown | None
    booking: str | None
    case: str | None
    districts: list[str]
    submitted_at: str
    decided_by: str
    decided_at: str


class WaitingNotice(NoticeInFull):
    """A notice that waits for approval, with the name of its organisation as it was proved."""

    name: str | None


UnprovedOrganisation = TypedDict(
    "UnprovedOrganisation", {"id": str, "class": str, "state": str, "since": str, "etag": NotRequired[str]}
)
"""An organisation that a notice named first at `since` and that nobody has verified."""
OrganisationInShort = TypedDict(
    "OrganisationInShort",
    {"id": str, "class": str, "verified": bool, "since": str, "unit": NotRequired[str], "etag": NotRequired[str]},
)
"""An organisation and whether its proof holds, since when, and by which library's word."""


class PublicName(TypedDict, total=False):
    """The name of an organisation, where it stands in the register of associations."""

    name: str


class NamedOrganisation(OrganisationInShort, PublicName):
    """The same with its public name."""


class Proof(OrganisationInShort):
    """The same with what was proved, for the staff."""

    state: str
    name: str
    registernumber: NotRequired[str | None]
    department: NotRequired[str | None]


def in_full(notice: Notice) -> NoticeInFull:
    """Return a notice for those who may see all of it: its writer's channel, and staff."""
    members: NoticeInFull = {
        "id": str(notice.notice),
        "state": notice.state,
        "reason": notice.reason,
        "version": notice.version,
        "kind": notice.kind,
        "unit": notice.unit,
        "titles": dict(notice.titles),
        "texts": dict(notice.texts),
        "organiser": notice.organiser.model_dump(mode="json", by_alias=True, exclude_none=True),
        "publish_from": notice.publish_from.isoformat(),
        "until": notice.until.isoformat(),
        "slot": _slot(notice.slot) if notice.slot else None,
        "booking": str(notice.booking) if notice.booking else None,
        "case": notice.case,
        "districts": list(notice.districts),
        "submitted_at": notice.submitted_at.isoformat(),
    }
    return present(members)


def _slot(slot: Slot) -> SlotShown:
    told = slot.model_dump(mode="json")
    return {"start": told["start"], "end": told["end"]}


def in_short(organisation: Organisation) -> OrganisationInShort:
    """Return an organisation for everybody."""
    told: OrganisationInShort = {
        "id": str(organisation.organisation),
        "class": organisation.class_,
        "verified": organisation.verified,
        "since": organisation.since.isoformat(),
    }
    return {**told, "unit": organisation.unit} if organisation.unit else told


def proof(of: Organisation) -> Proof:
    """Return an organisation for the staff."""
    members: Proof = {
        **in_short(of),
        "state": "verified" if of.verified else "withdrawn",
        "name": of.name,
        "registernumber": of.registernumber,
        "department": of.department,
    }
    return present(members)
