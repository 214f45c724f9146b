-- Attended bookings and walk-ins with the minutes they add to those before them, and spaces with the minutes they are
-- open.
with $openings, use as (
    select b.booking::text as subject, false as walkin, leaf, d.day, b.slot * d.during as span
    from day d join booking b on b.slot && d.during, unnest(b.leaves) leaf
    where b.attended and b.confirmed is not null and b.cancelled is null and ($unit::text is null or b.unit = $unit)
    union all
    select w.walkin::text, true, leaf, d.day, w.slot * d.during
    from day d join walkin w on w.slot && d.during, unnest(w.leaves) leaf
    where $unit::text is null or w.unit = $unit
), counted as (
    select subject, day, leaf as space,
        minutes(tstzmultirange(span) - coalesce(range_agg(span) over before, '{}')) as numerator,
        null::numeric as denominator
    from use
    window before as (partition by leaf, day order by walkin, lower(span), subject
        rows between unbounded preceding and 1 preceding)
    union all
    select space, day, space, null, minutes(open) from available
)
select dimension, key, subject, numerator, denominator
from counted, lateral (values ('', ''), ('day', to_char(day, 'YYYY-MM-DD')), ('space', space)) cell(dimension, key)
