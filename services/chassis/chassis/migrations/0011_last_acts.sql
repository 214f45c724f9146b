-- In which role somebody last did something to a subject, and when: whoever comes second is told who was first. No role
-- where a service did it by itself.
alter table chassis.subject add column last_by text, add column last_at timestamptz;
