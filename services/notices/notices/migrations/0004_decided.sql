-- Which office approved or rejected a notice, and when: whoever comes second is told.
alter table notices.notice add column decided_by text, add column decided_at timestamptz;
