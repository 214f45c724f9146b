-- What a counter last told of a span, by which event; visits that were told before stand here from `omatoimi rebuild` on.
create table facts.visit (
    unit text not null,
    counter text not null,
    slot tstzrange not null,
    persons int not null,
    method text not null,
    sequence bigint not null,
    source text not null,
    id uuid not null,
    primary key (unit, counter, slot)
);
create index on facts.visit (lower(slot));
