"""Who is signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Connection, Pool

SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session is known."""

ONE_AFTER_THE_OTHER = "select pg_advisory_xact_lock(hashtext('web.session'))"
"""So that a session which begins and the notice that it ended cannot pass each other by."""

BEGIN = """
insert into web.session (id, visit, issuer, subject, sid, sealed, signed_in_at, seen_at, idle, ends_at)
select $1, $2, $3, $4, $5, $6, $7, $7, $8, $9
where not exists (
    select from web.sign_out where issuer = $3
        and (sid = $5 or (sid is null and subject = $4 and issued_at >= $10))
)
returning true
"""

FIND = """
select * from web.session where id = $1 and ends_at > $2 and seen_at + idle > $2
"""

SEEN = "update web.session set seen_at = $2 where id = $1 and seen_at <= $3"

SEAL = "update web.session set sealed = $2 where id = $1 and sealed = $3"

END = "delete from web.session where id = $1"

END_ALL = "delete from web.session where (issuer, subject) = ($1, $2)"

# A notice of one session ends that one by its own id; one of all that a person had has nothing left to end.
NOTICES_OF_NOBODY = """
with gone as (delete from web.sign_out where (issuer, subject) = ($1, $2) and sid is null)
update web.sign_out set subject = null where (issuer, subject) = ($1, $2) and sid is not null
"""

FORGET = "delete from web.session where ends_at <= $1 or seen_at + idle <= $1"


KEPT = ("id", "visit", "issuer", "subject", "sid", "sealed", "signed_in_at", "idle", "ends_at")


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is kept."""

    id: bytes
    visit: UUID
    issuer: str
    subject: str
    sid: str | None
    sealed: bytes
    signed_in_at: datetime
    idle: timedelta
    ends_at: datetime


async def begin(conn: Connection, session: Session, authenticated_at: datetime) -> bool:
    """Keep a session that begins; False where the provider has told since then that it ended."""
    await conn.execute(ONE_AFTER_THE_OTHER)
    begun = await conn.fetchval(
        BEGIN,
        session.id,
        session.visit,
        session.issuer,
        session.subject,
        session.sid,
        session.sealed,
        session.signed_in_at,
        session.idle,
        session.ends_at,
        authenticated_at,
    )
    return bool(begun)


async def find(pool: Pool, id: bytes, now: datetime) -> Session | None:
    """Return a session that has not ended, and note that it was used."""
    row = await pool.fetchrow(FIND, id, now)
    if row is None:
        return None
    if row["seen_at"] <= now - SEEN_EVERY:
        await pool.execute(SEEN, id, now, now - SEEN_EVERY)
    return Session(*(row[name] for name in KEPT))


async def seal(pool: Pool, session: Session, sealed: bytes) -> None:
    """Keep what is sealed in a session, unless it was sealed anew meanwhile."""
    await pool.execute(SEAL, session.id, sealed, session.sealed)


async def end(conn: "Connection | Pool", id: bytes) -> None:
    """End a session."""
    await conn.execute(END, id)


async def forget_person(conn: Connection, issuer: str, subject: str) -> None:
    """End every session that a person has anywhere, and leave nothing of whose they were."""
    await conn.execute(ONE_AFTER_THE_OTHER)
    await conn.execute(END_ALL, issuer, subject)
    await conn.execute(NOTICES_OF_NOBODY, issuer, subject)


async def forget_ended(pool: Pool, now: datetime) -> None:
    """Delete what nobody can use any more."""
    await pool.execute(FORGET, now)
