"""`python -m booking [api|relay|worker|jobs …]`."""

from chassis.run import run

from booking.main import service

# A process beside (`decisions.parsing`) imports this file under another name, and is no second service.
if __name__ == "__main__":
    run(service)
