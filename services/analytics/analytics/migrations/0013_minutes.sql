-- Most of what is counted is one span, or nothing: that is told where it stands. Only what has gaps is summed up by a
-- function of its own, the call of which cost more than all else of a figure of minutes.
create function analytics.minutes_of_many(during tstzmultirange) returns numeric
    language sql immutable parallel safe
    return (select coalesce(sum(extract(epoch from upper(span) - lower(span))) / 60, 0) from unnest(during) span);

create or replace function analytics.minutes(during tstzmultirange) returns numeric
    language sql immutable parallel safe
    return case when during is null or isempty(during) then 0
        when during = range_merge(during)::tstzmultirange
            then coalesce(extract(epoch from upper(during) - lower(during)) / 60, 0)
        else analytics.minutes_of_many(during) end;
