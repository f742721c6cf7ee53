"""The other job: stored articles -> their claims once more, with today's vocabulary and code.

The articles' own rows tell with what rules their claims were taken, so a run that was stopped is simply run again, and goes on where it
was. What a new source or verb changes comes out as if it had been there from the start: it is the extraction and the commit of `ingest`.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import deployment

from flows.ingest import SHOWN_REJECTS
from flows.intake import BATCH
from flows.listing import reject_line
from flows.progress import Advance, courtesy, log, progress
from flows.tasks import Crew, Runner, Whole, crew, enough, in_turn
from transforms.article import Reject
from transforms.lexicon import lexicon_version
from transforms.rules import code_version
from transforms.store import Committed, Difference, Extracted, Run, Tables, commit, new_run, open_tables, record_run
from transforms.store.stored import Month, Window, articles_of, months, would_change

LOOKS = 3  # at a month, before what other runs keep changing is left to the next backfill


@dataclass(slots=True)
class Backfilled:
    """What a backfill did, or would do. `passed`: articles whose claims were taken with today's rules already."""

    run_id: str
    tables: str
    window: Window
    dry_run: bool
    articles: int = 0
    passed: int = 0
    claims: int = 0
    difference: Difference = field(default_factory=Difference)
    failed: list[Reject] = field(default_factory=list)
    seconds: float = 0.0


@flow(name="backfill", timeout_seconds=24 * 3600)
def backfill(
    since: date | None = None,
    until: date | None = None,
    outlet: str | None = None,
    tables: str = "data/tables",
    dry_run: bool = False,
    processes: int | None = None,
    runner: Runner = "local",
    scheduler: str | None = None,
) -> Backfilled:
    """Extract stored articles again, those published from `since` to `until`, both inclusive, by `outlet`; without them all there are.

    With `dry_run` nothing is written; `processes`, `runner` and `scheduler` as for `ingest`. An article that the extraction fails on keeps
    its claims, and is named.
    Raises FileNotFoundError where there are no tables, ValueError where the window ends before it begins.
    """
    began = time.monotonic()
    if since and until and until < since:
        raise ValueError(f"the window ends on {until}, before it begins on {since}")
    store = open_tables(tables)
    if not store.parts:
        raise FileNotFoundError(f"{tables} has no articles; name the folder that ingest was given as tables")
    run = new_run(store, datetime.now(UTC), secrets.token_hex(2), lexicon_version(), code_version())
    done = Backfilled(run.run_id, tables, Window(since, until, outlet), dry_run)
    todo = months(store, done.window, run.rules_version)
    done.passed = sum(month.done for month in todo)
    pending = sum(len(month.pending) for month in todo)
    with progress(f"months: {len(todo):,}", pending, "backfill-progress") as advance, crew(runner, processes, scheduler) as them:
        for month in todo:
            _month(store, run, month, done, advance, them)
    done.seconds = time.monotonic() - began
    if not dry_run:
        record_run(store, run, _figures(done))
    _publish(done)
    return done


def _month(store: Tables, run: Run, month: Month, done: Backfilled, advance: Advance, them: Crew) -> None:
    """A file's articles, with a second and a third look for those that another run has changed while these were extracted."""
    tried: set[str] = set()
    for _ in range(LOOKS):
        wanted = set(month.pending) - tried
        waiting: list[Extracted] = []
        stored = articles_of(store.place, month.path, wanted, BATCH)
        for articles, (part, failed) in in_turn(stored, lambda found: them.extract(found, run), them.ahead):
            waiting.append(part)
            done.failed += failed
            tried |= {article.article_id for article in articles} - set(part.articles["article_id"].to_pylist())
            advance(len(articles), f"{month.path.split('/')[1]}: {done.articles + sum(p.articles.num_rows for p in waiting):,} articles")
            if enough(waiting):
                _put(store, run, month, waiting, done)
        _put(store, run, month, waiting, done)
        if done.dry_run or not wanted:
            return
        month = next((at for at in months(store, done.window, run.rules_version) if at.path == month.path), Month(month.path, (), 0))


