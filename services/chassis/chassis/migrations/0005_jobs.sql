-- Long work, and requests that a handler asked for. `claimable_at` is when it may be claimed: not before the time it was
-- started for, after the pause of a failure, or when the lease of whoever holds it has run out.
create table chassis.job (
    job uuid primary key,
    kind text not null,
    data jsonb not null,
    state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
    claimable_at timestamptz not null,
    claim int not null default 0,
    failures int not null default 0,
    done int not null default 0,
    total int not null default 0,
    error text,
    created_at timestamptz not null,
    ended_at timestamptz
);
create index job_claimable on chassis.job (claimable_at, job) where state in ('waiting', 'running');
create index job_ended on chassis.job (ended_at) where state = 'done';
