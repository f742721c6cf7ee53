"""The main job: article files -> articles, claims and rejects in the tables.

Records are streamed from the files in batches; each batch is built, extracted from and, some batches together, committed. What is in the
tables already is passed over, so a run that was stopped is simply run again.
"""

from __future__ import annotations

import html
import os
import re
import secrets
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import pyarrow.compute as pc
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import deployment, flow_run
from prefect.states import Failed

from flows.intake import Ledger, Met, Told, batches, opened_again, take_in, unmatched
from flows.listing import reject_line
from flows.progress import courtesy, log, progress
from flows.tasks import Runner, Whole, crew, enough, in_turn
from transforms.article import Article, Reject
from transforms.inbox import look
from transforms.lexicon import lexicon_version
from transforms.readers.manifest import load_manifest
from transforms.rules import code_version
from transforms.store import Committed, Extracted, Run, Tables, commit, new_run, open_tables, read_files, record_run, settle

SHOWN_REJECTS = 20
SHOWN_NAMES = 5  # of files in a line of the summary
SHOWN_IN_UI = 100  # rows of a table in Prefect's UI
URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"  # those that an address may hold as they are


@dataclass(slots=True)
class Summary:
    """What a run did.

    Of `files`, `files_known` were read before just as they are; `waiting` are hidden or still being written, and left for
    a later run, or linked folders, which are not followed.
    `duplicate`: further copies of an article within this run; `known`: articles that were in the tables as they are. `rejects` stand for
    all these files, `known_rejects` of them from earlier runs; `mended` are earlier ones that are gone now. `unmatched` are the lines of
    the manifest that no file bears out. `outlets` counts new and changed articles, `sources` the claims in them, `links` has an address
    for an outlet. `revised`: articles that are an earlier version of another; their claims are in claims_history.
    """

    run_id: str
    tables: str
    files: int = 0
    files_known: int = 0
    new: int = 0
    changed: int = 0
    revised: int = 0
    known: int = 0
    duplicate: int = 0
    claims: int = 0
    retracted: int = 0
    rejects: int = 0
    known_rejects: int = 0
    new_rejects: int = 0
    mended: int = 0
    rejects_by_reason: Counter[str] = field(default_factory=Counter)
    first_rejects: list[Reject] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    outlets: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    links: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def articles(self) -> int:
        """Distinct articles read."""
        return self.new + self.changed + self.known

    @property
    def nothing_changed(self) -> bool:
        return not (self.new or self.changed or self.new_rejects or self.mended)


def _run_name() -> str:
    """`ingest inbox`, and of a deployment the time that the run was due."""
    paths = [os.path.basename(os.path.abspath(path)) for path in flow_run.parameters.get("paths", [])]
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    due = f" {flow_run.scheduled_start_time:%Y-%m-%d %H:%M}" if deployment.id else ""
    return f"ingest {''.join(paths[:1])}{more}{due}"


@flow(name="ingest", flow_run_name=_run_name, timeout_seconds=24 * 3600)
def ingest(
    paths: list[str],
    tables: str = "data/tables",
    published: date | None = None,
    outlet: str | None = None,
    manifest: str | None = None,
    strict: bool = False,
    max_mb: float = 50,
    processes: int | None = None,
    runner: Runner = "local",
    scheduler: str | None = None,
) -> Summary | State[Summary]:
    """Read article files, folders and globs, and put their articles, claims and rejects into the tables.

    A file that the tables know by path, size and time, or by path and content, is not read again. `published` and `outlet` hold for
    every article, `manifest` names a CSV of what files do not say. Large batches are worked on by as many `processes` as there are cores,
    or that many, or with the `runner` dask by the workers of the `scheduler`, without one by a cluster on this machine; the tables are the
    same. With `strict` the run fails, with all its work done, where anything was rejected. Raises FileNotFoundError for a path that does
    not exist, before anything is read.
    """
    began = time.monotonic()
    inbox = look(paths)
    told = Told(published, outlet, load_manifest(Path(manifest)) if manifest else {}, int(max_mb * 1_000_000))
    store = open_tables(tables)
    run = new_run(store, datetime.now(UTC), secrets.token_hex(2), lexicon_version(), code_version())
    known = read_files(store.place)
    intake = take_in(inbox.files, known, told, run)
    known_rejects = sum(file.rejects for file in intake.known)
    summary = Summary(
        run.run_id,
        tables,
        files=len(inbox.files),
        files_known=len(intake.known),
        rejects=known_rejects,
        known_rejects=known_rejects,
        waiting=inbox.passed_over + intake.growing,
        unmatched=unmatched(told.manifest, inbox.files),
    )

    met = Met()
    parts: list[Extracted] = []
    ledger = Ledger(files=opened_again(inbox.folders, known, run))
    what = f"files: {len(inbox.files):,}" + (f", known: {len(intake.known):,}" if intake.known else "")
    size = sum(entry.found.bytes for entry in intake.fresh)
    with progress(what, size, "ingest-progress") as advance, crew(runner, processes, scheduler) as them:
        read = in_turn(batches(intake.fresh, told.max_bytes), lambda batch: them.build(batch.items, told), them.ahead)
        fresh = ((batch, built, _unseen(built, store, met, summary)) for batch, built in read)
        for (batch, built, _), (part, failed) in in_turn(fresh, lambda found: them.extract(found[2], run), them.ahead):
            parts.append(part)
            ledger.enter(built, failed)
            ledger.close(batch, run)
            summary.waiting += batch.growing
            advance(batch.size, _so_far(summary, parts))
            if enough(parts, ledger.waiting):
                _commit(store, run, parts, ledger, summary)
        _commit(store, run, parts, ledger, summary)

    summary.seconds = time.monotonic() - began
    record_run(store, run, _figures(summary, paths))
    _publish(summary)
    if strict and summary.rejects:
        return Failed(message=f"{summary.rejects} rejects, see {tables}/rejects", data=summary)
    return summary


