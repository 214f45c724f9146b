create schema if not exists wall;
create table wall.notice (notice uuid primary key, version int not null);
