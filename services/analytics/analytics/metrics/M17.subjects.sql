-- Tasks opened in the period; those that are done count above.
with taken as (
    select task::text as subject, kind, (state = 'done')::int as done
    from task
    where state <> 'cancelled' and opened >= $start and opened < $end and ($unit::text is null or unit = $unit)
)
select dimension, key, subject, done as numerator, 1 as denominator
from taken, lateral (values ('', ''), ('kind', kind)) cell(dimension, key)
