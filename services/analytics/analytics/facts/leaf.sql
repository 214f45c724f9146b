-- types: space.registered space.changed space.retired
-- When a space was a smallest one that could be booked: from the local day it was registered on.
with $events
insert into leaf (space, premises, unit, during)
select subject, max(premises), max(unit) filter (where age = 1),
    coalesce(range_agg(tstzrange(since, until)) filter (where is_leaf and since < coalesce(until, 'infinity')), '{}')
from (
    select subject, unit, age, told.premises,
        type <> 'omatoimi.space.retired.v1' and told.leaves = array[subject] as is_leaf,
        case when lag(time) over life is null then moment(day_of(time), '00:00') else time end as since,
        lead(time) over life as until
    from ranked, json_to_record(data(raw)) as told(premises text, leaves text[])
    window life as (partition by subject order by age desc)
) state
group by subject
order by subject
on conflict (space) do update set premises = excluded.premises, unit = excluded.unit, during = excluded.during
