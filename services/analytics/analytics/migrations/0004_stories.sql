-- The event of the first time that an item was shown; facts that were folded before have it from `omatoimi rebuild` on.
alter table facts.shown add column source text, add column id uuid;
