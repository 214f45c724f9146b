-- types: hours.set
-- The opening hours of premises by the local date they are valid from; the last word on a date counts.
with $events
insert into hours (premises, valid_from, sequence, week)
select distinct on (subject, valid_from) subject, valid_from, sequence, data -> 'week'
from ranked, lateral (select (data ->> 'valid_from')::date as valid_from) told
order by subject, valid_from, age
on conflict (premises, valid_from) do update set sequence = excluded.sequence, week = excluded.week
