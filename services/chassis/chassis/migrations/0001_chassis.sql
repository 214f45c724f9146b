-- What every service stands on. It lives in the service's own database, beside the service's tables.

-- One inbox for all doors: (source, id) is the idempotency key. The outcome holds codes and ids only.
create table chassis.inbox (
    source text not null,
    id uuid not null,
    digest bytea not null,
    received_at timestamptz not null,
    outcome jsonb,
    primary key (source, id)
);
create index inbox_received_at on chassis.inbox (received_at);

-- Counts the public events of one subject on one topic, from 1 without gaps.
create table chassis.subject (
    topic text not null,
    subject text not null,
    last bigint not null,
    primary key (topic, subject)
) with (fillfactor = 70);

-- State and events are written in one transaction. `value` is the final bytes; null on a compacted topic, whose present
-- version is looked up at the time of sending.
create table chassis.outbox (
    seq bigint generated always as identity primary key,
    topic text not null,
    key text not null,
    value bytea,
    raw_key bytea,
    headers jsonb,
    event_id uuid,
    created_at timestamptz not null,
    published_at timestamptz
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
-- A flag, never a cursor: a transaction that took a lower seq may commit later.
create index outbox_unpublished on chassis.outbox (seq) where published_at is null;
create index outbox_published_at on chassis.outbox (published_at) where published_at is not null;
create index outbox_compacted on chassis.outbox (created_at) where value is null;

-- How far each topic has been applied. The last applied record is kept as a digest, so that another log is noticed.
create table chassis.consumed (
    topic text not null,
    partition int not null,
    next_offset bigint not null,
    last_offset bigint,
    last_digest bytea,
    cluster_id text,
    primary key (topic, partition)
) with (fillfactor = 50);

create table chassis.dead_letter (
    number bigint generated always as identity primary key,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    key bytea,
    value bytea,
    headers jsonb not null,
    reason text not null,
    pointer text not null,
    at timestamptz not null,
    state text not null default 'open' check (state in ('open', 'retried', 'dropped')),
    unique (topic, partition, "offset")
);
create index dead_letter_open on chassis.dead_letter (number) where state = 'open';

-- Who may ask: one source each. The key is stored as a SHA-256 of a 256-bit secret; without one the channel posts over
-- Kafka only.
create table chassis.channel (
    source text primary key,
    name text not null,
    staff boolean not null,
    unit text not null,
    types text[] not null,
    key_hash bytea unique,
    created_at timestamptz not null
);
