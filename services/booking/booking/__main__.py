"""`python -m booking [api|relay|worker|chores …]`."""

from chassis.run import run

from booking.main import service

run(service)
