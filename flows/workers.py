"""Processes beside the run's own, one for each core, that do the pieces of a batch. Without Prefect, which they need not know.

Processes are spawned, not forked: that is the same on every system, and safe beside the threads of Prefect and Arrow.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

SMALL = 8  # items that are not worth sending, even where the processes stand ready


_STARTING = threading.Lock()  # batches are shared out by several threads


@dataclass(slots=True)
class Workers:
    """`number` processes, started with the first batch that is worth it; 1: all work is done by the run's own process."""

    number: int
    pool: ProcessPoolExecutor | None = None
    closed: bool = False

    def share(self, work: Callable[..., R], items: Sequence[T], *told: Any, start: bool, least: int = 1) -> list[R]:
        """What `work(piece, *told)` gives for each piece of the items, in their order, a piece for each process.

        `start`: there is enough to start processes for; `least`: a piece of fewer items costs more than it gains.
        Raises BrokenProcessPool where a process died; the next call starts new ones. Raises CancelledError where the run has ended.
        """
        if self.number < 2 or len(items) <= SMALL or not (start or self.pool):
            return [work(items, *told)]
        size = max(least, -(-len(items) // self.number))
        pieces = [items[at : at + size] for at in range(0, len(items), size)]
        pool = self._started()
        try:
            return list(pool.map(work, pieces, *map(repeat, told)))
        except BrokenProcessPool:
            self._give_up(pool)
            raise

    def _started(self) -> ProcessPoolExecutor:
        with _STARTING:
            if self.closed:  # a task that is tried again must not start processes anew
                raise CancelledError("the run has ended")
            self.pool = self.pool or ProcessPoolExecutor(self.number, get_context("spawn"), _begin)
            return self.pool

    def _give_up(self, broken: ProcessPoolExecutor) -> None:
        with _STARTING:
            if self.pool is broken:
                self.pool = None
        broken.shutdown(cancel_futures=True)

    def stop(self) -> None:
        with _STARTING:  # no batch under way starts processes that nobody ends
            self.closed, pool = True, self.pool
        if pool is not None:
            self._give_up(pool)


@contextmanager
def workers(number: int | None) -> Iterator[Workers]:
    """That many processes, as many as there are cores where it is null, until the end of the run."""
    crew = Workers(number or cores())
    try:
        yield crew
    finally:
        crew.stop()


def cores() -> int:
    """The cores that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin() -> None:
    """In a new process: leave Ctrl-C to the run, and end with it, also where it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if run := parent_process():
        run.join()
        os._exit(1)
