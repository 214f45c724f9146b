"""Sign-ins under way, and what the provider tells of sign-outs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.database import Connection, Pool

from web.store.sessions import ONE_AFTER_THE_OTHER

LIVES = timedelta(minutes=10)
MOST = 20
"""Attempts of one browser at once; the oldest goes."""

BEGIN = """
with gone as (
    delete from web.attempt where begun_at <= $6::timestamptz - $7::interval or state in (
        select state from web.attempt where visit = $2 order by begun_at desc offset $8
    )
)
insert into web.attempt (state, visit, nonce, verifier, return_to, begun_at) values ($1, $2, $3, $4, $5, $6)
"""

TAKE = """
delete from web.attempt where state = $1 returning visit, nonce, verifier, return_to, begun_at
"""

REMEMBER = """
insert into web.sign_out (issuer, jti, subject, sid, issued_at, kept_until) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing returning true
"""

END_OF_SID = "delete from web.session where issuer = $1 and sid = $2"

# A notice tells its time in whole seconds.
END_OF_SUBJECT = """
delete from web.session where issuer = $1 and subject = $2 and signed_in_at < $3::timestamptz + interval '1 second'
"""

FORGET = "delete from web.sign_out where kept_until <= $1"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in under way: the browser that began it, what the ID token and the token call must hold, and where it
    leads."""

    visit: bytes
    nonce: str
    verifier: str
    return_to: str
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class SignOut:
    """A notice of the provider's that a session of its own has ended, or all of a person's."""

    issuer: str
    jti: str
    subject: str | None
    sid: str | None
    issued_at: datetime
    kept_until: datetime


async def begin(pool: Pool, state: bytes, attempt: Attempt) -> None:
    """Keep an attempt; those that are over go."""
    await pool.execute(
        BEGIN,
        state,
        attempt.visit,
        attempt.nonce,
        attempt.verifier,
        attempt.return_to,
        attempt.begun_at,
        LIVES,
        MOST - 1,
    )


async def take(pool: Pool, state: bytes, now: datetime) -> Attempt | None:
    """Return an attempt that is not over yet, once."""
    row = await pool.fetchrow(TAKE, state)
    if row is None or row["begun_at"] <= now - LIVES:
        return None
    return Attempt(*row)


async def sign_out(conn: Connection, told: SignOut) -> bool:
    """End what a notice names, now and should it begin yet; False when the notice was known."""
    await conn.execute(ONE_AFTER_THE_OTHER)
    new = await conn.fetchval(REMEMBER, told.issuer, told.jti, told.subject, told.sid, told.issued_at, told.kept_until)
    if not new:
        return False
    if told.sid is not None:
        await conn.execute(END_OF_SID, told.issuer, told.sid)
    else:
        await conn.execute(END_OF_SUBJECT, told.issuer, told.subject, told.issued_at)
    return True


async def forget(pool: Pool, now: datetime) -> None:
    """Delete notices of sessions that could live no longer."""
    await pool.execute(FORGET, now)
