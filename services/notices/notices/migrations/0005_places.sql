-- Where a booking is, and what the city calls its premises and spaces, by language, from booking's facts.
alter table notices.booking add column premises text, add column space text;
create table notices.name (
    kind text not null check (kind in ('premises', 'space')),
    code text not null,
    names jsonb not null,
    sequence bigint not null,
    primary key (kind, code)
);
