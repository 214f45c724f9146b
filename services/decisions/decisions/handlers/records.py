"""Take in the city's records: new, corrected, taken back, withheld."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chassis import STAFF_CHANNEL, Emission, LockKey, Registry, Reject, Request, Transaction, by_clock
from chassis.installation import Installation
from omatoimi_contracts.decisions import (
    CaseChanged,
    CaseRemoved,
    DecisionChanged,
    DecisionRemoved,
    MotionChanged,
    MotionRemoved,
    RecordReceived,
    RecordRefused,
)
from omatoimi_contracts.outcomes import RequestRejected
from omatoimi_contracts.requests import RecordRequested
from omatoimi_contracts.vocabulary import Fact

from decisions import lemmas
from decisions.domain.records import Decision, Meeting, Motion, RefusedRecord, Secret, digest, supersedes
from decisions.handlers.units import UnitOf
from decisions.parsing import parse
from decisions.publication import Change
from decisions.reading import SentRecord, name_digest, own_id
from decisions.reconciling import merge, reconcile
from decisions.store import publications, records, withheld
from decisions.store.records import Stored

RecordRequest = Request[RecordRequested]

FORMS = {"minutes": ("decision", "motion"), "decision": ("decision",), "motion": ("motion",)}
"""What minutes are kept as."""
STATUSES: dict[type[Fact], int] = {
    CaseChanged: 200,
    CaseRemoved: 200,
    DecisionChanged: 200,
    DecisionRemoved: 200,
    MotionChanged: 200,
    MotionRemoved: 200,
    RecordReceived: 200,
    RecordRefused: 409,
}
UNREADABLE = (
    *("bad-characters", "bad-field", "bad-id", "bad-markup", "bad-record", "bad-time", "no-body", "no-id", "no-time"),
    *("not-minutes", "too-long", "unknown-kind"),
)
"""Why a record could not be read."""
BY_ID = ("initiative", "resolution")
"""Kinds of which the id alone tells what must be held."""


async def keys(tx: Transaction, requests: Sequence[RecordRequest]) -> set[LockKey]:
    """Name the records by their own ids and by the keys that languages share, and the cases they belong to, before and
    after."""
    names: set[str] = set()
    cases: set[str] = set()
    for request in requests:
        sent = None if request.data.kind in BY_ID else request.prepared
        names |= {sent.id, sent.key} | ({sent.act} if sent.act else set()) if sent else {own_id(request.data)}
        cases |= {sent.case} if sent and sent.case else set()
        cases |= {own_id(request.data)} if request.data.kind == "case" else set()
        if sent:
            names, cases = names | set(sent.mentions), cases | set(sent.mentions)
    for others, case in await records.near(tx.conn, names):
        names |= others
        cases |= {case} if case else set()
    return {("record", name) for name in names} | {("case", case) for case in cases}


def register(registry: Registry, installation: Installation) -> None:
    """Let the registry take records of the city."""
    unit_of = installation.library_of

    async def parsed(request: RecordRequest) -> SentRecord | None:
        """Return the record, where one is to be taken in, by who may."""
        await lemmas.ready()
        return None if request.data.remove else await parse(request.data, installation)

    @registry.on(
        RecordRequested,
        path="/v1/records",
        no_page="the city's case system sends its records, and `omatoimi import` takes files",
        may=STAFF_CHANNEL,
        locks=keys,
        prepare=parsed,
        statuses=STATUSES,
        reasons={404: ("unknown-record",), 409: (*UNREADABLE, "withheld")},
    )
    async def take_in(request: RecordRequest, tx: Transaction) -> Emission | Reject:
        """Take in a record of the city, or take it back (staff). 201 for what is published, 200 for what is changed,
        removed, stored without an event or known already, 409 for a record that cannot be taken in or is not public."""
        if request.data.remove:
            return await _take_back(request, tx, unit_of)
        sent: SentRecord = request.prepared
        if isinstance(sent.content, RefusedRecord):
            fact = RecordRefused(record=name_digest(sent.id), reason=sent.content.code, digest=sent.digest)
            return request.outcome(fact, unit=request.by.channel.unit)
        if isinstance(sent.content, Secret):
            return await _withhold(request, tx, sent.content, unit_of)
        if isinstance(sent.content, Decision | Motion) and await _hidden(tx, sent):
            return Reject("withheld")
        return await _keep(request, tx, sent, unit_of)


async def _keep(request: RecordRequest, tx: Transaction, sent: SentRecord, unit_of: UnitOf) -> Emission:
    assert not isinstance(sent.content, Secret | RefusedRecord)
    told: list[str] = []
    if isinstance(sent.content, Decision | Motion):
        told = await merge(tx, (sent.key, sent.act)) or [sent.key]
        sent = sent.under(told[0])
        assert not isinstance(sent.content, Secret | RefusedRecord)
    if isinstance(sent.content, Meeting):
        sent = replace(sent, content=sent.content.without(await _secret_among(tx, sent.mentions)))
        assert isinstance(sent.content, Meeting)
    known = await records.find(tx.conn, sent.kind, sent.id)
    now = digest(sent.content)
    answer_by = request.data.answer_by or (known.answer_by if known else None)
    repeated = known and _same(known, now, answer_by) and (known.content or known.replaced)
    if len(told) <= 1 and (repeated or (known and known.content and _outdated(known, sent))):
        return _received(request, sent.kind, sent.id, now)
    await withheld.lift(tx.conn, sent.kind, sent.id)
    await records.keep(tx.conn, sent, now, answer_by, tx.now)
    await records.replace_former(tx.conn, sent)
    if isinstance(sent.content, Decision | Motion):
        await records.let_case_return(tx.conn, sent.content.case)
    changes = await _reconcile(tx, [known] if known else [], sent, told)
    return _told(request, tx, changes, unit_of) or _received(request, sent.kind, sent.id, now)


def _same(known: Stored, digest: str, answer_by: object) -> bool:
    return known.digest == digest and known.answer_by == answer_by


def _outdated(known: Stored, sent: SentRecord) -> bool:
    """Tell whether it is outdated. Dumps come in any order: an older state of a meeting takes nothing away."""
    old, new = known.content, sent.content
    return isinstance(old, Meeting) and isinstance(new, Meeting) and not supersedes(new, old)


async def _reconcile(
    tx: Transaction, known: Sequence[Stored], sent: SentRecord | None = None, told: Iterable[str] = ()
) -> list[Change]:
    """Tell what changed, the record's own decision or case first."""
    keys = {record.key for record in known if record.kind in ("decision", "motion")} | set(told)
    cases = {record.case for record in known if record.case}
    if sent and sent.case:
        cases.add(sent.case)
    if sent and isinstance(sent.content, Decision | Motion):
        keys.add(sent.key)
    changes = await reconcile(tx, keys, cases)
    return sorted(changes, key=lambda one: sent is not None and one.publication.key != sent.key)