# --- the work of a batch -----------------------------------------------------------------------------------------------------------


@task(name="commit", cache_policy=NO_CACHE)
def commit_batches(store: Whole[Tables], run: Whole[Run], parts: Whole[list[Extracted]], ledger: Whole[Ledger]) -> Committed:
    """Put what was extracted into the tables. It waits for another writer by itself."""
    came = ledger.content
    return commit(store.content, run.content, parts.content, came.rejects, came.files, came.same)


def _unseen(built: Iterable[Article | Reject], store: Tables, met: Met, summary: Summary) -> list[Article]:
    """The articles that the tables lack, or have otherwise; further copies and known ones are counted."""
    fresh = []
    for article in built:
        if isinstance(article, Reject):
            continue
        if met.again(article.article_id):
            summary.duplicate += 1
            continue
        settled = settle(store, article)
        if settled is None:
            summary.known += 1
        else:
            fresh.append(settled)
    return fresh


def _commit(store: Tables, run: Run, parts: list[Extracted], ledger: Ledger, summary: Summary) -> None:
    if not (ledger.waiting or any(part.articles.num_rows for part in parts)):
        return
    done = commit_batches(Whole(store), Whole(run), Whole(list(parts)), Whole(ledger))
    # Another run may have put some of these into the tables since this one opened them.
    summary.known += sum(part.articles.num_rows for part in parts) - done.new - done.changed
    summary.new += done.new
    summary.changed += done.changed
    summary.revised += done.revised
    summary.claims += done.claims
    summary.retracted += done.retracted
    summary.new_rejects += done.rejects
    summary.mended += done.mended
    again = sum(file.rejects for file in ledger.same)
    summary.files_known += len(ledger.same)
    summary.known_rejects += again
    summary.rejects += again + len(ledger.rejects)
    summary.rejects_by_reason.update(reject.reason for reject in ledger.rejects)
    summary.first_rejects += ledger.rejects[: SHOWN_IN_UI - len(summary.first_rejects)]
    for part in parts:
        _name_sources(part, summary)
    for done_with in (parts, ledger.files, ledger.same, ledger.rejects):
        done_with.clear()


def _name_sources(part: Extracted, summary: Summary) -> None:
    for outlet, url in zip(*(part.articles[name].to_pylist() for name in ("outlet", "url")), strict=True):
        summary.outlets[outlet or "unknown"] += 1
        if outlet and url and outlet not in summary.links and re.match(r"https?://", url):
            summary.links[outlet] = url
    for count in pc.value_counts(part.claims["source_id"]).to_pylist():
        summary.sources[count["values"] or "no source named"] += count["counts"]


