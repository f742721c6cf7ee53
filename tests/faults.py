"""Processes to be killed, and those to read beside them: a workshop has everything imported and forks a process for each job.

A workshop reads lines of jobs, those of one line set apart by ";". It forks for each, answers with their pids, then with their exit
statuses. The jobs are "ingest PATH TABLES", "backfill TABLES" and "MODULE:FUNCTION WORD...".

Of ingest and backfill Prefect alone is cut out: the flows' own code runs, in small batches and commits. `RULES=old` in the environment
makes the extraction one of an earlier day: without the wounded, without places. Without RULES there are no such jobs.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.tasks import Crew
    from transforms.article import Article
    from transforms.claim import Claim

ROOT = Path(__file__).resolve().parents[1]


# --- the tests' side -----------------------------------------------------------------------------------------------------------------


@dataclass
class Workshop:
    process: subprocess.Popen[str]
    kills: int = 0

    def start(self, *jobs: tuple[object, ...]) -> list[int]:
        """The pids of the jobs, which run at once."""
        assert self.process.stdin
        print("; ".join(" ".join(map(str, words)) for words in jobs), file=self.process.stdin, flush=True)
        return self._numbers()

    def end(self) -> list[int]:
        """The exit statuses of what was started, once all of it has come to its end."""
        return self._numbers()

    def run(self, *words: object, kill_after: float | None = None) -> int:
        """A job's exit status; it is killed after so many seconds, unless it has come to its end."""
        (child,) = self.start(words)
        if kill_after is not None:
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):  # it has come to its end
                os.kill(child, signal.SIGKILL)
        (status,) = self.end()
        self.kills += status == -signal.SIGKILL
        return status

    def _numbers(self) -> list[int]:
        assert self.process.stdout
        return [int(number) for number in self.process.stdout.readline().split()]


@contextlib.contextmanager
def workshop(rules: str = "") -> Iterator[Workshop]:
    command, environment = [sys.executable, "-m", "tests.faults"], os.environ | {"RULES": rules}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        try:
            yield Workshop(process)
        finally:
            process.kill()  # and its jobs with it, where a test failed in the midst of them


@contextlib.contextmanager
def reading(crew: Workshop, root: Path, said: list[str]) -> Iterator[None]:
    """A reader beside, in a process of its own; what it had to complain of is in `said`, and how often it read."""
    out = root.with_name(f"{root.name}-was-read")
    (reader,) = crew.start(("tests.faults:read_on", root, out))
    try:
        yield
    finally:
        os.kill(reader, signal.SIGKILL)
        assert crew.end() == [-signal.SIGKILL], "it read until it was killed"
        said += out.read_text(encoding="utf-8").splitlines()


# --- the workshop's side -------------------------------------------------------------------------------------------------------------


def read_on(root: str, out: str) -> None:
    """Read tables over and over, as a user does, and write down what is wrong with them."""
    import pandas as pd

    reads = 0
    with open(out, "w", buffering=1, encoding="utf-8") as said:
        while True:
            for table, key in (("claims", "claim_id"), ("articles", "article_id")):
                try:
                    rows = pd.read_parquet(f"{root}/{table}")
                    if not rows[key].is_unique:
                        print(f"{table}: {rows[key][rows[key].duplicated()].tolist()} twice", file=said)
                except Exception as error:
                    print(f"{table}: {error!r}", file=said)
                reads += 1
            if not reads % 10:
                print(f"reads {reads}", file=said)
            time.sleep(0.02)  # leaves the job its share of the machine


@contextlib.contextmanager
def silent(*_: object) -> Iterator[Callable[..., None]]:
    yield lambda *_: None


def as_of_old(article: Article, lines: list[str]) -> list[Claim]:
    from transforms.claims import extract

    return [replace(claim, place=None) for claim in extract(article, lines) if claim.harm != "injured"]


def as_of_today(article: Article, lines: list[str]) -> list[Claim]:
    from transforms.claims import extract

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
    from flows.tasks import Crew
    from flows.workers import workers

    with workers(processes) as hands:
        yield Crew(Plainly(), hands, 1)  # type: ignore[arg-type]


def engineless() -> Iterator[tuple[Any, str, Any]]:
    """What stands in for Prefect: module, name, and what to put there."""
    from flows import backfill, ingest

    for module in (ingest, backfill):
        for name in ("commit_batches", "commit_again"):
            if hasattr(module, name):
                yield module, name, getattr(module, name).fn
        yield module, "crew", plain_crew
        yield module, "_publish", lambda summary: None
        yield module, "progress", silent


def without_prefect(old: bool) -> None:
    from flows import backfill, ingest, intake, tasks, work
    from transforms.article import Article
    from transforms.claims import extract

    for module, name, stand_in in engineless():
        setattr(module, name, stand_in)
    for module in (ingest, backfill):
        module.lexicon_version = lambda: "lex1" if old else "lex2"  # type: ignore[attr-defined]
    intake.BATCH, backfill.BATCH, tasks.COMMIT = 4, 4, 16
    intake.QUIET = 0.0  # the files of a test are written a moment before
    work.extract = as_of_old if old else as_of_today
    extract(Article("0" * 16, "Two people were killed and five wounded in Harra on Monday, the police said."))  # compile the lexicons


def job_of(kind: str, *words: str) -> Callable[[], object]:
    """What a forked process is to do; all that it needs is imported here, before the fork."""
    if kind == "ingest":
        from flows.ingest import ingest

        return lambda: ingest.fn([words[0]], tables=words[1])
    if kind == "backfill":
        from flows.backfill import backfill

        return lambda: backfill.fn(tables=words[0])
    module, _, function = kind.partition(":")
    return partial(getattr(importlib.import_module(module), function), *words)


def tied() -> None:
    """Have this process end when the one that started it ends, however that ends."""
    with contextlib.suppress(AttributeError):  # a call of Linux
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def forked(job: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        tied()
        job()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def main() -> None:
    tied()
    if rules := os.environ.get("RULES"):
        import pandas  # noqa: F401  the readers beside

        without_prefect(rules == "old")
    print("ready", flush=True)
    for line in sys.stdin:
        children = [forked(job_of(*words.split())) for words in line.split(";")]
        print(*children, flush=True)
        print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children), flush=True)


if __name__ == "__main__":
    main()
