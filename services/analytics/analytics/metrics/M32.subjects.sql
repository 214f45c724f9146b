-- Decisions on the area of a unit; those of which something was shown there (the decision itself, its case, or a notice
-- that tells of it) count above. The first time that each thing was shown stands behind its decision, and counts nothing
-- more.
with published as (
    select d.decision, d.case_key, coalesce(d.body, 'none') as body, d.unit
    from decision d
    where not d.removed and d.unit <> 'none' and d.districts <> '{}'
        and d.published >= $start and d.published < $end and ($unit::text is null or d.unit = $unit)
), showing as (
    select p.decision, s.source, s.id
    from published p join shown s on s.unit = p.unit and (
        s.kind = 'decision' and s.item = p.decision
        or s.kind = 'case' and s.item = p.case_key
        or s.kind = 'notice' and s.item in (select n.notice::text from notice n where n.decision = p.decision))
), counted as (
    select decision as subject, body, unit, (decision in (select decision from showing))::int as numerator,
        1 as denominator, null as source, null::uuid as id
    from published
    union all
    select decision, body, unit, 0, 0, source, id from published join showing using (decision)
)
select dimension, key, subject, numerator, denominator, source, id
from counted, lateral (values ('', ''), ('unit', unit), ('body', body)) cell(dimension, key)
