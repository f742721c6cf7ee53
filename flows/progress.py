"""How far a run is: a bar where stderr is a terminal, plain lines where it is a log, an artifact in Prefect's UI."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

EVERY = 10.0  # seconds between two lines, and two updates of the artifact (each costs a call to the server)

log = logging.getLogger("tollbook")
log.setLevel(logging.INFO)

Advance = Callable[[int, str], None]


def heard() -> None:
    """Send our lines where Prefect's go, the terminal and the run's page, also where a worker set Prefect up before it knew of us."""
    for handler in logging.getLogger("prefect.extra").handlers:
        if handler not in log.handlers:
            log.addHandler(handler)


def courtesy(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Show something in Prefect's UI. Where the server does not take it the work goes on, with a warning."""
    try:
        return call(*args, **options)
    except Exception as error:
        log.warning("Prefect did not take an artifact: %s", error)
        return None


@contextmanager
def progress(what: str, total: int, key: str) -> Iterator[Advance]:
    """Give a function `advance(step, note)`: so much of `total` more is done, and the note says what came of it so far."""
    heard()
    artifact = courtesy(create_progress_artifact, 0.0, key=key, description=what)
    done, shown_at = 0, time.monotonic()
    with _bar(what, total) if sys.stderr.isatty() else _lines(what) as show:

        def advance(step: int, note: str) -> None:
            nonlocal done, shown_at
            done += step
            share = 100 * done / total if total else 100.0
            late = time.monotonic() - shown_at >= EVERY
            show(step, share, note, late)
            if late:
                shown_at = time.monotonic()
                _update(artifact, share)

        yield advance
        _update(artifact, 100.0)


def _update(artifact: UUID | None, share: float) -> None:
    if artifact is not None:
        courtesy(update_progress_artifact, artifact, min(share, 100.0))


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[int, float, str, bool], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    looks = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[note]}"), TimeElapsedColumn())
    with Progress(*looks, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total, note="")
        yield lambda step, share, note, late: bar.update(task, advance=step, note=note)


@contextmanager
def _lines(what: str) -> Iterator[Callable[[int, float, str, bool], None]]:
    log.info("%s", what)

    def show(step: int, share: float, note: str, late: bool) -> None:
        if late:
            log.info("%.0f%%: %s", share, note)

    yield show
