-- types: feedback.received feedback.answered feedback.lapsed
-- What a resident said about a case: when it was heard, and when and how it ended.
with $events
insert into feedback (feedback, unit, body, received, closed, answered, changed)
select subject::uuid, unit, body, received, closed, coalesce(ended = 'omatoimi.feedback.answered.v1', false), changed
from (
    select subject,
        max(unit) filter (where age = 1) as unit,
        max(data(raw) ->> 'body') filter (where age = 1) as body,
        min(time) filter (where type = 'omatoimi.feedback.received.v1') as received,
        (array_agg(time order by age) filter (where type <> 'omatoimi.feedback.received.v1'))[1] as closed,
        (array_agg(type order by age) filter (where type <> 'omatoimi.feedback.received.v1'))[1] as ended,
        bool_or(coalesce((data(raw) ->> 'changed')::boolean, false)) as changed
    from ranked group by subject
) feedback
order by 1
on conflict (feedback) do update set unit = excluded.unit, body = excluded.body, received = excluded.received,
    closed = excluded.closed, answered = excluded.answered, changed = excluded.changed
