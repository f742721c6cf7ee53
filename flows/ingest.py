"""The main job: article files -> articles, claims and rejects in the tables.

Records are streamed from the files in batches; each batch is built, extracted from and, some batches together, committed. What is in the
tables already is passed over, so a run that was stopped is simply run again.
"""

from __future__ import annotations

import os
import secrets
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Failed
from prefect.utilities.annotations import quote

from flows.listing import reject_line
from flows.progress import courtesy, progress
from transforms.article import Article, Record, Reject, build_article, clean
from transforms.claim import Claim
from transforms.claims import extract
from transforms.lexicon import lexicon_version
from transforms.readers import find_files, read
from transforms.readers.manifest import ManifestRow, load_manifest, lookup
from transforms.rules import code_version
from transforms.store import Committed, Extracted, Run, Tables, commit, extracted, new_run, open_tables, record_run, settle

BATCH = 500  # articles a task: Prefect's own work is 2 % of the time then, a tenth at a hundred; the bar moves once a batch
BATCH_CHARACTERS = 20_000_000  # the same for very long articles
COMMIT = 10_000  # articles and rejects a commit: bounds the memory; each commit writes the files of all its months anew
SHOWN_REJECTS = 20

T = TypeVar("T")


@dataclass(slots=True)
class Summary:
    """What a run did. `duplicate`: further copies of an article within this run; `known`: articles that were in the tables as they are.

    `revised`: articles that are an earlier version of another; their claims are in claims_history.
    """

    run_id: str
    tables: str
    files: int = 0
    new: int = 0
    changed: int = 0
    revised: int = 0
    known: int = 0
    duplicate: int = 0
    claims: int = 0
    retracted: int = 0
    rejects: int = 0
    new_rejects: int = 0
    rejects_by_reason: Counter[str] = field(default_factory=Counter)
    first_rejects: list[Reject] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def articles(self) -> int:
        """Distinct articles read."""
        return self.new + self.changed + self.known

    @property
    def nothing_changed(self) -> bool:
        return not (self.new or self.changed or self.new_rejects)


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of all the files, or of each by a manifest."""

    published: date | None
    outlet: str | None
    manifest: dict[str, ManifestRow]


@flow(name="ingest", timeout_seconds=24 * 3600)
def ingest(
    paths: list[str],
    tables: str = "data/tables",
    published: date | None = None,
    outlet: str | None = None,
    manifest: str | None = None,
    strict: bool = False,
    max_mb: float = 50,
) -> Summary | State[Summary]:
    """Read article files, folders and globs, and put their articles, claims and rejects into the tables.

    `published` and `outlet` hold for every article, `manifest` names a CSV of what files do not say. With `strict` the run fails, with
    all its work done, where anything was rejected. Raises FileNotFoundError for a path that does not exist, before anything is read.
    """
    began = time.monotonic()
    files = find_files(paths)
    told = Told(published, outlet, load_manifest(Path(manifest)) if manifest else {})
    store = open_tables(tables)
    run = new_run(store, datetime.now(UTC), secrets.token_hex(2), lexicon_version(), code_version())
    summary = Summary(run.run_id, tables, files=len(files))

    seen: set[str] = set()
    waiting: list[Extracted] = []
    rejects: list[Reject] = []
    with progress(f"files: {len(files):,}", sum(map(_size, files)), "ingest-progress") as advance:
        for batch, size in batches(files, int(max_mb * 1_000_000)):
            built = build_articles(_whole(batch), _whole(told))
            fresh = _unseen((item for item in built if isinstance(item, Article)), store, seen, summary)
            part, failed = extract_claims(_whole(fresh), _whole(run))
            waiting.append(part)
            rejects += [*(item for item in built if isinstance(item, Reject)), *failed]
            advance(size, _so_far(summary, waiting))
            if sum(part.articles.num_rows for part in waiting) + len(rejects) >= COMMIT:
                _commit(store, run, waiting, rejects, summary)
        _commit(store, run, waiting, rejects, summary)

    summary.seconds = time.monotonic() - began
    record_run(store, run, _figures(summary, paths))
    _publish(summary)
    if strict and summary.rejects:
        return Failed(message=f"{summary.rejects} rejects, see {tables}/rejects", data=summary)
    return summary


# --- the work of a batch -----------------------------------------------------------------------------------------------------------


def batches(files: Sequence[Path], max_bytes: int) -> Iterator[tuple[list[Record | Reject], int]]:
    """The files' records in lists of at most BATCH, each with the bytes of the files that it stands for, within a file by its texts."""
    batch: list[Record | Reject] = []
    characters = credited = 0
    for path in files:
        left = _size(path)
        for item in read(path, max_bytes=max_bytes):
            batch.append(item)
            characters += len(item.body) if isinstance(item, Record) else 0
            if len(batch) >= BATCH or characters >= BATCH_CHARACTERS:
                share = min(characters, left)  # a packed file has more characters than bytes
                yield batch, credited + share
                left -= share
                batch, characters, credited = [], 0, 0
        credited += left
    if batch or credited:
        yield batch, credited


