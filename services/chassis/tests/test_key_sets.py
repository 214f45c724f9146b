"""A token is taken that its issuer signed for us, and nobody who sends one decides how often keys are fetched."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from chassis import key_sets
from chassis.key_sets import KeySet, TokenRefused, by_discovery, over_http, verified
from chassis.pulse import Pulse
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.kits.issuer import Issuer, issuing, public_jwk, rsa
from tests.waiting import until

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
AT = int(NOW.timestamp())


@dataclass
class Seconds:
    """The clock by which keys are fetched."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Checked:
    """A provider, and the keys of it that a service has."""

    issuer: Issuer
    seconds: Seconds = field(default_factory=Seconds)

    def __post_init__(self) -> None:
        self.keys = KeySet(by_discovery(self.issuer.url), seconds=self.seconds)

    def claims(self, **changed: Any) -> dict[str, Any]:
        told = {"iss": self.issuer.url, "sub": "a", "aud": "omatoimi-api", "iat": AT, "exp": AT + 60, **changed}
        return {name: value for name, value in told.items() if value is not None}

    def signed(self, kid: str = "first", alg: str = "RS256", **changed: Any) -> str:
        return self.issuer.sign(self.claims(**changed), kid, alg)

    async def read(self, token: str, **more: Any) -> dict[str, Any]:
        whom = {"issuer": self.issuer.url, "audience": "omatoimi-api", "now": NOW, "algorithms": ("RS256",), **more}
        return await verified(token, self.keys, **whom)

    async def why(self, token: str, **more: Any) -> str:
        with pytest.raises(TokenRefused) as refused:
            await self.read(token, **more)
        return str(refused.value)


