"""What an empty installation begins with comes once, whatever else has come before it."""

import decisions.main
from chassis import Settings
from omatoimi_example import start_content
from pydantic import SecretStr

from tests.kits.chassis import running


async def test_what_the_other_services_told_first_does_not_keep_it_away(database: str) -> None:
    """Booking's premises may be known to decisions before § 50 is."""
    service = decisions.main.service(Settings(kafka="127.0.0.1:1", postgres=SecretStr(database)))
    async with running(service) as r:
        told = "insert into chassis.inbox values ('/helsinki/booking', gen_random_uuid(), '', now())"
        await service.pool.execute(told)
        for _ in range(2):
            await start_content.ask_once({"decisions": service}, r.staff.caller)
            page = (await r.http.get("/v1/decisions", params={"unit": "vallila"})).json()
            assert [one["section"] for one in page["items"]] == [50]
        asked = await service.pool.fetchval("select count(*) from chassis.inbox where outcome is not null")
        assert asked == len(start_content.content()["decisions"])
