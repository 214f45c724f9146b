"""`python -m notices [api] [relay] [worker] [chores]`: all roles, or some."""

from chassis.run import run

from notices.main import service

run(service)
