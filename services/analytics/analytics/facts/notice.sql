-- types: notice.submitted notice.published notice.changed notice.withdrawn notice.expired notice.rejected
-- The state of a notice, and when it was first submitted, first published, last withdrawn.
with $events
insert into notice (notice, unit, organiser, department, departments, decision, submitted, published, withdrawn, state)
select subject::uuid, unit, organiser(data -> 'organiser'), department(data -> 'organiser'),
    departments(data -> 'organiser', data -> 'coorganisers'), data ->> 'decision', submitted, published,
    withdrawn, split_part(type, '.', 3)
from (
    select subject,
        max(unit) filter (where age = 1) as unit,
        max(type) filter (where age = 1) as type,
        (array_agg(data) filter (where age = 1))[1] as data,
        min(time) filter (where type = 'omatoimi.notice.submitted.v1') as submitted,
        min(time) filter (where type = 'omatoimi.notice.published.v1') as published,
        max(time) filter (where age = 1 and type = 'omatoimi.notice.withdrawn.v1') as withdrawn
    from ranked group by subject
) notice
order by 1
on conflict (notice) do update set unit = excluded.unit, organiser = excluded.organiser,
    department = excluded.department, departments = excluded.departments, decision = excluded.decision,
    submitted = excluded.submitted, published = excluded.published, withdrawn = excluded.withdrawn,
    state = excluded.state
