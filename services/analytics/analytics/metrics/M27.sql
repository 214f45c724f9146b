-- A notice stands on the day it was first published; one withdrawn within the hour was a mistake.
with told as (
    select organiser, published, withdrawn < published + interval '1 hour' as taken_back, submitted,
        published >= $start and published < $end as is_published, submitted >= $start and submitted < $end as is_submitted
    from notice
    where ($unit::text is null or unit = $unit)
        and (published >= $start and published < $end or submitted >= $start and submitted < $end)
)
select case when grouping(organiser) = 0 then 'organiser' else '' end as dimension, coalesce(organiser, '') as key,
    count(*) filter (where is_published and taken_back is not true) as numerator,
    null::numeric as denominator,
    jsonb_build_object('taken-back', count(*) filter (where is_published and taken_back),
        'submitted', count(*) filter (where is_submitted)) as parts
from told
group by grouping sets ((), (organiser))
