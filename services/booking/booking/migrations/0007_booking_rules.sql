-- The rules of a space for whoever books it, as the contract has them (`BookingRulesInForce`). Spaces that stand there
-- get what held for all of them, and the grid of a quarter of an hour.
alter table booking.space add booking_rules jsonb not null
    default '{"version": 1, "grid": 15, "shortest": 15, "longest": 720, "notice": 0, "days_ahead": 365}';

-- The rules of a space as they have been: a refusal names the version that decided.
create table booking.booking_rules (
    space text not null references booking.space,
    version int not null check (version > 0),
    rules jsonb not null,
    since timestamptz not null,
    primary key (space, version)
);
insert into booking.booking_rules (space, version, rules, since)
select space, 1, booking_rules, '-infinity' from booking.space;
