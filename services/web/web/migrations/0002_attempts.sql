-- Sign-ins under way: `state` is the hash of what the provider gives back, `visit` that of the cookie of the browser
-- which began it, and no other may end it.
create table web.attempt (
    state bytea primary key,
    visit bytea not null,
    nonce text not null,
    verifier text not null,
    return_to text not null,
    begun_at timestamptz not null
);

create index on web.attempt (visit, begun_at);
create index on web.attempt (begun_at);

-- What the provider has told of sign-outs: each notice once, and kept as long as a session could live, since it may
-- come before the session that it ends. Without a `sid` it ends all that the person began before `issued_at`.
create table web.sign_out (
    issuer text not null,
    jti text not null,
    subject text,
    sid text,
    issued_at timestamptz not null,
    kept_until timestamptz not null,
    primary key (issuer, jti)
);

create index on web.sign_out (issuer, sid);
create index on web.sign_out (issuer, subject);
create index on web.sign_out (kept_until);
