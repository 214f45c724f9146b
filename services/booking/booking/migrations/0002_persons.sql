-- Who has made a booking, by the random id that `people` knows them by: it stands nowhere else, and is forgotten alone.
alter table booking.booking add column person uuid;
create index booking_person on booking.booking (person, starts) where person is not null;
create index booking_organisation on booking.booking (organisation, starts) where organisation is not null;
