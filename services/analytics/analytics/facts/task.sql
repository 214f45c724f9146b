-- types: task.opened task.moved task.done task.reopened task.cancelled
-- A service task: reopened, it is the same task and its clock runs on.
with $touched
insert into task (task, unit, kind, booking, due, opened, done, reopened, state)
select touched.subject::uuid, unit, told.kind, told.booking, told.due, opened, case when state = 'done' then done end,
    reopened, coalesce(state, 'open')
from touched, lateral (
    select
        (array_agg(unit $latest_first))[1] as unit,
        (array_agg(raw $latest_first))[1] as raw,
        min(time) filter (where type = 'omatoimi.task.opened.v1') as opened,
        (array_agg(time $latest_first) filter (where type = 'omatoimi.task.done.v1'))[1] as done,
        count(*) filter (where type = 'omatoimi.task.reopened.v1') as reopened,
        (array_agg(case type when 'omatoimi.task.done.v1' then 'done' when 'omatoimi.task.cancelled.v1' then 'cancelled'
            else 'open' end $latest_first) filter (where type <> 'omatoimi.task.moved.v1'))[1] as state
    from $its_events
) task, json_to_record(data(raw)) as told(kind text, booking uuid, due timestamptz)
order by 1
on conflict (task) do update set unit = excluded.unit, kind = excluded.kind, booking = excluded.booking,
    due = excluded.due, opened = excluded.opened, done = excluded.done, reopened = excluded.reopened,
    state = excluded.state
