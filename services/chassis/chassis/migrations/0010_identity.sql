-- What a database is: its server, the timeline of that, and its number there. A copy of it is something else, unless it is
-- of the very files (docs/adr/0028).
create view chassis.here as
select format('%s/%s/%s', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid) as database
from pg_control_system(), pg_database d where d.datname = current_database();

-- What it was when it served last, and which transaction wrote this row: a row that was brought back was written by another.
create table chassis.identity (
    one boolean primary key default true check (one),
    database text not null,
    written_by xid not null
);
