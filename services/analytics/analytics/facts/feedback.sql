-- types: feedback.received feedback.answered feedback.lapsed
-- What a resident said about a case: when it was heard, and when and how it ended.
with $touched
insert into feedback (feedback, unit, body, received, closed, answered, changed)
select touched.subject::uuid, unit, body, received, closed,
    coalesce(ended = 'omatoimi.feedback.answered.v1', false), changed
from touched, lateral (
    select
        (array_agg(unit $latest_first))[1] as unit,
        (array_agg(data(raw) ->> 'body' $latest_first))[1] as body,
        min(time) filter (where type = 'omatoimi.feedback.received.v1') as received,
        (array_agg(time $latest_first) filter (where type <> 'omatoimi.feedback.received.v1'))[1] as closed,
        (array_agg(type $latest_first) filter (where type <> 'omatoimi.feedback.received.v1'))[1] as ended,
        bool_or(coalesce((data(raw) ->> 'changed')::boolean, false)) as changed
    from $its_events
) feedback
order by 1
on conflict (feedback) do update set unit = excluded.unit, body = excluded.body, received = excluded.received,
    closed = excluded.closed, answered = excluded.answered, changed = excluded.changed
