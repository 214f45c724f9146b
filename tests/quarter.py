"""Times at which spaces are booked: a start that a test takes from the clock lies on the grid."""

from datetime import UTC, datetime, timedelta


def quarter(moment: datetime) -> datetime:
    """The quarter of an hour that is under way at a moment."""
    return moment - (moment - datetime.min.replace(tzinfo=UTC)) % timedelta(minutes=15)
