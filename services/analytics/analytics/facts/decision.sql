-- types: decision.published decision.changed decision.removed
-- A decision of the city; `districts` are those it concerns, not those it only mentions.
with $events
insert into decision (decision, case_key, unit, body, districts, published, removed)
select subject, told.case, unit, told.body, coalesce(told.primary, '{}'), published, removed
from (
    select subject,
        max(unit) filter (where age = 1) as unit,
        (array_agg(raw) filter (where age = 1))[1] as raw,
        min(time) filter (where type = 'omatoimi.decision.published.v1') as published,
        bool_or(age = 1 and type = 'omatoimi.decision.removed.v1') as removed
    from ranked group by subject
) decision, json_to_record(data(raw)) as told("case" text, body text, "primary" text[])
order by subject
on conflict (decision) do update set case_key = excluded.case_key, unit = excluded.unit, body = excluded.body,
    districts = excluded.districts, published = excluded.published, removed = excluded.removed
