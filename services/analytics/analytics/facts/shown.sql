-- types: item.shown
-- What was shown at which unit, since when, and the event that tells of the first time.
with $new_events
insert into shown (unit, kind, item, first, source, id)
select distinct on (unit, told.kind, told.item) unit, told.kind, told.item, time, source, id
from event, json_to_record(data(raw)) as told(kind text, item text)
order by unit, told.kind, told.item, time, source, id
on conflict (unit, kind, item) do update set first = excluded.first, source = excluded.source, id = excluded.id
where (excluded.first, excluded.source, excluded.id) < (shown.first, shown.source, shown.id)
