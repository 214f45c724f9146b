"""What a notice is and the rules it lives by. Moments are in UTC; `now` is always passed in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from omatoimi_contracts import canonical
from omatoimi_contracts.documents import Section
from omatoimi_contracts.notices import NoticeFact
from omatoimi_contracts.vocabulary import AskedOrganiser, Organiser, Slot

F = TypeVar("F", bound=NoticeFact)


class NoticeState(StrEnum):
    """How far a notice is, as it was decided and recorded."""

    WAITING = "waiting"
    """For somebody of the library to approve it."""
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REJECTED = "rejected"


class NoticeStanding(StrEnum):
    """How a notice stands at a moment, whether or not that was recorded."""

    WAITING = "waiting"
    SCHEDULED = "scheduled"
    SHOWN = "shown"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REJECTED = "rejected"


GONE = frozenset({NoticeStanding.WITHDRAWN, NoticeStanding.EXPIRED, NoticeStanding.REJECTED})
OPEN = frozenset({NoticeState.WAITING, NoticeState.APPROVED})
"""What has not ended by a decision; its time may be over."""

FURTHEST = timedelta(days=5 * 366)
"""How far ahead a notice may reach."""

WORDS_KEPT = timedelta(days=30)
"""How long the words of a notice that has ended stay in the store, for its writer to ask why; then they are forgotten.
A booking that is over so long is forgotten too."""

SUMMARY_LENGTH = 600
"""Characters of a decision that its item in the feed quotes."""

_UNPRINTABLE = re.compile("[^\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(words: str) -> str:
    """Return the words with a space for each control character that XML 1.0 forbids or discourages, and PostgreSQL
    refuses; lines end with a line feed."""
    return _UNPRINTABLE.sub(" ", words.replace("\r\n", "\n").replace("\r", "\n"))


def cleaned(words: Mapping[str, str]) -> dict[str, str]:
    """Return words by language; a language that has none is left out."""
    return {language: text for language, text in words.items() if text}


def digest(titles: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """Return the SHA-256 of the words as canonical JSON (RFC 8785): what stands on an event topic in their place."""
    return canonical.digest({"titles": dict(titles), "texts": dict(texts)})


def fault_in_words(titles: Mapping[str, str], texts: Mapping[str, str]) -> str | None:
    """Tell what is wrong with the words: every text stands under a title of its language, and there is one title at
    least."""
    return "title-missing" if not titles or set(texts) - set(titles) else None


def fault_in_times(notice: "Notice", now: datetime) -> str | None:
    """Tell what is wrong with the times: a notice that nobody could ever see is not taken, nor one of a time that no
    calendar of a library holds."""
    if notice.until <= now:
        return "already-over"
    if notice.until <= notice.publish_from:
        return "never-shown"
    last = max(notice.until, notice.slot.end) if notice.slot else notice.until
    return "too-far-ahead" if last > now + FURTHEST else None


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proved of an organisation."""

    class_: str
    department: str | None


