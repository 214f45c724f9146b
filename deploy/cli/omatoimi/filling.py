"""The process that fills in the example content: `python -m omatoimi.filling`, started beside the services."""

from omatoimi_example.fill import main

from omatoimi.services import MAKERS

if __name__ == "__main__":
    main(MAKERS)
