-- Each row grows once, when its outcome is written: it then has room in its own page, and no index has to be told.
alter table chassis.inbox set (fillfactor = 25);
