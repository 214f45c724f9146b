"""What pages and the API look up: one function a view."""

from collections.abc import Sequence
from uuid import UUID

from chassis import Caller, Connection, Problem, Service
from chassis.installation import Installation
from omatoimi_contracts.outcomes import SearchPerformed
from omatoimi_contracts.vocabulary import case_key
from uuid_utils.compat import uuid7

from decisions import lemmas
from decisions.domain.hearing import coming
from decisions.domain.records import Case, Decision, Document
from decisions.reconciling import as_one
from decisions.store import feedback, hearings, names, publications, records
from decisions.store.publications import ShownPublication
from decisions.tables import gazetteer_of
from decisions.views import CaseInFull, DecisionInFull

MAX_FOUND = 50


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
    return CaseInFull(
        shown,
        content,
        await publications.of_case(conn, key),
        heard,
        await feedback.answers(conn, key),
        await names.of(conn, "premises", {hearing.premises for hearing in heard}),
        await names.of(conn, "space", {space for hearing in heard for space in hearing.spaces}),
        await records.meetings_on(conn, [key]),
        documents,
        await records.initiatives(conn, documents),
    )


async def _documents(conn: Connection, key: str, case: Case | None) -> list[Document]:
    """The documents of a case and the attachments of its decisions that are public, each once."""
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
