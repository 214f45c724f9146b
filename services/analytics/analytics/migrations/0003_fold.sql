-- What an event of the ledger tells. It is read as text: made into jsonb, all of it would be taken apart for a few fields.
create function analytics.data(raw bytea) returns json
    language sql stable strict parallel safe
    return convert_from(raw, 'UTF8')::json -> 'data';

create function analytics.channel(raw bytea) returns text
    language sql stable strict parallel safe
    return convert_from(raw, 'UTF8')::json ->> 'channel';

-- These two are said so that PostgreSQL writes their text into the statement: a call would cost more than the work. So
-- `slot` is stable like the reading of a time in it, not strict, and the rare list of organisers is a function of its own.
create or replace function analytics.slot(told jsonb) returns tstzrange
    language sql stable parallel safe
    return case when told is not null
        then tstzrange((told ->> 'start')::timestamptz, (told ->> 'end')::timestamptz) end;

create function analytics.all_departments(organisers jsonb) returns text[]
    language sql immutable parallel safe
    return (select coalesce(array_agg(distinct analytics.department(o) order by analytics.department(o)), '{}')
        from jsonb_array_elements(organisers) o
        where analytics.department(o) is not null);

create or replace function analytics.departments(organiser jsonb, coorganisers jsonb) returns text[]
    language sql immutable parallel safe
    return case when coalesce(coorganisers, '[]') = '[]'
        then array_remove(array[analytics.department(organiser)], null)
        else analytics.all_departments(jsonb_build_array(organiser) || coorganisers) end;
