-- Confirmed bookings; those that users cancelled count above, those that the house did stand apart. A booking stands on the
-- local day its last slot begins.
with made as (
    select b.booking::text as subject, b.organiser,
        case when b.cancelled is null then 'kept'
            when b.cancelled_by = 'house' then 'house'
            when b.cancelled <= lower(b.slot) - interval '24 hours' then 'early'
            when b.cancelled < lower(b.slot) then 'late'
            else 'after-start' end as class
    from booking b
    where b.confirmed is not null and lower(b.slot) >= $start and lower(b.slot) < $end
        and ($unit::text is null or b.unit = $unit)
), counted as (
    select subject, organiser, class, (class not in ('kept', 'house'))::int as by_users, (class = 'early')::int as early,
        (class = 'late')::int as late, (class = 'after-start')::int as after_start, (class = 'house')::int as house
    from made
)
select dimension, key, subject, numerator, denominator, early, late, after_start as "after-start", house
from counted, lateral (
    values ('', '', by_users, 1), ('organiser', organiser, by_users, 1), ('class', class, 1, null)
) cell(dimension, key, numerator, denominator)
where (dimension, key) <> ('class', 'kept')
