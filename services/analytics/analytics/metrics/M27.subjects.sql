-- Notices published or submitted in the period. One stands on the day it was first published; one withdrawn within the
-- hour was a mistake, and counts beside.
with told as (
    select notice::text as subject, organiser, coalesce(withdrawn < published + interval '1 hour', false) as taken_back,
        coalesce(published >= $start and published < $end, false) as is_published,
        coalesce(submitted >= $start and submitted < $end, false) as is_submitted
    from notice
    where ($unit::text is null or unit = $unit)
        and (published >= $start and published < $end or submitted >= $start and submitted < $end)
)
select dimension, key, subject, (is_published and not taken_back)::int as numerator, null::numeric as denominator,
    (is_published and taken_back)::int as "taken-back", is_submitted::int as submitted
from told, lateral (values ('', ''), ('organiser', organiser)) cell(dimension, key)
