"""The city's own records: JSON of Ahjo's REST interface v1, of 2021 and of 2025.

Every record gives exactly one of: what is kept of it, `Secret`, or `Refused` with a reason. Ahjo's times are local and
without zone. Where a field is missing the source leaves it out, sets it null or writes an empty string; all three mean
the same.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from decisions.domain import markup
from decisions.domain.fields import Json, UnreadableField, count, line, local_date, moment, nested, rows, text
from decisions.domain.keys import act_name, case_number, decision_key, section_number
from decisions.domain.language import language
from decisions.domain.records import (
    AgendaItem,
    Body,
    Case,
    CityRecord,
    Classification,
    Decision,
    Document,
    Flag,
    Handling,
    Initiative,
    LanguageVersion,
    Meeting,
    Motion,
    RefusedRecord,
    Resolution,
    Secret,
    Votes,
)
from decisions.domain.sections import Section

OFFICIAL, TRUSTEE = "12", "19"
"""TypeId of an official and of a deputy mayor who decides alone."""
PUBLIC = frozenset({"", "Julkinen", "Offentlig"})
DECIDING_TYPES = frozenset({"päätös", "viranhaltijan päätös", "esitys"})
STATUSES = {"kokous varattu": "booked", "luotu": "agenda", "päätetty teknisesti": "decided", "peruttu": "cancelled"}

_SECRET = re.compile(
    r"^\W*(?:osittain |delvis )?(?:salassa pidettävä\b|sekretessbela(?:gd|gt)\b)|\bJulkL\b|\bOffL\b", re.IGNORECASE
)


def read_dump(payload: object, file: str, zone: ZoneInfo) -> Iterator[CityRecord | Secret | RefusedRecord]:
    """Yield all records of a file: a dump (`{"cases": [...]}`), or one record by itself. Its times are local ones."""
    if isinstance(payload, Mapping):
        for name, read in READERS.items():
            if isinstance(payload.get(name), list):
                for record in payload[name]:
                    yield read(record, file, zone)
                return
        for field, kind in (("Handlings", "cases"), ("Content", "decisions"), ("Agenda", "meetings")):
            if field in payload:
                yield READERS[kind](payload, file, zone)
                return
    yield RefusedRecord(file, "", "unknown-kind", "no records of a kind that is known")


def is_secret(title: str, publicity: str = "") -> bool:
    """Tell whether a title or a PublicityClass says that the record is not public; partly public counts as not
    public."""
    return publicity not in PUBLIC or bool(_SECRET.search(title))


def _case(record: Json, zone: ZoneInfo) -> Case | Secret:
    numbers = (text(record, "CaseID"), text(record, "CaseIDLabel"))
    key = next(filter(None, map(case_number, numbers)), "") or "-".join(numbers[0].split())
    if not key:
        raise UnreadableField("no-id", "no case number")
    title = line(record, "Title")
    if is_secret(title, text(record, "PublicityClass")):
        return Secret("case", key, key, key)
    documents = _documents(rows(record, "Records"), zone)
    hides = any(not d.public and d.type in DECIDING_TYPES for d in documents)
    flags = {Flag.EMPTY_TITLE} if not title else {Flag.TITLE_WITHHELD} if hides else set()
    handlings = (_handling(handling, zone) for handling in rows(record, "Handlings"))
    return Case(
        key=key,
        title="" if hides else title,
        title_language=language(title),
        language=text(record, "Language") or language(title),
        classification=_classification(record),
        status=text(record, "Status"),
        created=moment(text(record, "Created"), zone),
        acquired=moment(text(record, "Acquired"), zone),
        handlings=tuple(sorted(handlings, key=lambda handling: handling.number)),
        documents=documents,
        flags=frozenset(flags),
    )


def _handling(record: Json, zone: ZoneInfo) -> Handling:
    return Handling(
        number=count(record, "WorkSequenceNumber"),
        status=text(record, "Status"),
        sector=text(record, "SectorID") or None,
        created=moment(text(record, "Created"), zone),
        deadline=moment(text(record, "DateNearestDeadline"), zone),
    )


def _documents(records: Iterable[Json], zone: ZoneInfo) -> tuple[Document, ...]:
    return tuple(sorted((_document(record, zone) for record in records), key=lambda document: document.id))


def _document(record: Json, zone: ZoneInfo) -> Document:
    own_id, title, type_ = text(record, "NativeId"), line(record, "Title"), text(record, "Type")
    if is_secret(title, text(record, "PublicityClass")):
        return Document(own_id, "", type_, "", None, None, public=False)
    link = text(record, "FileURI")
    return Document(
        id=own_id,
        title=title,
        type=type_,
        language=text(record, "Language"),
        issued=moment(text(record, "Issued"), zone),
        link=link if link.startswith("https://") and ":9802/" not in link else None,
        public=True,
    )


def _decision(record: Json, zone: ZoneInfo) -> Decision | Secret:
    own_id = text(record, "NativeId")
    if not own_id:
        raise UnreadableField("no-id", "no NativeId")
    title, page = line(record, "Title"), markup.read(text(record, "Content"))
    key, case = _keys(record, own_id, zone, page.case)
    body, meeting = _body(nested(record, "Organization")), nested(record, "Meeting")
    day, section = local_date(text(meeting, "DateMeeting"), zone), section_number(text(record, "Section"))
    if is_secret(title, text(record, "PublicityClass")) or is_secret(page.title):
        return Secret("decision", own_id, key, case, act_name(body.name, day, section))
    if not body.id:
        raise UnreadableField("no-body", "nobody is named who decided")
    meeting_id = text(meeting, "MeetingID") or None
    case = case or key
    before = (one for one in rows(record, "PreviousDecisions") if not _hidden(one))
    earlier = (_keys(one, text(one, "NativeId"), zone)[0] for one in before)
    return Decision(
        key=key,
        case=case,
        body=body,
        date=day,
        decided=moment(text(meeting, "DateMeeting"), zone),
        section=section,
        meeting=meeting_id,
        classification=_classification(record),
        versions=(_version(own_id, title, page),),
        motion=_motion(text(record, "Motion"), key, case, body.id, meeting_id, title, day),
        votes=tuple(map(_votes, rows(record, "VotingResults"))),
        documents=_documents(rows(record, "Attachments"), zone),
        earlier=tuple(sorted(set(earlier))),
    )


def _keys(record: Json, own_id: str, zone: ZoneInfo, page_case: str = "") -> tuple[str, str | None]:
    """Return a decision's own key and its case's number."""
    meeting, organization = nested(record, "Meeting"), nested(record, "Organization")
    body = text(organization, "ID") or text(meeting, "DecisionMakerId")
    day = local_date(text(meeting, "DateMeeting"), zone)
    key = decision_key(body, day, section_number(text(record, "Section")), own_id)
    numbers = (text(record, "CaseID"), text(record, "CaseIDLabel"), page_case)
    return key, next(filter(None, map(case_number, numbers)), None)


def _hidden(record: Json) -> bool:
    return is_secret(line(record, "Title"), text(record, "PublicityClass"))


def _version(own_id: str, title: str, page: markup.Markup) -> LanguageVersion:
    said = _language(title or page.title, page)
    return LanguageVersion(
        own_id, said, title or page.title, page.sections, page.appeal, _flags(title or page.title, page, said)
    )


def _language(title: str, page: markup.Markup) -> str:
    """Name the language: Finnish or Swedish as the title tells, since pages tell it wrongly; any other as its page has
    it."""
    if page.language not in ("", "fi", "sv"):
        return page.language
    return language(title, default=page.language or "fi")


def _motion(
    html: str, key: str, case: str, body: str, meeting: str | None, title: str, day: date | None
) -> Motion | None:
    page = markup.read(html)
    if not html or is_secret(page.title):
        return None
    said = _language(title or page.title, page)
    flags = _flags(title or page.title, page, said)
    return Motion(key, case, body, meeting, day, title or page.title, said, page.sections, flags)


def _flags(title: str, page: markup.Markup, said: str) -> frozenset[Flag]:
    told = (
        (Flag.EMPTY_TITLE, not title),
        (Flag.CONVERSION_ERROR, page.faulty),
        (Flag.NO_TEXT, not page.sections),
        (Flag.OTHER_LANGUAGE, bool(page.sections) and page.language not in {"", said}),
    )
    return frozenset(flag for flag, holds in told if holds)


def _meeting(record: Json, zone: ZoneInfo) -> Meeting:
    key, starts = text(record, "MeetingID"), moment(text(record, "DateMeeting"), zone)
    if not key:
        raise UnreadableField("no-id", "no MeetingID")
    if starts is None:
        raise UnreadableField("no-time", "the meeting has no time")
    day = starts.astimezone(zone).date()
    items = tuple(_item(item, record, day) for item in rows(record, "Agenda"))
    page = markup.read(text(record, "DecisionAnnouncement"))
    hidden = {item.point for item in items if item.secret}
    return Meeting(
        key=key,
        body=text(record, "DecisionMakerId"),
        body_name=text(record, "DecisionMaker"),
        name=line(record, "Name"),
        place=line(record, "Location"),
        starts=starts,
        status=STATUSES.get(text(record, "Status").lower(), "other"),
        agenda=items,
        announcement=tuple(_announced(page.sections, hidden)),
        flags=frozenset({Flag.CONVERSION_ERROR} if page.faulty else ()),
        day=day,
    )


def _item(item: Json, meeting: Json, day: date) -> AgendaItem:
    point, title, page = text(item, "AgendaPoint"), line(item, "AgendaItem"), markup.read(text(item, "HTML"))
    document, section = nested(item, "PDF"), section_number(text(item, "Section"))
    publicity = text(document, "PublicityClass") or text(item, "PublicityClass")
    if is_secret(title, publicity) or is_secret(page.title) or is_secret(line(document, "Title")):
        return AgendaItem(point, section, "", "", None, None, True, frozenset())
    body, case = text(meeting, "DecisionMakerId"), case_number(page.case)
    own_id = text(document, "NativeId") or f"{text(meeting, 'MeetingID')}/{point}"
    key = decision_key(body, day, section, own_id)
    motion = _motion(text(item, "HTML"), key, case or key, body, text(meeting, "MeetingID"), title, day)
    flags = motion.flags if motion else frozenset({Flag.NO_TEXT} | (set() if title else {Flag.EMPTY_TITLE}))
    return AgendaItem(point, section, title, language(title), case, motion, False, flags)


def _announced(sections: Sequence[Section], hidden: set[str]) -> Iterator[Section]:
    """Yield the announcement without secret items; its headings begin with the item's number on the agenda."""
    silent = False
    for section in sections:
        if section.level == 1:
            point, _, title = section.title.partition(" ")
            silent = point in hidden or is_secret(title) or is_secret(section.title)
        if not silent:
            yield section


