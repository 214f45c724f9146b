from datetime import date
from analytics.testing import *
from analytics.catalogue import metrics
from analytics.domain.period import Period
from analytics.store.figures import known_at, figures
from omatoimi_contracts.booking import *
from omatoimi_contracts.premises import *
from omatoimi_contracts.vocabulary import *


async def test_smoke(service):
    log = Log()
    log.add(SpaceRegistered(premises="p", space="s", leaves=("s",), capacity=3), at("2026-09-01 10:00"))
    log.add(
        HoursSet(
            premises="p",
            valid_from=date(2026, 1, 1),
            week=(WeeklyHours(weekday=1, spans=(OpenSpan(opens="10:00", closes="20:00", kind="staffed"),)),),
        ),
        at("2026-09-01 10:00"),
    )
    f = BookingConfirmed(
        premises="p",
        space="s",
        leaves=("s",),
        slot=Slot(start=at("2026-10-05 10:00"), end=at("2026-10-05 12:00")),
        owner="library",
        hours="staffed",
        booking=named("b"),
        wanted=Slot(start=at("2026-10-05 10:00"), end=at("2026-10-05 12:00")),
        organiser=Organiser(class_="association", organisation=named("o")),
        opentopublic=True,
        purpose="event",
        session=named("s"),
    )
    r = log.add(f)
    log.again(r)
    log.raw("booking.events.v1", b"nonsense")
    log.raw("booking.events.v1", r.value.replace(b"booking.confirmed", b"booking.blessed"))
    await read(service, log.records)
    async with service.pool.acquire() as c:
        for x in await c.fetch("select * from facts.booking"):
            print(dict(x))
        for x in await c.fetch('select log,partition,"offset",class,reason,detail from analytics.ledger'):
            print(tuple(x))
    async with known_at(service.pool) as known:
        print(known.position, known.clock)
        p = known.position
        for fig in await figures(known, metrics().values(), Period(date(2026, 10, 1), date(2026, 11, 1)), None):
            print(fig)
    from analytics.domain.position import Position

    async with known_at(service.pool, Position.parse("booking.events.v1:3")) as known:
        for fig in await figures(known, metrics().values(), Period(date(2026, 10, 1), date(2026, 11, 1)), None):
            print(fig.metric, fig.status, fig.whole)
