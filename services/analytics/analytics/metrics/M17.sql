-- Tasks whose time began in the period: when they were due, or were opened if that was later. Done before, they took no
-- time; those still open at the report's position run until the latest moment known there, and what is yet to come is
-- not looked at.
with taken as (
    select kind, state = 'done' as done, reopened,
        round(extract(epoch from greatest(coalesce(done, $clock) - began, interval '0')) / 60, 2) as minutes
    from task, lateral (values (greatest(opened, due))) its(began)
    where state <> 'cancelled' and opened is not null and began >= $start and began < $end and began <= $clock
        and ($unit::text is null or unit = $unit)
)
select case when grouping(kind) = 0 then 'kind' else '' end as dimension, coalesce(kind, '') as key,
    minutes, count(*) filter (where done) as done, count(*) filter (where not done) as open,
    sum(reopened) as reopened
from taken
group by grouping sets ((minutes), (kind, minutes))
order by 1, 2, 3
