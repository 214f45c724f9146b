"""Send documents to compacted topics from state, so that the last copy is always the present one."""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.vocabulary import Fact

from chassis.service import Service


def document(service: Service, fact: Fact, *, unit: str, version: int, time: datetime) -> FactEvent[Fact]:
    """Return the event of a document's present version. Its id follows from topic, subject and version, so that every
    copy of one version is the same event; `sequence` is the version."""
    subject = fact.subject()
    model = event_model(type(fact))
    assert issubclass(model, FactEvent)
    return model.model_construct(
        specversion="1.0",
        id=uuid5(NAMESPACE_URL, f"{service.source}/{fact.TYPE}/{subject}/{version}"),
        source=service.source,
        type=fact.TYPE,
        subject=subject,
        time=time.astimezone(UTC),
        datacontenttype="application/json",
        sequence=f"{version:010d}",
        recordedtime=time.astimezone(UTC),
        outcome=False,
        unit=unit,
        channel="automatic",
        assisted=False,
        language="none",
        data=fact,
    )
