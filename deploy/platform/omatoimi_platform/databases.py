"""One database a service, and one of the web channel, each owned by a role of its own that can enter no other.

The roles' passwords are generated and stand in the home's `secrets.json`.
"""

from urllib.parse import urlsplit, urlunsplit

from omatoimi_platform import home as homes
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home

SERVICES = ("booking", "notices", "decisions", "analytics", "people")
CHANNEL = "web"
"""The channel that comes with the system, whose database holds sessions."""
PREFIX = "omatoimi_"


def addresses(server: str, home: Home, prefix: str = PREFIX) -> dict[str, str]:
    """Return the URL of each service's database, by service, for that service's own role.

    `server` is the URL of the server; user, password and database in it do not matter.
    """
    return {service: address(server, home, service, prefix) for service in SERVICES}


def address(server: str, home: Home, whose: str, prefix: str = PREFIX) -> str:
    """Return the URL of one database, of a service or of the web channel, for its own role."""
    parts, name = urlsplit(server), prefix + whose
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:{homes.secret(home, name)}@{place}", path=f"/{name}"))


def without_password(server: str) -> str:
    """Return the server's address without user and password, fit to be shown."""
    parts = urlsplit(server)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], path="/"))


async def create(server: str, home: Home, prefix: str = PREFIX) -> list[str]:
    """Make the roles and databases that are missing and return the names of the databases made.

    May be called again at any time; sets each role's password to the one in `home`. The user in `server` has to be
    a superuser, or to have CREATEDB and CREATEROLE. Raises PlatformError when it may not.
    """
    import asyncpg

    made = []
    connection = await asyncpg.connect(server, database="postgres")
    try:
        await connection.execute("SET client_min_messages = error")
        superuser = await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        for service in (*SERVICES, CHANNEL):
            name = prefix + service
            exists = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name)
            statement = f"{'ALTER' if exists else 'CREATE'} ROLE %I LOGIN PASSWORD %L"
            await connection.execute(
                await connection.fetchval(
                    "SELECT format($1, $2::text, $3::text)", statement, name, homes.secret(home, name)
                )
            )
            if not superuser:
                await connection.execute(f'GRANT "{name}" TO CURRENT_USER')
            if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
                await connection.execute(
                    f'CREATE DATABASE "{name}" OWNER "{name}" TEMPLATE template0 ENCODING \'UTF8\''
                )
                await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
                made.append(name)
    except asyncpg.InsufficientPrivilegeError as error:
        raise PlatformError(
            f"PostgreSQL refuses to make the databases ({error}): name a user in OMATOIMI_POSTGRES who may "
            "(CREATEDB and CREATEROLE)."
        ) from error
    finally:
        await connection.close()
    return made
