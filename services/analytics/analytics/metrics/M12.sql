-- The national triple: the library itself, other departments of the city, everybody else.
with held as (
    select case organiser when 'library' then 'library' when 'department' then 'other-municipal'
        else 'external' end as sector, purpose
    from booking
    where opentopublic and attended and confirmed is not null and cancelled is null
        and lower(slot) >= $start and lower(slot) < $end and ($unit::text is null or unit = $unit)
)
select '' as dimension, '' as key, count(*) as numerator, null::numeric as denominator, '{}'::jsonb as parts from held
union all
select 'sector', sector, (select count(*) from held h where h.sector = s.sector), null, '{}'
from unnest(array['library', 'other-municipal', 'external']) s(sector)
union all
select 'purpose', purpose, count(*), null, '{}' from held group by purpose
