-- types: booking.confirmed booking.moved booking.cancelled booking.attended booking.unattended attendance.counted
-- The state of a booking: its last slot, and whether it was confirmed, cancelled, attended.
with $touched
insert into booking (booking, unit, premises, space, leaves, slot, owner, hours, organiser, department, departments,
    opentopublic, purpose, channel, confirmed, moved, cancelled, cancelled_by, cancel_reason, attended, persons, method)
select touched.subject::uuid, unit, told.premises, told.space, told.leaves, slot(told.slot), told.owner, told.hours,
    organiser(told.organiser), department(told.organiser), departments(told.organiser, told.coorganisers),
    told.opentopublic, told.purpose, channel, confirmed, moved, cancelled, cancellation ->> 'by',
    cancellation ->> 'reason', attendance = 'omatoimi.booking.attended.v1', (counted ->> 'persons')::int,
    counted ->> 'method'
from touched, lateral (
    select
        (array_agg(unit $latest_first))[1] as unit,
        (array_agg(raw $latest_first))[1] as raw,
        min(channel) filter (where type = 'omatoimi.booking.confirmed.v1') as channel,
        min(time) filter (where type = 'omatoimi.booking.confirmed.v1') as confirmed,
        count(*) filter (where type = 'omatoimi.booking.moved.v1') as moved,
        min(time) filter (where type = 'omatoimi.booking.cancelled.v1') as cancelled,
        (array_agg(data(raw) $latest_first) filter (where type = 'omatoimi.booking.cancelled.v1'))[1] as cancellation,
        (array_agg(type $latest_first)
            filter (where type in ('omatoimi.booking.attended.v1', 'omatoimi.booking.unattended.v1')))[1] as attendance,
        (array_agg(data(raw) $latest_first) filter (where type = 'omatoimi.attendance.counted.v1'))[1] as counted
    from $its_events
) state, json_to_record(data(raw)) as told(premises text, space text, leaves text[], slot span, owner text, hours text,
    organiser party, coorganisers party[], opentopublic boolean, purpose text)
order by 1
on conflict (booking) do update set
    unit = excluded.unit, premises = excluded.premises, space = excluded.space, leaves = excluded.leaves,
    slot = excluded.slot, owner = excluded.owner, hours = excluded.hours, organiser = excluded.organiser,
    department = excluded.department, departments = excluded.departments, opentopublic = excluded.opentopublic,
    purpose = excluded.purpose, channel = excluded.channel, confirmed = excluded.confirmed, moved = excluded.moved,
    cancelled = excluded.cancelled, cancelled_by = excluded.cancelled_by, cancel_reason = excluded.cancel_reason,
    attended = excluded.attended, persons = excluded.persons, method = excluded.method
