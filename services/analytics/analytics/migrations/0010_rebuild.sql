-- How far facts are folded anew, from the ledger's first row on, into the schema `rebuilt`; no row when nobody does.
-- `made_of` tells by which statements, so that what an older release began is not gone on with.
create table analytics.rebuild (
    one boolean primary key default true check (one),
    folded bigint not null,
    made_of text not null
);
