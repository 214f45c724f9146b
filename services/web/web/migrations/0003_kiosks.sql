-- Devices in libraries. `key` is the hash of the cookie that a device holds; it is changed for `next_key` from time to time,
-- and `last_key` is the one before: who still uses it has a copy. `form` stands masked in its forms. Until `unit` is set
-- it shows `code`, which staff of a library type. `shown` is what its last act came to, shown until `shown_until`.
create table web.kiosk (
    kiosk uuid primary key,
    key bytea not null unique,
    next_key bytea unique,
    next_at timestamptz,
    last_key bytea,
    keyed_at timestamptz not null,
    form bytea not null,
    code text unique,
    code_until timestamptz,
    unit text,
    name text,
    paired_at timestamptz,
    seen_at timestamptz not null,
    doubted_at timestamptz,
    shown jsonb,
    shown_until timestamptz,
    ended_at timestamptz,
    ended text check (ended in ('revoked', 'copied'))
);
create index on web.kiosk (unit);
create index on web.kiosk (last_key);

-- Codes that were tried: at a device until the answer says that the code was right, and by staff in a session.
create table web.kiosk_try (
    by uuid not null,
    request uuid not null,
    at timestamptz not null,
    primary key (by, request)
);
create index on web.kiosk_try (at);

-- Calls for the staff that nobody has answered yet.
create table web.kiosk_call (
    help uuid primary key,
    kiosk uuid not null references web.kiosk on delete cascade,
    unit text not null,
    called_at timestamptz not null
);
create index on web.kiosk_call (unit);
