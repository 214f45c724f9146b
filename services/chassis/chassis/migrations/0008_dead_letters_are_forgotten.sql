-- What was put aside is forgotten with its topic's retention: rows of dead letters, and those of the outbox with headers,
-- which are their copies.
create index dead_letter_at on chassis.dead_letter (at);
create index outbox_put_aside on chassis.outbox (created_at) where headers is not null;
