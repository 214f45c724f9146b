create schema if not exists view;
create table view.seen (
    event uuid not null,
    counter text not null,
    persons int not null,
    sequence int not null,
    at bigint generated always as identity
);
