-- types: hours.set
-- The opening hours of premises by the local date they are valid from; the last word on a date counts.
with $events
insert into hours (premises, valid_from, sequence, week)
select distinct on (subject, valid_from) subject, valid_from, sequence, week
from ranked, json_to_record(data(raw)) as told(valid_from date, week jsonb)
order by subject, valid_from, age
on conflict (premises, valid_from) do update set sequence = excluded.sequence, week = excluded.week
