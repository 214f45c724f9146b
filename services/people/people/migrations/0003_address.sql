-- By which staff finds whoever comes to the desk and names their address, however it is written.
create index contact_of_address on people.contact (lower(email), person) where email is not null;