def _initiative(record: Json, zone: ZoneInfo) -> Initiative | Secret:
    key, day, title = _from_file(record, zone)
    if is_secret(title):
        return Secret("initiative", key, key, None)
    return Initiative(key, title, title.split(" ", 1)[0], day, language(title))


def _resolution(record: Json, zone: ZoneInfo) -> Resolution | Secret:
    key, day, title = _from_file(record, zone)
    return Secret("resolution", key, key, None) if is_secret(title) else Resolution(key, title, day)


def _from_file(record: Json, zone: ZoneInfo) -> tuple[str, date, str]:
    key, day = text(record, "FileURI"), local_date(text(record, "Date"), zone)
    if not key:
        raise UnreadableField("no-id", "no FileURI")
    if day is None:
        raise UnreadableField("no-time", "no date")
    return key, day, line(record, "Title")


def _body(record: Json) -> Body:
    type_id = text(record, "TypeId")
    kind = {OFFICIAL: "official", TRUSTEE: "trustee"}.get(type_id, "body")
    sector = text(nested(record, "Sector"), "SectorID") or None
    return Body(text(record, "ID"), line(record, "Name"), type_id, text(record, "Type"), kind, sector)


def _classification(record: Json) -> Classification:
    return Classification(text(record, "ClassificationCode"), line(record, "ClassificationTitle"))


