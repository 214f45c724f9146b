-- Minutes on the smallest spaces. A minute in which a booking was attended and people walked in counts once.
with $openings, use as (
    select leaf, b.slot, false as walkin,
        case when b.attended then 'attended' when not b.attended then 'unattended'
            when upper(b.slot) <= $clock then 'unknown' else 'to-come' end as state
    from booking b, unnest(b.leaves) leaf
    where b.confirmed is not null and b.cancelled is null and b.slot && tstzrange($start, $end)
        and ($unit::text is null or b.unit = $unit)
    union all
    select leaf, w.slot, true, 'attended'
    from walkin w, unnest(w.leaves) leaf
    where w.slot && tstzrange($start, $end) and ($unit::text is null or w.unit = $unit)
), grain as (
    select space, day, minutes(open) as available, 0::numeric as used, 0::numeric as attended,
        0::numeric as unattended, 0::numeric as unknown, 0::numeric as to_come
    from available
    union all
    select leaf, d.day, 0,
        minutes(range_agg(u.slot * d.during) filter (where state = 'attended')),
        minutes(range_agg(u.slot * d.during) filter (where state = 'attended' and not walkin)),
        minutes(range_agg(u.slot * d.during) filter (where state = 'unattended')),
        minutes(range_agg(u.slot * d.during) filter (where state = 'unknown')),
        minutes(range_agg(u.slot * d.during) filter (where state = 'to-come'))
    from day d join use u on u.slot && d.during
    group by leaf, d.day
)
select
    case when grouping(day) = 0 then 'day' when grouping(space) = 0 then 'space' else '' end as dimension,
    coalesce(to_char(day, 'YYYY-MM-DD'), space, '') as key,
    coalesce(sum(used), 0) as numerator,
    coalesce(sum(available), 0) as denominator,
    jsonb_build_object('attended', coalesce(sum(attended), 0), 'walk-ins', coalesce(sum(used - attended), 0),
        'unattended', coalesce(sum(unattended), 0), 'unknown', coalesce(sum(unknown), 0),
        'to-come', coalesce(sum(to_come), 0)) as parts
from grain
group by grouping sets ((), (day), (space))
