-- Tasks opened in the period. Those still open at the report's position run until the latest moment known there.
with taken as (
    select kind, state = 'done' as done, reopened,
        round(extract(epoch from greatest(coalesce(done, $clock) - opened, interval '0')) / 60, 2) as minutes
    from task
    where state <> 'cancelled' and opened >= $start and opened < $end and ($unit::text is null or unit = $unit)
)
select case when grouping(kind) = 0 then 'kind' else '' end as dimension, coalesce(kind, '') as key,
    minutes, count(*) filter (where done) as done, count(*) filter (where not done) as open,
    sum(reopened) as reopened
from taken
group by grouping sets ((minutes), (kind, minutes))
order by 1, 2, 3
