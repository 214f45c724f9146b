-- Attended bookings that were open to the public, by the national triple: the library itself, other departments of the
-- city, everybody else.
with held as (
    select booking::text as subject, purpose,
        case organiser when 'library' then 'library' when 'department' then 'other-municipal'
            else 'external' end as sector
    from booking
    where opentopublic and attended and confirmed is not null and cancelled is null
        and lower(slot) >= $start and lower(slot) < $end and ($unit::text is null or unit = $unit)
)
select dimension, key, subject, 1 as numerator, null::numeric as denominator
from held, lateral (values ('', ''), ('sector', sector), ('purpose', purpose)) cell(dimension, key)
