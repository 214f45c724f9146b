"""`python -m people [api] [relay] [worker] [jobs]`: all roles, or some."""

from chassis.run import run

from people.main import service

if __name__ == "__main__":
    run(service)