def _put(store: Tables, run: Run, month: Month, waiting: list[Extracted], done: Backfilled) -> None:
    if not waiting:
        return
    if done.dry_run:
        done.difference += would_change(store.place, month.path, waiting, run)
        done.articles += sum(part.articles.num_rows for part in waiting)
        done.claims += sum(part.claims.num_rows for part in waiting)
    else:
        committed = commit_again(Whole(store), Whole(run), Whole(list(waiting)))
        done.difference += committed.difference
        done.articles += committed.changed
        done.claims += committed.claims
    waiting.clear()


@task(name="commit", cache_policy=NO_CACHE)
def commit_again(store: Whole[Tables], run: Whole[Run], parts: Whole[list[Extracted]]) -> Committed:
    """Put what was extracted again into the tables. It waits for another writer by itself."""
    return commit(store.content, run.content, parts.content, again=True)


def _figures(done: Backfilled) -> dict[str, object]:
    """The columns of `runs` that the run's id and clock do not give."""
    window = done.window
    return {
        "seconds": round(done.seconds, 3),
        "code_version": version("tollbook"),
        "paths": f"backfill since {window.since or 'ever'} until {window.until or 'ever'}, outlet {window.outlet or 'any'}",
        "files": 0,
        "articles_new": 0,
        "articles_changed": done.articles,
        "articles_known": done.passed,
        "articles_duplicate": 0,
        "claims": done.claims,
        "rejects": len(done.failed),
    }


# --- what is seen of it ------------------------------------------------------------------------------------------------------------


def _publish(done: Backfilled) -> None:
    rows = [{"rule": rule, "added": a, "changed": c, "withdrawn": w} for rule, a, c, w in by_rule(done.difference)]
    courtesy(create_table_artifact, rows, key="backfill-difference", description=f"Claims before and after run {done.run_id}, by rule")
    lines = "\n".join(f"    {line}" for line in backfill_lines(done))
    courtesy(create_markdown_artifact, f"# Backfill {done.run_id}\n\n{lines}\n", key="backfill-summary")
    if deployment.id:  # by hand the command prints them
        log.info("\n%s", "\n".join(backfill_lines(done)))


def by_rule(difference: Difference) -> list[tuple[str, int, int, int]]:
    """Rule, claims added, changed, withdrawn."""
    rules = sorted({*difference.added, *difference.changed, *difference.withdrawn})
    return [(rule, difference.added[rule], difference.changed[rule], difference.withdrawn[rule]) for rule in rules]


def backfill_lines(done: Backfilled) -> list[str]:
    """The run in a few plain lines, for the terminal and for Prefect."""
    difference = done.difference
    sums = [sum(counter.values()) for counter in (difference.added, difference.changed, difference.withdrawn)]
    lines = [
        f"articles  {done.articles:,} extracted again, {done.passed:,} passed over that had been with these lexicons and this code",
        f"claims    {done.claims:,} found: {sums[0]:,} added, {sums[1]:,} changed, {sums[2]:,} withdrawn",
    ]
    if any(sums):
        lines.append(f"  {'rule':<24}{'added':>9}{'changed':>9}{'withdrawn':>11}")
        lines += [f"  {rule:<24}{added:>9,}{changed:>9,}{withdrawn:>11,}" for rule, added, changed, withdrawn in by_rule(difference)]
    if difference.columns:
        lines.append("  changed in " + ", ".join(f"{name} {number:,}" for name, number in difference.columns.most_common()))
    if done.failed:
        lines.append(f"failed    {len(done.failed):,} articles, which keep the claims they had")
        lines += [f"  {reject_line(reject)}" for reject in done.failed[:SHOWN_REJECTS]]
    lines.append(f"seconds   {done.seconds:.1f}")
    lines.append(f"tables    {done.tables}" + (": nothing written" if done.dry_run else "" if done.articles else ": nothing changed"))
    return lines
