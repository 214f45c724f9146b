-- An attempt is what one session wanted, however often it asked; without a session each request is an attempt of its
-- own. It went without a space when it met no free slot and was confirmed nothing after that.
with attempt as (
    select min(time) as began,
        count(*) as requests,
        max(time) filter (where outcome = 'confirmed') as served,
        max(time) filter (where outcome = 'empty' or rule = 'taken') as unmet,
        bool_or(rule = 'taken') as refused,
        bool_or(outcome = 'empty') as empty,
        array_agg(distinct rule) filter (where outcome = 'refused') as rules
    from demand
    where $unit::text is null or unit = $unit
    group by coalesce(session, id), session is null
    having min(time) >= $start and min(time) < $end
), judged as (
    select *, unmet is not null and (served is null or served < unmet) as without from attempt
)
select '' as dimension, '' as key, count(*) filter (where without) as numerator, count(*) as denominator,
    jsonb_build_object('refused', count(*) filter (where refused), 'empty', count(*) filter (where empty),
        'served-later', count(*) filter (where unmet is not null and not without),
        'requests', coalesce(sum(requests), 0)) as parts
from judged
union all
select 'rule', rule, count(*), (select count(*) from judged), '{}' from judged, unnest(rules) rule group by rule
