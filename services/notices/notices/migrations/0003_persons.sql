-- Who has asked for a notice, by the random id that `people` knows them by: it stands nowhere else, and is forgotten
-- alone.
alter table notices.notice add column person uuid;
create index notice_of_person on notices.notice (person, submitted_at) where person is not null;
create index notice_all_of_organisation on notices.notice (organisation, submitted_at) where organisation is not null;
