"""`omatoimi jobs`"""

from uuid import UUID

import click

SERVICE = click.argument("service", type=click.Choice(["booking", "notices", "decisions", "analytics", "people"]))
JOB = click.argument("job", type=click.UUID)


@click.group("jobs")
def command() -> None:
    """Look at a service's long work; try what failed again, or give it up."""


@command.command("list")
@SERVICE
@click.option("--state", type=click.Choice(["waiting", "running", "done", "failed"]), help="Those in this state alone.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_(service: str, state: str | None, limit: int) -> None:
    """List the oldest jobs of SERVICE, one a line: id, kind, state, how much is done, how often it failed and why."""
    import asyncio

    from chassis import jobs

    from omatoimi import running

    async def show() -> None:
        async with running.connected(service) as it, it.pool.acquire() as conn:
            found = await jobs.list_jobs(conn, jobs.JobState(state) if state else None, limit)
        for each in found:
            progress = f"{each.done}/{each.total}" if each.total else "-"
            why = f"  failed {each.failures} times: {each.error}" if each.failures else ""
            click.echo(f"{each.job}  {each.kind}  {each.state}  {progress}{why}")
        said = f"{len(found)} jobs. Try one that failed again with: omatoimi jobs retry {service} JOB"
        click.echo(said if found else f"{service} has no such job.")

    asyncio.run(show())


@command.command()
@SERVICE
@JOB
def retry(service: str, job: UUID) -> None:
    """Let a job that failed be tried again, at once."""
    _change(service, job, "retry", "is tried again; see how it goes with: omatoimi jobs list " + service)


@command.command()
@SERVICE
@JOB
def drop(service: str, job: UUID) -> None:
    """Give up a job that failed; its row goes."""
    _change(service, job, "drop", "is dropped.")


def _change(service: str, job: UUID, how: str, said: str) -> None:
    import asyncio

    from chassis import jobs
    from omatoimi_platform.errors import PlatformError

    from omatoimi import running

    async def change() -> None:
        async with running.connected(service) as it, it.pool.acquire() as conn:
            changed = await (jobs.retry(conn, job, it.clock()) if how == "retry" else jobs.drop(conn, job))
        if not changed:
            raise PlatformError(
                f"{service} has no job {job} that failed: see omatoimi jobs list {service} --state failed"
            )
        click.echo(f"Job {job} of {service} {said}")

    asyncio.run(change())
