"""A person's token is taken when people signed it for this channel and it is not over; every other is refused with one
sentence, costs no fetch of keys that a stranger can repeat, and counts for nothing."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from chassis import Settings, channels
from chassis.access import Role, RoleAt, by_channel
from chassis.clock import SettableClock
from chassis.key_sets import KeySet, over_http
from chassis.problem import Problem
from chassis.tokens import Tokens
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.kits.chassis import Client, Harness, running
from tests.kits.persons import ISSUER, Issuer, issuer, signed

from .toys import gate
from .wire import visit, visit_data, wire

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
AINO = UUID("3f0c7a52-5c1e-4d0e-9a86-0d6f5b0d9d11")


@pytest_asyncio.fixture
async def people() -> AsyncIterator[Issuer]:
    async with issuer() as made:
        yield made


@pytest_asyncio.fixture
async def gates(lonely: Settings, people: Issuer) -> AsyncIterator[Harness]:
    """The gate, whose issuer of tokens is `people`; the clock stands still."""
    told = lonely.model_copy(update={"people_url": people.url})
    async with running(gate(told, clock=SettableClock(NOW))) as made:
        yield made


async def answer_to(gates: Harness, token: str, by: Client | None = None) -> httpx.Response:
    """What a channel is answered that sends this token: 404 where it is taken, since what it asks for is not there."""
    return await replace(by or gates.web, token=token).get(f"/v1/requests/{uuid4()}")


def refused(answer: httpx.Response) -> str:
    """The sentence with which a token is refused."""
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == "urn:omatoimi:problem:token-refused"
    return str(told["detail"])


async def test_a_token_of_people_for_this_channel_is_taken(gates: Harness, people: Issuer) -> None:
    token = people.token(people.claims(AINO, now=NOW))
    assert (await answer_to(gates, token)).status_code == 404
    found = await gates.service.tokens.asking(gates.staff.caller, people.token(_for_staff(people)))
    assert (found.person, found.loa, found.channel) == (AINO, "substantial", gates.staff.caller.channel)
    assert found.roles == {Role.RESIDENT}  # what the channel may does not pass to who stands before it


def _for_staff(people: Issuer, **more: Any) -> dict[str, Any]:
    return people.claims(AINO, now=NOW, channel="/helsinki/channels/staff", **more)


async def test_a_token_tells_roles_with_their_places_and_associations(gates: Harness, people: Issuer) -> None:
    association = uuid4()
    at = (RoleAt(Role.STAFF, unit="vallila"), RoleAt(Role.DEPARTMENT, department="school"))
    claims = _for_staff(people, at=at, acts_for=[association])
    claims["roles"] += [{"role": "device", "unit": "vallila"}, {"role": "mayor"}]
    found = await gates.service.tokens.asking(gates.staff.caller, people.token(claims))
    assert found.roles == {Role.RESIDENT, Role.STAFF, Role.DEPARTMENT}
    assert found.at == at
    assert found.acts_for == {association}


async def test_a_token_without_a_key_is_refused(gates: Harness, people: Issuer) -> None:
    token = people.token(people.claims(AINO, now=NOW))
    answer = await gates.http.get(f"/v1/requests/{uuid4()}", headers={"Person-Token": token})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:omatoimi:problem:key-missing")


def unsigned(people: Issuer) -> str:
    """Algorithm none: who has no key signs nothing."""
    return signed({"alg": "none", "kid": people.kid, "typ": "at+jwt"}, people.claims(AINO, now=NOW), lambda _: b"")


def by_the_public_key(people: Issuer) -> str:
    """HS256, whose secret is the public key."""
    public = people.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "kid": people.kid, "typ": "at+jwt"}
    return signed(header, people.claims(AINO, now=NOW), lambda told: hmac.digest(public, told, "sha256"))


def under_rs256(people: Issuer) -> str:
    """An Ed25519 signature under a header that says RS256."""
    return people.token(people.claims(AINO, now=NOW), alg="RS256")


def for_others(people: Issuer) -> str:
    return people.token({**people.claims(AINO, now=NOW), "aud": "omatoimi-api"})


def of_another_issuer(people: Issuer) -> str:
    return people.token({**people.claims(AINO, now=NOW), "iss": "https://tunnistus.hel.fi"})


def an_id_token(people: Issuer) -> str:
    """Whose type is `JWT`, as that of every ID token."""
    return people.token(people.claims(AINO, now=NOW), typ="JWT")


def over(people: Issuer) -> str:
    return people.token(people.claims(AINO, now=NOW - timedelta(minutes=5, seconds=30)))


def of_tomorrow(people: Issuer) -> str:
    return people.token(people.claims(AINO, now=NOW + timedelta(days=1)))


def of_a_year(people: Issuer) -> str:
    return people.token(people.claims(AINO, now=NOW, minutes=525_600))


def by_another_key(people: Issuer) -> str:
    return replace(people, key=Ed25519PrivateKey.generate(), shown={}).token(people.claims(AINO, now=NOW))


def of_another_channel(people: Issuer) -> str:
    return people.token(people.claims(AINO, now=NOW, channel="/helsinki/channels/phone"))


def of_nobody(people: Issuer) -> str:
    return people.token({**people.claims(AINO, now=NOW), "sub": "aino"})


ATTACKS = {
    unsigned: "an algorithm that is not taken",
    by_the_public_key: "an algorithm that is not taken",
    under_rs256: "an algorithm that is not taken",
    for_others: "another audience",
    of_another_issuer: "another issuer",
    an_id_token: "another type",
    over: "The token is over",
    of_tomorrow: "not valid yet",
    of_a_year: "longer than any",
    by_another_key: "signature",
    of_another_channel: "another channel",
    of_nobody: "who asks",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_a_token_is_refused_that_is(gates: Harness, people: Issuer, attack: Any) -> None:
    assert (await answer_to(gates, people.token(people.claims(AINO, now=NOW)))).status_code == 404
    reads = people.reads
    assert ATTACKS[attack] in refused(await answer_to(gates, attack(people)))
    assert people.reads == reads  # no key was fetched for it
    # The same by the other ways in, and nothing comes of it.
    client = replace(gates.web, token=attack(people))
    refused(await client.post("/v1/visits", visit_data()))
    headers = {"Authorization": f"Bearer {client.key}", "Content-Type": "application/cloudevents+json"}
    refused(
        await gates.http.post(
            "/v1/events", content=wire(visit()), headers=headers | {"Person-Token": client.token or ""}
        )
    )
    assert await gates.service.pool.fetchval("select count(*) from chassis.inbox") == 0


async def test_a_token_of_one_channel_opens_no_other(gates: Harness, people: Issuer) -> None:
    """Case 17: minted for a third party's channel, and replayed by another that has a key of its own."""
    phone = by_channel("/helsinki/channels/phone", "phone", "vallila")
    key = channels.new_key()
    async with gates.service.pool.acquire() as conn:
        await channels.register(conn, phone, key, NOW)
    token = of_another_channel(people)
    assert (await answer_to(gates, token, Client(gates.http, phone, key))).status_code == 404
    refused(await answer_to(gates, token))
    refused(await answer_to(gates, token, gates.staff))


