"""The words on `decisions.documents.v1`: there while they may be seen, taken back with what they belong to."""

from chassis import Connection, Service
from chassis.documents import document
from omatoimi_contracts.documents import CaseText, DecisionText
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.vocabulary import Fact

from decisions.store import publications
from decisions.words import told


async def present(service: Service, conn: Connection, key: str) -> FactEvent[Fact] | None:
    """Return the words under a key as they are now; None when they must be forgotten.

    A decision without a case number shares its key with the case made from it: then the decision's words stand there,
    which are the case's too.
    """
    shown = await publications.find(conn, "decision", key)
    if shown is None or shown.publication.removed:
        shown = await publications.find(conn, "case", key)
    if shown is None or shown.publication.removed:
        return None
    now = shown.publication
    title, sections = told(now.words[0])
    own = {"decision": now.key} if now.kind == "decision" else {}
    of: type[CaseText | DecisionText] = DecisionText if own else CaseText
    text = of(
        **own,
        case=now.case,
        version=now.version,
        digest=now.digest,
        language=now.words[0].language,
        title=title,
        sections=sections,
    )
    unit = service.installation.library_of(now.primary)
    return document(service, text, unit=unit, version=now.version, time=shown.changed_at)
