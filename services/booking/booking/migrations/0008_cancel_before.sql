-- How many minutes before its start a booking can be given back by whoever made it, as it was promised with it; null
-- until its end.
alter table booking.booking add cancel_before int;
