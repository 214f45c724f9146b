"""Example content as rows, to be taken out again."""

from collections.abc import Sequence

from chassis import Transaction
from omatoimi_contracts.topics import DECISIONS_DOCUMENTS

PUBLICATIONS = "delete from decisions.publication where key = any($1::text[]) returning kind, key"
FORGET = (
    "delete from decisions.record where key = any($1::text[])",
    "delete from decisions.feedback where feedback::text = any($1::text[]) or case_key = any($1::text[])",
    "delete from decisions.hearing where booking::text = any($1::text[])",
)


async def take_out(tx: Transaction, subjects: Sequence[str]) -> None:
    """Forget cases, decisions, feedback and hearings of example content; their words are taken back. What somebody real
    has said about a case that was made up goes with the case: nobody can answer it any more."""
    for row in await tx.conn.fetch(PUBLICATIONS, list(subjects)):
        if row["kind"] != "motion":
            tx.publish(DECISIONS_DOCUMENTS.name, row["key"])
    for statement in FORGET:
        await tx.conn.execute(statement, list(subjects))
