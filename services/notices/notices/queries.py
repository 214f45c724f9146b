"""What a reader sees: notices, and the city's decisions about the area, as items of one kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict, TypeVar, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis import Connection
from chassis.installation import Installation
from chassis.pages import called
from omatoimi_contracts.vocabulary import Slot

from notices.domain.notices import KnownBooking, Notice, in_language
from notices.store import bookings, decisions, names, notices, organisations
from notices.store.decisions import KnownDecision
from notices.store.names import Names
from notices.store.organisations import Organisation

AT_MOST = 200
"""Items in one answer, the newest first."""


Members = TypeVar("Members", bound=Mapping[str, object])
ItemOrganiser = TypedDict("ItemOrganiser", {"class": str, "name": str | None})
"""The class of an organiser, and the name of a registered association."""


class ItemSlot(TypedDict):
    """From when until when, in UTC."""

    start: str
    end: str


class ItemDocument(TypedDict, total=False):
    """An item as JSON has it; what it has not is left out."""

    id: str
    kind: str
    unit: str | None
    language: str
    languages: list[str]
    title: str
    text: str
    organiser: ItemOrganiser | None
    slot: ItemSlot | None
    publish_from: str | None
    until: str | None
    updated: str
    version: int
    districts: list[str]
    booking: str | None
    premises: str | None
    space: str | None
    place: str | None
    case: str | None
    decision: str | None
    decided: str | None


def present(members: Members) -> Members:
    """Leave out what a thing has not."""
    return cast(Members, {name: value for name, value in members.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Item:
    """A notice or a decision in one language. `language` is that of `title` and `text`, which are never of two;
    `languages` are all that it has. `organiser` is a class, `name` that of a registered association.
    `place` is where it is, in words; `premises` and `space` are codes of the register, where it has a booking.
    Moments are in UTC; `decided` is a local day. `id` stays the same for ever."""

    id: UUID
    kind: str
    language: str
    languages: tuple[str, ...]
    title: str
    text: str
    updated: datetime
    version: int
    districts: tuple[str, ...]
    unit: str | None = None
    organiser: str | None = None
    name: str | None = None
    publish_from: datetime | None = None
    until: datetime | None = None
    slot: Slot | None = None
    booking: UUID | None = None
    premises: str | None = None
    space: str | None = None
    place: str | None = None
    case: str | None = None
    decision: str | None = None
    decided: date | None = None

    def document(self) -> ItemDocument:
        """Return it as JSON has it."""
        members: ItemDocument = {
            "id": str(self.id),
            "kind": self.kind,
            "unit": self.unit,
            "language": self.language,
            "languages": list(self.languages),
            "title": self.title,
            "text": self.text,
            "organiser": {"class": self.organiser, "name": self.name} if self.organiser else None,
            "slot": {"start": _moment(self.slot.start), "end": _moment(self.slot.end)} if self.slot else None,
            "publish_from": _moment(self.publish_from) if self.publish_from else None,
            "until": _moment(self.until) if self.until else None,
            "updated": _moment(self.updated),
            "version": self.version,
            "districts": list(self.districts),
            "booking": str(self.booking) if self.booking else None,
            "premises": self.premises,
            "space": self.space,
            "place": self.place,
            "case": self.case,
            "decision": self.decision,
            "decided": self.decided.isoformat() if self.decided else None,
        }
        return present(members)


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What a reader asks for: the items of one unit, or of all; of one kind, or of all; at one place, or at any; all in
    a language that the reader reads. `words`: only what has words in that one."""

    unit: str | None
    language: str
    kind: str | None = None
    premises: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Where bookings are, and what those places are called."""

    bookings: Mapping[UUID, KnownBooking]
    names: Names

    def of(self, booking: UUID | None) -> tuple[str | None, str | None]:
        """Return the premises and the space of a booking."""
        known = self.bookings.get(booking) if booking else None
        return (known.premises, known.space) if known else (None, None)

    def in_words(self, booking: UUID | None, language: str) -> str | None:
        """Tell where a booking is: its premises and its room."""
        codes = zip(("premises", "space"), self.of(booking), strict=True)
        told = [called(self.names.get((kind, code), {}), language, code) for kind, code in codes if code]
        return ", ".join(dict.fromkeys(told)) or None


async def places(conn: Connection, of: Iterable[UUID | None]) -> Places:
    """Find where these bookings are."""
    known = await bookings.all_known(conn, [booking for booking in of if booking])
    codes = {code for one in known.values() for code in (one.premises, one.space) if code}
    return Places(known, await names.of(conn, codes))


def of_notice(notice: Notice, language: str, names: Mapping[UUID, Organisation], places: Places) -> Item:
    """Return a notice in a language, or in one that it has."""
    shown = in_language(notice.titles, language)
    organisation = notice.organiser.organisation
    known = names.get(organisation) if organisation else None
    premises, space = places.of(notice.booking)
    return Item(
        id=notice.notice,
        kind=notice.kind,
        language=shown,
        languages=tuple(sorted(notice.titles)),
        title=notice.titles[shown],
        text=notice.texts.get(shown, ""),
        updated=notice.updated,
        version=notice.version,
        districts=notice.districts,
        unit=notice.unit,
        organiser=notice.organiser.class_,
        name=known.public_name if known else None,
        publish_from=notice.publish_from,
        until=notice.until,
        slot=notice.slot,
        booking=notice.booking,
        premises=premises,
        space=space,
        place=places.in_words(notice.booking, language),
        case=notice.case,
    )


def of_decision(decision: KnownDecision, municipality: str) -> Item:
    """Return a decision in the language that it was made in."""
    return Item(
        id=uuid5(NAMESPACE_URL, f"/{municipality}/decisions/{decision.decision}"),
        kind="decision",
        language=decision.language,
        languages=(decision.language,),
        title=decision.title,
        text=decision.summary,
        updated=decision.updated,
        version=decision.version,
        districts=decision.districts,
        case=decision.case,
        decision=decision.decision,
        decided=decision.decided,
    )


def area(installation: Installation, unit: str | None) -> list[str]:
    """Return the districts of a library's area, or of all libraries'."""
    if unit is None:
        return installation.districts
    library = installation.libraries.get(unit)
    return list(library.districts) if library else []


async def now_shown(conn: Connection, installation: Installation, wanted: ItemQuery, now: datetime) -> list[Item]:
    """Tell what may be seen at this very second, the newest first."""
    seen = await notices.shown(conn, now, wanted.unit, wanted.kind, AT_MOST)
    known = await organisations.known(conn, (n.organiser.organisation for n in seen if n.organiser.organisation))
    where = await places(conn, (notice.booking for notice in seen))
    items = [of_notice(notice, wanted.language, known, where) for notice in seen]
    if wanted.premises:
        items = [item for item in items if item.premises == wanted.premises]
    elif wanted.kind in (None, "decision"):
        about = await decisions.shown(conn, area(installation, wanted.unit), AT_MOST)
        items += [of_decision(decision, installation.municipality) for decision in about]
    if wanted.words:
        items = [item for item in items if wanted.words in item.languages]
    return sorted(items, key=lambda item: (item.updated, item.id), reverse=True)[:AT_MOST]
