event as (
    select unit, time, convert_from(raw, 'UTF8')::jsonb -> 'data' as data
    from ledger
    where number > $since and class = 'folded' and type = any($types::text[])
)
