-- The counters, by what each told of a span; the events themselves are named, since a counter has those of all time.
with $visits
select dimension, key, counter as subject, persons as numerator, null::numeric as denominator, source, id
from counted, lateral (
    values ('', ''), ('unit', unit), ('day', to_char(day, 'YYYY-MM-DD')), ('hour', hour), ('method', method)
) cell(dimension, key)
