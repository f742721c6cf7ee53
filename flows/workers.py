"""Processes beside the run's own, one for each core, that do the pieces of a batch. Without Prefect, which they need not know.

Processes are spawned, not forked: that is the same on every system, and safe beside the threads of Prefect and Arrow.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

SMALL = 8  # items that are not worth sending, even where the processes stand ready


_TURN = threading.Condition()  # batches are shared out by several threads


@dataclass(slots=True)
class Workers:
    """`number` processes, started with the first batch that is worth it; 1: all work is done by the run's own process.

    Each is a pool of its own: where one dies, that breaks its pool, and the piece it was at is all that is lost.
    """

    number: int
    pools: list[ProcessPoolExecutor] = field(default_factory=list)
    idle: list[ProcessPoolExecutor] = field(default_factory=list)
    closed: bool = False

    def share(self, work: Callable[..., R], items: Sequence[T], *told: Any, start: bool, least: int = 1) -> list[R]:
        """What `work(piece, *told)` gives for each piece of the items, in their order, a piece for each process.

        `start`: there is enough to start processes for; `least`: a piece of fewer items costs more than it gains.
        Raises BrokenProcessPool where a process died at one of these pieces; another stands in its place by the next call. Raises
        CancelledError where the run has ended.
        """
        if self.number < 2 or len(items) <= SMALL or not (start or self.pools):
            return [work(items, *told)]
        size = max(least, -(-len(items) // self.number))
        pieces = [items[at : at + size] for at in range(0, len(items), size)]
        return [future.result() for future in [self._hand(work, piece, *told) for piece in pieces]]

    def _hand(self, work: Callable[..., R], *told: Any) -> Future[R]:
        """Give a piece to a process as soon as one has nothing to do."""
        with _TURN:
            _TURN.wait_for(lambda: self.closed or self.idle or len(self.pools) < self.number)
            if self.closed:  # a task that is tried again must not start processes anew
                raise CancelledError("the run has ended")
            pool = self.idle.pop() if self.idle else self._new()
            try:
                future = pool.submit(work, *told)
            except BrokenProcessPool:  # it died while it had nothing to do
                self.pools.remove(pool)
                pool = self._new()
                future = pool.submit(work, *told)
        future.add_done_callback(partial(self._take_back, pool))
        return future

    def _new(self) -> ProcessPoolExecutor:
        self.pools.append(ProcessPoolExecutor(1, get_context("spawn"), _begin))
        return self.pools[-1]

    def _take_back(self, pool: ProcessPoolExecutor, done: Future[Any]) -> None:
        with _TURN:
            if pool in self.pools:  # the run has not ended
                died = not done.cancelled() and isinstance(done.exception(), BrokenProcessPool)
                (self.pools.remove if died else self.idle.append)(pool)
            _TURN.notify()

    def stop(self) -> None:
        with _TURN:  # no batch under way starts processes that nobody ends
            self.closed = True
            pools, self.pools, self.idle = self.pools, [], []
            _TURN.notify_all()
        for pool in pools:
            pool.shutdown(cancel_futures=True)


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
