-- An attempt is what one session wanted, however often it asked; without a session each request is an attempt of its
-- own. It went without a space when it met no free slot and was confirmed nothing after that.
with asked as not materialized (
    select * from demand where $unit::text is null or unit = $unit
), attempt as (
    select 1 as requests,
        case when outcome = 'confirmed' then time end as served,
        case when outcome = 'empty' or rule = 'taken' then time end as unmet,
        rule = 'taken' as refused,
        outcome = 'empty' as empty,
        case when outcome = 'refused' then array[rule] end as rules
    from asked
    where session is null and time >= $start and time < $end
    union all
    -- Of a session that began in the period all is looked at, whenever it was.
    select count(*),
        max(time) filter (where outcome = 'confirmed'),
        max(time) filter (where outcome = 'empty' or rule = 'taken'),
        bool_or(rule = 'taken'),
        bool_or(outcome = 'empty'),
        array_agg(distinct rule) filter (where outcome = 'refused')
    from asked
    where session in (select session from asked where time >= $start and time < $end)
    group by session
    having min(time) >= $start and min(time) < $end
), judged as (
    select *, unmet is not null and (served is null or served < unmet) as without from attempt
), whole as (
    select count(*) filter (where without) as numerator, count(*) as denominator,
        jsonb_build_object('refused', count(*) filter (where refused), 'empty', count(*) filter (where empty),
            'served-later', count(*) filter (where unmet is not null and not without),
            'requests', coalesce(sum(requests), 0)) as parts
    from judged
)
select '' as dimension, '' as key, numerator, denominator, parts from whole
union all
select 'rule', rule, count(*), (select denominator from whole), '{}'
from judged, unnest(rules) rule
where rules is not null
group by rule
