-- Of which of its times whoever made a booking was reminded last.
alter table booking.booking add column reminded_of timestamptz;
create index booking_reminder on booking.booking (starts) where person is not null and cancelled_at is null;
