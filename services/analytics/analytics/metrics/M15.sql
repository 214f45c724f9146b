-- Minutes of attended bookings on the smallest spaces, cut at the ends of the period. A walk-in has no organiser.
with used as (
    select b.organiser, b.owner, b.department is distinct from b.owner as others,
        cardinality(b.leaves) * minutes(b.slot * tstzrange($start, $end)) as minutes
    from booking b
    where b.attended and b.confirmed is not null and b.cancelled is null and b.slot && tstzrange($start, $end)
        and ($unit::text is null or b.unit = $unit)
)
select case when grouping(owner) = 0 then 'owner' when grouping(organiser) = 0 then 'organiser' else '' end as dimension,
    coalesce(owner, organiser, '') as key,
    coalesce(sum(minutes) filter (where others), 0) as numerator,
    coalesce(sum(minutes), 0) as denominator,
    '{}'::jsonb as parts
from used
group by grouping sets ((), (owner), (organiser))
