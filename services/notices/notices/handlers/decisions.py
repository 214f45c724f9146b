"""Show a decision about the library's area in its feed, until the decision is removed."""

from collections.abc import Sequence

from chassis import LockKey, Transaction
from omatoimi_contracts.decisions import DecisionChanged, DecisionFact, DecisionPublished, DecisionRemoved
from omatoimi_contracts.documents import CaseText, DecisionText
from omatoimi_contracts.event import FactEvent

from notices.handlers.registry import registry
from notices.store import decisions


async def keys(_: Transaction, events: Sequence[FactEvent[DecisionFact | DecisionText]]) -> set[LockKey]:
    """Name the decisions: their facts and their words come by two topics at once."""
    return {("decision", event.data.decision) for event in events}


@registry.on(DecisionPublished, locks=keys)
@registry.on(DecisionChanged, locks=keys)
@registry.on(DecisionRemoved, locks=keys)
async def apply(event: FactEvent[DecisionFact], tx: Transaction) -> None:
    """Keep what the decision concerns now; of one that was removed, forget the words."""
    removed = isinstance(event.data, DecisionRemoved)
    await decisions.apply(tx.conn, event.data, int(event.sequence), removed, event.recordedtime)


@registry.on(DecisionText, locks=keys)
async def apply_text(event: FactEvent[DecisionText], tx: Transaction) -> None:
    """Keep the words of a decision."""
    await decisions.apply_text(tx.conn, event.data, event.recordedtime)


async def keys_of_case(_: Transaction, events: Sequence[FactEvent[CaseText]]) -> set[LockKey]:
    return {("decision", event.data.case) for event in events}


@registry.on(CaseText, locks=keys_of_case)
async def learn_case(event: FactEvent[CaseText], tx: Transaction) -> None:
    """Keep that there is such a case. A decision without a case number shares its key with its case: where the case's
    words stand now, the decision's were taken back."""
    await decisions.learn_case(tx.conn, event.data.case)
    await decisions.forget_words(tx.conn, event.data.case)


@registry.on_tombstone("decisions.documents.v1")
async def forget_words(key: str, tx: Transaction) -> None:
    """Forget the words of a decision, or a case."""
    await decisions.forget_words(tx.conn, key)
    await decisions.forget_case(tx.conn, key)
