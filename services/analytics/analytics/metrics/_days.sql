day as (
    select d as day, tstzrange(moment(d, '00:00'), moment(d + 1, '00:00')) as during
    from (select day_of($start) + n as d from generate_series(0, day_of($end) - day_of($start) - 1) n) days
)
