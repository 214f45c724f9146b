"""Releases of one major go on beside each other: the process of the old one works on the schema of the new one."""

import shutil
from pathlib import Path

import asyncpg
from chassis import Settings
from chassis.migrations import migrate

from tests.kits.chassis import running
from tests.kits.platform import Servers as Platform

from . import toys
from .children import child
from .waiting import until
from .wire import visit_data

EXPANDED = """
alter table gate.visit add column seen_by text not null default 'nobody';
create index visit_counter on gate.visit (counter);
create table gate.future (visit uuid primary key references gate.visit);
alter table chassis.inbox add column note text;
"""


async def expand(settings: Settings, folder: Path) -> None:
    """Migrate as the next release does: its files are those of today and one more."""
    newer = folder / "newer"
    if not newer.exists():
        shutil.copytree(toys.HERE / "gate_migrations", newer)
        (newer / f"{len(list(newer.glob('*.sql'))) + 1:04d}_expand.sql").write_text(EXPANDED)
    conn = await asyncpg.connect(settings.dsn("gate"))
    try:
        assert len(await migrate(conn, "gate", newer)) == 1
    finally:
        await conn.close()


async def test_a_process_goes_on_while_the_next_release_migrates_and_one_begins_on_its_schema(
    platform: Platform, topics: Settings, tmp_path: Path
) -> None:
    async with running(toys.gate(topics), ("api", "relay", "worker", "jobs")) as old:
        assert (await old.web.post("/v1/visits", visit_data())).status_code == 201
        await expand(topics, tmp_path)
        # Statements that it has prepared meet another table.
        assert (await old.web.post("/v1/visits", visit_data())).status_code == 201
    async with running(toys.gate(topics)) as again, child(platform, topics, "gate", "relay", "worker", "jobs"):
        assert (await again.web.post("/v1/visits", visit_data())).status_code == 201
        pool = again.service.pool
        sent = "select count(*) = 3 and bool_and(published_at is not null) from chassis.outbox"
        await until(lambda: pool.fetchval(sent), "all three are sent")
        assert await pool.fetchval("select count(*) from gate.visit where seen_by = 'nobody'") == 3
