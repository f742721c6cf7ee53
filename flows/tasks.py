"""The tasks that ingest and backfill share, and who does them: threads and processes of this machine, or the workers of a dask cluster.

Batches are begun some ahead of the one that is waited for, and come back in their order: while one is committed the next are extracted, and
the tables are the same whoever does the work. Only the run's own process looks into the tables and writes them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

import pyarrow as pa
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.intake import Told
from flows.workers import Workers, workers
from transforms.article import Article, Record, Reject
from transforms.readers import Page
from transforms.store import Extracted, Run

if TYPE_CHECKING:
    from flows.cluster import Cluster

COMMIT = 10_000  # articles, rejects or files a commit: bounds the memory; each commit writes the files of all its months anew
COMMIT_BYTES = 50_000_000  # the same for long articles and those of very many claims
MANY_PAGES, MANY_ARTICLES = 30, 500  # in a batch: work for which it pays to start processes, each of which takes more than a second
LEAST = 250  # articles that are extracted at once: the words' patterns are made ready anew each time
AHEAD = 2  # batches for each process at each step, building and extracting, of some MB each: work for while ten batches are committed

Runner = Literal["local", "dask"]
T = TypeVar("T")
R = TypeVar("R", covariant=True)


class Whole(Generic[T]):
    """A batch that is handed to a task as it is: Prefect and dask would walk through every field of every article to look for futures."""

    __slots__ = ("content",)

    def __init__(self, content: T) -> None:
        self.content = content


@task(name="build articles", cache_policy=NO_CACHE, retries=1)  # the work is pure: a process that died may be tried again
def build_articles(items: Whole[Sequence[Record | Reject | Page]], told: Whole[Told], hands: Whole[Workers]) -> list[Article | Reject]:
    """Records and pages -> articles with their date, outlet and language; what is no article becomes a reject."""
    from flows.work import build  # here, as a run that finds nothing new need not load the extraction

    many = sum(isinstance(item, Page) for item in items.content) >= MANY_PAGES
    pieces = hands.content.share(build, items.content, told.content, start=many)
    return [article for piece in pieces for article in piece]


@task(name="extract claims", cache_policy=NO_CACHE, retries=1)
def extract_claims(articles: Whole[Sequence[Article]], run: Whole[Run], hands: Whole[Workers]) -> tuple[Extracted, list[Reject]]:
    """Articles -> their rows and their claims' rows. An article that the extraction fails on becomes a reject."""
    from flows.work import extract_rows

    many = len(articles.content) >= MANY_ARTICLES
    parts = hands.content.share(extract_rows, articles.content, run.content, start=many, least=LEAST)
    rows = (pa.concat_tables(tables).unify_dictionaries() for tables in zip(*((p.articles, p.claims) for p, _ in parts), strict=True))
    return Extracted(*rows), [reject for _, failed in parts for reject in failed]


def enough(parts: Sequence[Extracted], more: int = 0) -> bool:
    """Whether it is time for a commit of these articles and so many more files or rejects."""
    articles = sum(part.articles.num_rows for part in parts)
    size: int = sum(part.articles.nbytes + part.claims.nbytes for part in parts)
    return articles + more >= COMMIT or size >= COMMIT_BYTES


# --- who does them -----------------------------------------------------------------------------------------------------------------


class Pending(Protocol[R]):
    """A task that was begun: a Prefect future, whoever does it."""

    def result(self) -> R: ...


@dataclass(frozen=True, slots=True)
class Crew:
    """`runner` does the tasks, each with the help of `hands`; `ahead` is how many more each step begins before it waits for one."""

    runner: TaskRunner[Any] | Cluster
    hands: Workers
    ahead: int

    def build(self, items: Sequence[Record | Reject | Page], told: Told) -> Pending[list[Article | Reject]]:
        told_of = {"items": Whole(items), "told": Whole(told), "hands": Whole(self.hands)}
        pending: Pending[list[Article | Reject]] = self.runner.submit(build_articles, told_of)
        return pending

    def extract(self, articles: Sequence[Article], run: Run) -> Pending[tuple[Extracted, list[Reject]]]:
        told_of = {"articles": Whole(articles), "run": Whole(run), "hands": Whole(self.hands)}
        pending: Pending[tuple[Extracted, list[Reject]]] = self.runner.submit(extract_claims, told_of)
        return pending


@contextmanager
def crew(runner: Runner, processes: int | None, scheduler: str | None) -> Iterator[Crew]:
    """`processes` of this machine, one a core where that is null; with `dask` those of a cluster of their own, or the `scheduler`'s."""
    if runner == "dask":
        from flows.cluster import cluster

        with cluster(scheduler, processes) as dask:
            yield Crew(dask, Workers(1), AHEAD * dask.threads)
    else:
        threads: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner()
        with threads, workers(processes) as hands:
            yield Crew(threads, hands, AHEAD * hands.number if hands.number > 1 else 0)


def in_turn(items: Iterable[T], begin: Callable[[T], Pending[R]], ahead: int) -> Iterator[tuple[T, R]]:
    """Each item with what its task gives, in their order; `ahead` more are begun before one is waited for."""
    waiting: deque[tuple[T, Pending[R]]] = deque()
    for item in items:
        waiting.append((item, begin(item)))
        if len(waiting) > ahead:
            first, pending = waiting.popleft()
            yield first, pending.result()
    for first, pending in waiting:
        yield first, pending.result()
