-- What a channel is to the library: roles instead of one yes or no. `staff` stays for a process of the release before.
alter table chassis.channel add column roles text[] not null default '{resident}';
update chassis.channel set roles = case when staff then '{staff}'::text[] when name = 'kiosk' then '{resident,device}'
    else '{resident}' end;
