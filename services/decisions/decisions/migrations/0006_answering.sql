-- Which office answered, and the answer that somebody is writing: a draft is nobody's to read but theirs who answer.
alter table decisions.feedback add column answered_by text, add column draft text;
