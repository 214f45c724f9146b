"""The command `omatoimi`. Each module in `omatoimi/commands` is a command of its name, imported when it is needed."""

import sys
from importlib import import_module
from pathlib import Path

import click
from omatoimi_platform import errors
from omatoimi_platform import home as homes
from omatoimi_platform.errors import PlatformError

_COMMANDS = Path(__file__).parent / "commands"


class Commands(click.Group):
    """A group whose commands are files: `dead_letters.py` holds `command`, called as `omatoimi dead-letters`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        return sorted(path.stem.replace("_", "-") for path in _COMMANDS.glob("[a-z]*.py"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"omatoimi.commands.{name.replace('-', '_')}").command
        return command


@click.group(cls=Commands)
def omatoimi() -> None:
    """Run the neighbourhood library as the residents' own service point."""


def main() -> None:
    """Run the command line; what a person can mend is said in one sentence, with status 1."""
    try:
        omatoimi()
    except PlatformError as sentence:
        sys.exit(f"omatoimi: {sentence}")
    except OSError as error:
        sys.exit(f"omatoimi: {errors.from_os_error(error, homes.home().root)}")


if __name__ == "__main__":
    main()
