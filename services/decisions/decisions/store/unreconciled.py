"""What a migration has left to be made anew from its records."""

from collections.abc import Collection

from chassis import Connection


async def some(conn: Connection, limit: int) -> tuple[set[str], set[str]]:
    """Return some keys of decisions, and of cases."""
    rows = await conn.fetch("select kind, key from decisions.unsettled order by kind, key limit $1", limit)
    decisions, cases = ({row["key"] for row in rows if row["kind"] == kind} for kind in ("decision", "case"))
    return decisions, cases


async def done(conn: Connection, decisions: Collection[str], cases: Collection[str]) -> None:
    """Strike those that have been made anew."""
    await conn.execute(
        "delete from decisions.unsettled where (kind = 'decision' and key = any($1::text[]))"
        " or (kind = 'case' and key = any($2::text[]))",
        list(decisions),
        list(cases),
    )
