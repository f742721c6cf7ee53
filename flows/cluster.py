"""A dask cluster as the place where batches are worked on: the extra `dask`, by prefect-dask.

Batches travel to the workers and rows travel back: workers need this version of tollbook with these lexicons, but neither the files nor
the tables. A batch whose worker dies is done by another; where no worker is left the run waits a while for new ones, and gives up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urlsplit

from flows.workers import cores

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner, PrefectDaskFuture

R = TypeVar("R")
HERE = {"127.0.0.1", "::1", "localhost"}
PATIENCE = 10  # seconds in which a scheduler must have answered
ALONE = 120.0  # seconds that a run waits for new workers where all have left: time to start some, or for machines to come back
GLANCE = 2.0  # seconds between two looks at who is there, while a batch is waited for


class WorkersGone(RuntimeError):
    """All workers left a scheduler and none came, or the scheduler itself is gone. The message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Attended(Generic[R]):
    """A batch that a cluster works on, waited for as long as there is somebody to do it. Dask alone would wait for ever."""

    future: PrefectDaskFuture[R]
    dask: DaskTaskRunner

    def result(self) -> R:
        """What the task gives. Raises WorkersGone where there has been no worker for `ALONE` seconds."""
        last = time.monotonic()
        while not self.future.wrapped_future.done():  # type: ignore[no-untyped-call]
            self.future.wait(GLANCE)
            if _threads(self.dask):
                last = time.monotonic()
            elif time.monotonic() - last > ALONE:
                at = str(self.dask.client.scheduler.address)  # type: ignore[union-attr]
                raise WorkersGone(
                    f"the dask scheduler at {at} has had no workers for {ALONE:.0f} seconds; start some ({_start(at)}) and give the same"
                    " command again: it goes on after the last commit"
                )
        return self.future.result()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Gives tasks to a cluster. `threads`: how many it works on at once."""

    dask: DaskTaskRunner
    threads: int

    def submit(self, task: Any, parameters: dict[str, Any]) -> Attended[Any]:
        return Attended(self.dask.submit(task, parameters), self.dask)


@contextmanager
def cluster(scheduler: str | None, processes: int | None) -> Iterator[Cluster]:
    """The cluster of the scheduler at that address, else one of `processes` on this machine until the end.

    Raises OSError where no scheduler answers.
    """
    from prefect_dask.task_runners import DaskTaskRunner

    for name, level in {"distributed": logging.WARNING, "distributed.nanny": logging.ERROR}.items():
        logging.getLogger(name).setLevel(level)  # they tell of every connection, and of workers that take their time to end
    own = {"n_workers": processes or cores(), "threads_per_worker": 1, "dashboard_address": None}
    runner = DaskTaskRunner(address=scheduler) if scheduler else DaskTaskRunner(cluster_kwargs=own)
    with _server_of_ours(scheduler), runner:
        yield Cluster(runner, max(1, _threads(runner)))


def _threads(dask: DaskTaskRunner) -> int:
    """How many tasks the workers that are there do at once; none where the scheduler does not answer."""
    try:
        threads: dict[str, int] = dask.client.nthreads()  # type: ignore[no-untyped-call]
    except (OSError, ValueError):
        return 0
    return sum(threads.values())


def _start(scheduler: str) -> str:
    return f"dask worker {scheduler} --nthreads 1"


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

    start = _start(scheduler)
    try:
        with Client(scheduler, timeout=PATIENCE, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            workers = client.nthreads()
    except (OSError, ValueError) as error:
        return f"no dask scheduler answers at {scheduler} ({error}); start one (dask scheduler) and workers ({start})"
    return None if workers else f"the dask scheduler at {scheduler} has no workers; start some: {start}"
