-- The ledger: every record of the event topics, once, in one of four classes. The facts: what the records come to.
create schema if not exists analytics;
create schema if not exists facts;

-- `number` is given under one lock, so its order is the order of commits. `log` is the topic's logical name, with a suffix
-- when the topic was made anew and its offsets began again. (source, id) is the inbox of the fold. `raw` is the record's
-- value as it came (of an event in binary mode its structured form), null for a copy of what is here already.
create table analytics.ledger (
    number bigint generated always as identity primary key,
    log text not null,
    partition int not null,
    "offset" bigint not null,
    timestamp bigint not null,
    class text not null check (class in ('folded', 'doubled', 'unknown', 'quarantined')),
    source text,
    id uuid,
    type text,
    subject text,
    sequence bigint,
    time timestamptz,
    recordedtime timestamptz,
    unit text,
    reason text,
    detail text,
    raw bytea,
    unique (log, partition, "offset"),
    check ((class = 'quarantined') = (reason is not null)),
    check ((class = 'doubled') <= (raw is null))
);
create unique index ledger_inbox on analytics.ledger (source, id) where class in ('folded', 'unknown');
create index ledger_subject on analytics.ledger (subject) where class = 'folded';

-- Which log of a partition is read now; a row stands only for those whose topic was made anew.
create table analytics.log (
    topic text not null,
    partition int not null,
    log text not null,
    primary key (topic, partition)
);

-- What was last published of each figure; a cell that did not change is not sent again.
create table analytics.figure (
    cell text primary key,
    period text not null,
    version bigint not null,
    fact jsonb not null,
    told_at timestamptz not null
);
create index on analytics.figure (period);

-- At which position the figures of a period were last looked at.
create table analytics.looked (
    period text primary key,
    position text not null
);

-- Local days are those of Europe/Helsinki; the session's time zone decides nothing.
create function analytics.day_of(at timestamptz) returns date
    language sql immutable strict parallel safe
    return (at at time zone 'Europe/Helsinki')::date;

-- The moment at which the clock of that day first shows that time or, where it springs over it, a later one.
create function analytics.moment(day date, clock time) returns timestamptz
    language sql immutable strict parallel safe
    return case
        when (day + clock - interval '3 hours') at time zone 'UTC' at time zone 'Europe/Helsinki' = day + clock
            then (day + clock - interval '3 hours') at time zone 'UTC'
        when (day + clock - interval '2 hours') at time zone 'UTC' at time zone 'Europe/Helsinki' = day + clock
            then (day + clock - interval '2 hours') at time zone 'UTC'
        else date_trunc('hour', day + clock - interval '2 hours') at time zone 'UTC'
    end;

create function analytics.minutes(during tstzrange) returns numeric
    language sql immutable parallel safe
    return case when isempty(during) then 0
        else coalesce(extract(epoch from upper(during) - lower(during)) / 60, 0) end;

create function analytics.minutes(during tstzmultirange) returns numeric
    language sql immutable parallel safe
    return (select coalesce(sum(extract(epoch from upper(span) - lower(span))) / 60, 0) from unnest(during) span);

-- A half-open span of time from its two ends, as events tell it.
create function analytics.slot(told jsonb) returns tstzrange
    language sql immutable strict parallel safe
    return tstzrange((told ->> 'start')::timestamptz, (told ->> 'end')::timestamptz);

-- The department of the city that an organiser is, if it is one.
create function analytics.department(organiser jsonb) returns text
    language sql immutable parallel safe
    return case organiser ->> 'class'
        when 'library' then 'library'
        when 'department' then organiser ->> 'department' end;

-- The class of an organiser; the library department is the library.
create function analytics.organiser(organiser jsonb) returns text
    language sql immutable parallel safe
    return case when analytics.department(organiser) = 'library' then 'library' else organiser ->> 'class' end;