def _votes(record: Json) -> Votes:
    counts = (count(nested(record, side), "NumberOfVotes") for side in ("Ayes", "Noes", "Blank", "Absent"))
    return Votes(*counts)


RecordReader = Callable[[object, str, ZoneInfo], CityRecord | Secret | RefusedRecord]
"""Reads a record from a file, whose times are local ones."""


def _guarded(read: Callable[[Json, ZoneInfo], CityRecord | Secret]) -> RecordReader:
    """Let one bad record be a `Refused`, never the end of the file."""

    def reader(record: object, file: str, zone: ZoneInfo) -> CityRecord | Secret | RefusedRecord:
        if not isinstance(record, Mapping):
            return RefusedRecord(file, "", "bad-record", "the record is no object")
        own_id = next((str(record[field])[:200] for field in IDS if record.get(field)), "")
        try:
            return read(record, zone)
        except UnreadableField as refusal:
            return RefusedRecord(file, own_id, refusal.code, refusal.reason)

    return reader


IDS = ("CaseID", "NativeId", "MeetingID", "FileURI")
READERS = {
    "cases": _guarded(_case),
    "decisions": _guarded(_decision),
    "meetings": _guarded(_meeting),
    "initiatives": _guarded(_initiative),
    "resolutions": _guarded(_resolution),
}
"""A reader of one record by the name its kind has in dumps."""
