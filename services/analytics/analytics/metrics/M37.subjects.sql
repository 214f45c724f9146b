-- Feedback that came in or ended in the period; what ended counts below, what was answered above.
with heard as (
    select feedback::text as subject, coalesce(body, 'none') as body, answered,
        coalesce(closed >= $start and closed < $end, false) as is_closed
    from feedback
    where ($unit::text is null or unit = $unit)
        and (received >= $start and received < $end or closed >= $start and closed < $end)
)
select dimension, key, subject, (is_closed and answered)::int as numerator, is_closed::int as denominator
from heard, lateral (values ('', ''), ('body', body)) cell(dimension, key)
