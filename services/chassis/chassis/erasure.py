"""Forget persons whom `people` has erased (docs/adr/0024): what a service knows of one is a random id in a private
column, and what could not be read.

A token that was given before lives for some minutes: what it still asks for is forgotten when it is over.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.people import PersonErased

from chassis.dead_letters import forget_naming
from chassis.key_sets import LEEWAY
from chassis.protocols import Locks
from chassis.registry import Registry
from chassis.tokens import LIVES
from chassis.transaction import DueRequest, Request, Transaction

Forget = Callable[[Transaction, UUID], Awaitable[None]]
"""Replaces a person by nothing in the tables of a service; what they did stays, their own words where a law says so."""
AFTERWARDS = LIVES + LEEWAY + timedelta(minutes=1)
"""Until then what the last token asked for has been decided."""


class ForgettingDue(DueRequest):
    """The last token of a person who was erased is over."""

    TYPE: ClassVar[str] = "omatoimi.person-forgetting.due.v1"
    person: UUID


def forget_erased(registry: Registry, forget: Forget, *, locks: Locks | None = None) -> None:
    """Let a service forget persons who were erased: within the transaction that hears of it, and once more when the
    last token is over. Heard again, nothing is left to forget."""

    async def out_of_everything(tx: Transaction, person: UUID) -> None:
        await forget(tx, person)
        await forget_naming(tx.conn, str(person))

    @registry.on(PersonErased, locks=locks)
    async def erased(event: FactEvent[PersonErased], tx: Transaction) -> None:
        person = event.data.person
        await out_of_everything(tx, person)
        tx.ask(ForgettingDue(person=person, due=tx.now + AFTERWARDS), after=event)

    @registry.on(ForgettingDue, locks=locks)
    async def over(request: Request[ForgettingDue], tx: Transaction) -> None:
        await out_of_everything(tx, request.data.person)
