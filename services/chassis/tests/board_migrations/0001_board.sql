create schema if not exists board;
create table board.notice (notice uuid primary key, version int not null);
