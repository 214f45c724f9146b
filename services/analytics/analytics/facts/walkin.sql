-- types: walk-in.counted
-- Use without a booking; a later count of the same one corrects it.
with $events
insert into walkin (walkin, unit, leaves, slot, owner, hours, persons, method)
select subject::uuid, unit, told.leaves, slot(told.slot), told.owner, told.hours, told.persons, told.method
from ranked, json_to_record(data(raw)) as told(leaves text[], slot span, owner text, hours text, persons int, method text)
where age = 1
order by 1
on conflict (walkin) do update set unit = excluded.unit, leaves = excluded.leaves, slot = excluded.slot,
    owner = excluded.owner, hours = excluded.hours, persons = excluded.persons, method = excluded.method
