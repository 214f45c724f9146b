-- A channel's keys, of which two may live at once while it changes from one to the other. Only their hashes are kept.
-- `channel.key_hash` stays for a process of the release before; it is emptied when its key is revoked.
create table chassis.channel_key (
    key_hash bytea primary key,
    source text not null references chassis.channel on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
create index channel_key_source on chassis.channel_key (source);
insert into chassis.channel_key (key_hash, source, created_at)
select key_hash, source, created_at from chassis.channel where key_hash is not null;
