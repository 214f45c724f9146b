-- types: decision.published decision.changed decision.removed
-- A decision of the city; `districts` are those it concerns, not those it only mentions.
with $touched
insert into decision (decision, case_key, unit, body, districts, published, removed)
select touched.subject, told.case, unit, told.body, coalesce(told.primary, '{}'), published, removed
from touched, lateral (
    select
        (array_agg(unit $latest_first))[1] as unit,
        (array_agg(raw $latest_first))[1] as raw,
        min(time) filter (where type = 'omatoimi.decision.published.v1') as published,
        (array_agg(type = 'omatoimi.decision.removed.v1' $latest_first))[1] as removed
    from $its_events
) decision, json_to_record(data(raw)) as told("case" text, body text, "primary" text[])
order by 1
on conflict (decision) do update set case_key = excluded.case_key, unit = excluded.unit, body = excluded.body,
    districts = excluded.districts, published = excluded.published, removed = excluded.removed
