"""Omat asiat, "my page": what somebody has booked, put up and said, what is held of them, and who saw it."""