@task(name="build articles", cache_policy=NO_CACHE)
def build_articles(items: Sequence[Record | Reject], told: Told) -> list[Article | Reject]:
    """Records -> articles with their date, outlet and language; what is no article becomes a reject."""
    return [_build(item, told) if isinstance(item, Record) else item for item in items]


def _build(record: Record, told: Told) -> Article | Reject:
    try:
        row = lookup(told.manifest, record.source_file)
        return build_article(record, told=told.published, outlet=told.outlet, manifest=row)
    except Exception as error:  # one bad record must not stop the run
        return _failed(record.source_file, record.record, error)


@task(name="extract claims", cache_policy=NO_CACHE)
def extract_claims(articles: Sequence[Article], run: Run) -> tuple[Extracted, list[Reject]]:
    """Articles -> their rows and their claims' rows. An article that the extraction fails on becomes a reject."""
    found: list[tuple[Article, list[Claim]]] = []
    failed: list[Reject] = []
    for article in articles:
        try:
            found.append((article, extract(article)))
        except Exception as error:  # one bad article must not stop the run
            failed.append(_failed(article.source_file, article.record, error))
    try:
        return extracted(found, run), failed
    except ValueError:  # some claim breaks the schema: find whose
        return _sound(found, run, failed)


def _sound(found: Sequence[tuple[Article, list[Claim]]], run: Run, failed: list[Reject]) -> tuple[Extracted, list[Reject]]:
    """Leave out the articles whose claims break the schema."""
    sound = []
    for article, claims in found:
        try:
            extracted([(article, claims)], run)
            sound.append((article, claims))
        except ValueError as error:
            failed.append(_failed(article.source_file, article.record, error))
    return extracted(sound, run), failed


def _failed(source_file: str, record: int, error: Exception) -> Reject:
    at = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {clean(str(error))}"
    return Reject(source_file, record, "extraction_failed", f"{what} ({Path(at.filename).name}, line {at.lineno})")


@task(name="commit", cache_policy=NO_CACHE)
def commit_batches(store: Tables, run: Run, parts: Sequence[Extracted], rejects: Sequence[Reject]) -> Committed:
    """Put what was extracted into the tables. It waits for another writer by itself."""
    return commit(store, run, parts, rejects)


def _unseen(articles: Iterable[Article], store: Tables, seen: set[str], summary: Summary) -> list[Article]:
    """Those that the tables lack, or have otherwise; further copies and known ones are counted."""
    fresh = []
    for article in articles:
        if article.article_id in seen:
            summary.duplicate += 1
            continue
        seen.add(article.article_id)
        settled = settle(store, article)
        if settled is None:
            summary.known += 1
        else:
            fresh.append(settled)
    return fresh


