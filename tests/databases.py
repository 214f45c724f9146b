"""Databases that one test after the other is given, each time as if it were new.

Making a database, migrating and dropping it takes longer than most tests. So what a test wrote is taken out again, and
a database whose shape the test has changed (a table, a trigger, a right) is thrown away.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import pytest_asyncio
from chassis.database import Connection

from tests.kits.platform import Servers

Migrate = Callable[[str], Awaitable[object]]
"""Brings the database at this URL to its shape."""

EMPTIED = """
do $$
declare
    one record;
    holds bool;
    written text[] := '{}';
begin
    for one in select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema') and tablename <> 'migration'
    loop
        execute 'select exists (select from ' || one.name || ')' into holds;
        if holds then
            written := written || one.name;
        end if;
    end loop;
    if written <> '{}' then
        execute 'truncate ' || array_to_string(written, ', ') || ' cascade';
    end if;
    perform setval(format('%I.%I', schemaname, sequencename), start_value, false)
        from pg_sequences where last_value is not null;
end $$
"""
"""Takes out all rows, and has every sequence begin anew; tables in which nothing stands are not touched."""

ALONE = """
select pg_terminate_backend(pid, 60000) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""
SCHEMAS = "select array_agg(nspname order by nspname) from pg_namespace where oid >= 16384 and nspname !~ '^pg_'"
WITHOUT_OTHERS = "delete from chassis.migration where schema <> all($1::text[])"
SHAPE = """
select string_agg(format('%s %s %s', part, n, latest), ', ' order by part) from (
    select 'attribute' as part, count(*) as n, max(xmin::text::int8) as latest from pg_attribute where attrelid >= 16384
    union all select 'class', count(*), max(hashtext(relname || coalesce(relacl::text, ''))) from pg_class
        where oid >= 16384
    union all select 'constraint', count(*), max(xmin::text::int8) from pg_constraint
    union all select 'default', count(*), max(xmin::text::int8) from pg_attrdef
    union all select 'function', count(*), max(xmin::text::int8) from pg_proc
    union all select 'schema', count(*), max(xmin::text::int8) from pg_namespace where nspname !~ '^pg_'
    union all select 'trigger', count(*), max(xmin::text::int8) from pg_trigger
    union all select 'setting', count(*), max(xmin::text::int8) from pg_db_role_setting
    union all select 'database', datconnlimit, xmin::text::int8 from pg_database where datname = current_database()
    union all select 'migration', count(*), max(hashtext(schema || name || digest || major)) from chassis.migration
) parts
"""
"""What a database is made of: how many of each, and by which transaction one was changed last."""


async def emptied(conn: Connection) -> None:
    """Leave nothing in any table."""
    await conn.execute(EMPTIED)


@dataclass(frozen=True)
class Lent:
    """A database, the schemas it has, and its shape when it was new."""

    dsn: str
    schemas: list[str]
    shape: str


class Databases:
    """Lends databases, those of one name to one test after the other."""

    def __init__(self, platform: Servers) -> None:
        self._platform = platform
        self._free: dict[str, list[Lent]] = {}

    @asynccontextmanager
    async def lent(self, name: str, migrate: Migrate) -> AsyncIterator[str]:
        """The URL of a migrated database in which nothing stands; its user is the server's superuser."""
        await self._platform.heal()
        free = self._free.setdefault(name, [])
        one = free.pop() if free else await self._made(migrate)
        yield one.dsn
        await self._platform.heal()
        if await self._is_as_new(one):
            free.append(one)
        else:
            await self._platform.drop_database(one.dsn)

    async def close(self) -> None:
        """Drop those that are there."""
        await self._platform.heal()
        for one in [each for free in self._free.values() for each in free]:
            await self._platform.drop_database(one.dsn)

    async def _made(self, migrate: Migrate) -> Lent:
        dsn = await self._platform.create_database()
        await migrate(dsn)
        conn = await asyncpg.connect(dsn)
        try:
            return Lent(dsn, await conn.fetchval(SCHEMAS), await conn.fetchval(SHAPE))
        finally:
            await conn.close()

    async def _is_as_new(self, one: Lent) -> bool:
        """Take out what was written, by a connection that is alone there, and look at what is left."""
        try:
            conn = await asyncpg.connect(one.dsn)
        except asyncpg.PostgresError:
            return False  # the test has closed it
        try:
            await conn.execute(ALONE)
            for schema in set(await conn.fetchval(SCHEMAS)) - set(one.schemas):
                await conn.execute(f'drop schema "{schema}" cascade')
            if "chassis" not in await conn.fetchval(SCHEMAS):
                return False
            await conn.execute(WITHOUT_OTHERS, one.schemas)
            await emptied(conn)
            shape: str = await conn.fetchval(SHAPE)
            return shape == one.shape
        finally:
            await conn.close()


@pytest_asyncio.fixture(scope="session")
async def databases(platform: Servers) -> AsyncIterator[Databases]:
    made = Databases(platform)
    yield made
    await made.close()
