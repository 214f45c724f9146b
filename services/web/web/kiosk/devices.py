"""Which device asks: known by a cookie that is bound to one library, changed each day, and ended by staff at once.

Pairing is in the spirit of RFC 8628: the device shows a code, and who has signed in as staff of the library types it at
`/desk/kiosks` and says that the device stands before them.
"""

import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from chassis.database import Pool
from fastapi import Request
from uuid_utils.compat import uuid7

from web.cookies import personal
from web.services import Services
from web.sessions import Sessions, hash_of
from web.store import kiosks
from web.store.kiosks import HelpCall, Kiosk
from web.visitors import Form, Visitor, masked, unmasked

log = logging.getLogger("omatoimi")

CHANGES = timedelta(days=1)
"""So old a device's key becomes."""
CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowel and no digit: a code spells no word and is read aloud without doubt. Eight of them are 34 bits."""
OLDEST = timedelta(days=7)
"""So late may come what a device could not send."""

Keys = Mapping[str, Callable[[], str]]
"""The key of a device channel of each library that has one."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was touched by our clock, and whether what the device told of that can be."""

    at: datetime
    believed: bool = True


@dataclass(frozen=True, slots=True)
class Device:
    """A device at a browser. `csrf` stands in each of its forms."""

    kept: Kiosk
    csrf: str

    @property
    def id(self) -> UUID:
        return self.kept.kiosk

    @property
    def unit(self) -> str:
        return self.kept.unit or ""

    def waits_by(self, now: datetime) -> str | None:
        """Tell by which code it waits to be paired; None where it does not, or shows it no longer."""
        kept = self.kept
        return kept.code if kept.code_until is not None and kept.code_until > now else None

    def made(self, typed: Form) -> bool:
        """Tell whether a form is of this device's own page."""
        return hmac.compare_digest(unmasked(typed.get("csrf", "")), self.kept.form)

    def new_id(self) -> UUID:
        """Return the id of the request that a form makes: sent twice, it is done once."""
        return uuid7()


@dataclass(frozen=True)
class Devices:
    """The devices of an installation."""

    sessions: Sessions
    keys: Keys

    @property
    def database(self) -> Pool:
        return self.sessions.database

    @property
    def now(self) -> datetime:
        return self.sessions.clock()

    @property
    def units(self) -> frozenset[str]:
        """The libraries in which a device can stand."""
        return frozenset(self.keys)

    async def find(self, request: Request) -> Device | None:
        """Return the device that asks, paired or waiting to be."""
        personal(request, signed_in=True)  # nobody keeps what stands on it
        cookies = self.sessions.cookies
        secret = cookies.read(request, cookies.kiosk)
        if secret is None:
            return None
        before = await kiosks.find(self.database, hash_of(secret), self.now)
        return None if before is None else Device(before, masked(before.form))

    async def begin(self, request: Request) -> None:
        """Let this browser be a device that waits to be paired."""
        secret, form = secrets.token_urlsafe(32), secrets.token_bytes(32)
        while not await kiosks.begin(self.database, uuid4(), hash_of(secret), form, new_code(), self.now):
            pass  # another shows this code
        self.sessions.cookies.keep(request, self.sessions.cookies.kiosk, secret)

    async def change_key(self, request: Request, device: Device) -> None:
        """Give a device its next key when the present one is a day old; its first use makes it the one that holds."""
        if device.kept.keyed_at > self.now - CHANGES:
            return
        secret = secrets.token_urlsafe(32)
        if await kiosks.offer(self.database, device.id, hash_of(secret), self.now):
            self.sessions.cookies.keep(request, self.sessions.cookies.kiosk, secret)

    def services(self, services: Services, device: Device) -> Services:
        """Return the services, asked by the device channel of its library."""
        return replace(services, key=self.keys.get(device.unit, str))

    def kept_by(self, visitor: Visitor) -> list[str]:
        """Return the libraries at which somebody is staff, and a device can stand."""
        return [unit for unit in sorted(self.units) if visitor.has("staff", unit)]

    async def calls(self, visitor: Visitor) -> list[HelpCall]:
        """Return who calls for somebody's help at a device, the first at the front."""
        return await kiosks.calls(self.database, self.kept_by(visitor))

    async def moment(self, device: Device, typed: Form) -> Moment:
        """Return when a form was touched. A device that was cut off tells how long ago that was, by a clock of which
        nothing else is believed; what is of the future or older than a week is dated now, and that is noted."""
        now, told = self.now, typed.get("age", "")
        if not told:
            return Moment(now)
        try:
            touched = now - timedelta(milliseconds=int(told))
        except (ValueError, OverflowError):
            touched = now + OLDEST
        if now - OLDEST <= touched <= now:
            return Moment(touched)
        log.warning("the clock of kiosk %s cannot be right: what it kept is dated now", device.id)
        await kiosks.doubt(self.database, device.id, now)
        return Moment(now, believed=False)


def new_code() -> str:
    """Return a code to pair by: XXXX-XXXX."""
    letters = "".join(secrets.choice(CONSONANTS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def as_code(typed: str) -> str:
    """Return a pairing code however it was typed: in small letters, with spaces, without its hyphen."""
    letters = "".join(letter for letter in typed.upper() if letter.isalpha())
    return f"{letters[:4]}-{letters[4:8]}" if len(letters) == 8 else ""
