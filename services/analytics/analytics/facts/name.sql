-- types: premises.registered premises.changed space.registered space.changed
-- What premises and spaces are called, as the register last told; one code may stand for one of each.
with $events
insert into name (kind, code, names)
select distinct on (kind, subject) split_part(type, '.', 2) as kind, subject, coalesce(told.names, '{}')
from ranked, json_to_record(data(raw)) as told(names jsonb)
order by kind, subject, age
on conflict (kind, code) do update set names = excluded.names
