-- Messages to persons: of one cause each kind once. `asked` is what a service asked for, `sequence` that of its calendar
-- entry. `attempt` is the claim of the job that has it in hand, and fences off whoever had it before; `handed_over_at`
-- stands while its content is on its way to the mail server, so that who finds it there knows that nobody knows whether
-- it was taken; `uncertain` counts how often that was so. Whoever is erased takes theirs along.
create table people.message (
    message uuid primary key,
    person uuid not null references people.person on delete cascade,
    kind text not null,
    cause uuid not null,
    unit text not null,
    asked jsonb not null,
    sequence int not null,
    message_id text not null,
    state text not null default 'created' check (state in
        ('created', 'sending', 'accepted', 'delivered', 'temporary', 'permanent', 'technical', 'expired')),
    job uuid not null,
    attempt int not null default 0,
    tries int not null default 0,
    handed_over_at timestamptz,
    uncertain int not null default 0,
    failure text,
    expires_at timestamptz,
    created_at timestamptz not null,
    ended_at timestamptz,
    unique (cause, kind, person)
) with (fillfactor = 80);
create index message_of_person on people.message (person, created_at);
create index message_under_way on people.message (job) where state in ('created', 'sending');
create index message_over on people.message (ended_at);

-- The bookings that calendars were told of, as they were told last: what comes next has a higher `sequence`.
create table people.calendar_entry (
    booking uuid primary key,
    person uuid not null references people.person on delete cascade,
    sequence int not null,
    starts timestamptz not null,
    ends timestamptz not null,
    cancelled boolean not null
);
create index calendar_entry_over on people.calendar_entry (ends);

-- To what address the mail server says that there is none. Where the person has another by now, it means nothing.
create table people.refused_address (
    person uuid primary key references people.person on delete cascade,
    email text not null,
    refused_at timestamptz not null
);

-- Each step of a message, to be counted: nobody's, and gone once it was.
create table people.message_step (
    at timestamptz not null,
    unit text not null,
    kind text not null,
    state text not null
);
create index message_step_at on people.message_step (at);

-- What booking calls rooms and houses. `sequence` is the event's, so that an old copy never undoes a newer name.
create table people.place (
    place text primary key,
    names jsonb not null,
    sequence bigint not null
);
