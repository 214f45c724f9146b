"""Example content as rows, to be taken out again."""

from collections.abc import Sequence

from chassis import Transaction
from omatoimi_contracts.topics import NOTICES_DOCUMENTS

NOTICES = "delete from notices.notice where notice::text = any($1::text[]) returning notice::text"
# What other services told of their own example content.
FORGET = (
    "delete from notices.organisation where organisation::text = any($1::text[])",
    "delete from notices.booking where booking::text = any($1::text[])",
    "delete from notices.name where code = any($1::text[])",
    "delete from notices.decision where decision = any($1::text[])",
    "delete from notices.decision_words where decision = any($1::text[])",
    "delete from notices.known_case where case_key = any($1::text[])",
)


async def take_out(tx: Transaction, subjects: Sequence[str]) -> None:
    """Forget notices, organisations, bookings and decisions of example content; the words of its notices are taken
    back. A real notice stays until its end, also one of an organisation, booking or case that was made up."""
    for row in await tx.conn.fetch(NOTICES, list(subjects)):
        tx.publish(NOTICES_DOCUMENTS.name, row["notice"])
    for statement in FORGET:
        await tx.conn.execute(statement, list(subjects))
