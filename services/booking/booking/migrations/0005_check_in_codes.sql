-- By which code whoever made a booking checks in at a device of its library. It stands beside the booking, as none of its
-- fields, so that no event tells it; of one library no two are alike while they are kept, a week beyond the booking's end.
create table booking.check_in_code (
    booking uuid primary key references booking.booking on delete cascade,
    unit text not null,
    code text not null check (code ~ '^[0-9]{6}$'),
    unique (unit, code)
);

-- What is booked already gets one too, where it does not happen to be given twice.
insert into booking.check_in_code (booking, unit, code)
select booking, unit, lpad((('x' || left(md5(gen_random_uuid()::text), 8))::bit(32)::bigint % 1000000)::text, 6, '0')
from booking.booking where cancelled_at is null and ends > now()
on conflict do nothing;
