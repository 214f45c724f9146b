-- Notices published or submitted in the period; those published in it and not taken back within the hour count.
with told as (
    select notice::text as subject, organiser, (coalesce(published >= $start and published < $end, false)
        and (withdrawn < published + interval '1 hour') is not true)::int as numerator
    from notice
    where ($unit::text is null or unit = $unit)
        and (published >= $start and published < $end or submitted >= $start and submitted < $end)
)
select dimension, key, subject, numerator, null::numeric as denominator
from told, lateral (values ('', ''), ('organiser', organiser)) cell(dimension, key)
