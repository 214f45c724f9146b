"""Who searches the rooms, and how that is counted."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from chassis import Caller, Service, optional_caller
from fastapi import Depends, Header
from omatoimi_contracts.outcomes import SearchPerformed
from omatoimi_contracts.vocabulary import Slot
from uuid_utils.compat import uuid7


@dataclass(frozen=True, slots=True)
class Searcher:
    """Who searches: a channel when it sends its key, else somebody on the web."""

    by: Caller | None
    session: UUID | None
    assisted: bool
    language: str | None

    def found(self, service: Service, unit: str, wanted: Slot, hits: int, **more: Any) -> None:
        """Count a search, where the searcher has a key or a session; `more` is the space or the persons."""
        fact = SearchPerformed(search=self.session or uuid7(), session=self.session, hits=hits, wanted=wanted, **more)
        language = self.language or service.installation.languages[0]
        service.searches.performed(
            fact, self.by, at=service.clock(), unit=unit, language=language, assisted=self.assisted
        )


async def searcher(
    by: Annotated[Caller | None, Depends(optional_caller)],
    session: Annotated[
        UUID | None,
        Header(description="Random, one visit of one person; without it or a key a search is not counted."),
    ] = None,
    assisted: Annotated[bool, Header(description="Whether staff helped the person.")] = False,
    content_language: Annotated[str | None, Header(pattern=r"^[a-z]{2,8}$")] = None,
) -> Searcher:
    """Return who searches, as the headers tell it."""
    return Searcher(by, session, assisted, content_language)
