-- types: notice.submitted notice.published notice.changed notice.withdrawn notice.expired notice.rejected
-- The state of a notice, and when it was first submitted, first published, last withdrawn.
with $touched
insert into notice (notice, unit, organiser, department, departments, decision, submitted, published, withdrawn, state)
select touched.subject::uuid, unit, organiser(told.organiser), department(told.organiser),
    departments(told.organiser, told.coorganisers), told.decision, submitted, published, withdrawn,
    split_part(type, '.', 3)
from touched, lateral (
    select
        (array_agg(unit $latest_first))[1] as unit,
        (array_agg(type $latest_first))[1] as type,
        (array_agg(raw $latest_first))[1] as raw,
        min(time) filter (where type = 'omatoimi.notice.submitted.v1') as submitted,
        min(time) filter (where type = 'omatoimi.notice.published.v1') as published,
        (array_agg(case type when 'omatoimi.notice.withdrawn.v1' then time end $latest_first))[1] as withdrawn
    from $its_events
) notice, json_to_record(data(raw)) as told(organiser party, coorganisers party[], decision text)
order by 1
on conflict (notice) do update set unit = excluded.unit, organiser = excluded.organiser,
    department = excluded.department, departments = excluded.departments, decision = excluded.decision,
    submitted = excluded.submitted, published = excluded.published, withdrawn = excluded.withdrawn,
    state = excluded.state
