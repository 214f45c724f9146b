"""The topics that notices writes."""

EVENTS = "notices.events.v1"
DOCUMENTS = "notices.documents.v1"
