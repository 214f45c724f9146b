-- What is in quarantine is looked at by reason, the newest first: it is a handful among millions.
create index ledger_quarantined on analytics.ledger (reason, number) where class = 'quarantined';
