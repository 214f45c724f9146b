-- How a publication's words are indexed: those of before are indexed anew by a scheduled job, in batches.
alter table decisions.publication add column search_form int not null default 0;
create index publication_to_index on decisions.publication (kind, key) where search_form < 1;
-- A search reads the index and the rows that it names: no list of what is not sorted in yet has to be read beside it.
alter index decisions.publication_found set (fastupdate = off);
