"""What the service keeps of the city's records: cases, decisions, motions, meetings, initiatives and resolutions.

Times are aware and in UTC, dates are local. Texts that are missing or faulty at the source are empty
and flagged, so that no page shows an error message as a decision.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from collections.abc import Set as Collection
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from decisions.domain.districts import Match, find, of_document
from decisions.domain.keys import asked_about, decision_key
from decisions.domain.sections import Section, deciding, explaining
from decisions.gazetteer import Gazetteer


class Flag(StrEnum):
    """What is odd about a record, without being a reason to refuse it."""

    CONVERSION_ERROR = "conversion-error"
    """The source failed to make the text."""
    EMPTY_TITLE = "empty-title"
    NO_TEXT = "no-text"
    OTHER_LANGUAGE = "text-in-other-language"
    """Title and text are in different languages, as when only the title of a twin was translated."""
    TITLE_WITHHELD = "title-withheld"
    """The case holds a secret decision or motion, whose matter its own title may tell."""


@dataclass(frozen=True, slots=True)
class Classification:
    """A function of the city's filing plan: `10 03 03`, *Asemakaavoitus*. Empty where the record has none."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Body:
    """Who decides. `kind` is `body` (council, board, committee), `official` (viranhaltija) or `trustee` (a deputy
    mayor); `sector` is the id of the division that it belongs to, None for the council and the board."""

    id: str
    name: str
    type_id: str
    type: str
    kind: str
    sector: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a case. Of one that is not public nothing is kept but its id."""

    id: str
    title: str
    type: str
    language: str
    issued: datetime | None
    link: str | None
    public: bool


@dataclass(frozen=True, slots=True)
class Handling:
    """One round of handling of a case."""

    number: int
    status: str
    sector: str | None
    created: datetime | None
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """A case. `key` is its number (`HEL-2021-012634`); a request for a statement is a case of its own and
    `statement_on` names the case it is about. `language` is the city's mark of the case, `title_language` what the
    title is in."""

    key: str
    title: str
    title_language: str
    language: str
    classification: Classification
    status: str
    created: datetime | None
    acquired: datetime | None
    handlings: tuple[Handling, ...]
    documents: tuple[Document, ...]
    flags: frozenset[Flag]

    @property
    def statement_on(self) -> str | None:
        return asked_about(self.key)

    def places(self, gazetteer: Gazetteer) -> tuple[Match, ...]:
        return find(gazetteer, self.title)


@dataclass(frozen=True, slots=True)
class Votes:
    """One vote, counted."""

    ayes: int
    noes: int
    blank: int
    absent: int


@dataclass(frozen=True, slots=True)
class LanguageVersion:
    """A decision in one language. `id` is the source's own id of this version (NativeId)."""

    id: str
    language: str
    title: str
    sections: tuple[Section, ...]
    appeal: tuple[Section, ...]
    flags: frozenset[Flag]


@dataclass(frozen=True, slots=True)
class Motion:
    """What is proposed. `key` is the decision's where the section's number is known, else the document's own id."""

    key: str
    case: str
    body: str
    meeting: str | None
    date: date | None
    title: str
    language: str
    sections: tuple[Section, ...]
    flags: frozenset[Flag]

    def places(self, gazetteer: Gazetteer) -> tuple[Match, ...]:
        return of_document(gazetteer, self.title, deciding(self.sections), explaining(self.sections))


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. `key` is `<body>/<date>/<section>`, which its language versions share, else the record's own id;
    `case` is the case's number, else that same key. `date` and `decided` are known of meetings alone. `earlier` are the
    keys of decisions made before in the same case."""

    key: str
    case: str
    body: Body
    date: date | None
    decided: datetime | None
    section: str | None
    meeting: str | None
    classification: Classification
    versions: tuple[LanguageVersion, ...]
    motion: Motion | None
    votes: tuple[Votes, ...]
    documents: tuple[Document, ...]
    earlier: tuple[str, ...]

    def places(self, gazetteer: Gazetteer) -> tuple[Match, ...]:
        """Find the places of all language versions, the Finnish one first."""
        return tuple(
            match
            for version in self.versions
            for match in of_document(gazetteer, version.title, deciding(version.sections), explaining(version.sections))
        )


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """An item of a meeting. Of a secret one nothing is kept but its place on the agenda."""

    point: str
    section: str | None
    title: str
    language: str
    case: str | None
    motion: Motion | None
    secret: bool
    flags: frozenset[Flag]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting in one of its states: `booked`, `agenda` (the agenda is out), `decided` (the announcement is out),
    `cancelled`, or `other` where the source says something new. `day` is local; what an earlier release has kept has
    none, and is taken by its day in UTC."""

    key: str
    body: str
    body_name: str
    name: str
    place: str
    starts: datetime
    status: str
    agenda: tuple[AgendaItem, ...]
    announcement: tuple[Section, ...]
    flags: frozenset[Flag]
    day: date | None = None

    @property
    def mentions(self) -> tuple[str, ...]:
        """The cases and keys of decisions that its agenda names."""
        return tuple(sorted({name for item in self.agenda for name in self._names(item)}))

    def without(self, hidden: Collection[str]) -> "Meeting":
        """Leave nothing but their place of the items on these cases and decisions."""
        silent = {item.point for item in self.agenda if not hidden.isdisjoint(self._names(item))}
        items = (
            AgendaItem(item.point, item.section, "", "", None, None, True, frozenset())
            if item.point in silent
            else item
            for item in self.agenda
        )
        return replace(self, agenda=tuple(items), announcement=tuple(_announced(self.announcement, silent)))

    def _names(self, item: AgendaItem) -> set[str]:
        by_section = decision_key(self.body, self.day or self.starts.date(), item.section, "")
        return {name for name in (item.case, item.motion and item.motion.key, by_section) if name}


