"""`python -m booking [api|relay|worker|jobs …]`."""

from chassis.run import run

from booking.main import service

run(service)
