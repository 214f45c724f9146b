"""Take reports on delivery as mail systems write them: raw, by whatever hands on what comes to the address to which our
mails come back. Each is then asked for as any other request."""

import hashlib
from typing import Annotated
from uuid import UUID, uuid5

from chassis import SERVICES, Caller, Problem, caller, endpoint, service_of
from chassis.answers import decide, media_type, response, spoken
from fastapi import APIRouter, Depends
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.requests import MessageReceiptRequested

from people.mail.report import LONGEST, NoReport, receipt

router = APIRouter(tags=["messages"])

MAIL = "message/rfc822"
REPORTS = UUID("0b7e5b0e-6d0c-4b43-9a55-8f1d7d1f3c55")
"""The name space of the ids of requests that are made of reports: the same report is the same request."""


@endpoint(router, "/v1/delivery-reports", method="POST", may=SERVICES, summary="A mail system's report (RFC 3464), raw")
async def take(http: HttpRequest, by: Annotated[Caller, Depends(caller)]) -> Response:
    """One mail as `message/rfc822`, at most 100 kB. What says nothing for good of a mail of ours is refused, 422."""
    if media_type(http) != MAIL:
        raise Problem(415, "media-type", f"Send the whole report, with its headers, as '{MAIL}'.")
    raw = await http.body()
    if len(raw) > LONGEST:
        raise Problem(413, "too-large", f"A report may have at most {LONGEST} bytes.")
    try:
        told = receipt(raw)
    except NoReport as why:
        raise Problem(422, "no-report", f"This is no report to be kept: {why}.") from None
    service, source = service_of(http), by.channel.source
    id_ = uuid5(REPORTS, f"{source} {hashlib.sha256(raw).hexdigest()}")
    data = MessageReceiptRequested(message=told.message, state=told.state.value, status=told.status)
    attributes = {"id": id_, "source": source, "type": data.TYPE, "time": service.clock(), "language": "none"}
    event = event_model(MessageReceiptRequested).model_validate(attributes | {"data": data})
    assert isinstance(event, RequestEvent)
    return response(*await decide(service, by, event, False, spoken(http)), spoken(http))
