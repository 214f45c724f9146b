create schema if not exists gate;
create table gate.visit (id uuid primary key, counter text not null, persons int not null);
create table gate.total (counter text primary key, persons int not null);
