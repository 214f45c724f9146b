-- What the city calls its premises and spaces, by language, from booking's facts. `sequence` is that of the last one.
create table decisions.name (
    kind text not null check (kind in ('premises', 'space')),
    code text not null,
    names jsonb not null,
    sequence bigint not null,
    primary key (kind, code)
);
