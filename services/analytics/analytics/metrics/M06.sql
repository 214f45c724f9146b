-- A booking stands on the local day its last slot begins. The house's own cancellations stand apart.
with made as (
    select b.organiser,
        case when b.cancelled is null then null
            when b.cancelled_by = 'house' then 'house'
            when b.cancelled <= lower(b.slot) - interval '24 hours' then 'early'
            when b.cancelled < lower(b.slot) then 'late'
            else 'after-start' end as ended
    from booking b
    where b.confirmed is not null and lower(b.slot) >= $start and lower(b.slot) < $end
        and ($unit::text is null or b.unit = $unit)
)
select case when grouping(organiser) = 0 then 'organiser' else '' end as dimension, coalesce(organiser, '') as key,
    count(*) filter (where ended <> 'house') as numerator, count(*) as denominator,
    jsonb_build_object('early', count(*) filter (where ended = 'early'),
        'late', count(*) filter (where ended = 'late'),
        'after-start', count(*) filter (where ended = 'after-start'),
        'house', count(*) filter (where ended = 'house')) as parts
from made
group by grouping sets ((), (organiser))
union all
select 'class', class, (select count(*) from made where ended = class), (select count(*) from made), '{}'
from unnest(array['early', 'late', 'after-start', 'house']) class
