"""Whoever works at the desk is told in which role somebody last did something to a thing, and when."""

from chassis import Settings

from tests.kits.chassis import running

from .toys import TOO_MANY, gate
from .wire import visit_data


async def test_who_was_first_is_told_by_role_and_moment_and_a_no_changes_nothing(lonely: Settings) -> None:
    async with running(gate(lonely), ()) as r:
        assert (await r.staff.get("/v1/acts/door")).json() == {}
        assert (await r.staff.post("/v1/visits", visit_data("door", 2))).status_code == 201
        first = (await r.staff.get("/v1/acts/door")).json()
        assert first["by"] == "staff"
        refused = await r.web.post("/v1/visits", visit_data("door", TOO_MANY))
        assert refused.status_code >= 400
        assert (await r.staff.get("/v1/acts/door")).json() == first
        assert (await r.web.post("/v1/visits", visit_data("door", 3))).status_code == 201
        second = (await r.staff.get("/v1/acts/door")).json()
        assert (second["by"], second["at"] > first["at"]) == ("resident", True)
        assert (await r.web.get("/v1/acts/door")).status_code == 403
        assert (await r.http.get("/v1/acts/door")).status_code == 401
