"""That records are secret, and no more: digests of names."""

from collections.abc import Collection

from chassis import Connection

from decisions.domain.records import Secret
from decisions.reading import name_digest

MARK = """
insert into decisions.withheld (kind, record_digest, key_digest, case_digest, act_digest) values ($1, $2, $3, $4, $5)
on conflict (kind, record_digest) do update set key_digest = excluded.key_digest, case_digest = excluded.case_digest,
    act_digest = excluded.act_digest
"""


async def mark(conn: Connection, secret: Secret) -> None:
    """Remember that a record is secret."""
    case, act = (name_digest(name) if name else None for name in (secret.case, secret.act))
    await conn.execute(MARK, secret.kind, name_digest(secret.id), name_digest(secret.key), case, act)


async def lift(conn: Connection, kind: str, id_: str) -> None:
    """Note that the record is public now."""
    await conn.execute("delete from decisions.withheld where kind = $1 and record_digest = $2", kind, name_digest(id_))


async def keys(conn: Connection, kind: str, names: Collection[str], but: str = "") -> set[str]:
    """Tell which of these keys and acts a secret record has; that with the id `but` does not count."""
    by_digest = {name_digest(name): name for name in names}
    rows = await conn.fetch(
        "select digest from decisions.withheld, lateral (values (key_digest), (act_digest)) as names (digest)"
        " where kind = $1 and (key_digest = any($2::text[]) or act_digest = any($2::text[])) and record_digest <> $3"
        " and digest = any($2::text[])",
        kind,
        list(by_digest),
        name_digest(but),
    )
    return {by_digest[row["digest"]] for row in rows}


async def cases(conn: Connection, names: Collection[str]) -> set[str]:
    """Tell in which of these cases there is a secret record."""
    by_digest = {name_digest(name): name for name in names}
    rows = await conn.fetch(
        "select case_digest from decisions.withheld where case_digest = any($1::text[])", list(by_digest)
    )
    return {by_digest[row["case_digest"]] for row in rows}
