-- Bookings and notices of departments; a department counts on the first of its own.
with taking_part as (
    select d as department, booking::text as subject
    from booking, unnest(departments) d
    where confirmed is not null and lower(slot) >= $start and lower(slot) < $end
        and ($unit::text is null or unit = $unit)
    union all
    select d, notice::text
    from notice, unnest(departments) d
    where published >= $start and published < $end and ($unit::text is null or unit = $unit)
), counted as (
    select *, (row_number() over (partition by department order by subject) = 1)::int as numerator from taking_part
)
select dimension, key, subject, numerator, null::numeric as denominator
from counted, lateral (values ('', ''), ('department', department)) cell(dimension, key)
