"""What pages and the API look up: one function a view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis import Caller, Connection, Problem, Service
from chassis.installation import Installation
from omatoimi_contracts.outcomes import SearchPerformed
from omatoimi_contracts.vocabulary import case_key
from uuid_utils.compat import uuid7

from decisions import lemmas
from decisions.domain.hearing import coming
from decisions.domain.records import Case, Decision, Document, Meeting
from decisions.domain.stages import Comments, Course
from decisions.reconciling import as_one
from decisions.store import feedback, hearings, names, publications, records
from decisions.store.publications import ShownPublication
from decisions.tables import gazetteer_of
from decisions.views import CaseInFull, DecisionInFull

MAX_FOUND = 50
CLOSED = ("Ratkaistu", "Päätetty")
"""What the register says of a case in which nothing is pending."""


async def decision(conn: Connection, key: str) -> DecisionInFull:
    """Return a decision by its key, or by that which a record of it has; a problem where there is none, or not any
    more."""
    key = await records.key_told(conn, key) or key
    shown = _seen(await publications.find(conn, "decision", key), "decision")
    motion = await publications.find(conn, "motion", key)
    stored = await records.of_keys(conn, [key])
    return DecisionInFull(
        shown,
        motion.publication if motion and not motion.publication.removed else None,
        as_one(stored),
        [record for record in stored if record.kind == "decision"],
    )


async def case(conn: Connection, key: str, service: Service) -> CaseInFull:
    """Return a case with all that belongs to it, by its key or by its number as pages write it."""
    key = case_key(key)
    shown = _seen(await publications.find(conn, "case", key), "case")
    record = (await records.cases(conn, [key])).get(key)
    content = record.content if record else None
    assert content is None or isinstance(content, Case)
    documents = await _documents(conn, key, content)
    heard = coming(await hearings.of_cases(conn, [key]), service.clock())
    parts = await publications.of_case(conn, key)
    meetings = await next_meetings(conn, [key], service.clock())
    return CaseInFull(
        shown,
        content,
        parts,
        Course(
            opened=shown.published_at,
            hearing=heard[0].starts if heard else None,
            meeting=meetings[key].starts if meetings else None,
            decided=max((one.publication.decided for one in parts if one.publication.decided), default=None),
            comments=(await feedback.counted(conn, [key])).get(key, Comments()),
            closed=content is not None and content.status in CLOSED,
        ),
        heard,
        await feedback.answers(conn, key),
        await names.of(conn, "premises", {hearing.premises for hearing in heard}),
        await names.of(conn, "space", {space for hearing in heard for space in hearing.spaces}),
        await records.meetings_on(conn, [key]),
        documents,
        await records.initiatives(conn, documents),
    )


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case or a decision in a list, with what residents said about its case, and the meeting that it is on the agenda
    of, where one is coming."""

    shown: ShownPublication
    comments: Comments
    meeting: Meeting | None = None


@dataclass(frozen=True, slots=True)
class Lanes:
    """What residents can have a say in: what waits for their comments, what comes to a decision, the next meeting
    first, and what was decided."""

    open: Sequence[ListedCase]
    coming: Sequence[ListedCase]
    decided: Sequence[ListedCase]


async def lanes(conn: Connection, districts: Sequence[str] | None, now: datetime, limit: int) -> Lanes:
    """Return the cases and decisions of these districts (None: all) by how far they are."""
    pending = await publications.open_of_area(conn, districts, limit, 0)
    decided = await publications.of_area(conn, districts, limit, 0)
    said = await feedback.counted(conn, {one.publication.case for one in (*pending, *decided)})
    meetings = await next_meetings(conn, [one.publication.key for one in pending], now)

    def listed(one: ShownPublication) -> ListedCase:
        return ListedCase(one, said.get(one.publication.case, Comments()), meetings.get(one.publication.key))

    cases = [listed(one) for one in pending]
    return Lanes(
        [one for one in cases if one.meeting is None],
        sorted((one for one in cases if one.meeting), key=lambda one: one.meeting.starts if one.meeting else now),
        [listed(one) for one in decided],
    )


async def next_meetings(conn: Connection, cases: Sequence[str], now: datetime) -> dict[str, Meeting]:
    """Tell at which coming meeting each of these cases is on the agenda, of those that are."""
    found: dict[str, Meeting] = {}
    for meeting in await records.meetings_on(conn, cases):
        if meeting.starts > now and meeting.status != "cancelled":
            for item in meeting.agenda:
                if item.case is not None and item.case in cases and not item.secret:
                    found.setdefault(item.case, meeting)
    return found


async def _documents(conn: Connection, key: str, case: Case | None) -> list[Document]:
    """Return the documents of a case and the attachments of its decisions that are public, each once."""
    stored = await records.of_keys(conn, [p.publication.key for p in await publications.of_case(conn, key)])
    decisions = [record.content for record in stored if isinstance(record.content, Decision)]
    found = [*(case.documents if case else ()), *(document for one in decisions for document in one.documents)]
    return list({document.id: document for document in found if document.public and document.title}.values())


def _seen(shown: ShownPublication | None, what: str) -> ShownPublication:
    if shown is None:
        raise Problem(404, "unknown", f"There is no such {what} here.")
    if shown.publication.removed:
        raise Problem(410, "removed", f"The city took this {what} back.")
    return shown


def area(installation: Installation, district: Sequence[str], unit: str | None) -> list[str] | None:
    """Return the districts to look in: those named, those of a library's area, those that are both, or all (None)."""
    if unit is not None and unit not in installation.libraries:
        raise Problem(404, "unknown-unit", f"There is no library {unit} in the pilot.", pointer="/unit")
    of_unit = None if unit is None else installation.libraries[unit].districts
    if of_unit is None:
        return sorted(set(district)) or None
    return sorted(set(district) & set(of_unit) if district else set(of_unit))


async def search(
    service: Service, words: str, session: UUID | None, by: Caller | None, language: str
) -> tuple[int, list[ShownPublication]]:
    """Search, and tell that somebody did and how much was found, where they have a session or a key; what they looked
    for is told to nobody."""
    await lemmas.ready()
    async with service.pool.acquire() as conn:
        hits, found = await publications.found(conn, words, gazetteer_of(service.installation), MAX_FOUND)
    fact = SearchPerformed(search=session or uuid7(), session=session, hits=hits)
    service.searches.performed(fact, by, at=service.clock(), unit="none", language=language, assisted=False)
    return hits, found
