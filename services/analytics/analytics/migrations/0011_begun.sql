-- Whose a session or a call for help is: the channel's that first told of it. Others tell nothing more of it.
create table analytics.begun (
    thing uuid primary key,
    source text not null,
    at timestamptz not null
);
create index on analytics.begun (at);
