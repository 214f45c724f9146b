-- Which library verified an organisation, or withdrew its proof; not known of what was done before.
alter table notices.organisation add column unit text;