@pytest_asyncio.fixture
async def checked() -> AsyncIterator[Checked]:
    async with issuing() as issuer:
        yield Checked(issuer)


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """A token put together by hand, with an HMAC of this secret or without any signature."""
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims)]
    signed = b".".join(parts)
    mac = hmac.digest(secret, signed, "sha256") if secret is not None else b""
    return b".".join([signed, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


async def test_a_token_of_the_issuer_for_us_is_taken(checked: Checked) -> None:
    assert (await checked.read(checked.signed()))["sub"] == "a"
    assert (await checked.read(checked.signed(aud=["another", "omatoimi-api"])))["sub"] == "a"
    assert (await checked.read(checked.signed(exp=AT - 20, iat=AT + 20)))["sub"] == "a", "clocks differ by seconds"


async def test_a_token_without_a_signature_is_refused_and_no_key_is_fetched_for_it(checked: Checked) -> None:
    for alg in ("none", "None", "NONE"):
        assert "algorithm" in await checked.why(forged({"alg": alg, "kid": "first"}, checked.claims()))
    assert checked.issuer.fetched == 0


async def test_the_public_key_is_no_secret_of_an_hmac(checked: Checked) -> None:
    public = checked.issuer.keys["first"].public_key()
    for form in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1):
        token = forged({"alg": "HS256", "kid": "first"}, checked.claims(), public.public_bytes(Encoding.PEM, form))
        assert "algorithm" in await checked.why(token)
        assert "key" in await checked.why(token, algorithms=("HS256",)), "not even where somebody allowed it"


async def test_a_key_signs_by_its_own_algorithm_alone(checked: Checked) -> None:
    checked.issuer.keys["other"] = Ed25519PrivateKey.generate()
    token = checked.signed("other", "EdDSA")
    assert (await checked.read(token, algorithms=("RS256", "EdDSA")))["sub"] == "a"
    _, claims, mac = token.split(".")
    told = json.dumps({"alg": "RS256", "kid": "other"}).encode()
    under = base64.urlsafe_b64encode(told).rstrip(b"=").decode()
    assert "key" in await checked.why(f"{under}.{claims}.{mac}")


@pytest.mark.parametrize(
    ("changed", "because"),
    [
        ({"aud": "another"}, "audience"),
        ({"aud": "omatoimi-api-other"}, "audience"),
        ({"iss": "https://other.example"}, "issuer"),
        ({"exp": AT - 60}, "over"),
        ({"exp": None}, "form"),
        ({"iat": AT + 600}, "not valid yet"),
        ({"nbf": AT + 600}, "not valid yet"),
        ({"exp": "2099"}, "numbers"),
        ({"exp": True}, "numbers"),
        ({"aud": None}, "audience|form"),
        ({"sub": None}, "form"),
    ],
    ids=str,
)
async def test_a_token_for_another_or_of_another_or_at_another_time_is_refused(
    checked: Checked, changed: dict[str, Any], because: str
) -> None:
    told = await checked.why(checked.signed(**changed))
    assert any(word in told for word in because.split("|")), told


async def test_a_token_that_was_cut_or_changed_is_refused(checked: Checked) -> None:
    token = checked.signed()
    for wrong in (token[:-4], token[:-4] + "AAAA", token.rpartition(".")[0], "", "a.b.c", "ä.ö.å", token + "." + token):
        assert await checked.why(wrong)


async def test_a_token_of_another_type_is_refused(checked: Checked) -> None:
    ours = checked.issuer.sign(checked.claims(), typ="at+jwt")
    assert await checked.read(ours, typ="at+jwt")
    assert "type" in await checked.why(checked.signed(), typ="at+jwt")


async def test_what_a_token_says_of_its_own_key_is_never_looked_at(checked: Checked) -> None:
    stranger = rsa()
    other = Issuer(checked.issuer.url, {"first": stranger})
    for more in ({"jwk": public_jwk(stranger, "first")}, {"jku": f"{checked.issuer.url}/jwks"}, {"x5u": "http://a"}):
        assert "signature" in await checked.why(other.sign(checked.claims(), **more))
    assert await checked.why(checked.issuer.sign(checked.claims(), crit=["b64"], b64=True))


async def test_ten_thousand_tokens_with_made_up_keys_fetch_once_in_thirty_seconds(checked: Checked) -> None:
    good = checked.signed()
    await checked.read(good)
    assert checked.issuer.fetched == 1
    for half_minute in range(1, 4):
        checked.seconds.now = half_minute * key_sets.APART
        flood = [checked.keys.key(f"made-up-{half_minute}-{n}", "RS256") for n in range(3_333)]
        assert set(await asyncio.gather(*flood)) == {None}
        assert await checked.read(good), "good tokens pass meanwhile"
        assert checked.issuer.fetched == 1 + half_minute
    assert len(checked.keys._unknown) <= key_sets.MOST_UNKNOWN


async def test_a_key_that_was_not_there_is_not_asked_for_again_for_five_minutes(checked: Checked) -> None:
    for seconds, fetched in ((0, 1), (31, 1), (200, 1), (301, 2)):
        checked.seconds.now = seconds
        assert await checked.keys.key("made-up", "RS256") is None
        assert checked.issuer.fetched == fetched


async def test_a_new_key_is_found_by_the_first_token_that_it_signs(checked: Checked) -> None:
    await checked.read(checked.signed())
    checked.issuer.keys["second"] = rsa()
    checked.seconds.now = key_sets.APART
    assert await checked.read(checked.signed("second"))
    assert await checked.read(checked.signed()), "the old one is taken until its issuer publishes it no longer"
    assert checked.issuer.fetched == 2


@pytest.mark.parametrize(
    "trouble",
    [{"fails": 503}, {"body": b"{}"}, {"body": b'{"keys": []}'}, {"body": b"<html>"}, {"body": b" " * 70_000}],
    ids=str,
)
async def test_a_fetch_that_fails_empties_nothing_and_a_day_later_the_keys_are_too_old(
    checked: Checked, trouble: dict[str, Any]
) -> None:
    token = checked.signed()
    await checked.read(token)
    for name, value in trouble.items():
        setattr(checked.issuer, name, value)
    for hours in (1, 12, 24):
        checked.seconds.now = hours * 3600
        assert not await checked.keys.refresh()
        assert await checked.read(token)
    checked.seconds.now += 1
    assert "key" in await checked.why(token)


async def test_an_issuer_that_starts_after_us_is_asked_again_by_the_first_token(checked: Checked) -> None:
    there, checked.keys = checked.keys._fetch, KeySet(unreachable, seconds=checked.seconds)
    assert "does not publish" in await checked.why(checked.signed())
    checked.keys._fetch = there
    checked.seconds.now = key_sets.APART_AT_FIRST
    assert (await checked.read(checked.signed()))["sub"] == "a"


async def unreachable() -> bytes:
    raise OSError("nobody listens there")


async def test_keys_that_are_too_weak_or_for_something_else_are_left_out(checked: Checked) -> None:
    weak, cipher, good = rsa(1024), rsa(), rsa()
    told = [public_jwk(weak, "weak"), public_jwk(cipher, "cipher", use="enc"), public_jwk(good, "good"), {"kty": "oct"}]
    checked.issuer.body = json.dumps({"keys": [*told, "what", {"kid": "k", "kty": "new"}]}).encode()
    assert [await checked.keys.key(kid, "RS256") is not None for kid in ("good", "weak", "cipher", "k")] == [
        True,
        False,
        False,
        False,
    ]


async def test_keys_are_fetched_at_start_and_soon_again_when_the_issuer_was_not_there(checked: Checked) -> None:
    checked.issuer.fails = 503
    stop, pulse = asyncio.Event(), Pulse()
    keeping = asyncio.create_task(checked.keys.keep_fresh("issuer", stop, pulse))

    async def asked_twice() -> bool:
        return checked.issuer.fetched >= 2

    async def there() -> bool:
        return await checked.keys.key("first", "RS256") is not None

    await until(asked_twice, "it is asked again")
    checked.issuer.fails = None
    await until(there, "the keys are there")
    assert pulse.turning() == ["keys of issuer"]
    stop.set()
    await keeping


async def test_the_configuration_of_another_issuer_or_keys_in_the_clear_are_not_believed(checked: Checked) -> None:
    checked.issuer.url, at = "https://other.example", checked.issuer.url
    with pytest.raises(ValueError, match="another issuer"):
        await by_discovery(at)()
    checked.issuer.url = at
    assert await over_http(f"{at}/jwks")() == checked.issuer.jwks()
    assert [
        key_sets.is_safe(one)
        for one in ("https://a.fi/x", "http://127.0.0.1/x", "http://[::1]:1/", "http://localhost:3/")
    ] == [True] * 4
    assert [
        key_sets.is_safe(one) for one in ("http://a.fi/x", "ftp://127.0.0.1/", "https://", "", "http://127.0.0.1.a.fi/")
    ] == [False] * 5
