-- The register of premises and spaces, the bookings on it, and the claims that keep them apart.
create schema if not exists booking;
create extension if not exists btree_gist;

create table booking.premises (
    premises text primary key,
    owner text not null,
    unit text not null,
    names jsonb not null,
    retired_at timestamptz
);

-- `leaves` follows from `parts`: the smallest spaces it is made of, itself when it has no parts. Buffers in minutes.
create table booking.space (
    space text primary key,
    premises text not null references booking.premises,
    names jsonb not null,
    parts text[] not null,
    leaves text[] not null check (cardinality(leaves) between 1 and 50),
    capacity int not null check (capacity > 0),
    buffer_before int not null check (buffer_before >= 0),
    buffer_after int not null check (buffer_after >= 0),
    task text,
    retired_at timestamptz
);
create index space_premises on booking.space (premises);

-- `week` holds the spans of each weekday, local time; it is in force from `valid_from` until the next row's.
create table booking.hours (
    premises text not null references booking.premises,
    valid_from date not null,
    week jsonb not null,
    primary key (premises, valid_from)
);

-- What notices has told of organisations. `sequence` is the event's, so that an old copy never undoes a newer state.
create table booking.organisation (
    organisation uuid primary key,
    class text not null,
    department text,
    verified boolean not null,
    sequence bigint not null
);

-- Numbers bookings: the buffers of one booking lie in a layer of their own.
create sequence booking.number;

-- Counts claims that were lost after the look although the locks were held: some path did not lock. A sequence, because
-- the transaction that finds it out is rolled back.
create sequence booking.lost_claim;

-- `slot` is starts to ends; `month` the local month of its start, which the quota counts by. Owner, unit, hours and
-- organiser are what they were when it was confirmed or moved, so that all events of one booking tell the same.
create table booking.booking (
    booking uuid primary key,
    number bigint not null,
    source text not null,
    premises text not null,
    owner text not null,
    unit text not null,
    space text not null,
    leaves text[] not null,
    starts timestamptz not null,
    ends timestamptz not null check (starts < ends),
    wanted_starts timestamptz not null,
    wanted_ends timestamptz not null,
    month date not null,
    hours text not null,
    class text not null,
    organisation uuid,
    department text,
    coorganisers jsonb not null,
    opentopublic boolean not null,
    purpose text not null,
    case_key text,
    session uuid,
    persons int,
    confirmed_at timestamptz not null,
    cancelled_at timestamptz,
    attended boolean,
    counted int
) with (fillfactor = 85);
create index booking_quota on booking.booking (organisation, month)
    where organisation is not null and cancelled_at is null;
create index booking_space on booking.booking (space, ends) where cancelled_at is null;

create table booking.block (
    block uuid primary key,
    premises text not null,
    unit text not null,
    space text not null,
    leaves text[] not null,
    starts timestamptz not null,
    ends timestamptz not null check (starts < ends),
    lifted_at timestamptz
);
create index block_space on booking.block (space, ends) where lifted_at is null;

-- The truth about space and time: one row per leaf space for the booked time, and one per leaf for each buffer. `of` is
-- the booking or the block. Layers: a booked time is unbounded and meets everything; a buffer lies in [number, number]
-- and meets no other buffer; a block lies up to 0 and meets booked times and blocks, but no buffer.
create table booking.claim (
    of uuid not null,
    space text not null,
    during tstzrange not null check (not isempty(during)),
    layer int8range not null,
    constraint claim_once exclude using gist (space with =, during with &&, layer with &&)
);
create index claim_of on booking.claim (of);

create table booking.task (
    task uuid primary key,
    booking uuid not null references booking.booking,
    kind text not null,
    due timestamptz not null,
    state text not null check (state in ('open', 'done', 'cancelled')),
    minutes int
) with (fillfactor = 85);
create index task_booking on booking.task (booking);
create index task_open on booking.task (due) where state = 'open';
