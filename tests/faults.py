"""The jobs without Prefect's engine, to be killed: reads lines "ingest PATH TABLES" and "backfill TABLES", forks for each, answers with
the pid, then with the exit status.

What is cut out is Prefect alone: the flows' own code runs, in small batches and commits. `RULES=old` in the environment makes the
extraction one of an earlier day: without the wounded, without places.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from flows import backfill, ingest, intake, tasks, work
from flows.tasks import Crew
from flows.workers import workers
from transforms.article import Article
from transforms.claim import Claim
from transforms.claims import extract


@contextlib.contextmanager
def silent(*_: object) -> Iterator[Callable[..., None]]:
    yield lambda *_: None


def as_of_old(article: Article, lines: list[str]) -> list[Claim]:
    return [replace(claim, place=None) for claim in extract(article, lines) if claim.harm != "injured"]


def as_of_today(article: Article, lines: list[str]) -> list[Claim]:
    return [claim for claim in extract(article, lines) if claim.harm != "captured"]


@dataclass
class Done:
    """A task that is done already."""

    value: Any

    def result(self) -> Any:
        return self.value


class Plainly:
    """Does tasks at once, without an engine."""

    def submit(self, task: Any, parameters: dict[str, Any]) -> Done:
        return Done(task.fn(**parameters))


@contextlib.contextmanager
def plain_crew(runner: str, processes: int | None, scheduler: str | None) -> Iterator[Crew]:
    with workers(processes) as hands:
        yield Crew(Plainly(), hands, 1)  # type: ignore[arg-type]


def engineless() -> Iterator[tuple[Any, str, Any]]:
    """What stands in for Prefect: module, name, and what to put there."""
    for module in (ingest, backfill):
        for name in ("commit_batches", "commit_again"):
            if hasattr(module, name):
                yield module, name, getattr(module, name).fn
        yield module, "crew", plain_crew
        yield module, "_publish", lambda summary: None
        yield module, "progress", silent


def without_prefect(old: bool) -> None:
    for module, name, stand_in in engineless():
        setattr(module, name, stand_in)
    for module in (ingest, backfill):
        module.lexicon_version = lambda: "lex1" if old else "lex2"  # type: ignore[attr-defined]
    intake.BATCH, backfill.BATCH, tasks.COMMIT = 4, 4, 16
    intake.QUIET = 0.0  # the files of a test are written a moment before
    work.extract = as_of_old if old else as_of_today


def main() -> None:
    without_prefect(os.environ.get("RULES") == "old")
    extract(Article("0" * 16, "Two people were killed and five wounded in Harra on Monday, the police said."))  # compile the lexicons
    print("ready", flush=True)
    for line in sys.stdin:
        job, *words = line.split()
        child = os.fork()
        if child:
            print(child, flush=True)
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        try:
            if job == "ingest":
                ingest.ingest.fn([words[0]], tables=words[1])
            else:
                backfill.backfill.fn(tables=words[0])
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)


if __name__ == "__main__":
    main()
