"""`python -m decisions [api|relay|worker|jobs …]`"""

from chassis.run import run

from decisions.main import service

run(service)
