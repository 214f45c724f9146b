"""`python -m web [api]`."""

from web.run import run

if __name__ == "__main__":
    run()
