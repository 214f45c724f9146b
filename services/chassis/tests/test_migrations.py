"""A migration is applied once, whole, in its turn; files and database that do not fit together are refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from chassis import migrations
from chassis.migrations import MigrationRefused, migrate

FIRST = "create schema t; create table t.one (n int); insert into t.one values (1);"
SECOND = "create table t.two (n int); insert into t.one values (2);"


@pytest_asyncio.fixture
async def conn(new_database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    found = await asyncpg.connect(new_database)
    yield found
    await found.close()


def write(folder: Path, *files: str) -> Path:
    for n, sql in enumerate(files):
        (folder / f"{n + 1:04d}_step.sql").write_text(sql)
    return folder


async def test_eight_at_once_apply_each_file_once(new_database: str, tmp_path: Path) -> None:
    write(tmp_path, FIRST, SECOND)
    async with AsyncExitStack() as stack:
        conns = [await asyncpg.connect(new_database) for _ in range(8)]
        for conn in conns:
            stack.push_async_callback(conn.close)
        applied = await asyncio.gather(*(migrate(conn, "t", tmp_path) for conn in conns))
        assert sorted(map(len, applied)) == [0] * 7 + [2]
        assert await conns[0].fetchval("select array_agg(n order by n) from t.one") == [1, 2]


async def test_a_new_file_is_applied_alone(conn: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path) -> None:
    assert await migrate(conn, "t", write(tmp_path, FIRST)) == ["0001_step.sql"]
    assert await migrate(conn, "t", write(tmp_path, FIRST, SECOND)) == ["0002_step.sql"]
    assert await migrate(conn, "t", tmp_path) == []
    assert await conn.fetchval("select array_agg(n order by n) from t.one") == [1, 2]


async def test_files_that_do_not_fit_are_refused_and_nothing_is_applied(
    conn: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:
    await migrate(conn, "t", write(tmp_path, FIRST, SECOND))
    third = tmp_path / "0003_step.sql"
    third.write_text("create table t.three (n int)")

    write(tmp_path, FIRST.replace("values (1)", "values (10)"))
    with pytest.raises(MigrationRefused, match=r"t/0001_step.sql changed after it was applied"):
        await migrate(conn, "t", tmp_path)
    write(tmp_path, FIRST)

    third.rename(tmp_path / "0004_step.sql")
    with pytest.raises(MigrationRefused, match="without a gap"):
        await migrate(conn, "t", tmp_path)
    (tmp_path / "0004_step.sql").unlink()

    assert await conn.fetchval("select to_regclass('t.three')") is None


async def test_a_release_begins_on_a_database_that_a_newer_one_of_its_major_has_expanded_and_on_no_other(
    conn: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(conn, "t", write(tmp_path, FIRST, SECOND))
    (tmp_path / "0002_step.sql").unlink()
    assert await migrate(conn, "t", tmp_path) == []
    monkeypatch.setattr(migrations, "MAJOR", migrations.MAJOR + 1)
    await migrate(conn, "t", write(tmp_path, FIRST, SECOND, "alter table t.one rename n to number"))
    monkeypatch.undo()
    (tmp_path / "0003_step.sql").unlink()
    with pytest.raises(MigrationRefused, match=r"the database has t/0003_step.sql of a newer major release"):
        await migrate(conn, "t", tmp_path)


async def test_a_file_that_fails_leaves_nothing_of_itself_or_of_those_before_it(
    conn: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:
    write(tmp_path, FIRST, "insert into t.one values (2); select 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(conn, "t", tmp_path)
    assert await conn.fetchval("select to_regclass('t.one')") is None
    assert await migrate(conn, "t", write(tmp_path, FIRST, SECOND)) == ["0001_step.sql", "0002_step.sql"]
