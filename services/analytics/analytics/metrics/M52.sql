-- The identity of the log: each record ends in exactly one class, and there are as many as the log has offsets.
with class as (
    select log, class, sum(records) as records from tally group by log, class
), log as (
    select log, sum(next_offset) as records
    from (select log, partition, max(next_offset) as next_offset from tally group by log, partition) partitions
    group by log
), identity as (
    select l.log, l.records,
        coalesce(sum(c.records), 0) as kept,
        coalesce(sum(c.records) filter (where class = 'folded'), 0) as folded,
        coalesce(sum(c.records) filter (where class = 'doubled'), 0) as doubled,
        coalesce(sum(c.records) filter (where class = 'unknown'), 0) as unknown,
        coalesce(sum(c.records) filter (where class = 'quarantined'), 0) as quarantined,
        coalesce(sum(c.records) filter (where class = 'demo'), 0) as demo
    from log l left join class c using (log)
    group by l.log, l.records
)
select case when grouping(log) = 0 then 'topic' else '' end as dimension, coalesce(log, '') as key,
    coalesce(sum(kept), 0) as numerator, coalesce(sum(records), 0) as denominator,
    jsonb_build_object('folded', coalesce(sum(folded), 0), 'doubled', coalesce(sum(doubled), 0),
        'unknown', coalesce(sum(unknown), 0), 'quarantined', coalesce(sum(quarantined), 0),
        'demo', coalesce(sum(demo), 0)) as parts
from identity
group by grouping sets ((), (log))
union all
select 'reason', reason, sum(records), null, '{}' from tally where class = 'quarantined' group by reason
