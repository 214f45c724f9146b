"""The keys that sign tokens, as they come and go: published, signing, outlived."""

import json
from datetime import datetime

from chassis import Connection, Service

from people.domain import tokens
from people.signing import SigningKey
from people.store import signing_keys


async def published(conn: Connection, now: datetime) -> list[SigningKey]:
    """Return all keys by which a living token may be signed, now or soon. The first is made when it is asked for."""
    keys = await signing_keys.published(conn)
    if tokens.signing(keys, now) is None:
        async with conn.transaction():
            await signing_keys.alone(conn)
            keys = await signing_keys.published(conn)
            if tokens.signing(keys, now) is None:
                await signing_keys.add(conn, SigningKey.new(now), now)
                keys = await signing_keys.published(conn)
    return keys


async def document(service: Service) -> bytes:
    """Return the keys as they are published: a JWK set (RFC 7517)."""
    async with service.pool.acquire() as conn:
        found = await published(conn, service.clock())
    return json.dumps({"keys": [key.jwk() for key in found]}).encode()


async def signing(conn: Connection, now: datetime) -> SigningKey:
    """Return the key that signs now."""
    key = tokens.signing(await published(conn, now), now)
    assert key is not None
    return key


async def rotate(conn: Connection, now: datetime) -> None:
    """Publish the next key where it is time, and drop those that are outlived."""
    keys = await published(conn, now)
    if tokens.next_is_due(keys, now):
        await signing_keys.add(conn, SigningKey.new(now + tokens.PUBLISHED_BEFORE), now)
    await signing_keys.drop(conn, [key.kid for key in tokens.outlived(keys, now)])
