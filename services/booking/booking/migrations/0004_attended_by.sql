-- In which role somebody last told who came, and when: for whoever at the desk was going to tell it too.
alter table booking.booking add attended_by text, add attended_at timestamptz;
