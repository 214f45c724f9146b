create schema if not exists people;

-- Persons by what their identity provider calls them. `person` is random, and all that other services ever know. Whoever
-- was erased and comes back is a new one.
create table people.person (
    person uuid primary key,
    issuer text not null,
    subject text not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    unique (issuer, subject)
);
create index person_unused on people.person (last_used_at);

-- How a person is reached. `of_provider`: as the identity provider told it, and not by the person.
create table people.contact (
    person uuid primary key references people.person on delete cascade,
    name text not null,
    email text,
    telephone text,
    language text not null,
    of_provider boolean not null,
    recorded_at timestamptz not null
);

-- What a person agreed to get, when, in which words and by which channel.
create table people.consent (
    person uuid not null references people.person on delete cascade,
    kind text not null,
    given_at timestamptz not null,
    wording text not null,
    language text not null,
    channel text not null,
    primary key (person, kind)
);

-- Who may act for which organisation, until when, and on whose word. An ended one stays until retention takes it.
create table people.membership (
    membership uuid primary key,
    person uuid not null references people.person on delete cascade,
    organisation uuid not null,
    role text not null,
    granted_by text not null,
    granted_by_person uuid,
    granted_at timestamptz not null,
    until timestamptz not null,
    unique (person, organisation)
);
create index membership_of_organisation on people.membership (organisation);
create index membership_over on people.membership (until);

-- Exports that were asked for: what is in one is read when it is taken, so that none lies ready anywhere.
create table people.export (
    export uuid primary key,
    person uuid not null references people.person on delete cascade,
    until timestamptz not null,
    taken_at timestamptz
);

-- Who saw what of whom. A list that was shown names everybody on it.
create table people.access_log (
    number bigint generated always as identity primary key,
    at timestamptz not null,
    operation text not null,
    purpose text not null,
    kinds text[] not null,
    persons uuid[] not null,
    actor_person uuid,
    actor_role text not null,
    actor_unit text not null,
    actor_channel text not null
);
create index access_log_of_person on people.access_log using gin (persons);
create index access_log_over on people.access_log (at);

-- The keys by which tokens are signed. `private` never leaves this table but into the memory of a process.
create table people.signing_key (
    kid text primary key,
    private bytea not null,
    created_at timestamptz not null,
    signs_from timestamptz not null
);

-- By which an erasure finds the requests that told contact details: their digests are of what must be forgotten.
create index inbox_of_person on chassis.inbox ((outcome -> 'data' ->> 'person'))
    where outcome -> 'data' ? 'person';
