-- Bookings and notices of departments that organise, alone or with others: a booking by the local day its slot begins, a
-- notice by the day it was first published. A department counts on the first of its own; it is exact, and never added
-- over time or units.
with taking_part as (
    select d as department, booking::text as subject, 1 as bookings, 0 as notices
    from booking, unnest(departments) d
    where confirmed is not null and lower(slot) >= $start and lower(slot) < $end
        and ($unit::text is null or unit = $unit)
    union all
    select d, notice::text, 0, 1
    from notice, unnest(departments) d
    where published >= $start and published < $end and ($unit::text is null or unit = $unit)
), counted as (
    select *, (row_number() over (partition by department order by subject) = 1)::int as numerator from taking_part
)
select dimension, key, subject, numerator, null::numeric as denominator, bookings, notices
from counted, lateral (values ('', ''), ('department', department)) cell(dimension, key)
