"""A service that runs alone has its channels' keys made, rotated and revoked by its own command."""

import subprocess
import sys

import httpx

from tests.alone.place import Surroundings


def channels(
    place: Surroundings, *arguments: str, given: str = "", status: int = 0, service: str = "booking"
) -> tuple[str, str]:
    """What `python -m <service> channels` prints, and what it says beside."""
    done = subprocess.run(
        [sys.executable, "-m", service, "channels", *arguments],
        env=place.bare_environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.strip(), done.stderr.strip()


async def test_keys_are_made_rotated_and_revoked_while_the_service_runs(place: Surroundings) -> None:
    assert "python -m booking migrate" in await _before_there_is_anything(place)
    with place.run("booking", "api") as api:
        await api.ready()

        def taken(key: str) -> bool:
            answer = httpx.get(f"{api.http}/v1/requests/{'0' * 8}-0000-4000-8000-{'0' * 12}", headers=_bearer(key))
            assert answer.status_code in (401, 404), answer.text
            return answer.status_code == 404

        first, next_ = channels(place, "add", "ovi", "--role", "device")
        assert "--given" in next_
        assert first not in next_
        assert taken(first)
        assert "channels rotate ovi" in channels(place, "add", "ovi", "--role", "staff", status=1)[1]
        # As at a second service: the key that the first one made.
        second = channels(place, "rotate", "ovi", "--given", "--overlap", "1", given="k" * 40 + "\n")[0]
        assert second == "k" * 40
        assert (taken(first), taken(second)) == (True, True)
        assert channels(place, "rotate", "ovi", "--given", given=second)[0] == second
        assert "ovi has 2 live keys" in channels(place, "rotate", "ovi", status=1)[1]
        listed, _ = channels(place, "list")
        assert listed.startswith("ovi (device; vallila): /helsinki/channels/ovi")
        assert first not in listed
        assert second not in listed
        name = listed.splitlines()[1].split()[0]
        assert name in channels(place, "revoke", "ovi", name)[0]
        assert (taken(first), taken(second)) == (False, True)
        channels(place, "revoke", "ovi")
        assert not taken(second)
        assert "channels list" in channels(place, "revoke", "ovi", status=1)[1]
        assert taken(channels(place, "rotate", "ovi", "--days", "1")[0])


async def _before_there_is_anything(place: Surroundings) -> str:
    await place.create_database("booking")
    return channels(place, "list", status=1)[1]


async def test_what_cannot_be_done_is_told_in_one_sentence(place: Surroundings) -> None:
    def said(*arguments: str, given: str = "", status: int = 0) -> tuple[str, str]:
        return channels(place, *arguments, given=given, status=status, service="notices")

    await place.create_database("notices")
    with place.run("notices", "migrate") as migrating:
        assert await migrating.ended() == 0
    assert said("list")[0] == "There is no channel yet."
    for arguments, given, told in (
        (("add", "Ovi", "--role", "device"), "", "small letters"),
        (("add", "ovi", "--role", "device", "--unit", "nowhere"), "", "There is no library nowhere"),
        (("add", "ovi", "--role", "device", "--given"), "short\n", "standard input has no key"),
        (("add", "ovi", "--role", "device", "--given"), f"{'k' * 20} {'k' * 20}\n", "standard input has no key"),
        (("rotate", "nobody"), "", "There is no channel nobody; there are: none"),
        (("revoke", "nobody"), "", "There is no channel nobody; there are: none"),
    ):
        assert told in said(*arguments, given=given, status=1)[1]
    assert "from 1 to 3650" in said("rotate", "ovi", "--days", "0", status=2)[1]
    assert said("list")[0] == "There is no channel yet."


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
