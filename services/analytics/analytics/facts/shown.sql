-- types: item.shown
-- What was shown at which unit, and since when.
with $new_events
insert into shown (unit, kind, item, first)
select unit, told.kind, told.item, min(time)
from event, json_to_record(data(raw)) as told(kind text, item text)
group by 1, 2, 3
order by 1, 2, 3
on conflict (unit, kind, item) do update set first = least(shown.first, excluded.first)
