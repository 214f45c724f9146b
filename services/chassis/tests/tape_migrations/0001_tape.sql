create schema if not exists tape;
-- Nothing here is unique: what is applied twice stands here twice.
create table tape.record (
    at bigint generated always as identity,
    partition int not null,
    "offset" bigint not null,
    key text,
    value text
);
