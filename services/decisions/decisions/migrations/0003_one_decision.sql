-- A decision is one, whoever tells of it: the register's JSON and printed minutes stand under the key that was told
-- first. `own_key` is the key that the record would have alone, `act` what both call it: `<body's name>/<date>/<section>`.
-- A record that a later one of its source and language took the place of keeps its digest and no words, so that a repeat
-- is known for one; `replaced_by` is that record's id. `mentions` are cases and keys of decisions on a meeting's agenda.
alter table decisions.record
    add column source text not null default 'register' check (source in ('register', 'minutes')),
    add column own_key text,
    add column act text,
    add column replaced_by text,
    add column mentions text[] not null default '{}';
update decisions.record set own_key = key, source = case when key ~ '^[a-z]' then 'minutes' else 'register' end
where kind in ('decision', 'motion');
-- What `decisions.domain.keys.act_name` makes of the body's name, which stands in the content of decisions alone.
update decisions.record set act = regexp_replace(
        trim('-' from regexp_replace(
            translate(lower(regexp_replace(content #>> '{body,name}', '/\w{1,4}$', '')), 'åäöéü', 'aaoeu'),
            '[^a-z0-9]+', '-', 'g')),
        '^helsingin-(kaupungin-)?', '') || '/' || (content ->> 'date') || '/' || (content ->> 'section')
where kind = 'decision' and content is not null and content ->> 'date' is not null
    and content ->> 'section' is not null and content #>> '{body,name}' <> '';
update decisions.record r set mentions = array(
    select distinct name from jsonb_array_elements(r.content -> 'agenda') item,
        lateral (values (item ->> 'case'), (item #>> '{motion,key}')) as named (name)
    where name is not null)
where kind = 'meeting' and content is not null;
create index record_of_own_key on decisions.record (own_key) where own_key is not null;
create index record_of_act on decisions.record (act) where act is not null;
create index record_mentions on decisions.record using gin (mentions) where mentions <> '{}';

alter table decisions.withheld add column act_digest text;
create index withheld_act on decisions.withheld (act_digest) where act_digest is not null;

-- Where a later record of the same source and language had come under another id, the later one counts alone.
with ranked as (
    select kind, id, first_value(id) over (
        partition by kind, key, source, coalesce(content #>> '{versions,0,language}', content ->> 'language')
        order by received_at desc, id desc) as newest
    from decisions.record where kind in ('decision', 'motion') and content is not null
)
update decisions.record r set content = null, replaced_by = ranked.newest
from ranked where r.kind = ranked.kind and r.id = ranked.id and r.id <> ranked.newest;

-- What is to be made anew from its records, by a scheduled job in batches: what has just been replaced, what two sources
-- tell of, and what districts were read of from numbers by rules that have changed.
create table decisions.unsettled (
    kind text not null check (kind in ('decision', 'case')),
    key text not null,
    primary key (kind, key)
);
insert into decisions.unsettled
select 'decision', key from decisions.record where replaced_by is not null
union select 'decision', key from decisions.record where act in (
    select act from decisions.record where act is not null group by act having count(distinct key) > 1)
union select case kind when 'case' then 'case' else 'decision' end, key from decisions.publication
    where not removed and evidence @? '$[*] ? (@.method == "district-number" || @.method == "block"
        || @.method == "plot" || @.method == "property")';
