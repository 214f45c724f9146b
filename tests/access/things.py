"""What the operations are tried on: for each a body or an address that names a thing of a certain channel."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from chassis import OWN
from omatoimi_platform.home import CHECKOUT

from tests.access.cells import Case
from tests.exchanges.town import ConnectedServices
from tests.kits.chassis import Client
from tests.kits.decisions import case as a_case

EXAMPLES = CHECKOUT / "contracts" / "examples"
OWNER = "school"
"""The department that owns the premises."""
ANOTHER = "another person"
CASE = "HEL-2026-000077"
SPAN = {"start": "2026-10-19T11:00:00+03:00", "end": "2026-10-19T12:00:00+03:00"}
WEEK = [{"weekday": day, "spans": [{"opens": "08:00", "closes": "22:00", "kind": "staffed"}]} for day in range(1, 8)]
REGISTER: dict[str, dict[str, Any]] = {
    "/v1/premises": {"premises": "oma-talo", "owner": OWNER, "unit": "vallila"},
    "/v1/hours": {"premises": "oma-talo", "valid_from": "2014-01-01", "week": WEEK},
    "/v1/spaces": {"premises": "oma-talo", "space": "oma-huone", "capacity": 16, "task": "open-door"},
}
FILLED = {
    "{key:path}": "HEL-2026-1",
    "{number}": "1",
    "{metric}": "M01",
    "{form}": "json",
    "{space}": "oma-huone",
    "{premises}": "oma-talo",
    **{
        name: "019ac1f2-7a00-4c3e-9d54-3b2f6a1e8c07" for name in ("{person}", "{organisation}", "{export}", "{subject}")
    },
}
SPAN_READ = "?from=2026-12-01T10:00:00Z&to=2026-12-02T10:00:00Z"
QUERIES = {"/v1/spaces/{space}/free": SPAN_READ, "/v1/schedule": SPAN_READ, "/v1/search": "?q=puisto"}


@dataclass
class Things:
    """The services, their clients, and a booking, a notice and a request of each who asks, made when they are needed.
    `booked` is a booking that notices knows of: what is tied to it is of the department that owns its premises."""

    town: ConnectedServices
    clients: dict[tuple[str, str], Client]
    booked: str = ""
    made: dict[tuple[str, str], str] = field(default_factory=dict)

    async def furnish(self) -> None:
        """A room to book."""
        for path, body in (
            ("premises", REGISTER["/v1/premises"]),
            ("hours", REGISTER["/v1/hours"]),
            ("spaces", REGISTER["/v1/spaces"]),
        ):
            answer = await self.town["booking"].endpoints.staff.post(f"/v1/{path}", body)
            assert answer.status_code == 201, answer.text
        body = {"space": "oma-huone", "slot": self.town.clock.evening()}
        answer = await self.town["booking"].endpoints.staff.post("/v1/bookings", body)
        self.booked = answer.json()["resource"]["booking"]
        record = {"kind": "case", "content": a_case(CASE)}
        answer = await self.town["decisions"].endpoints.staff.post("/v1/records", record)
        assert answer.status_code == 201, answer.text
        await self.town.caught_up("notices", "booking.events.v1")

    def client(self, case: Case, service: str) -> Client:
        return self.clients[service, case.caller]

    async def asked(self, case: Case, service: str) -> dict[str, Any]:
        """The body of an act: about a thing that the case's channel owns, or that another's does. It is the minimal
        example, with what there is here in its place, by the name of the field."""
        assert case.operation.kind is not None
        path = case.operation.path
        if path == "/v1/moves":
            return {"booking": await self.booking(case), "slot": self.town.clock.evening()}
        if path in REGISTER:
            return REGISTER[path]
        if path == "/v1/blockings":
            return {"space": "oma-huone", "slot": self.town.clock.evening()}
        if path == "/v1/walk-ins":
            return {"space": "oma-huone", "slot": SPAN, "persons": 3}
        if path == "/v1/notice-changes":
            return {"notice": await self.notice(case), "withdraw": True}
        told: dict[str, Any] = json.loads((EXAMPLES / case.operation.kind.TYPE / "minimal.json").read_bytes())["data"]
        if case.operation.may.needs_thing:
            told |= {name: FILLED[f"{{{name}}}"] for name in ("premises", "space") if name in told}
            for name, make in (("booking", self.booking), ("notice", self.notice), ("task", self.task)):
                if name in told:
                    told[name] = await make(case)
        for thing in ("session", "help"):
            if path.startswith(f"/v1/{thing}-") or (path, thing) == ("/v1/ratings", "session"):
                told |= {thing: await self.begun(case, thing)}
        return told | ({"unit": "vallila"} if service == "analytics" else {})

    async def address(self, case: Case, service: str) -> str:
        """The address of a read, with everything in braces filled in."""
        path = case.operation.path
        if "{booking}" in path:
            return path.replace("{booking}", await self.booking(case))
        if "{notice}" in path:
            return path.replace("{notice}", await self.notice(case))
        if "/feedback/{id}" in path:
            return path.replace("{id}", await self.feedback(case))
        if path == "/v1/requests/{id}":
            return path.replace("{id}", await self.request(case))
        for braces, value in {**FILLED, "{id}": str(uuid4())}.items():
            path = path.replace(braces, value)
        return path + QUERIES.get(case.operation.path, "")

    async def booking(self, case: Case) -> str:
        """A booking, by its public id."""
        body = {"space": "oma-huone", "slot": self.town.clock.evening()}
        return await self._made("booking", "/v1/bookings", body, case, lambda told: told["resource"]["booking"])

    async def task(self, case: Case) -> str:
        """The service task of a booking."""
        (row,) = await self.town["booking"].fetch(
            "select task from booking.task where booking = $1", UUID(await self.booking(case))
        )
        return str(row["task"])

    async def notice(self, case: Case) -> str:
        """A notice that waits for approval: of a staff channel it would be shown at once."""
        until = (self.town.clock.now + timedelta(days=9)).isoformat()
        start = (self.town.clock.now + timedelta(days=8)).isoformat()
        body = {
            "titles": {"fi": "Talkoot"},
            "publish_from": start,
            "until": until,
            "unit": "vallila",
            "booking": self.booked,
        }
        return await self._made("notices", "/v1/notices", body, case, lambda told: told["resource"]["id"])

    async def feedback(self, case: Case) -> str:
        """What somebody said about a case."""
        body = {"case": CASE, "text": "Penkki puistoon"}
        return await self._made(
            "decisions", "/v1/feedback", body, case, lambda told: told["outcome"]["data"]["feedback"]
        )

    async def request(self, case: Case) -> str:
        """A request of booking, by its id."""
        body = {"space": "oma-huone", "slot": self.town.clock.evening()}
        return await self._made("booking", "/v1/bookings", body, case, lambda told: told["id"])

    async def begun(self, case: Case, thing: str) -> str:
        """A session, or a call for help."""
        path = {"session": "/v1/session-starts", "help": "/v1/help-calls"}[thing]
        body = {"unit": "vallila", thing: str(uuid4())}
        return await self._made("analytics", path, body, case, lambda told: told["outcome"]["data"][thing])

    async def _made(self, service: str, path: str, body: object, case: Case, id_of: Any) -> str:
        key = case.operation.name, (case.caller if case.own else ANOTHER if case.person else "web")
        if case.own:
            owner = self.client(case, service)
        elif (case.person or service == "decisions") and OWN.grants[0] in case.operation.may.grants:
            owner = self.clients[service, ANOTHER]  # at the same channel
        else:
            owner = self.town[service].endpoints.web
        if key not in self.made:
            answer: httpx.Response = await owner.post(path, body)
            assert answer.status_code in (201, 202), answer.text
            self.made[key] = str(id_of(answer.json()))
        return self.made[key]
