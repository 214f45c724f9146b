"""Each reader reads for itself: with a consumer group and places of its own."""

from aiokafka.admin import AIOKafkaAdminClient

from tests.exchanges import bookings
from tests.exchanges.cases import are_heard, open_case
from tests.exchanges.noticeboard import post, stands_at
from tests.exchanges.town import ConnectedServices

EXCHANGES = {
    "booking.notices.events.v1",
    "notices.booking.events.v1",
    "notices.decisions.events.v1",
    "notices.decisions.documents.v1",
    "decisions.booking.events.v1",
}
"""The reader, and the topic that it learns from."""


async def test_each_exchange_has_a_consumer_group_of_its_own(town: ConnectedServices) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=town.platform.kafka)
    await admin.start()
    try:
        groups = {group for group, _ in await admin.list_consumer_groups()}
    finally:
        await admin.close()
    assert {town.prefix + exchange for exchange in EXCHANGES} <= groups


async def test_a_reader_that_is_down_holds_up_no_other(town: ConnectedServices) -> None:
    first, second = town.clock.evening(), town.clock.evening()
    case = await open_case(town)
    async with town.down_for_a_day("decisions"):
        booking = await bookings.book(town, first, purpose="hearing", case=case)
        notice = await post(town, booking, first)
        await bookings.move(town, booking, second)
        await town.caught_up("notices", bookings.TOLD)
        await stands_at(town, notice, second)
        await are_heard(town, case)
    await town.caught_up("decisions", bookings.TOLD)
    await are_heard(town, case, second)
