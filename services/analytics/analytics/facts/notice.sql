-- types: notice.submitted notice.published notice.changed notice.withdrawn notice.expired notice.rejected
-- The state of a notice, and when it was first submitted, first published, last withdrawn.
with $events
insert into notice (notice, unit, organiser, department, departments, decision, submitted, published, withdrawn, state)
select subject::uuid, unit, organiser(told.organiser), department(told.organiser),
    departments(told.organiser, told.coorganisers), told.decision, submitted, published, withdrawn,
    split_part(type, '.', 3)
from (
    select subject,
        max(unit) filter (where age = 1) as unit,
        max(type) filter (where age = 1) as type,
        (array_agg(raw) filter (where age = 1))[1] as raw,
        min(time) filter (where type = 'omatoimi.notice.submitted.v1') as submitted,
        min(time) filter (where type = 'omatoimi.notice.published.v1') as published,
        max(time) filter (where age = 1 and type = 'omatoimi.notice.withdrawn.v1') as withdrawn
    from ranked group by subject
) notice, json_to_record(data(raw)) as told(organiser jsonb, coorganisers jsonb, decision text)
order by 1
on conflict (notice) do update set unit = excluded.unit, organiser = excluded.organiser,
    department = excluded.department, departments = excluded.departments, decision = excluded.decision,
    submitted = excluded.submitted, published = excluded.published, withdrawn = excluded.withdrawn,
    state = excluded.state
