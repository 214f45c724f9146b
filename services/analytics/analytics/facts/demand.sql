-- types: booking.confirmed booking.refused search.performed
-- What somebody wanted of a space, and what came of it. Searches of notices and decisions are no demand for space.
with $new_events
insert into demand (source, id, unit, time, session, outcome, rule)
select source, id, unit, time, told.session,
    case type
        when 'omatoimi.booking.confirmed.v1' then 'confirmed'
        when 'omatoimi.booking.refused.v1' then 'refused'
        else case when told.hits = 0 then 'empty' else 'found' end
    end,
    told.rule
from event, json_to_record(data(raw)) as told(session uuid, hits numeric, rule text)
where type <> 'omatoimi.search.performed.v1' or source like '%/booking' or source like '%/booking/demo'
order by source, id
on conflict (source, id) do nothing
