-- Minutes on the smallest spaces, cut at the ends of the period and of each day.
with $openings, grain as (
    select space, day, minutes(open) as available, 0::numeric as booked from available
    union all
    select leaf, d.day, 0, minutes(range_agg(b.slot * d.during))
    from day d join booking b on b.slot && d.during, unnest(b.leaves) leaf
    where b.confirmed is not null and b.cancelled is null and ($unit::text is null or b.unit = $unit)
    group by leaf, d.day
)
select
    case when grouping(day) = 0 then 'day' when grouping(space) = 0 then 'space' else '' end as dimension,
    coalesce(to_char(day, 'YYYY-MM-DD'), space, '') as key,
    coalesce(sum(booked), 0) as numerator,
    coalesce(sum(available), 0) as denominator,
    '{}'::jsonb as parts
from grain
group by grouping sets ((), (day), (space))
