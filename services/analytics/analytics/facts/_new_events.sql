event as (
    select source, id, type, unit, time, raw from $fresh where class = 'folded' and type = any($types::text[])
)
