-- What was last done to a subject: whoever was overtaken is told by what. None where a process of an earlier release did it.
alter table chassis.subject add column last_type text, add column last_typed bigint;
