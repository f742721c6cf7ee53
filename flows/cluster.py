"""A dask cluster as the place where batches are worked on: the extra `dask`, by prefect-dask.

Batches travel to the workers and rows travel back: workers need this version of tollbook with these lexicons, but neither the files nor
the tables. A batch whose worker dies is done by another.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.workers import cores

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

HERE = {"127.0.0.1", "::1", "localhost"}
PATIENCE = 10  # seconds in which a scheduler must have answered


@contextmanager
def cluster(scheduler: str | None, processes: int | None) -> Iterator[tuple[DaskTaskRunner, int]]:
    """The cluster of the scheduler at that address, else one of `processes` on this machine until the end; and its number of threads.

    Raises OSError where no scheduler answers.
    """
    from prefect_dask.task_runners import DaskTaskRunner

    for name, level in {"distributed": logging.WARNING, "distributed.nanny": logging.ERROR}.items():
        logging.getLogger(name).setLevel(level)  # they tell of every connection, and of workers that take their time to end
    own = {"n_workers": processes or cores(), "threads_per_worker": 1, "dashboard_address": None}
    runner = DaskTaskRunner(address=scheduler) if scheduler else DaskTaskRunner(cluster_kwargs=own)
    with _server_of_ours(scheduler), runner:
        threads: dict[str, int] = runner.client.nthreads()  # type: ignore[no-untyped-call]
        yield runner, max(1, sum(threads.values()))


@contextmanager
def _server_of_ours(scheduler: str | None) -> Iterator[None]:
    """Have workers on this machine use the temporary server of the run, where there is no other: else each would start one of its own."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings

    if get_current_settings().api.url or (scheduler and urlsplit(scheduler).hostname not in HERE):
        yield
        return
    with get_client(sync_client=True) as client:
        url = str(client.api_url)
    with temporary_settings({PREFECT_API_URL: url}):
        yield


def missing_cluster(scheduler: str | None) -> str | None:
    """Why there can be no cluster, with the remedy; null where dask is installed and the scheduler, if one is named, has workers."""
    if find_spec("prefect_dask") is None:
        return 'prefect-dask is not installed; install the extra for it: pip install "tollbook[dask]"'
    if scheduler is None:
        return None
    from distributed import Client

    start = f"dask worker {scheduler} --nthreads 1"
    try:
        with Client(scheduler, timeout=PATIENCE, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            workers = client.nthreads()
    except (OSError, ValueError) as error:
        return f"no dask scheduler answers at {scheduler} ({error}); start one (dask scheduler) and workers ({start})"
    return None if workers else f"the dask scheduler at {scheduler} has no workers; start some: {start}"
