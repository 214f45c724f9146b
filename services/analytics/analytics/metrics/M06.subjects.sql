-- Confirmed bookings; those that users cancelled count above, those that the house did stand apart.
with made as (
    select b.booking::text as subject, b.organiser,
        case when b.cancelled is null then null
            when b.cancelled_by = 'house' then 'house'
            when b.cancelled <= lower(b.slot) - interval '24 hours' then 'early'
            when b.cancelled < lower(b.slot) then 'late'
            else 'after-start' end as ended
    from booking b
    where b.confirmed is not null and lower(b.slot) >= $start and lower(b.slot) < $end
        and ($unit::text is null or b.unit = $unit)
)
select dimension, key, subject, numerator, denominator
from made, lateral (
    values ('', '', coalesce(ended <> 'house', false)::int, 1),
        ('organiser', organiser, coalesce(ended <> 'house', false)::int, 1),
        ('class', ended, 1, null)
) cell(dimension, key, numerator, denominator)
where key is not null
