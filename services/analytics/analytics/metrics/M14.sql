-- Persons by unit and calendar month, the grain at which small numbers are kept back. What a counter told of a day counts
-- when it can be: no span with more than a person a second, none over another, and not nought all day.
with $visits, opening_day as (
    select distinct p.unit, to_char(o.day, 'YYYY-MM') as month, o.day
    from opening o join premises p using (premises)
    where p.owner = 'library' and ($unit::text is null or p.unit = $unit)
        and (p.retired is null or o.day < day_of(p.retired))
), day_told as (
    select unit, month, day, bool_or(usable) as usable, bool_or(impossible) as impossible, bool_or(still) as still
    from counter_day group by unit, month, day
), days as (
    select unit, month, count(*) filter (where t.usable) as counted,
        -- A count is waited for from the first day on that there was one, and until the day of the latest record.
        count(*) filter (where t.day is null and day < day_of($clock)
            and day > (select min(day_of(lower(v.slot))) from visit v where v.unit = o.unit)) as missing,
        count(*) filter (where t.still and o.day is not null) as still,
        count(*) filter (where t.impossible) as impossible
    from day_told t full join opening_day o using (unit, month, day)
    group by unit, month
)
select unit, month, '' as dimension, '' as key,
    coalesce((select sum(persons) from counted c where (c.unit, c.month) = (d.unit, d.month)), 0) as numerator,
    jsonb_build_object('days', counted, 'missing', missing, 'still', still, 'impossible', impossible) as parts
from days d
union all
select unit, month, case when grouping(day) = 0 then 'day' when grouping(hour) = 0 then 'hour' else 'method' end,
    coalesce(to_char(day, 'YYYY-MM-DD'), hour, method), sum(persons), '{}'
from counted
group by unit, month, grouping sets ((day), (hour), (method))
order by unit, month, dimension, key
