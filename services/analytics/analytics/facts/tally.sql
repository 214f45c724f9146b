-- How many records there are of each kind, how far each partition was read, and when each type was first and last recorded.
insert into tally (log, partition, class, type, reason, records, next_offset, first_recorded, last_recorded)
select log, partition, class, case class when 'folded' then type else '' end, coalesce(reason, ''),
    count(*), max("offset") + 1, min(recordedtime) filter (where class = 'folded'),
    max(recordedtime) filter (where class = 'folded')
from $fresh
group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5
on conflict (log, partition, class, type, reason) do update set
    records = tally.records + excluded.records,
    next_offset = greatest(tally.next_offset, excluded.next_offset),
    first_recorded = least(tally.first_recorded, excluded.first_recorded),
    last_recorded = greatest(tally.last_recorded, excluded.last_recorded)
