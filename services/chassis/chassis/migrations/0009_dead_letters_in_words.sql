-- Why a record was put aside, as a code, and what it says that it is, each only where it has its form. Null in the rows of
-- the release before, which are forgotten within a week.
alter table chassis.dead_letter
    add column code text, add column type text, add column source text, add column event_id uuid;
