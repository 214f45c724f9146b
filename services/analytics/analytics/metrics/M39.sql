-- Departments that organise, alone or with others: a booking by the local day its slot begins, a notice by the day it
-- was first published. Exact, and never added over time or units.
with taking_part as (
    select d as department, 'booking' as by
    from booking, unnest(departments) d
    where confirmed is not null and lower(slot) >= $start and lower(slot) < $end
        and ($unit::text is null or unit = $unit)
    union all
    select d, 'notice'
    from notice, unnest(departments) d
    where published >= $start and published < $end and ($unit::text is null or unit = $unit)
)
select case when grouping(department) = 0 then 'department' else '' end as dimension, coalesce(department, '') as key,
    count(distinct department) as numerator, null::numeric as denominator,
    jsonb_build_object('bookings', count(*) filter (where by = 'booking'),
        'notices', count(*) filter (where by = 'notice')) as parts
from taking_part
group by grouping sets ((), (department))