def _figures(summary: Summary, paths: Sequence[str]) -> dict[str, object]:
    """The columns of `runs` that the run's id and clock do not give."""
    return {
        "seconds": round(summary.seconds, 3),
        "code_version": version("tollbook"),
        "paths": "\n".join(os.fsencode(path).decode("utf-8", "backslashreplace") for path in paths),
        "files": summary.files - summary.files_known,
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


def _publish(summary: Summary) -> None:
    figures = ("files", "files_known", "new", "changed", "known", "duplicate", "claims", "retracted", "rejects", "known_rejects", "mended")
    rows = [{"what": name.replace("_", " "), "number": getattr(summary, name)} for name in figures]
    rows += [{"what": "waiting", "number": len(summary.waiting)}]
    rows += [{"what": f"rejected: {reason}", "number": number} for reason, number in sorted(summary.rejects_by_reason.items())]
    courtesy(create_table_artifact, rows, key="ingest-read", description=f"What run {summary.run_id} read and rejected")
    if summary.first_rejects:
        listed = [
            {"file": reject.source_file, "record": reject.record, "reason": reject.reason, "detail": reject.detail}
            for reject in summary.first_rejects
        ]
        description = f"What run {summary.run_id} could not read" + _shown(len(listed), summary.rejects - summary.known_rejects)
        courtesy(create_table_artifact, listed, key="ingest-rejects", description=description)
    courtesy(create_markdown_artifact, _markdown(summary), key="ingest-summary")
    if deployment.id:  # by hand the command prints them
        log.info("\n%s", "\n".join(summary_lines(summary)))


def _markdown(summary: Summary) -> str:
    """The summary's lines, then outlets with a link to one of their articles, and who the claims go back to."""
    lines = [f"# Run {summary.run_id}", "", *(f"    {line}" for line in summary_lines(summary))]
    for head, counts in (("outlet | articles", summary.outlets), ("source of claims | claims", summary.sources)):
        if counts:
            lines += ["", f"| {head} |", "| --- | ---: |"]
            lines += [f"| {_linked(name, summary.links)} | {number:,} |" for name, number in counts.most_common(SHOWN_IN_UI)]
            lines += [f"| and {len(counts) - SHOWN_IN_UI:,} more | |"] if len(counts) > SHOWN_IN_UI else []
    return "\n".join(lines) + "\n"


def _linked(name: str, links: Mapping[str, str]) -> str:
    """A name from an article as a cell of Markdown, which must not become markup or a link of its own making."""
    shown = re.sub(r"([\\`*_{}\[\]()#+!|~.-])", r"\\\1", html.escape(name))
    return f"[{shown}](<{urllib.parse.quote(links[name], safe=URL_CHARACTERS)}>)" if name in links else shown


def _shown(shown: int, all_of_them: int) -> str:
    return "" if shown >= all_of_them else f" (the first {shown:,} of {all_of_them:,})"


def summary_lines(summary: Summary) -> list[str]:
    """The run in a few plain lines, for the terminal and for Prefect."""
    parts = [f"{summary.new:,} new", f"{summary.changed:,} changed", f"{summary.known:,} known"]
    lines = [
        f"files     {summary.files:,}" + (f" ({summary.files_known:,} known, not read again)" if summary.files_known else ""),
        f"articles  {summary.articles:,} ({', '.join(parts)})",
        f"claims    {summary.claims:,} from new and changed articles",
    ]
    if summary.duplicate:
        lines.append(f"copies    {summary.duplicate:,} further copies of the same articles, passed over")
    if summary.revised:
        lines.append(f"revised   {summary.revised:,} articles have a later version, which stands in their place")
    if summary.retracted:
        lines.append(f"retracted {summary.retracted:,} earlier claims that changed or vanished, kept in claims_history/")
    if summary.waiting:
        lines.append(
            f"waiting   {len(summary.waiting):,} hidden or unfinished files, for a later run, or linked folders: {_names(summary.waiting)}"
        )
    if summary.unmatched:
        lines.append(f"manifest  lines that no file bears out: {_names(summary.unmatched)}")
    known = f" ({summary.known_rejects:,} known, of files not read again)" if summary.known_rejects else ""
    lines.append(f"rejects   {summary.rejects:,}{known}")
    fresh, shown = summary.rejects - summary.known_rejects, summary.first_rejects[:SHOWN_REJECTS]
    for reject in shown:
        lines.append(f"  {reject_line(reject)}")
    if fresh > len(shown):
        lines.append(f"  and {fresh - len(shown):,} more, see {os.path.join(summary.tables, 'rejects')}/")
    if summary.mended:
        lines.append(f"mended    {summary.mended:,} earlier rejects that their files no longer give")
    lines.append(f"seconds   {summary.seconds:.1f}")
    lines.append(f"tables    {summary.tables}" + (": nothing changed" if summary.nothing_changed else ""))
    return lines


def _names(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - SHOWN_NAMES:,} more" if len(paths) > SHOWN_NAMES else ""
    return ", ".join(os.path.basename(path) or path for path in paths[:SHOWN_NAMES]) + more
