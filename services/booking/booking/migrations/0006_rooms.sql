-- What residents need to know of a space, as the contract has it (`AboutSpace`), and its house rules as they are now.
alter table booking.space add about jsonb not null default '{}', add house_rules jsonb;

-- The house rules of a space as they have been: whoever accepted a version can be shown what it said.
create table booking.house_rules (
    space text not null references booking.space,
    version int not null check (version > 0),
    words jsonb not null,
    since timestamptz not null,
    primary key (space, version)
);

-- Which version of the space's house rules was accepted with the booking.
alter table booking.booking add rules_accepted int;
