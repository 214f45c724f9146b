create schema if not exists gate;
create table gate.visit (id uuid primary key, counter text not null, persons int not null);
-- How many visits each leaf has, and in which order they came.
create table gate.leaf (leaf text primary key, persons int not null, entries int not null);
create table gate.entry (leaf text not null, n int not null, request uuid not null, primary key (leaf, n));