-- All departments that take part in something.
create function analytics.departments(organiser jsonb, coorganisers jsonb) returns text[]
    language sql immutable parallel safe
    return (select coalesce(array_agg(distinct analytics.department(o) order by analytics.department(o)), '{}')
        from jsonb_array_elements(jsonb_build_array(organiser) || coalesce(coorganisers, '[]')) o
        where analytics.department(o) is not null);

-- How many records of each kind, how far each partition was read, and when each type was first and last recorded.
create table facts.tally (
    log text not null,
    partition int not null,
    class text not null,
    type text not null,
    reason text not null,
    records bigint not null,
    next_offset bigint not null,
    first_recorded timestamptz,
    last_recorded timestamptz,
    primary key (log, partition, class, type, reason)
);

create table facts.premises (
    premises text primary key,
    unit text not null,
    owner text not null,
    retired timestamptz
);

-- When a space was a smallest one that could be booked.
create table facts.leaf (
    space text primary key,
    premises text not null,
    unit text not null,
    during tstzmultirange not null
);

create table facts.hours (
    premises text not null,
    valid_from date not null,
    sequence bigint not null,
    week jsonb not null,
    primary key (premises, valid_from)
);

create table facts.block (
    block uuid primary key,
    leaves text[] not null,
    slot tstzrange not null,
    lifted boolean not null
);
create index on facts.block using gist (slot);

-- `organiser` is the class, `department` the department of the city that organises, if one does, `departments` all that
-- take part. `confirmed` and `cancelled` are when that happened; `attended` is null while it is not known.
create table facts.booking (
    booking uuid primary key,
    unit text not null,
    premises text not null,
    space text not null,
    leaves text[] not null,
    slot tstzrange not null,
    owner text not null,
    hours text not null,
    organiser text not null,
    department text,
    departments text[] not null,
    opentopublic boolean not null,
    purpose text not null,
    channel text,
    confirmed timestamptz,
    moved int not null,
    cancelled timestamptz,
    cancelled_by text,
    cancel_reason text,
    attended boolean,
    persons int,
    method text
);
create index on facts.booking using gist (slot);

create table facts.walkin (
    walkin uuid primary key,
    unit text not null,
    leaves text[] not null,
    slot tstzrange not null,
    owner text not null,
    hours text not null,
    persons int not null,
    method text not null
);
create index on facts.walkin using gist (slot);

-- What somebody wanted, and what came of it: confirmed, refused by a rule, a search that found something or nothing.
create table facts.demand (
    source text not null,
    id uuid not null,
    unit text not null,
    time timestamptz not null,
    session uuid,
    outcome text not null check (outcome in ('confirmed', 'refused', 'found', 'empty')),
    rule text,
    primary key (source, id)
);
create index on facts.demand (time);
create index on facts.demand (session) where session is not null;

create table facts.task (
    task uuid primary key,
    unit text not null,
    kind text not null,
    booking uuid not null,
    due timestamptz not null,
    opened timestamptz,
    done timestamptz,
    reopened int not null,
    state text not null check (state in ('open', 'done', 'cancelled'))
);
create index on facts.task (opened);

create table facts.notice (
    notice uuid primary key,
    unit text not null,
    organiser text not null,
    department text,
    departments text[] not null,
    decision text,
    submitted timestamptz,
    published timestamptz,
    withdrawn timestamptz,
    state text not null
);
create index on facts.notice (published);

create table facts.decision (
    decision text primary key,
    case_key text not null,
    unit text not null,
    body text,
    districts text[] not null,
    published timestamptz,
    removed boolean not null
);
create index on facts.decision (published);

create table facts.feedback (
    feedback uuid primary key,
    unit text not null,
    body text,
    received timestamptz,
    closed timestamptz,
    answered boolean not null,
    changed boolean not null
);
create index on facts.feedback (closed);

create table facts.shown (
    unit text not null,
    kind text not null,
    item text not null,
    first timestamptz not null,
    primary key (unit, kind, item)
);
