"""Take what residents say about a case, and tell them what they are answered."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, TypeVar
from uuid import UUID

from chassis import (
    ANYONE,
    PARTICIPATION,
    STAFF_CHANNEL,
    Connection,
    DueRequest,
    Emission,
    LockKey,
    Registry,
    Reject,
    Request,
    Thing,
    Transaction,
)
from chassis.installation import Installation
from omatoimi_contracts.decisions import FeedbackAnswered, FeedbackFact, FeedbackLapsed, FeedbackReceived
from omatoimi_contracts.requests import AnswerRequested, FeedbackRequested, MessageRequested
from uuid_utils.compat import uuid7

from decisions.domain.feedback import Feedback, answer_by, why_not_answer
from decisions.publication import Publication
from decisions.store import feedback as store
from decisions.store import publications
from decisions.store.feedback import Said

F = TypeVar("F", bound=FeedbackFact)


class LapseDue(DueRequest):
    """The time to answer a feedback is over."""

    TYPE: ClassVar[str] = "omatoimi.feedback-lapse.due.v1"
    feedback: UUID


async def keys_of_case(_: Transaction, requests: Sequence[Request[FeedbackRequested]]) -> set[LockKey]:
    """Name the cases, lest one is removed meanwhile."""
    return {("case", request.data.case) for request in requests}


async def keys_of_feedback(tx: Transaction, requests: Sequence[Request[AnswerRequested | LapseDue]]) -> set[LockKey]:
    """Name the feedbacks, and the cases they are about."""
    ids = [request.data.feedback for request in requests]
    return {("feedback", str(id_)) for id_ in ids} | {("case", case) for case in await store.cases_of(tx.conn, ids)}


async def things(conn: Connection, requests: Sequence[Request[AnswerRequested]]) -> list[Thing | None]:
    """Return the feedbacks, of no channel and no library."""
    since = await store.received(conn, [request.data.feedback for request in requests])
    return [Thing(None, "none", at) if (at := since.get(request.data.feedback)) else None for request in requests]


def stated(kind: type[F], feedback: Feedback, case: Publication, **more: object) -> F:
    """Return a fact about a feedback, with the dimensions of its case as they are now."""
    return kind(
        feedback=feedback.id,
        case=feedback.case,
        body=case.body,
        primary=case.primary,
        mentioned=case.mentioned,
        answer_by=feedback.answer_by,
        **more,
    )


def register(registry: Registry, installation: Installation) -> None:
    """Let the registry take feedback and answers, and their end."""
    unit_of = installation.library_of
    _register_lapse(registry, unit_of)

    @registry.on(
        FeedbackRequested,
        path="/v1/feedback",
        page="/comment",
        may=ANYONE,
        locks=keys_of_case,
        reasons={404: ("unknown-case",)},
    )
    async def receive(request: Request[FeedbackRequested], tx: Transaction) -> Emission | Reject:
        """Say something about a case. It must be one that can be seen; the words stay here."""
        case = await publications.find(tx.conn, "case", request.data.case)
        if case is None or case.publication.removed:
            return Reject("unknown-case")
        until = answer_by(tx.now, case.publication.answer_by)
        feedback = Feedback(str(uuid7()), request.data.case, tx.now, until)
        await store.add(tx.conn, feedback, request.data.text, request.by.person)
        fact = stated(FeedbackReceived, feedback, case.publication)
        return request.outcome(fact, unit=unit_of(case.publication.primary))

    @registry.on(
        AnswerRequested,
        path="/v1/answers",
        page="/desk/feedback/{feedback}",
        may=STAFF_CHANNEL | PARTICIPATION,
        of=things,
        locks=keys_of_feedback,
        reasons={404: ("unknown-feedback",), 409: ("already-answered", "lapsed")},
    )
    async def answer(request: Request[AnswerRequested], tx: Transaction) -> Emission | Reject:
        """Answer a feedback; the answer is published on the case (staff). Once, and before it lapses."""
        asked = request.data
        said = await store.find(tx.conn, asked.feedback)
        if said is None:
            return Reject("unknown-feedback")
        against = why_not_answer(said.feedback, tx.now)
        if against:
            return Reject(against)
        await store.answer(tx.conn, asked.feedback, asked.text, asked.changed, tx.now, request.by.office)
        case = await publications.find(tx.conn, "case", said.feedback.case)
        assert case is not None
        unit = unit_of(case.publication.primary)
        _tell_writer(said, unit, request, tx)
        fact = stated(FeedbackAnswered, said.feedback, case.publication, changed=asked.changed)
        return request.outcome(fact, unit=unit)


def _tell_writer(said: Said, unit: str, request: Request[AnswerRequested], tx: Transaction) -> None:
    """Ask people to tell whoever said it, where that is known, that it is answered."""
    if said.person is not None:
        about = {"cause": request.id, "unit": unit, "case": said.feedback.case}
        tx.ask_of_another(MessageRequested(person=said.person, kind="feedback-answered", **about), after=request)


def _register_lapse(registry: Registry, unit_of: Callable[[Iterable[str]], str]) -> None:
    @registry.on(LapseDue, locks=keys_of_feedback)
    async def lapse(request: Request[LapseDue], tx: Transaction) -> Emission | None:
        """Record that nobody answered in time; its time is `answer_by`, however late the record."""
        said = await store.find(tx.conn, request.data.feedback)
        if said is None or why_not_answer(said.feedback, tx.now) != "lapsed":
            return None
        if not await store.lapse(tx.conn, request.data.feedback):
            return None
        case = await publications.find(tx.conn, "case", said.feedback.case)
        assert case is not None
        fact = stated(FeedbackLapsed, said.feedback, case.publication)
        return request.outcome(fact, unit=unit_of(case.publication.primary), time=said.feedback.answer_by)
