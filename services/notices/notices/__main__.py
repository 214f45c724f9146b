"""`python -m notices [api] [relay] [worker] [jobs]`: all roles, or some."""

from chassis.run import run

from notices.main import service

run(service)