def _told(request: RecordRequest, tx: Transaction, changes: Sequence[Change], unit_of: UnitOf) -> Emission | None:
    """Tell the first change as the outcome, the others beside it."""
    for one in changes[1:]:
        tx.emit(request.also(one.fact(), unit=unit_of(one.publication.primary)))
    return request.outcome(changes[0].fact(), unit=unit_of(changes[0].publication.primary)) if changes else None


def _received(request: RecordRequest, kind: str, id_: str, digest: str) -> Emission:
    fact = RecordReceived(record=name_digest(id_), kind=kind, digest=digest)
    return request.outcome(fact, unit=request.by.channel.unit)


async def _take_back(request: RecordRequest, tx: Transaction, unit_of: UnitOf) -> Emission | Reject:
    """Forget a record by its own id, or a decision in all its languages and sources by its key; by that of minutes,
    which have no other id, the minutes."""
    kind, id_ = request.data.kind, own_id(request.data)
    sources = ("minutes",) if kind == "minutes" else ("register", "minutes")
    named = await records.named(tx.conn, FORMS.get(kind, (kind,)), id_, sources)
    if not named and kind == "case":
        return await _take_back_made_case(request, tx, unit_of)
    if not named:
        return Reject("unknown-record")
    here = [record for record in named if record.content]
    await records.take_back(tx.conn, here, tx.now)
    changes = await _reconcile(tx, here)
    return _told(request, tx, changes, unit_of) or _received(request, named[0].kind, id_, named[0].digest)


async def _take_back_made_case(request: RecordRequest, tx: Transaction, unit_of: UnitOf) -> Emission | Reject:
    """Take back a case without a record of its own too, until something new is decided in it."""
    key = own_id(request.data)
    case = await publications.find(tx.conn, "case", key)
    if case is None or case.publication.removed:
        return Reject("unknown-record")
    await records.take_back_case(tx.conn, key, case.publication.digest, tx.now)
    told = _told(request, tx, await reconcile(tx, (), (key,)), unit_of)
    assert told is not None
    return told


async def _hidden(tx: Transaction, sent: SentRecord) -> bool:
    """Tell whether another language or source of the same decision is secret: then this one would tell it."""
    names = [sent.key, *([sent.act] if sent.act else []), *await records.keys_told(tx.conn, (sent.key, sent.act))]
    return bool(await withheld.keys(tx.conn, "decision", names, but=sent.id))


async def _secret_among(tx: Transaction, names: Sequence[str]) -> set[str]:
    """Tell which of these cases and decisions a secret record has or belongs to."""
    found = [await withheld.keys(tx.conn, kind, names) for kind in ("decision", "case")]
    return set().union(*found, await withheld.cases(tx.conn, names))


async def _withhold(request: RecordRequest, tx: Transaction, secret: Secret, unit_of: UnitOf) -> Emission:
    """Keep nothing of a secret record. What could be seen of it before is taken away; the title of its case, which may
    tell what it hides, in any case."""
    known = await records.find(tx.conn, secret.kind, secret.id)
    keys: set[str] = set()
    if secret.kind == "decision":
        keys = {secret.key, *await records.keys_told(tx.conn, (secret.key, secret.act))}
        keys |= {known.key} if known else set()
        secret = replace(secret, case=secret.case or await records.case_number_of(tx.conn, keys))
    await withheld.mark(tx.conn, secret)
    await records.forget(tx.conn, secret.kind, secret.id, keys or {secret.key})
    cases = {secret.case} if secret.case else set()
    for meeting in await records.meetings_on(tx.conn, keys | cases):
        await records.rewrite_meeting(tx.conn, meeting.without(keys | cases))
    changes = await reconcile(tx, keys, cases | ({known.case} if known and known.case else set()))
    if any(one.act == "removed" and one.publication.key in keys | cases for one in changes):
        told = _told(request, tx, sorted(changes, key=lambda one: one.act != "removed"), unit_of)
        assert told is not None
        return told
    for one in changes:
        # Told without its cause: nothing on the topic ties the case to a secret record.
        tx.emit(by_clock(one.fact(), unit=unit_of(one.publication.primary), time=tx.now))
    fact = RequestRejected(request=request.id, requesttype=request.type, reason="withheld")
    return request.outcome(fact, unit=request.by.channel.unit)
