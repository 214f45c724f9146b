"""Make what can be seen anew from all records after each change of them, and tell what differs."""

from collections.abc import Collection, Iterable

from chassis import Transaction
from omatoimi_contracts.topics import DECISIONS_DOCUMENTS

from decisions.domain.records import Case, Decision, Motion
from decisions.publication import Change, Circumstances, Publication, change, of_case, of_decision, of_motion, whole
from decisions.store import hearings, publications, records, withheld
from decisions.store.records import Stored
from decisions.tables import gazetteer_of


async def reconcile(tx: Transaction, keys: Collection[str], cases: Collection[str]) -> list[Change]:
    """Bring the decisions and motions of these keys, and these cases, to what their records say. Their locks are held.

    Returns what changed: decisions and motions first, then cases.
    """
    before = await publications.of_keys(tx.conn, ("decision", "motion"), keys) if keys else []
    changes = await _decisions(tx, keys, before) if keys else []
    touched = {publication.case for publication in (*before, *(one.publication for one in changes))}
    return changes + (await _cases(tx, {*cases, *touched}) if cases or touched else [])


async def merge(tx: Transaction, names: Iterable[str | None]) -> list[str]:
    """Bring all records of one decision, which these keys and acts name, under the key that was told first. Returns
    the keys that they had, that one first."""
    keys = await records.keys_told(tx.conn, names)
    if len(keys) > 1:
        await records.move(tx.conn, keys[0], keys[1:])
    return keys


async def _decisions(tx: Transaction, keys: Collection[str], known: Collection[Publication]) -> list[Change]:
    stored, gazetteer = await records.of_keys(tx.conn, keys), gazetteer_of(tx.installation)
    before = {(publication.kind, publication.key): publication for publication in known}
    changes = []
    for key in sorted(keys):
        own = [record for record in stored if record.key == key]
        one, motions = as_one(own), [record.content for record in own if isinstance(record.content, Motion)]
        changes += [
            change(before.get(("decision", key)), of_decision(one, gazetteer)),
            change(before.get(("motion", key)), of_motion(one, motions, gazetteer)),
        ]
    return await _save(tx, changes)


def as_one(stored: Iterable[Stored]) -> Decision | None:
    """Return a decision of all its records, in the order they came."""
    told: dict[str, list[Decision]] = {"register": [], "minutes": []}
    for record in stored:
        if isinstance(record.content, Decision):
            told[record.source].append(record.content)
    return whole(told["register"], told["minutes"])


async def _cases(tx: Transaction, cases: Collection[str]) -> list[Change]:
    conn = tx.conn
    stored = await records.cases(conn, cases)
    before = {p.key: p for p in await publications.of_keys(conn, ("case",), cases)}
    first = await publications.first_of_cases(conn, cases)
    heard = await hearings.of_cases(conn, cases)
    dates = await records.answer_by(conn, cases)
    secret, untitled = await withheld.keys(conn, "case", cases), await withheld.cases(conn, cases)
    changes = []
    for key in sorted(cases):
        record = stored.get(key)
        content = record.content if record else None
        taken_back = record is not None and content is None
        beside = Circumstances(
            first=first.get(key),
            hearings=tuple(hearing for hearing in heard if hearing.case == key),
            answer_by=dates.get(key),
            untitled=key in untitled,
        )
        assert content is None or isinstance(content, Case)
        after = (
            None
            if taken_back or key in secret
            else of_case(key, content, beside, gazetteer_of(tx.installation), tx.now)
        )
        changes.append(change(before.get(key), after))
    return await _save(tx, changes)


async def _save(tx: Transaction, changes: Collection[Change | None]) -> list[Change]:
    real = [one for one in changes if one is not None]
    await publications.save(tx.conn, [one.publication for one in real], gazetteer_of(tx.installation), tx.now)
    for one in real:
        if one.publication.kind != "motion":
            tx.publish(DECISIONS_DOCUMENTS.name, one.publication.key)
    return real
