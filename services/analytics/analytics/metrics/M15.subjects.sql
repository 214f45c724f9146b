-- Attended bookings with their minutes on the smallest spaces, cut at the ends of the period; those of others than the
-- owner count above. A walk-in has no organiser.
with used as (
    select b.booking::text as subject, b.organiser, b.owner, b.department is distinct from b.owner as others,
        cardinality(b.leaves) * minutes(b.slot * tstzrange($start, $end)) as minutes
    from booking b
    where b.attended and b.confirmed is not null and b.cancelled is null and b.slot && tstzrange($start, $end)
        and ($unit::text is null or b.unit = $unit)
)
select dimension, key, subject, case when others then minutes else 0 end as numerator, minutes as denominator
from used, lateral (values ('', ''), ('owner', owner), ('organiser', organiser)) cell(dimension, key)
