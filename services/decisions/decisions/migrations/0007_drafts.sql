-- The how manieth draft of an answer it is, who wrote it and when: whoever drafts on another's is told.
alter table decisions.feedback
    add column drafts integer not null default 0, add column drafted_by text, add column drafted_at timestamptz;
