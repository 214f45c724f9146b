-- The channel of an event stands beside its unit: folding a booking reads no more of its first event.
alter table analytics.ledger add column channel text;
update analytics.ledger set channel = analytics.channel(raw) where class in ('folded', 'demo');
drop function analytics.channel(bytea);

-- Ids are looked up alone, many at once; two sources may have the same.
drop index analytics.ledger_inbox;
create unique index ledger_inbox on analytics.ledger (id, source) where class in ('folded', 'unknown', 'demo');

-- A span and an organiser as events tell them: read in one go with the event they stand in.
create type analytics.span as (start timestamptz, "end" timestamptz);
create type analytics.party as (class text, department text);

drop function analytics.departments(jsonb, jsonb), analytics.all_departments(jsonb), analytics.organiser(jsonb),
    analytics.department(jsonb), analytics.slot(jsonb);

-- A half-open span of time.
create function analytics.slot(told analytics.span) returns tstzrange
    language sql immutable parallel safe
    return case when told is not null then tstzrange((told).start, (told)."end") end;

-- The department of the city that an organiser is, if it is one.
create function analytics.department(told analytics.party) returns text
    language sql immutable parallel safe
    return case (told).class when 'library' then 'library' when 'department' then (told).department end;

-- The class of an organiser; the library department is the library.
create function analytics.organiser(told analytics.party) returns text
    language sql immutable parallel safe
    return case when analytics.department(told) = 'library' then 'library' else (told).class end;

create function analytics.all_departments(told analytics.party[]) returns text[]
    language sql immutable parallel safe
    return (select coalesce(array_agg(distinct analytics.department(each) order by analytics.department(each)), '{}')
        from unnest(told) each where analytics.department(each) is not null);

-- All departments that take part in something; one organiser alone is so common that it calls nothing.
create function analytics.departments(organiser analytics.party, coorganisers analytics.party[]) returns text[]
    language sql immutable parallel safe
    return case when coalesce(cardinality(coorganisers), 0) = 0
        then array_remove(array[analytics.department(organiser)], null)
        else analytics.all_departments(organiser || coorganisers) end;
