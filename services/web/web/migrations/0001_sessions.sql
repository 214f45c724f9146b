create schema if not exists web;

-- Who is signed in. `id` is the hash of a cookie that stands nowhere else. `sealed` holds the name and the provider's
-- tokens under a key made from that cookie: who has the database alone reads neither. `visit` is public, a random id
-- that ties what one visitor searched and booked.
create table web.session (
    id bytea primary key,
    visit uuid not null,
    issuer text not null,
    subject text not null,
    sid text,
    sealed bytea not null,
    signed_in_at timestamptz not null,
    seen_at timestamptz not null,
    idle interval not null,
    ends_at timestamptz not null
);

create index on web.session (issuer, subject);
create index on web.session (issuer, sid);
create index on web.session (ends_at);