def _announced(sections: Iterable[Section], silent: Collection[str]) -> Iterator[Section]:
    """Yield the announcement without these items; its headings begin with the item's number on the agenda."""
    hidden = False
    for section in sections:
        if section.level == 1:
            hidden = section.title.partition(" ")[0] in silent
        if not hidden:
            yield section


@dataclass(frozen=True, slots=True)
class Initiative:
    """A councillor's initiative; `key` is its FileURI. `kind` is the first word of its title (*Valtuustoaloite*)."""

    key: str
    title: str
    kind: str
    date: date
    language: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """A wish that the council attached to a decision (toivomusponsi); `key` is its FileURI."""

    key: str
    title: str
    date: date


@dataclass(frozen=True, slots=True)
class Secret:
    """A record that is not public: ids alone, so that what was shown before can be taken away. The title of `case` may
    tell what the decision hides and must not be shown either. `act` is what other sources call the decision."""

    kind: str
    id: str
    key: str
    case: str | None
    act: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that could not be read. `code` is for machines, `reason` for the person who will look."""

    file: str
    id: str
    code: str
    reason: str


CityRecord = Case | Decision | Meeting | Initiative | Resolution


def under(key: str, record: Decision | Motion) -> Decision | Motion:
    """Return a decision or a motion under another key; one without a case number has it as its case too."""
    case = key if record.case == record.key else record.case
    if isinstance(record, Decision) and record.motion:
        return replace(record, key=key, case=case, motion=replace(record.motion, key=key, case=case))
    return replace(record, key=key, case=case)


def digest(record: CityRecord | Motion) -> str:
    """Return the SHA-256 of all that is kept of a record: the same object, pushed however often and however its lists
    are ordered, has one digest."""

    def plain(value: object) -> object:
        return sorted(value) if isinstance(value, frozenset) else str(value)

    text = json.dumps(asdict(record), default=plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def join(known: Decision, other: Decision) -> Decision:
    """Return a decision with the language versions of both; a version in a language replaces the former one wholly,
    whatever its id. All else is as the record of the first version says, Finnish before Swedish: twins that come in
    turns are no change."""
    versions = {version.language: version for version in (*known.versions, *other.versions)}
    leading = other if other.versions[0].language <= known.versions[0].language else known
    motion = leading.motion or known.motion or other.motion
    return replace(leading, versions=tuple(versions[language] for language in sorted(versions)), motion=motion)


def told_twice(register: Decision, printed: Decision) -> Decision:
    """Return one decision that the register and printed minutes both tell. The register's record leads, and so does its
    text in each language, unless it has none there; what only the minutes know, they give."""
    versions = {version.language: version for version in register.versions}
    for version in printed.versions:
        if not versions.get(version.language, version).sections:
            versions[version.language] = version
        versions.setdefault(version.language, version)
    numbered = (one.case for one in (register, printed) if one.case != one.key)
    return replace(
        register,
        case=next(numbered, register.case),
        versions=tuple(versions[language] for language in sorted(versions)),
        motion=register.motion or printed.motion,
    )


def joined(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return each decision once, with all its language versions."""
    by_key: dict[str, Decision] = {}
    for decision in decisions:
        known = by_key.get(decision.key)
        by_key[decision.key] = join(known, decision) if known else decision
    return tuple(by_key.values())


ORDER = ("booked", "other", "agenda", "cancelled", "decided")
"""How far a meeting has come. Records carry no time of change, so an older state can only be told by this."""


def supersedes(new: Meeting, known: Meeting) -> bool:
    """Tell whether a state of a meeting is at least as late as the one that is known; a dump of last week does not take
    an agenda away again."""
    return ORDER.index(new.status) >= ORDER.index(known.status)
