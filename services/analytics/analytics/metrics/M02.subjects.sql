-- Bookings with the minutes they take, and spaces with the minutes they are open.
with $openings, counted as (
    select b.booking::text as subject, d.day, leaf as space, minutes(b.slot * d.during) as numerator,
        null::numeric as denominator
    from day d join booking b on b.slot && d.during, unnest(b.leaves) leaf
    where b.confirmed is not null and b.cancelled is null and ($unit::text is null or b.unit = $unit)
    union all
    select space, day, space, null, minutes(open) from available
)
select dimension, key, subject, numerator, denominator
from counted, lateral (values ('', ''), ('day', to_char(day, 'YYYY-MM-DD')), ('space', space)) cell(dimension, key)
