-- What was asked for and sought, by the event; an attempt counts on the first event of it.
with asked as (
    select *, coalesce(session, id) as attempt, session is null as alone from demand
    where $unit::text is null or unit = $unit
), judged as (
    select attempt, alone,
        coalesce(max(time) filter (where outcome = 'empty' or rule = 'taken')
            > coalesce(max(time) filter (where outcome = 'confirmed'), '-infinity'), false) as without
    from asked
    group by attempt, alone
    having min(time) >= $start and min(time) < $end
), told as (
    select a.source, a.id, case when a.outcome = 'refused' then a.rule end as rule, j.without,
        row_number() over (partition by attempt, alone order by a.time, a.source, a.id) = 1 as first,
        row_number() over (partition by attempt, alone, a.outcome, a.rule order by a.time, a.source, a.id) = 1
            as first_of_rule
    from asked a join judged j using (attempt, alone)
)
select dimension, key, l.subject, numerator, denominator
from told t join ledger l on l.source = t.source and l.id = t.id and l.class = 'folded', lateral (
    values ('', '', (first and without)::int, first::int), ('rule', rule, first_of_rule::int, null)
) cell(dimension, key, numerator, denominator)
where key is not null
