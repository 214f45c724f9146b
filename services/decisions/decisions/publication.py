"""What can be seen of a case, a motion or a decision, made of the records that tell of it.

It is always made anew from all of them, so that a correction, a second language, a removal and a hearing come the same
way; what differs from before is told as one event.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import reduce
from typing import Any, Literal

from omatoimi_contracts.decisions import (
    CaseChanged,
    CasePublished,
    CaseRemoved,
    DecisionChanged,
    DecisionPublished,
    DecisionRemoved,
    MotionChanged,
    MotionPublished,
    MotionRemoved,
    RecordFact,
)
from omatoimi_contracts.vocabulary import Slot

from decisions.domain import districts
from decisions.domain.districts import Match
from decisions.domain.hearing import Hearing, coming
from decisions.domain.records import Case, Decision, Flag, Motion, digest, join, told_twice
from decisions.gazetteer import Gazetteer
from decisions.words import Words, public
from decisions.words import digest as digest_of_words

PublicationKind = Literal["decision", "motion", "case"]
PublicationAct = Literal["published", "changed", "removed"]

FACTS: dict[tuple[PublicationKind, PublicationAct], type[RecordFact]] = {
    ("case", "published"): CasePublished,
    ("case", "changed"): CaseChanged,
    ("case", "removed"): CaseRemoved,
    ("motion", "published"): MotionPublished,
    ("motion", "changed"): MotionChanged,
    ("motion", "removed"): MotionRemoved,
    ("decision", "published"): DecisionPublished,
    ("decision", "changed"): DecisionChanged,
    ("decision", "removed"): DecisionRemoved,
}
LANGUAGES = ("fi", "sv", "en")
"""In this order a text is told where one has to be chosen."""
EVIDENCE = 5
"""Words kept for each district."""


@dataclass(frozen=True, slots=True)
class Publication:
    """`words` stand in each language there is, the first being the one that is told on. `state` is a digest of all that
    makes it another state than before, `made` says that a case has no record of its own but was made from a decision.
    `version` counts its changes from 1, its removal among them; then no words are left."""

    kind: PublicationKind
    key: str
    case: str
    body: str | None
    body_name: str
    primary: tuple[str, ...]
    mentioned: tuple[str, ...]
    evidence: tuple[Match, ...]
    words: tuple[Words, ...]
    digest: str
    state: str
    decided: date | None = None
    section: int | None = None
    answer_by: datetime | None = None
    hearing: Slot | None = None
    made: bool = False
    version: int = 1
    removed: bool = False

    def in_language(self, language: str) -> Words:
        """Return the words in this language, else in the one that is told on."""
        return next((words for words in self.words if words.language == language), self.words[0])


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a publication, as it is now."""

    act: PublicationAct
    publication: Publication

    def fact(self) -> RecordFact:
        """Return the event's data: names, districts, version and digest, and no words."""
        now = self.publication
        own: dict[str, dict[str, Any]] = {
            "case": {"answer_by": now.answer_by, "hearing": now.hearing},
            "motion": {"motion": now.key},
            "decision": {"decision": now.key, "decided": now.decided, "section": now.section},
        }
        return FACTS[now.kind, self.act](
            case=now.case,
            body=now.body,
            primary=now.primary,
            mentioned=now.mentioned,
            version=now.version,
            digest=now.digest,
            **own[now.kind],
        )


def change(before: Publication | None, after: Publication | None) -> Change | None:
    """Tell what is told when one state follows another; None where nothing new is to be seen. A version never comes
    twice, not even after a removal."""
    if before is None or before.removed:
        version = before.version + 1 if before else 1
        return Change("published", replace(after, version=version)) if after else None
    if after is None:
        return Change("removed", replace(before, version=before.version + 1, removed=True, words=(), evidence=()))
    if (after.state, after.primary, after.mentioned) == (before.state, before.primary, before.mentioned):
        return None
    return Change("changed", replace(after, version=before.version + 1))


def of_decision(one: Decision | None, gazetteer: Gazetteer) -> Publication | None:
    """Return a decision from all that tells of it."""
    if one is None:
        return None
    words = _words(Words(v.language, v.title, v.sections) for v in one.versions)
    places = one.places(gazetteer)
    return Publication(
        kind="decision",
        key=one.key,
        case=one.case,
        body=one.body.id,
        body_name=one.body.name,
        primary=districts.primary(places),
        mentioned=districts.mentioned(places),
        evidence=_evidence(places),
        words=words,
        digest=digest_of_words(words[0]),
        state=digest(one),
        decided=one.date,
        section=int(one.section or 0) or None,
    )


