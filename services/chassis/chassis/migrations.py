"""Migrations: plain SQL files `NNNN_what.sql`, each applied once, in order, in one transaction.

Two starts at once apply each file once. A file that changed after it was applied, or a gap in the numbers, is refused.
Within one major release a migration only expands: the processes of the release before go on beside those of the new
one, and begin again on its database. What contracts waits for the next major release.
"""

import hashlib
from pathlib import Path

from chassis.database import Connection

MAJOR = 1
"""The major release of all schemas. It grows with the first migration after which a process of the release before
cannot go on."""
LOCK = 0x6F6D61746F696D69
"""The advisory lock of migrations ("omatoimi"), taken before anything else: `create schema if not exists` races."""


class MigrationRefused(Exception):
    """The files and the database do not fit together; the sentence says what to do."""


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))


async def migrate(conn: Connection, schema: str, folder: Path) -> list[str]:
    """Bring `schema` to the newest file in `folder`; returns the names applied now."""
    files = _files(folder)
    numbers = [int(file.name[:4]) for file in files]
    if numbers != list(range(1, len(files) + 1)):
        raise MigrationRefused(f"the migrations of {schema} are not numbered 1 to {len(files)} without a gap")
    async with conn.transaction():
        await conn.execute("select pg_advisory_xact_lock($1)", LOCK)
        await conn.execute("create schema if not exists chassis")
        await conn.execute(
            "create table if not exists chassis.migration (schema text, name text, digest text not null,"
            " applied_at timestamptz not null default now(), primary key (schema, name))"
        )
        await conn.execute("alter table chassis.migration add column if not exists major int not null default 1")
        rows = await conn.fetch("select name, digest, major from chassis.migration where schema = $1", schema)
        applied = {row["name"]: row["digest"] for row in rows}
        fresh = []
        for file in files:
            sql = file.read_text(encoding="utf-8")
            digest = hashlib.sha256(sql.encode()).hexdigest()
            if file.name in applied:
                if applied[file.name] != digest:
                    raise MigrationRefused(
                        f"{schema}/{file.name} changed after it was applied: put it back, add a new file"
                    )
                continue
            await conn.execute(sql)
            await conn.execute(
                "insert into chassis.migration (schema, name, digest, major) values ($1, $2, $3, $4)",
                schema,
                file.name,
                digest,
                MAJOR,
            )
            fresh.append(file.name)
        known = {file.name for file in files}
        newer = [row["name"] for row in rows if row["name"] not in known and row["major"] > MAJOR]
        if newer:
            raise MigrationRefused(
                f"the database has {schema}/{min(newer)} of a newer major release: start that release"
            )
        return fresh
