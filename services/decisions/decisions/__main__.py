"""`python -m decisions [api|relay|worker|chores …]`"""

from chassis.run import run

from decisions.main import service

run(service)