def of_motion(one: Decision | None, motions: Sequence[Motion], gazetteer: Gazetteer) -> Publication | None:
    """Return a motion from the decision that holds it, else from the newest record of its own."""
    motion = (one and one.motion) or (motions[-1] if motions else None)
    if motion is None:
        return None
    words = _words([Words(motion.language, motion.title, motion.sections)])
    places = motion.places(gazetteer)
    return Publication(
        kind="motion",
        key=motion.key,
        case=one.case if one else motion.case,
        body=motion.body,
        body_name=one.body.name if one else "",
        primary=districts.primary(places),
        mentioned=districts.mentioned(places),
        evidence=_evidence(places),
        words=words,
        digest=digest_of_words(words[0]),
        state=digest(motion),
        decided=motion.date,
    )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a case beside its record. `first` is what was first decided or proposed in it, `untitled` that
    its title would tell what a secret decision hides."""

    first: Publication | None
    hearings: tuple[Hearing, ...]
    answer_by: datetime | None
    untitled: bool


def of_case(
    key: str, record: Case | None, beside: Circumstances, gazetteer: Gazetteer, now: datetime
) -> Publication | None:
    """Return a case from its record; where there is none, it is made from what was first decided in it, so that a
    decision always has its case."""
    first = beside.first
    if record is None and first is None:
        return None
    words: tuple[Words, ...]
    if record is not None:
        shown = replace(record, title="", flags=record.flags | {Flag.TITLE_WITHHELD}) if beside.untitled else record
        evidence, state = shown.places(gazetteer), digest(shown)
        words = _words([Words(shown.title_language, shown.title)])
    else:
        assert first is not None
        evidence = () if beside.untitled else first.evidence
        words = _words(replace(w, title="" if beside.untitled else w.title, sections=()) for w in first.words)
        state = _state([asdict(w) for w in words], districts.primary(evidence), districts.mentioned(evidence))
    held = tuple(replace(hearing, sequence=0) for hearing in beside.hearings if not hearing.cancelled)
    return Publication(
        kind="case",
        key=key,
        case=key,
        body=first.body if first else None,
        body_name=first.body_name if first else "",
        primary=districts.primary(evidence),
        mentioned=districts.mentioned(evidence),
        evidence=evidence,
        words=words,
        digest=digest_of_words(words[0]),
        state=_state(state, [asdict(hearing) for hearing in held], beside.answer_by),
        answer_by=beside.answer_by,
        hearing=_next(held, now),
        made=record is None,
    )


def whole(register: Sequence[Decision], minutes: Sequence[Decision] = ()) -> Decision | None:
    """Return all records of a decision as one: those of the register and its minutes, each in the order they came."""
    told = [reduce(join, records) for records in (register, minutes) if records]
    return reduce(told_twice, told) if told else None


def _evidence(places: Iterable[Match]) -> tuple[Match, ...]:
    """Return the first words that speak for each district, some of each kind."""
    kept: dict[tuple[str, bool], list[Match]] = {}
    for match in places:
        kept.setdefault((match.district, match.primary), []).append(match)
    return tuple(match for matches in kept.values() for match in matches[:EVIDENCE])


def _words(all_words: Iterable[Words]) -> tuple[Words, ...]:
    """Return the newest words of each language, Finnish first."""
    newest = {words.language: words for words in (replace(public(w), language=_known(w.language)) for w in all_words)}
    return tuple(sorted(newest.values(), key=lambda words: LANGUAGES.index(words.language)))


def _known(language: str) -> str:
    return language if language in LANGUAGES else LANGUAGES[0]


def _state(*parts: object) -> str:
    text = json.dumps(parts, default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _next(held: Sequence[Hearing], now: datetime) -> Slot | None:
    """Return the next hearing, else the last that was."""
    ordered = coming(held, now) or sorted(held, key=lambda hearing: hearing.starts)[-1:]
    return Slot(start=ordered[0].starts, end=ordered[0].ends) if ordered else None
