$touched, ranked as (
    select event.*, row_number() over (partition by event.subject order by sequence desc, time desc, id desc) as age
    from touched, lateral (
        select type, subject, sequence, time, id, unit, raw from $its_events
        -- A fence: a subject's events are always found by the index, however little is known of the ledger's size.
        offset 0
    ) event
)
