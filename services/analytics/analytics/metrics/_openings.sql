$days, in_force as (
    select distinct on (h.premises, d.day) h.premises, d.day, h.week
    from day d join hours h on h.valid_from <= d.day
    order by h.premises, d.day, h.valid_from desc
), opening as (
    select f.premises, f.day, range_agg(tstzrange(moment(f.day, s.opens), moment(f.day, s.closes))) as open
    from in_force f,
        jsonb_to_recordset(f.week) as w(weekday int, spans jsonb),
        jsonb_to_recordset(w.spans) as s(opens time, closes time, kind text)
    where w.weekday = extract(isodow from f.day) and s.kind in ('staffed', 'unserved', 'self-service')
    group by f.premises, f.day
), blocked as (
    select leaf, range_agg(b.slot) as during
    from block b, unnest(b.leaves) leaf
    where not b.lifted and b.slot && tstzrange($start, $end)
    group by leaf
), available as (
    select *
    from (
        select l.space, o.day,
            o.open * l.during * tstzmultirange(tstzrange(null, p.retired)) - coalesce(b.during, '{}') as open
        from leaf l
        join opening o using (premises)
        left join premises p using (premises)
        left join blocked b on b.leaf = l.space
        where $unit::text is null or l.unit = $unit
    ) each
    where not isempty(open)
)
