touched as (
    select distinct subject from ledger where number > $since and class = 'folded' and type = any($types::text[])
), event as materialized (
    select l.source, l.id, l.type, l.subject, l.sequence, l.time, l.unit,
        convert_from(l.raw, 'UTF8')::jsonb as envelope
    from ledger l join touched using (subject)
    where l.class = 'folded' and l.type = any($types::text[])
), ranked as (
    select *, envelope -> 'data' as data,
        row_number() over (partition by subject order by sequence desc, time desc, id desc) as age
    from event
)
