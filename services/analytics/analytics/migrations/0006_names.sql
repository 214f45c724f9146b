-- What the city calls its premises and spaces, by language, as it last told.
create table facts.name (
    kind text not null,
    code text not null,
    names jsonb not null,
    primary key (kind, code)
);