@dataclass(frozen=True, slots=True)
class KnownBooking:
    """What a notice needs to know of the booking it is tied to. `owner` is the department that owns the premises. Of
    what came by an earlier release `premises` and `space` are not known."""

    booking: UUID
    slot: Slot
    owner: str
    cancelled: bool
    premises: str | None = None
    space: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it is now. It is shown while it is approved, from `publish_from` until `until`, not a second longer.

    `publication_recorded`: its notice.published has been written. `slot` is the time of what it tells about. `reason`
    is why it was rejected, as a code; `person` who has signed in and asked for it, told to nobody.
    """

    notice: UUID
    source: str
    unit: str
    kind: str
    state: NoticeState
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    digest: str
    organiser: Organiser
    coorganisers: tuple[Organiser, ...]
    opentopublic: bool
    purpose: str
    publish_from: datetime
    until: datetime
    submitted_at: datetime
    changed_at: datetime
    slot: Slot | None = None
    owner: str | None = None
    booking: UUID | None = None
    case: str | None = None
    districts: tuple[str, ...] = ()
    version: int = 1
    publication_recorded: bool = False
    reason: str | None = None
    person: UUID | None = None

    def over(self, now: datetime) -> bool:
        """Tell whether it has ended, whether or not its end has been recorded."""
        return self.state not in OPEN or self.until <= now

    def shown(self, now: datetime) -> bool:
        return self.state is NoticeState.APPROVED and self.publish_from <= now < self.until

    def standing(self, now: datetime) -> NoticeStanding:
        """Tell how it stands; it is over when its time is, recorded or not."""
        if self.state in OPEN and self.over(now):
            return NoticeStanding.EXPIRED
        if self.state is NoticeState.APPROVED:
            return NoticeStanding.SHOWN if self.shown(now) else NoticeStanding.SCHEDULED
        return NoticeStanding(self.state)

    def fell_due(self, now: datetime) -> bool:
        """Tell whether it has been seen since `publish_from`, and that is not recorded yet."""
        seen = self.state is NoticeState.APPROVED and self.publish_from <= now and self.publish_from < self.until
        return seen and not self.publication_recorded

    @property
    def updated(self) -> datetime:
        """When what a reader sees last became other than before."""
        return max(self.publish_from, self.changed_at)

    def published(self) -> "Notice":
        """Return it with its publication recorded."""
        return replace(self, publication_recorded=True)

    def approved(self, now: datetime) -> "Notice":
        """Let it be seen: at once, or at its time."""
        publish_from = max(self.publish_from, now)
        seen = publish_from <= now < self.until
        return replace(
            self, state=NoticeState.APPROVED, publish_from=publish_from, publication_recorded=seen, changed_at=now
        )

    def ended(self, state: NoticeState, at: datetime, reason: str | None = None) -> "Notice":
        """Let it be seen no longer, or never."""
        return replace(self, state=state, reason=reason, changed_at=at)

    def following(self, booking: KnownBooking, now: datetime) -> "Notice":
        """Return it with the times of its booking. `until` keeps its distance to the end of the slot, so that a notice
        of an evening that moves a week on is not gone before that evening."""
        until = self.until
        if self.slot is not None:
            until = max(until + (booking.slot.end - self.slot.end), now)
        return replace(self, slot=booking.slot, until=until, owner=booking.owner)

    def differs_from(self, before: "Notice") -> bool:
        """Tell whether a reader would see the difference."""
        return (self.digest, self.until, self.slot) != (before.digest, before.until, before.slot)

    def next_version(self, now: datetime) -> "Notice":
        return replace(self, version=self.version + 1, changed_at=now)

    def stated(self, fact: type[F], **more: Any) -> F:
        """State it as a fact of this type."""
        return fact(
            notice=self.notice,
            kind=self.kind,
            version=self.version,
            digest=self.digest,
            organiser=self.organiser,
            coorganisers=self.coorganisers,
            opentopublic=self.opentopublic,
            purpose=self.purpose,
            owner=self.owner,
            publish_from=self.publish_from,
            until=self.until,
            slot=self.slot,
            booking=self.booking,
            case=self.case,
            districts=self.districts,
            **more,
        )


def organiser(asked: AskedOrganiser, proofs: Mapping[UUID, Proof], *, vouched: bool) -> Organiser:
    """Tell who organises. The class of an organisation is what was proved; one that was not is an informal group,
    whatever the channel claims. Only who is `vouched` for by the library speaks for the house
    without a proof."""
    if asked.organisation is not None:
        proof = proofs.get(asked.organisation, Proof(asked.class_without_proof(), None))
        return Organiser(class_=proof.class_, organisation=asked.organisation, department=proof.department)
    if vouched and asked.class_ == "library":
        return Organiser(class_="library", department="library")
    if vouched and asked.class_ == "department":
        return Organiser(class_="department", department=asked.department)
    return Organiser(class_=asked.class_without_proof())


def in_language(available: Iterable[str], wanted: str) -> str:
    """Return the language to show of those that there are: the wanted one, else Finnish, Swedish, English, else the
    first."""
    there = sorted(available)
    return next((language for language in (wanted, "fi", "sv", "en") if language in there), there[0])


def summary(sections: Sequence[Section]) -> str:
    """Return the beginning of a decision, whole words, for its item in the feed."""
    words = " ".join(printable(" ".join(p for s in sections for p in s.paragraphs)).split())
    if len(words) <= SUMMARY_LENGTH:
        return words
    return words[:SUMMARY_LENGTH].rpartition(" ")[0] + " …"
