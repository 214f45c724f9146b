-- types: space.blocked space.unblocked
-- A block of spaces; one that was lifted counts for nothing.
with $events
insert into block (block, leaves, slot, lifted)
select subject::uuid, told.leaves, slot(told.slot), type = 'omatoimi.space.unblocked.v1'
from ranked, json_to_record(data(raw)) as told(leaves text[], slot span)
where age = 1
order by 1
on conflict (block) do update set leaves = excluded.leaves, slot = excluded.slot, lifted = excluded.lifted
