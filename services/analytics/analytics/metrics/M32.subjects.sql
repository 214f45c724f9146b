-- Decisions on the area of a unit; those of which something was shown there count above.
with published as (
    select d.decision as subject, coalesce(d.body, 'none') as body, d.unit, exists (
        select from shown s
        where s.unit = d.unit and (
            s.kind = 'decision' and s.item = d.decision
            or s.kind = 'case' and s.item = d.case_key
            or s.kind = 'notice' and s.item in (select n.notice::text from notice n where n.decision = d.decision))
    )::int as shown
    from decision d
    where not d.removed and d.unit <> 'none' and d.districts <> '{}'
        and d.published >= $start and d.published < $end and ($unit::text is null or d.unit = $unit)
)
select dimension, key, subject, shown as numerator, 1 as denominator
from published, lateral (values ('', ''), ('unit', unit), ('body', body)) cell(dimension, key)
