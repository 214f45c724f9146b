"""The topics that decisions writes."""

EVENTS = "decisions.events.v1"
DOCUMENTS = "decisions.documents.v1"
