-- Each booking counts once on each local day that its slot touches. A day on which only the house had programmes stands
-- beside the others no more than one without any booking.
with made as (
    select day_of(lower(b.slot)) as first, day_of(upper(b.slot) - interval '1 microsecond') as last,
        b.organiser, b.channel, b.hours, b.moved > 0 as moved
    from booking b
    where b.confirmed is not null and b.slot && tstzrange($start, $end) and ($unit::text is null or b.unit = $unit)
), counted as (
    select d.day, m.organiser, m.channel, m.hours, m.moved, m.organiser = 'library' as programme
    from made m, lateral (
        select greatest(m.first, day_of($start)) + n as day
        from generate_series(0, least(m.last, day_of($end) - 1) - greatest(m.first, day_of($start))) n
    ) d
)
select
    case when grouping(day) = 0 then 'day' when grouping(organiser) = 0 then 'organiser'
        when grouping(channel) = 0 then 'channel' when grouping(hours) = 0 then 'hours' else '' end as dimension,
    coalesce(to_char(day, 'YYYY-MM-DD'), organiser, channel, hours, '') as key,
    count(*) filter (where not programme) as numerator,
    null::numeric as denominator,
    jsonb_build_object('moved', count(*) filter (where moved and not programme),
        'programmes', count(*) filter (where programme)) as parts
from counted
group by grouping sets ((), (day), (organiser), (channel), (hours))
having grouping(day) = 1 or count(*) filter (where not programme) > 0
