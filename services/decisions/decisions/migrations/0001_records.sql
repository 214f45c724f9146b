create schema if not exists decisions;

-- The city's records as they were last sent. `id` is the record's own; language versions of one decision share `key`.
-- What was taken back leaves its row without content, so that a repeat is known for one. `answer_by` is the answer date
-- that came with the record.
create table decisions.record (
    kind text not null check (kind in ('case', 'decision', 'motion', 'meeting', 'initiative', 'resolution')),
    id text not null,
    key text not null,
    case_key text,
    digest text not null,
    content jsonb,
    answer_by timestamptz,
    received_at timestamptz not null,
    primary key (kind, id)
);
create index record_of_key on decisions.record (key);
create index record_of_case on decisions.record (case_key) where case_key is not null;

-- What can be seen of a case, a motion and a decision. Removed ones keep their version and no words. `made` cases have
-- no record of their own; `number` tells what came first in a case. `search` is empty for them, since their words are those of their decision.
create table decisions.publication (
    number bigint generated always as identity,
    kind text not null check (kind in ('case', 'motion', 'decision')),
    key text not null,
    case_key text not null,
    body text,
    body_name text not null,
    primary_districts text[] not null,
    mentioned_districts text[] not null,
    evidence jsonb not null,
    words jsonb not null,
    digest text not null,
    state text not null,
    decided date,
    section int,
    answer_by timestamptz,
    hearing_start timestamptz,
    hearing_end timestamptz,
    made boolean not null,
    version int not null,
    removed boolean not null,
    search tsvector,
    published_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (kind, key),
    check (not removed or (words = '[]' and evidence = '[]' and search is null)),
    check ((hearing_start is null) = (hearing_end is null))
);
create index publication_of_case on decisions.publication (case_key);
create index publication_of_district on decisions.publication using gin (primary_districts) where not removed;
create index publication_found on decisions.publication using gin (search) where not removed;

-- That a record is secret, and no more: digests of its own id, of its key and of its case, whose title may tell what it
-- hides.
create table decisions.withheld (
    kind text not null,
    record_digest text not null,
    key_digest text not null,
    case_digest text,
    primary key (kind, record_digest)
);
create index withheld_key on decisions.withheld (key_digest);
create index withheld_case on decisions.withheld (case_digest);

-- Bookings with purpose hearing that name a case, known or not yet. `sequence` is that of the last fact.
create table decisions.hearing (
    booking uuid primary key,
    case_key text not null,
    premises text not null,
    spaces text[] not null,
    starts timestamptz not null,
    ends timestamptz not null,
    sequence bigint not null,
    cancelled boolean not null
);
create index hearing_of_case on decisions.hearing (case_key);

-- What residents said. The words go nowhere else and can be erased; the answer is public. Whether it has lapsed is told
-- by `answer_by` and the clock; `lapse_recorded` only tells that the event has been written.
create table decisions.feedback (
    feedback uuid primary key,
    case_key text not null,
    words text,
    received_at timestamptz not null,
    answer_by timestamptz not null,
    answer text,
    changed boolean not null default false,
    answered_at timestamptz,
    lapse_recorded boolean not null default false
);
create index feedback_of_case on decisions.feedback (case_key);
create index feedback_open on decisions.feedback (answer_by) where answered_at is null and not lapse_recorded;
