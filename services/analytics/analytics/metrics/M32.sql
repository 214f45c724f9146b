-- Decisions on the area of a unit; shown is the decision itself, its case, or a notice that tells of it.
with published as (
    select coalesce(d.body, 'none') as body, d.unit, exists (
        select from shown s
        where s.unit = d.unit and (
            s.kind = 'decision' and s.item = d.decision
            or s.kind = 'case' and s.item = d.case_key
            or s.kind = 'notice' and s.item in (select n.notice::text from notice n where n.decision = d.decision))
    ) as shown
    from decision d
    where not d.removed and d.unit <> 'none' and d.districts <> '{}'
        and d.published >= $start and d.published < $end and ($unit::text is null or d.unit = $unit)
)
select case when grouping(unit) = 0 then 'unit' when grouping(body) = 0 then 'body' else '' end as dimension,
    coalesce(unit, body, '') as key,
    count(*) filter (where shown) as numerator, count(*) as denominator, '{}'::jsonb as parts
from published
group by grouping sets ((), (unit), (body))
