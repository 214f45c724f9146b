"""`omatoimi cluster`"""

import click


@click.command("cluster")
@click.option("--prefix", default="", help="What the topics of this deployment begin with.")
@click.option(
    "--channel", "channels", multiple=True, metavar="NAME", help="A channel that posts over Kafka; repeat it."
)
@click.option("--city", multiple=True, metavar="NAME", help="A system of the city that reads; repeat it.")
def command(prefix: str, channels: tuple[str, ...], city: tuple[str, ...]) -> None:
    """Print the script that gives a cluster its topics, users and access lists.

    They follow from contracts/topics. The script says what it needs; run it where Kafka's own tools are.
    """
    import re

    from omatoimi_platform import cluster, topics
    from omatoimi_platform.errors import PlatformError

    if wrong := [name for name in (*channels, *city) if not re.fullmatch(r"[a-z0-9-]{1,40}", name)]:
        raise PlatformError(f"{wrong[0]!r} is no name of a user: give up to 40 small letters, digits and dashes.")
    if prefix and not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", prefix):
        raise PlatformError(f"{prefix!r} cannot begin a topic: give letters, digits, dots and dashes.")
    users = cluster.users(prefix=prefix, channels=channels, city=city)
    click.echo(cluster.script(topics.declared(), users, prefix=prefix), nl=False)
