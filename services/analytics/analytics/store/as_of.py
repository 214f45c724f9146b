"""Fold the facts as of a position: from a part of the ledger, or all of it without example content, into temporary
tables that stand before the live ones. Nobody else sees them."""

from chassis import Connection

from analytics.domain.position import Position
from analytics.store import queries
from analytics.store.facts import FOLDS, PATIENCE, fold

KEY = """
select array_agg(a.attname order by k.place)
from pg_index i, unnest(i.indkey) with ordinality k(attnum, place), pg_attribute a
where i.indrelid = $1::text::regclass and i.indisprimary and a.attrelid = i.indrelid and a.attnum = k.attnum
"""


async def fold_before(conn: Connection, position: Position) -> None:
    """Fold all records before a position, for the rest of the transaction."""
    await _make_tables(conn, "drop")
    await conn.execute("create temp table known (log text, partition int, next_offset bigint) on commit drop")
    rows = [(log, partition, at) for (log, partition), at in position.next_offsets.items()]
    await conn.copy_records_to_table("known", schema_name="pg_temp", records=rows)
    await conn.execute(
        "create temp view ledger as select l.* from analytics.ledger l join known using (log, partition)"
        ' where l."offset" < known.next_offset'
    )
    await _fold_all(conn)


async def refold(conn: Connection) -> dict[str, int]:
    """Fold all records anew and take the result, in the caller's transaction; returns what `take` does."""
    await _make_tables(conn, "drop")
    await _fold_all(conn)
    return await take(conn)


async def take(conn: Connection) -> dict[str, int]:
    """Make the live facts equal to these, by the rows that differ; returns how many those are, by table."""
    return {each.table: await _take(conn, each.table) for each in FOLDS}


async def _take(conn: Connection, table: str) -> int:
    key = ", ".join(await conn.fetchval(KEY, f"facts.{table}"))
    # The names are those of our own files and columns.
    gone = await conn.execute(
        f"delete from facts.{table} where ({key}) in"  # noqa: S608
        f" (select {key} from (table facts.{table} except table pg_temp.{table}) differs)",
        timeout=PATIENCE,
    )
    new = await conn.execute(
        f"insert into facts.{table} (table pg_temp.{table} except table facts.{table})", timeout=PATIENCE
    )
    return max(int(status.rpartition(" ")[2]) for status in (gone, new))


async def _make_tables(conn: Connection, on_commit: str) -> None:
    for each in FOLDS:
        await conn.execute(
            f"create temp table {each.table} (like facts.{each.table} including all) on commit {on_commit}"
        )


async def _fold_all(conn: Connection) -> None:
    await conn.execute(f"set local search_path = {queries.AS_OF}")
    await fold(conn, 0)
    # Nothing analyses temporary tables by itself.
    await conn.execute("analyze " + ", ".join(each.table for each in FOLDS), timeout=PATIENCE)
