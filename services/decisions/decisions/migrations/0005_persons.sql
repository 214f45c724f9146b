-- Who said it, by the random id that `people` knows them by: it stands nowhere else, and is forgotten alone.
alter table decisions.feedback add column person uuid;
create index feedback_of_person on decisions.feedback (person, received_at) where person is not null;
