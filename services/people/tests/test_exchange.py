"""Our token says who a person is to us, as the provider's token of this moment tells it; no other token opens it."""

import base64
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis import channels
from chassis.access import by_channel
from chassis.key_sets import KeySet, TokenRefused, verified
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from omatoimi_contracts.requests import MembershipRequested
from people import scheduled

from tests.kits.chassis import Client
from tests.kits.issuer import rsa
from tests.kits.people import Office, claims_of

STAFF: dict[str, Any] = {"amr": ["helsinki_adfs"], "ad_groups": ["omatoimi-vallila-staff", "city-everybody"]}


def signed_by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims)]
    mac = hmac.digest(secret, b".".join(parts), "sha256") if secret else b""
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


async def checked(office: Office, token: str, **more: Any) -> dict[str, Any]:
    """A token of ours as every service checks it, by the keys that we publish."""

    async def published() -> bytes:
        return (await office.bench.http.get("/v1/keys")).content

    whom = {"issuer": "omatoimi:people", "audience": "omatoimi", "typ": "at+jwt", **more}
    return await verified(token, KeySet(published), algorithms=("EdDSA",), now=office.clock.now, **whom)


async def test_a_person_is_a_random_id_with_what_they_may_and_the_channel_and_nothing_else(office: Office) -> None:
    told = await checked(office, await office.token())
    assert UUID(told["sub"]).version == 4
    assert (told["azp"], told["exp"] - told["iat"], told["loa"]) == ("/helsinki/channels/web", 300, "substantial")
    assert (told["roles"], told["acts_for"]) == ([], [])
    assert set(told) == {"iss", "aud", "sub", "azp", "iat", "exp", "jti", "roles", "acts_for", "loa"}
    assert "irtanen" not in str(told)


async def test_the_answer_is_as_rfc_8693_has_it_and_kept_by_nobody(office: Office) -> None:
    answer = await office.exchange(office.issuer.sign(office.claims()))
    assert {name: value for name, value in answer.json().items() if name != "access_token"} == {
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 300,
    }
    assert answer.headers["cache-control"] == "no-store"


async def test_who_signs_in_again_is_the_same_person_and_nobody_is_known_by_an_address(office: Office) -> None:
    first, again = (await office.told())["sub"], (await office.told(name="Another", email="other@example.fi"))["sub"]
    staff = (await office.told("aino-at-work", email="aino@example.fi", **STAFF))["sub"]
    assert first == again != staff


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        (STAFF, [{"role": "staff", "unit": "vallila", "department": None}]),
        (STAFF | {"amr": "helsinki_adfs"}, [{"role": "staff", "unit": "vallila", "department": None}]),
        (
            STAFF | {"amr": ["pwd", "eduad"], "ad_groups": ["omatoimi-school"]},
            [{"role": "department", "unit": None, "department": "school"}],
        ),
        (STAFF | {"amr": ["suomi_fi"]}, []),
        (STAFF | {"amr": None}, []),
        (STAFF | {"amr": {"helsinki_adfs": True}}, []),
        (STAFF | {"ad_groups": None}, []),
        (STAFF | {"ad_groups": "omatoimi-vallila-staff"}, []),
        (STAFF | {"ad_groups": [["omatoimi-vallila-staff"], 7]}, []),
        (STAFF | {"ad_groups": ["omatoimi-vallila-staff-of-old"]}, []),
    ],
    ids=str,
)  # fmt: skip
async def test_a_role_follows_from_the_groups_of_somebody_who_signed_in_as_staff_just_now(
    office: Office, claims: dict[str, Any], roles: list[dict[str, Any]]
) -> None:
    assert (await office.told(**claims))["roles"] == roles


async def test_who_left_the_group_is_no_staff_from_the_next_exchange_on(office: Office) -> None:
    """Case 12 of the research."""
    assert (await office.told(**STAFF))["roles"]
    assert (await office.told(**STAFF | {"ad_groups": ["city-everybody"]}))["roles"] == []
    assert (await office.told(**STAFF | {"ad_groups": None}))["roles"] == [], "a claim that is missing gives nothing"


@pytest.mark.parametrize("told", [None, "unknown", "highest", 3])
async def test_a_level_of_assurance_that_is_not_told_is_the_lowest(office: Office, told: object) -> None:
    assert (await office.told(loa=told))["loa"] == "low"