@pytest.mark.parametrize("token", ["x", "a.b.c", "ä.ö.å", "." * 9_000, "e30.e30.e30", "\0"])
async def test_what_is_no_token_is_refused_as_such(gates: Harness, token: str) -> None:
    with pytest.raises(Problem) as refusal:
        await gates.service.tokens.asking(gates.web.caller, token)
    assert (refusal.value.status, refusal.value.code) == (401, "token-refused")


async def test_a_clock_that_is_a_little_off_is_borne(gates: Harness, people: Issuer) -> None:
    for seconds in (-29, 29):
        token = people.token(people.claims(AINO, now=NOW + timedelta(seconds=seconds)))
        assert (await answer_to(gates, token)).status_code == 404
    just_over = people.token(people.claims(AINO, now=NOW - timedelta(minutes=5, seconds=29)))
    assert (await answer_to(gates, just_over)).status_code == 404


async def test_ten_thousand_tokens_with_keys_that_nobody_knows_cost_one_fetch_and_hold_up_nobody(
    gates: Harness, people: Issuer
) -> None:
    """Case 8."""
    seconds = 0.0
    tokens = Tokens(ISSUER, KeySet(over_http(people.url), seconds=lambda: seconds), gates.service.clock)
    good, caller = people.token(people.claims(AINO, now=NOW)), gates.web.caller
    assert (await tokens.asking(caller, good)).person == AINO
    seconds, reads = 31.0, people.reads

    async def stranger(at: int) -> str:
        token = people.token(people.claims(AINO, now=NOW), kid=f"stranger-{at}")
        with pytest.raises(Problem) as refusal:
            await tokens.asking(caller, token)
        return refusal.value.code

    for first in range(0, 10_000, 500):
        flood = asyncio.gather(*(stranger(at) for at in range(first, first + 500)))
        assert (await tokens.asking(caller, good)).person == AINO
        assert set(await flood) == {"token-refused"}
    assert people.reads - reads == 1
    # A key that is new is known with the next fetch.
    newer = replace(people, key=Ed25519PrivateKey.generate(), kid="newer")
    people.show("newer", newer.key)
    seconds = 62.0
    assert (await tokens.asking(caller, newer.token(people.claims(AINO, now=NOW)))).person == AINO


async def test_while_people_is_down_tokens_are_checked_by_the_keys_that_are_known(
    gates: Harness, people: Issuer
) -> None:
    """Case 10."""
    token = people.token(people.claims(AINO, now=NOW))
    assert (await answer_to(gates, token)).status_code == 404
    people.down = True
    clock = gates.service.clock
    assert isinstance(clock, SettableClock)
    clock.pass_(minutes=10)
    later = people.token(people.claims(AINO, now=clock.now))
    assert (await answer_to(gates, later)).status_code == 404
    assert (await gates.web.post("/v1/visits", visit_data())).status_code == 201


async def test_who_was_never_told_a_key_says_so_and_serves_everybody_else(lonely: Settings) -> None:
    async with issuer() as people, running(gate(lonely, clock=SettableClock(NOW))) as gates:
        answer = await answer_to(gates, people.token(people.claims(AINO, now=NOW)))
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:omatoimi:problem:try-again")
        assert (await gates.web.post("/v1/visits", visit_data())).status_code == 201


async def test_the_same_id_by_another_person_is_another_request(gates: Harness, people: Issuer) -> None:
    id_, body = uuid4(), visit_data()
    first = people.signs_in(gates.web, AINO, now=NOW)
    told = await first.post("/v1/visits", body, id=id_)
    again = await first.post("/v1/visits", body, id=id_)
    assert (told.status_code, again.json()["repeated"]) == (201, True)
    for other in (people.signs_in(gates.web, now=NOW), gates.web):
        answer = await other.post("/v1/visits", body, id=id_)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:omatoimi:problem:other-content")


async def test_what_is_answered_to_who_has_signed_in_is_kept_by_no_cache(gates: Harness, people: Issuer) -> None:
    signed_in, channel = people.signs_in(gates.web, AINO, now=NOW), gates.web
    answers = [await by.get("/v1/demo") for by in (signed_in, channel)]
    assert [answer.headers["cache-control"] for answer in answers] == ["no-store", "no-cache"]
    assert ["etag" in answer.headers for answer in answers] == [False, True]
