-- Local days are those of the installation: of the time zone that the session is told (`omatoimi.zone`); the session's
-- own decides nothing. A session that was not told has an error and no figure.
create or replace function analytics.day_of(at timestamptz) returns date
    language sql stable strict parallel safe
    return (at at time zone current_setting('omatoimi.zone'))::date;

-- The moment at which the clock of that day first shows that time or, where it springs over it, a later one. The clock
-- went by one of two offsets on the days around it; of a time that it shows twice the earlier moment is meant.
create or replace function analytics.moment(day date, clock time) returns timestamptz
    language sql stable strict parallel safe
    return (
        select coalesce(t.shows, (
            select min(minute) from generate_series(t.low, t.high, interval '1 minute') minute
            where minute at time zone t.zone >= t.shown
        ))
        from (
            select shown, zone, min(at) filter (where at at time zone zone = shown) as shows,
                min(at) as low, max(at) as high
            from (values (day + clock, current_setting('omatoimi.zone'))) asked(shown, zone),
                unnest(array[interval '-36 hours', interval '36 hours']) away,
                lateral (select (shown at time zone 'UTC') + away as around) near,
                lateral (select (shown - (around at time zone zone - around at time zone 'UTC')) at time zone 'UTC' as at)
                    told
            group by shown, zone
        ) t
    );
