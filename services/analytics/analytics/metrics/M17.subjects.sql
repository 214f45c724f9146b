-- Tasks whose time began in the period, as far as it has come; those that are done count above.
with taken as (
    select task::text as subject, kind, (state = 'done')::int as done
    from task, lateral (values (greatest(opened, due))) its(began)
    where state <> 'cancelled' and opened is not null and began >= $start and began < $end and began <= $clock
        and ($unit::text is null or unit = $unit)
)
select dimension, key, subject, done as numerator, 1 as denominator
from taken, lateral (values ('', ''), ('kind', kind)) cell(dimension, key)
