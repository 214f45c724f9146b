"""`python -m analytics [api|relay|worker|jobs]`"""

from chassis.run import run

from analytics.main import service

if __name__ == "__main__":
    run(service)
