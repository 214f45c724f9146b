"""Forget who asked for a notice, once people has erased them; with their own words, where they wrote as themselves."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis import LockKey, Transaction, by_clock
from chassis.erasure import forget_erased
from omatoimi_contracts.notices import NoticeWithdrawn

from notices.domain.notices import NoticeState
from notices.handlers.registry import registry
from notices.lifecycle import keep, publication_first
from notices.store import notices


async def keys(tx: Transaction, asked: Sequence[Any]) -> set[LockKey]:
    """Name what the persons posted as themselves."""
    own = await notices.own(tx.conn, [one.data.person for one in asked])
    return {("notice", str(notice.notice)) for notice in own}


async def forget(tx: Transaction, person: UUID) -> None:
    """Take back what a person posted as themselves and forget its words; what they posted for an association or for
    the house is not theirs and stays. An event that told whose erasure it follows from would tie them together."""
    for notice in await notices.own(tx.conn, [person]):
        if not notice.over(tx.now):
            notice = publication_first(notice, tx).ended(NoticeState.WITHDRAWN, tx.now)
            tx.emit(by_clock(notice.stated(NoticeWithdrawn, by="automatic"), unit=notice.unit, time=tx.now))
        await keep(tx, [replace(notice, titles={}, texts={})])
    await notices.forget_person(tx.conn, person)


forget_erased(registry, forget, locks=keys)
