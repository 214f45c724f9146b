-- Feedback that came in or ended in the period; what ended counts below, what was answered above.
with heard as (
    select feedback::text as subject, coalesce(body, 'none') as body, coalesce(answered, false) as answered,
        coalesce(changed, false) as changed, coalesce(received >= $start and received < $end, false) as is_received,
        coalesce(closed >= $start and closed < $end, false) as is_closed
    from feedback
    where ($unit::text is null or unit = $unit)
        and (received >= $start and received < $end or closed >= $start and closed < $end)
)
select dimension, key, subject, (is_closed and answered)::int as numerator, is_closed::int as denominator,
    is_received::int as received, (is_closed and not answered)::int as lapsed,
    (is_closed and answered and changed)::int as changed
from heard, lateral (values ('', ''), ('body', body)) cell(dimension, key)