# -- attacks ----------------------------------------------------------------------------------------------------------


async def refused(office: Office, token: str, by: Client | None = None) -> str:
    """Why a token is refused; nobody was signed in by it."""
    answer = await office.exchange(token, by)
    assert answer.status_code == 400, answer.text
    told = answer.json()
    assert told["error_description"] == told["detail"]
    assert not await office.fetch("select from people.person"), "nobody was signed in"
    return f"{told['error']}: {told['detail']}"


async def test_attack_a_token_with_alg_none(office: Office) -> None:
    assert "algorithm" in await refused(office, signed_by_hand({"alg": "none", "kid": "first"}, office.claims(), None))


async def test_attack_hs256_with_the_public_key(office: Office) -> None:
    """Case 7 of the research."""
    public = office.issuer.keys["first"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert "algorithm" in await refused(
        office, signed_by_hand({"alg": "HS256", "kid": "first"}, office.claims(), public)
    )


@pytest.mark.parametrize("audience", ["omatoimi-web", "another-service", ["account"], "omatoimi-api-test", "omatoimi"])
async def test_attack_a_token_for_another_audience(office: Office, audience: object) -> None:
    assert "audience" in await refused(office, office.issuer.sign(office.claims(aud=audience)))


@pytest.mark.parametrize("issuer", ["https://other.example", "", "omatoimi:people"])
async def test_attack_a_token_of_another_issuer(office: Office, issuer: str) -> None:
    assert "issuer" in await refused(office, office.issuer.sign(office.claims(iss=issuer)))


async def test_attack_a_token_that_is_over(office: Office) -> None:
    token = office.issuer.sign(office.claims())
    office.clock.pass_(seconds=331)
    assert "over" in await refused(office, token)


@pytest.mark.parametrize(
    "told",
    [
        {"aud": "omatoimi-web", "nonce": "n", "at_hash": "h", "typ": "ID"},
        {"typ": "ID"},
        {"at_hash": "h", "typ": None},
        {"aud": ["omatoimi-web", "omatoimi-api"], "at_hash": "h"},
        {"typ": "Logout"},
        {"typ": "Refresh"},
    ],
    ids=str,
)
async def test_attack_an_id_token_as_an_access_token(office: Office, told: dict[str, Any]) -> None:
    """Case 6 of the research, with the next ones on audience and client."""
    why = await refused(office, office.issuer.sign(office.claims(**told)))
    assert "access token" in why or "audience" in why


@pytest.mark.parametrize("azp", ["another-client", None, "web", "omatoimi-web "])
async def test_attack_a_token_that_was_given_to_another_client(office: Office, azp: str | None) -> None:
    assert "unauthorized_client" in await refused(office, office.issuer.sign(office.claims(azp=azp)))


async def test_attack_a_token_of_one_channel_at_another(office: Office) -> None:
    """Case 17 of the research: a token is worth nothing beside another channel's key."""
    assert "unauthorized_client" in await refused(office, office.issuer.sign(office.claims()), office.bench.staff)


async def test_attack_ten_thousand_tokens_with_made_up_keys(office: Office) -> None:
    """Case 8 of the research; ten thousand of them meet the key set itself in test_key_sets."""
    await office.token()
    before, token = office.issuer.fetched, office.issuer.sign(office.claims("matti"))
    _, claims, mac = token.split(".")
    for n in range(200):
        header = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": f"made-up-{n}"}).encode()).rstrip(b"=")
        answer = await office.exchange(f"{header.decode()}.{claims}.{mac}")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert office.issuer.fetched - before <= 1
    assert (await office.exchange(token)).status_code == 200


async def test_attack_a_token_that_was_signed_by_a_strangers_key_under_a_known_name(office: Office) -> None:
    stranger = replace(office.issuer, keys={"first": rsa()})
    assert "signature" in await refused(office, stranger.sign(office.claims()))


async def test_attack_our_own_token_as_the_providers(office: Office) -> None:
    token = await office.token()
    answer = await office.exchange(token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_attack_a_token_of_the_provider_as_ours(office: Office) -> None:
    with pytest.raises(TokenRefused):
        await checked(office, office.issuer.sign(office.claims()))


async def test_while_the_provider_is_away_its_tokens_are_checked_by_the_keys_that_are_known(office: Office) -> None:
    """Case 9 of the research."""
    await office.token()
    office.issuer.fails = 503
    assert not await office.service.key_sets[office.issuer.url].refresh()
    assert (await office.exchange(office.issuer.sign(office.claims("matti")))).status_code == 200


async def test_without_a_channels_key_nothing_is_exchanged(office: Office) -> None:
    told = {"grant_type": "x", "subject_token": office.issuer.sign(office.claims())}
    answer = await office.bench.http.post("/v1/token", data=told)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:omatoimi:problem:key-missing")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"subject_token": ""}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "invalid_request"),
        ({"audience": "another"}, "invalid_target"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_target"),
    ],
    ids=str,
)
async def test_what_is_asked_wrongly_is_told_as_rfc_6749_has_it(
    office: Office, form: dict[str, str], error: str
) -> None:
    answer = await office.exchange(office.issuer.sign(office.claims()), None, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_another_channel_with_a_client_of_its_own_gets_tokens_of_its_own(office: Office) -> None:
    identity = office.service.settings.identity
    assert identity is not None
    identity.clients["neighbour-app"] = "neighbour"
    caller, key = by_channel("/helsinki/channels/neighbour", "neighbour", "vallila"), channels.new_key()
    async with office.service.pool.acquire() as conn:
        await channels.register(conn, caller, key, office.clock.now)
    theirs = Client(office.bench.http, caller, key)
    answer = await office.exchange(office.issuer.sign(office.claims(azp="neighbour-app")), theirs)
    assert claims_of(answer.json()["access_token"])["azp"] == "/helsinki/channels/neighbour"


# -- memberships and keys ---------------------------------------------------------------------------------------------


async def test_a_token_tells_for_whom_a_person_acts_and_holds_no_longer_than_that_right(office: Office) -> None:
    aino, organisation = await office.signed_in(), uuid4()
    assert aino.person is not None
    until = office.clock.now + timedelta(minutes=7)
    asked = MembershipRequested(person=aino.person, organisation=organisation, until=until)
    assert await office.outcome(asked, office.bench.staff.caller) == "granted"
    told = await office.told()
    assert (told["acts_for"], told["exp"] - told["iat"]) == ([str(organisation)], 300)
    office.clock.now = until - timedelta(seconds=40)
    token = await office.token()
    assert claims_of(token)["exp"] == int(until.timestamp())
    office.clock.now = until
    assert (await office.told())["acts_for"] == []


async def test_a_key_is_published_ten_minutes_before_it_signs_and_until_its_last_token_is_over(office: Office) -> None:
    async def keys() -> list[str]:
        return [key["kid"] for key in (await office.bench.http.get("/v1/keys")).json()["keys"]]

    async def signs() -> str:
        header = (await office.token()).partition(".")[0]
        return str(json.loads(base64.urlsafe_b64decode(header + "=="))["kid"])

    first = await signs()
    await office.run(scheduled.rotate_keys)
    assert await keys() == [first]
    office.clock.pass_(days=30, minutes=-10)
    await office.run(scheduled.rotate_keys)
    assert (len(await keys()), await signs()) == (2, first), "published, and does not sign yet"
    second = (await keys())[1]
    office.clock.pass_(minutes=9, seconds=59)
    last = await office.token()
    assert await signs() == first
    office.clock.pass_(seconds=1)
    assert await signs() == second
    await office.run(scheduled.rotate_keys)
    assert await keys() == [first, second], "tokens that the first one signed live"
    assert await checked(office, last)
    office.clock.pass_(minutes=7)
    await office.run(scheduled.rotate_keys)
    assert await keys() == [second]


async def test_all_processes_sign_by_the_same_key_from_the_first_token_on(office: Office) -> None:
    answers = [await office.exchange(office.issuer.sign(office.claims(f"p{n}"))) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len(await office.fetch("select from people.signing_key")) == 1


async def test_what_keys_are_made_of_stands_in_no_answer_log_or_text(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await office.token()
    (row,) = await office.fetch("select private from people.signing_key")
    published = (await office.bench.http.get("/v1/keys")).text
    secrets = [row["private"].hex(), base64.urlsafe_b64encode(row["private"]).decode().rstrip("=")]
    assert set(json.loads(published)["keys"][0]) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert not [secret for secret in secrets if secret in published or secret in caplog.text]
