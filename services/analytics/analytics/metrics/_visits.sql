$openings, told as (
    select v.*, day_of(lower(slot)) as day, to_char(day_of(lower(slot)), 'YYYY-MM') as month,
        case when date_trunc('hour', lower(slot) at time zone 'UTC')
                = date_trunc('hour', (upper(slot) - interval '1 microsecond') at time zone 'UTC')
            then to_char(lower(slot) at time zone current_setting('omatoimi.zone'), 'HH24') else 'longer' end as hour
    from visit v
    where lower(slot) >= $start and lower(slot) < $end and ($unit::text is null or unit = $unit)
), span as (
    select *, coalesce(persons > minutes(slot) * 60
        or lower(slot) < max(upper(slot)) over before or upper(slot) > min(lower(slot)) over after, false) as impossible
    from told
    window before as (partition by unit, counter, month order by lower(slot), upper(slot)
            rows between unbounded preceding and 1 preceding),
        after as (partition by unit, counter, month order by lower(slot), upper(slot)
            rows between 1 following and unbounded following)
), counter_day as (
    select *, not impossible and not still as usable
    from (
        select unit, counter, month, day, bool_or(impossible) as impossible, sum(persons) = 0 as still
        from span group by unit, counter, month, day
    ) each
), counted as (
    select s.unit, s.counter, s.month, s.day, s.hour, s.method, s.persons, s.source, s.id
    from span s join counter_day d using (unit, counter, day)
    where d.usable
)
