-- Example content has a class of its own when it is not, or no more, what this installation shows: it stays in the ledger,
-- known by its source, and nothing folds it. Its copies are known like others.
alter table analytics.ledger drop constraint ledger_class_check;
alter table analytics.ledger add constraint ledger_class_check
    check (class in ('folded', 'doubled', 'unknown', 'quarantined', 'demo'));
drop index analytics.ledger_inbox;
create unique index ledger_inbox on analytics.ledger (source, id) where class in ('folded', 'unknown', 'demo');
