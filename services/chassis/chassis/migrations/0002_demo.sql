-- Example content: a subject that began with it stays example content, whoever writes about it later.
alter table chassis.subject add column demo boolean not null default false;
create index subject_demo on chassis.subject (topic, subject) where demo;

-- How far the example content of this installation is; there is one, for good. `day` and `seed` are what it is made of.
create table chassis.demo (
    one boolean primary key default true check (one),
    state text not null check (state in ('filling', 'shown', 'taken out')),
    seed bigint not null,
    day date not null,
    done int not null default 0,
    total int not null
);
