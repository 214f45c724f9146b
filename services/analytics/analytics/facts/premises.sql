-- types: premises.registered premises.changed premises.retired
-- The register's entry of premises, as it was last told.
with $events
insert into premises (premises, unit, owner, retired)
select subject, last.unit, coalesce(last.owner, ''), last.retired
from (
    select subject,
        max(unit) filter (where age = 1) as unit,
        (array_agg(told.owner order by age) filter (where told.owner is not null))[1] as owner,
        max(time) filter (where age = 1 and type = 'omatoimi.premises.retired.v1') as retired
    from ranked, json_to_record(data(raw)) as told(owner text) group by subject
) last
order by subject
on conflict (premises) do update set unit = excluded.unit, owner = excluded.owner, retired = excluded.retired
