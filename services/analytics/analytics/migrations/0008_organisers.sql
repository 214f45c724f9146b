-- Who has no proof was told as `private` by booking and as `informal` by notices; both stand on the topics for ever. Both
-- are counted as one: an organisation without proof, or proved to be one, as an informal group, who names none as a
-- private person. Facts that were folded before are counted so from `omatoimi rebuild` on.
alter type analytics.party add attribute organisation text;
create or replace function analytics.organiser(told analytics.party) returns text
    language sql immutable parallel safe
    return case when analytics.department(told) = 'library' then 'library'
        when (told).class in ('private', 'informal') then
            case when (told).organisation is null then 'private' else 'informal' end
        else (told).class end;
