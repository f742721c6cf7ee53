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

from flows.workers import cores

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

PATIENCE = 10  # seconds in which a scheduler must have answered


@contextmanager
def cluster(scheduler: str | None, processes: int | None) -> Iterator[tuple[DaskTaskRunner, int]]:
    """The cluster of the scheduler at that address, else one of `processes` on this machine until the end; and its number of threads.

    Raises OSError where no scheduler answers.
    """
    from prefect_dask.task_runners import DaskTaskRunner

    logging.getLogger("distributed").setLevel(logging.WARNING)  # it tells of every connection
    own = {"n_workers": processes or cores(), "threads_per_worker": 1, "dashboard_address": None}
    with DaskTaskRunner(address=scheduler) if scheduler else DaskTaskRunner(cluster_kwargs=own) as runner:
        yield runner, max(1, sum(runner.client.nthreads().values()))


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
