create schema if not exists notices;

-- Organisations with proof. The name goes no further than this table unless the organisation is registered.
create table notices.organisation (
    organisation uuid primary key,
    class text not null,
    registernumber text,
    department text,
    name text not null,
    verified boolean not null,
    since timestamptz not null
);

-- A notice as it is now. `publication_recorded` tells that notice.published has been written: from then until its end
-- the words stand on notices.documents.v1. `source` is the channel that posted it.
create table notices.notice (
    notice uuid primary key,
    source text not null,
    unit text not null,
    kind text not null,
    state text not null check (state in ('waiting', 'approved', 'withdrawn', 'expired', 'rejected')),
    publication_recorded boolean not null,
    reason text,
    version int not null,
    digest text not null,
    titles jsonb not null,
    texts jsonb not null,
    organiser jsonb not null,
    coorganisers jsonb not null,
    organisation uuid,
    opentopublic boolean not null,
    purpose text not null,
    owner text,
    publish_from timestamptz not null,
    until timestamptz not null,
    slot_start timestamptz,
    slot_end timestamptz,
    booking uuid,
    case_key text,
    districts text[] not null,
    submitted_at timestamptz not null,
    changed_at timestamptz not null,
    check ((slot_start is null) = (slot_end is null))
);
create index notice_shown on notices.notice (unit, publish_from) where state = 'approved';
create index notice_to_publish on notices.notice (publish_from) where state = 'approved' and not publication_recorded;
create index notice_to_expire on notices.notice (until) where state in ('waiting', 'approved');
create index notice_to_forget on notices.notice (changed_at) where titles <> '{}';
create index notice_of_booking on notices.notice (booking) where state in ('waiting', 'approved');
create index notice_of_organisation on notices.notice (organisation) where state = 'approved';

-- What notices needs of bookings: when, whose premises, and whether it is off. `sequence` is that of the last fact.
create table notices.booking (
    booking uuid primary key,
    sequence bigint not null,
    slot_start timestamptz not null,
    slot_end timestamptz not null,
    owner text not null,
    cancelled boolean not null
);
create index booking_over on notices.booking (slot_end);

-- Decisions of the city and where they matter. `sequence` is that of the last fact.
create table notices.decision (
    decision text primary key,
    sequence bigint not null,
    version int not null,
    digest text not null,
    case_key text not null,
    primary_districts text[] not null,
    decided date,
    removed boolean not null,
    changed_at timestamptz not null
);
create index decision_of_district on notices.decision using gin (primary_districts) where not removed;

-- Their words, in a table of their own since they come by another topic and must be forgettable by themselves.
create table notices.decision_words (
    decision text primary key,
    version int not null,
    digest text not null,
    language text not null,
    title text not null,
    summary text not null,
    changed_at timestamptz not null
);
