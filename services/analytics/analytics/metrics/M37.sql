-- Feedback that ended in the period, answered or lapsed.
with heard as (
    select coalesce(body, 'none') as body, answered, changed, received >= $start and received < $end as is_received,
        closed >= $start and closed < $end as is_closed
    from feedback
    where ($unit::text is null or unit = $unit)
        and (received >= $start and received < $end or closed >= $start and closed < $end)
)
select case when grouping(body) = 0 then 'body' else '' end as dimension, coalesce(body, '') as key,
    count(*) filter (where is_closed and answered) as numerator,
    count(*) filter (where is_closed) as denominator,
    jsonb_build_object('received', count(*) filter (where is_received),
        'lapsed', count(*) filter (where is_closed and not answered),
        'changed', count(*) filter (where is_closed and answered and changed)) as parts
from heard
group by grouping sets ((), (body))
