"""A schedule in one process: `tollbook serve` registers the ingest of an inbox with a Prefect server and runs it when it is due."""

from __future__ import annotations

from pathlib import Path

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.ingest import ingest


class BadCron(ValueError):
    """The schedule is no cron line."""


def serve_inbox(inbox: Path, tables: str, cron: str) -> None:
    """Ingest `inbox` into `tables` whenever `cron` says so, in UTC, until stopped. Raises BadCron.

    A run that is due while another is at work gives way: the next one takes what is new. The deployment is named after the inbox, so that
    one server may have several.
    """
    try:
        schedule = Cron(cron, timezone="UTC")
    except ValueError as error:
        raise BadCron(cron) from error
    tables = tables if tables.startswith("s3://") else str(Path(tables).resolve())  # a run has another folder than we
    deployment = ingest.to_deployment(
        name="-".join(inbox.resolve().parts[1:]) or "root",
        schedule=schedule,
        parameters={"paths": [str(inbox.resolve())], "tables": tables},
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        description=f"New article files of {inbox.resolve()} into the tables {tables}",
        tags=["tollbook", "ingest"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    assert isinstance(deployment, RunnerDeployment)  # a coroutine only where it is awaited
    serve(deployment, limit=1)
