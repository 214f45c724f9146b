"""COPY alone: the ledger's rows into a table like the ledger, in transactions as large as the worker's.

Asked for: postgres, entries (a file with the rows, pickled).
"""

import pickle
import time
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from analytics.store.ledger import COLUMNS
from chassis.reader import LOG_TRANSACTION

from tests.load.programs import arguments, collect_rarely, tell


async def main(asked: dict[str, Any]) -> None:
    entries = pickle.loads(Path(asked["entries"]).read_bytes())
    conn = await asyncpg.connect(asked["postgres"])
    await conn.execute("drop table if exists copied; create table copied (like analytics.ledger including all)")
    collect_rarely()
    begun = time.perf_counter()
    for at in range(0, len(entries), LOG_TRANSACTION):
        async with conn.transaction():
            await conn.copy_records_to_table("copied", columns=COLUMNS, records=entries[at : at + LOG_TRANSACTION])
    tell(rate=len(entries) / (time.perf_counter() - begun), rows=await conn.fetchval("select count(*) from copied"))
    await conn.execute("drop table copied")
    await conn.close()


if __name__ == "__main__":
    uvloop.run(main(arguments()))
