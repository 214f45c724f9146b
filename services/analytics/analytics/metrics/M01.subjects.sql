-- Each booking by the local days of the period that its slot touches; the library's own programme counts apart. A day on
-- which only the house had programmes stands beside the others no more than one without any booking.
with counted as (
    select b.booking::text as subject, to_char(d.day, 'YYYY-MM-DD') as day, b.organiser,
        coalesce(b.channel, '') as channel, b.hours, (b.organiser <> 'library')::int as numerator,
        (b.organiser <> 'library' and b.moved > 0)::int as moved, (b.organiser = 'library')::int as programmes,
        max((b.organiser <> 'library')::int) over (partition by d.day) as anybody
    from booking b, lateral (
        select greatest(day_of(lower(b.slot)), day_of($start)) + n as day
        from generate_series(0, least(day_of(upper(b.slot) - interval '1 microsecond'), day_of($end) - 1)
            - greatest(day_of(lower(b.slot)), day_of($start))) n
    ) d
    where b.confirmed is not null and b.slot && tstzrange($start, $end) and ($unit::text is null or b.unit = $unit)
)
select dimension, key, subject, numerator, null::numeric as denominator, moved, programmes
from counted, lateral (
    values ('', ''), ('day', day), ('organiser', organiser), ('channel', channel), ('hours', hours)
) cell(dimension, key)
where dimension <> 'day' or anybody = 1