def _commit(store: Tables, run: Run, waiting: list[Extracted], rejects: list[Reject], summary: Summary) -> None:
    done = commit_batches(_whole(store), _whole(run), _whole(list(waiting)), _whole(list(rejects)))
    # Another run may have put some of these into the tables since this one opened them.
    summary.known += sum(part.articles.num_rows for part in waiting) - done.new - done.changed
    summary.new += done.new
    summary.changed += done.changed
    summary.revised += done.revised
    summary.claims += done.claims
    summary.retracted += done.retracted
    summary.new_rejects += done.rejects
    summary.rejects += len(rejects)
    summary.rejects_by_reason.update(reject.reason for reject in rejects)
    summary.first_rejects += rejects[: SHOWN_REJECTS - len(summary.first_rejects)]
    waiting.clear()
    rejects.clear()


def _figures(summary: Summary, paths: Sequence[str]) -> dict[str, object]:
    """The columns of `runs` that the run's id and clock do not give."""
    return {
        "seconds": round(summary.seconds, 3),
        "code_version": version("tollbook"),
        "paths": "\n".join(os.fsencode(path).decode("utf-8", "backslashreplace") for path in paths),
        "files": summary.files,
        "articles_new": summary.new,
        "articles_changed": summary.changed,
        "articles_known": summary.known,
        "articles_duplicate": summary.duplicate,
        "claims": summary.claims,
        "rejects": summary.rejects,
    }


# --- what is seen of it ------------------------------------------------------------------------------------------------------------


def _so_far(summary: Summary, waiting: Sequence[Extracted]) -> str:
    articles = summary.articles + sum(part.articles.num_rows for part in waiting)
    claims = summary.claims + sum(part.claims.num_rows for part in waiting)
    return f"articles: {articles:,}, claims: {claims:,}"


def _whole(argument: T) -> T:
    """Hand a batch to a task as it is: Prefect would walk through every field of every article to look for futures."""
    return quote(argument)  # type: ignore[return-value]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _publish(summary: Summary) -> None:
    figures = ("files", "new", "changed", "known", "duplicate", "claims", "rejects")
    rows = [{"what": name, "number": getattr(summary, name)} for name in figures]
    rows += [{"what": f"rejected: {reason}", "number": number} for reason, number in sorted(summary.rejects_by_reason.items())]
    courtesy(create_table_artifact, rows, key="ingest-read", description=f"What run {summary.run_id} read and rejected")
    lines = "\n".join(f"    {line}" for line in summary_lines(summary))
    courtesy(create_markdown_artifact, f"# Run {summary.run_id}\n\n{lines}\n", key="ingest-summary")


def summary_lines(summary: Summary) -> list[str]:
    """The run in a few plain lines, for the terminal and for Prefect."""
    parts = [f"{summary.new:,} new", f"{summary.changed:,} changed", f"{summary.known:,} known"]
    lines = [
        f"files     {summary.files:,}",
        f"articles  {summary.articles:,} ({', '.join(parts)})",
        f"claims    {summary.claims:,} from new and changed articles",
    ]
    if summary.duplicate:
        lines.append(f"copies    {summary.duplicate:,} further copies of the same articles, passed over")
    if summary.revised:
        lines.append(f"revised   {summary.revised:,} articles have a later version, which stands in their place")
    if summary.retracted:
        lines.append(f"retracted {summary.retracted:,} earlier claims that changed or vanished, kept in claims_history/")
    lines.append(f"rejects   {summary.rejects:,}")
    for reject in summary.first_rejects:
        lines.append(f"  {reject_line(reject)}")
    if summary.rejects > len(summary.first_rejects):
        lines.append(f"  and {summary.rejects - len(summary.first_rejects):,} more, see {os.path.join(summary.tables, 'rejects')}/")
    lines.append(f"seconds   {summary.seconds:.1f}")
    lines.append(f"tables    {summary.tables}" + (": nothing changed" if summary.nothing_changed else ""))
    return lines
