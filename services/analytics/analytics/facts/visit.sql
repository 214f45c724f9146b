-- types: visit.counted
-- The people that a counter counted in a span; what it tells of the same span later corrects that.
insert into visit (unit, counter, slot, persons, method, sequence, source, id)
select distinct on (unit, counter, span) unit, counter, span, persons, method, sequence, source, id
from (
    select unit, sequence, source, id, told.counter, slot(told.slot) as span, told.persons, told.method
    from $fresh, json_to_record(data(raw)) as told(counter text, slot span, persons int, method text)
    where class = 'folded' and type = any($types::text[])
) told
order by unit, counter, span, sequence desc, source desc, id desc
on conflict (unit, counter, slot) do update set persons = excluded.persons, method = excluded.method,
    sequence = excluded.sequence, source = excluded.source, id = excluded.id
where (excluded.sequence, excluded.source, excluded.id) > (visit.sequence, visit.source, visit.id)
