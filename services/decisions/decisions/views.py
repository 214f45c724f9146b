"""Cases, decisions and feedback as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from decisions.domain.deadlines import Deadline, deadlines
from decisions.domain.districts import Match
from decisions.domain.feedback import FeedbackState, state
from decisions.domain.hearing import Hearing
from decisions.domain.records import AgendaItem, Case, Decision, Document, Initiative, LanguageVersion, Meeting
from decisions.domain.sections import Section, deciding
from decisions.domain.stages import Course
from decisions.publication import Publication
from decisions.shapes import (
    AgendaPoint,
    Evidence,
    ListedPublication,
    ShownCase,
    ShownDecision,
    ShownDraft,
    ShownFeedback,
    ShownHearing,
    ShownSection,
    ShownWords,
)
from decisions.store.feedback import Said
from decisions.store.names import Names
from decisions.store.publications import ShownPublication
from decisions.store.records import Stored
from decisions.words import Words


@dataclass(frozen=True, slots=True)
class DecisionInFull:
    """A decision, its motion, the record behind it, and those that it was put together from."""

    shown: ShownPublication
    motion: Publication | None
    record: Decision | None
    sources: Sequence[Stored]

    @property
    def deadlines(self) -> tuple[Deadline, ...]:
        """What the decision asks for, and until when."""
        now = self.shown.publication
        return tuple(deadlines(deciding(now.words[0].sections), now.decided)) if now.decided else ()


@dataclass(frozen=True, slots=True)
class CaseInFull:
    """A case with all that belongs to it; `premises` and `spaces` are the names of those where residents are heard."""

    shown: ShownPublication
    record: Case | None
    parts: Sequence[ShownPublication]
    course: Course
    hearings: Sequence[Hearing]
    answers: Sequence[Said]
    premises: Names
    spaces: Names
    meetings: Sequence[Meeting]
    documents: Sequence[Document]
    initiatives: Sequence[Initiative]

    @property
    def summary(self) -> tuple[str, str]:
        """The beginning of what was decided last, else of what is proposed, and its language; empty where nothing
        is."""
        for kind in ("decision", "motion"):
            for part in reversed([one.publication for one in self.parts if one.publication.kind == kind]):
                words = part.words[0]
                if told := " ".join(" ".join(deciding(words.sections)).split()):
                    return told, words.language
        return "", ""

    @property
    def agenda(self) -> list[tuple[Meeting, AgendaItem]]:
        """The items of meetings on this case that may be told."""
        key = self.shown.publication.key
        return [(m, item) for m in self.meetings for item in m.agenda if item.case == key and not item.secret]


def in_short(shown: ShownPublication, language: str) -> ListedPublication:
    """Return a publication in a list, its title in this language where there is one."""
    now = shown.publication
    words = now.in_language(language)
    return {
        "kind": now.kind,
        "key": now.key,
        "case": now.case,
        "title": words.title,
        "language": words.language,
        "body": {"id": now.body, "name": now.body_name},
        "decided": now.decided.isoformat() if now.decided else None,
        "section": now.section,
        "primary": list(now.primary),
        "mentioned": list(now.mentioned),
        "version": now.version,
        "published_at": _moment(shown.published_at),
        "changed_at": _moment(shown.changed_at),
    }


def decision(found: DecisionInFull, language: str) -> ShownDecision:
    """Return a decision with its words in every language, its motion, and the evidence for its districts."""
    now, record = found.shown.publication, found.record
    return {
        **in_short(found.shown, language),
        "digest": now.digest,
        "evidence": [_evidence(match) for match in now.evidence],
        "sources": [_source(record) for record in found.sources],
        "words": [_words(words) for words in now.words],
        "motion": _words(found.motion.words[0]) if found.motion else None,
        "deadlines": [{"date": d.date.isoformat(), "what": d.what, "who": d.who} for d in found.deadlines],
        "votes": [{"ayes": v.ayes, "noes": v.noes, "blank": v.blank, "absent": v.absent} for v in _votes(record)],
        "appeal": _sections(appealing.appeal) if (appealing := appeal(record, language)) else [],
    }


def case(found: CaseInFull, language: str) -> ShownCase:
    """Return a case with its motions and decisions, the hearings on it, and the answers to what residents said."""
    now, record = found.shown.publication, found.record
    return {
        **in_short(found.shown, language),
        "digest": now.digest,
        "evidence": [_evidence(match) for match in now.evidence],
        "status": record.status if record else None,
        "open": found.course.open,
        "comments": asdict(found.course.comments),
        "classification": record.classification.title if record else None,
        "answer_by": _moment(now.answer_by),
        "hearings": [_hearing(hearing, found) for hearing in found.hearings],
        "motions": [in_short(part, language) for part in found.parts if part.publication.kind == "motion"],
        "decisions": [in_short(part, language) for part in found.parts if part.publication.kind == "decision"],
        "agenda": [_on_agenda(meeting, item) for meeting, item in found.agenda],
        "documents": [
            {"id": d.id, "title": d.title, "type": d.type, "language": d.language, "link": d.link}
            for d in found.documents
        ],
        "initiatives": [
            {"file": i.key, "title": i.title, "kind": i.kind, "date": i.date.isoformat()} for i in found.initiatives
        ],
        "answers": [
            {
                "feedback": said.feedback.id,
                "answered_at": _moment(said.feedback.answered),
                "text": said.answer,
                "changed": said.changed,
            }
            for said in found.answers
        ],
    }


def feedback(said: Said, now: datetime) -> ShownFeedback:
    """Tell how a feedback stands, without its words: those are for staff."""
    told = state(said.feedback, now)
    return {
        "feedback": said.feedback.id,
        "case": said.feedback.case,
        "state": "open" if told is FeedbackState.RECEIVED else told,
        "received_at": _moment(said.feedback.received),
        "answer_by": _moment(said.feedback.answer_by),
        "answer": said.answer,
        "changed": said.changed,
        "answered_at": _moment(said.feedback.answered),
        "answered_by": said.answered_by,
    }


def draft(said: Said) -> ShownDraft:
    """Tell the answer that somebody is writing, who and when, and which state of it this is."""
    told: ShownDraft = {"draft": said.draft, "draft_etag": f"{said.drafts:010d}"}
    if said.drafts:
        told |= {"drafted_by": said.drafted_by, "drafted_at": _moment(said.drafted_at)}
    return told


def appeal(record: Decision | None, language: str) -> LanguageVersion | None:
    """Return the version of a decision that tells how to appeal, in this language where one does."""
    told = [version for version in (record.versions if record else ()) if version.appeal]
    return next((version for version in told if version.language == language), told[0] if told else None)


def _votes(record: Decision | None) -> Iterable[Any]:
    return record.votes if record else ()


def _words(words: Words) -> ShownWords:
    return {"language": words.language, "title": words.title, "sections": _sections(words.sections)}


def _sections(sections: Iterable[Section]) -> list[ShownSection]:
    return [{"title": section.title, "paragraphs": list(section.paragraphs)} for section in sections]


def _evidence(match: Match) -> Evidence:
    return {
        "district": match.district,
        "text": match.text,
        "method": match.method,
        "part": match.part,
        "primary": match.primary,
    }


def _on_agenda(meeting: Meeting, item: AgendaItem) -> AgendaPoint:
    return {
        "meeting": meeting.key,
        "body": {"id": meeting.body, "name": meeting.body_name},
        "start": _moment(meeting.starts),
        "status": meeting.status,
        "point": item.point,
        "title": item.title,
    }


def _source(record: Stored) -> dict[str, str | None]:
    """Tell where a text of the decision comes from, and when it came."""
    assert isinstance(record.content, Decision)
    language = record.content.versions[0].language
    return {"source": record.source, "language": language, "received_at": _moment(record.received)}


def _hearing(hearing: Hearing, found: CaseInFull) -> ShownHearing:
    return {
        "booking": hearing.booking,
        "premises": hearing.premises,
        "spaces": list(hearing.spaces),
        "premises_names": found.premises.get(hearing.premises, {}),
        "space_names": {space: found.spaces.get(space, {}) for space in hearing.spaces},
        "start": _moment(hearing.starts),
        "end": _moment(hearing.ends),
    }


def _moment(when: datetime | None) -> str | None:
    return when.isoformat().replace("+00:00", "Z") if when else None
