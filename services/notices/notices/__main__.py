"""`python -m notices [api] [relay] [worker] [jobs]`: all roles, or some."""

from chassis.run import run

from notices.main import service

# A process beside (`decisions.parsing`) imports this file under another name, and is no second service.
if __name__ == "__main__":
    run(service)
