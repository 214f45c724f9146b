touched as (
    select distinct subject from $fresh where class = 'folded' and type = any($types::text[])
)
