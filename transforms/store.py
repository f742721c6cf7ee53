"""Tables on disk. The only module that writes them; see README, "How a table is written".

A table is a flat directory of month files (`claims/2016-10.parquet`, the month of the article's `published`, or `undated.parquet`).
A commit writes every new file beside its target under a name that readers skip, notes in a journal which takes whose place, and only then
replaces them one by one. A process killed before the journal stands has changed nothing; one killed later is finished by the next writer.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.article import PUBLISHED_BASES, Article, Reject
from transforms.claim import Claim
from transforms.datapackage import datapackage
from transforms.schema import DERIVED, TABLES, TABLES_MARKER, VERSION, check, from_columns, from_rows, names
from transforms.syndication import syndication_id

MARKER, LOCK, JOURNAL = TABLES_MARKER, ".lock", ".journal.json"
PACKAGE = "datapackage.json"
UNDATED = "undated"

# What a later run may tell otherwise of an article. Where it was read (source_file, record) is not among it: a copy elsewhere is no news.
METADATA = ("external_id", "url", "outlet", "title", "published", "published_basis", "language", "text_sha256", "meta_1", "meta_2")
# Columns that say which run and rules wrote a row first. They do not make a row another one.
PROVENANCE = ("lexicon_version", "run_id")

ORDER = {
    "articles": ("published", "article_id"),
    "claims": ("published", "article_id", "count_start", "count_end", "claim_id"),
    "claims_history": ("published", "article_id", "count_start", "count_end", "claim_id", "recorded_at"),
    "rejects": ("source_file", "record", "reason"),
    "runs": ("run_id",),
}


Step = dict[str, str]  # of a commit: {"move": temporary, "to": file} or {"remove": file}, paths from the root


class TablesLocked(TimeoutError):
    """Another process is writing the tables and did not finish within the wait."""


class NewerTables(ValueError):
    """The tables were written by a later version of tollbook than this one."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the pipeline: `started` in UTC is the clock time that its rows carry."""

    run_id: str
    started: datetime
    lexicon_version: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """Articles with their claims as two Arrow tables of the one schema: what a commit takes."""

    articles: pa.Table
    claims: pa.Table


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did, in articles and claims."""

    new: int = 0
    changed: int = 0
    claims: int = 0
    retracted: int = 0
    rejects: int = 0


@dataclass(slots=True)
class Tables:
    """The tables under `root` and what is known of their articles: metadata by row, and the row of each article_id."""

    root: Path
    known: pa.Table
    row_of: dict[str, int] = field(repr=False)
    stamp: tuple[tuple[str, int, int], ...] = ()


# --- reading -----------------------------------------------------------------------------------------------------------------------


def open_tables(root: Path) -> Tables:
    """The tables under `root`, which need not exist yet. Reads the articles' ids and metadata, never their texts.

    Raises NewerTables, or NotADirectoryError where `root` is a file.
    """
    if root.exists() and not root.is_dir():
        raise NotADirectoryError(f"{root} is a file; --tables takes a directory")
    refuse_newer(root)
    tables = Tables(root, from_rows("articles", []), {})
    _load_known(tables)
    return tables


def refuse_newer(root: Path) -> None:
    """Raise NewerTables where the tables were written by a later tollbook, OSError where their marker is broken."""
    marker = root / MARKER
    if not marker.exists():
        return
    try:
        version = json.loads(marker.read_text(encoding="utf-8"))["version"]
    except (ValueError, KeyError, TypeError):
        raise OSError(f"{marker} is broken; write {{\"version\": {VERSION}}} into it, or name another folder") from None
    if version > VERSION:
        raise NewerTables(f"{root} has table version {version}, this tollbook knows up to {VERSION}: install a newer tollbook")


def _load_known(tables: Tables) -> None:
    stamp = _stamp(tables.root)
    wanted = ["article_id", "first_seen", *METADATA]
    files = month_files(tables.root, "articles")
    parts = [_plain(pq.read_table(path, columns=wanted)) for path in files]
    if parts:
        tables.known = pa.concat_tables(parts)
    tables.row_of = {key: row for row, key in enumerate(tables.known["article_id"].to_pylist())} if parts else {}
    tables.stamp = stamp


def _stamp(root: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever an article file is replaced, added or removed: a replaced file is another inode."""
    states = [(path.name, path.stat()) for path in month_files(root, "articles")]
    return tuple((name, state.st_mtime_ns, state.st_ino) for name, state in states)


def month_files(root: Path, table: str) -> list[Path]:
    """The table's files in order, without those that are being written."""
    return sorted(path for path in (root / table).glob("*.parquet") if path.name[0] not in "._")


def _read(path: Path) -> pa.Table | None:
    """A table file with its words as plain strings; None where it does not exist."""
    return _plain(pq.read_table(path)) if path.exists() else None


def _plain(table: pa.Table) -> pa.Table:
    """Dictionary-encoded columns as strings and no metadata, so that parts of any age can be compared and put together."""
    for position, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(position, column.name, table.column(position).cast(pa.string()))
    return table.replace_schema_metadata(None).cast(pa.schema([pa.field(f.name, f.type) for f in table.schema]))


def settle(tables: Tables, article: Article) -> Article | None:
    """The article as it should stand in the tables, or None where it already does.

    What an earlier run was told stays unless this one tells something else: a field that is null here keeps its stored value, and a
    day of publication gives way only to one that is known as well or better (told, metadata, dateline, address).
    """
    stored = _stored(tables, article.article_id)
    if stored is None:
        return article
    stored["published"] = stored["published"] and stored["published"].date()
    merged: dict[str, Any] = {name: stored[name] if getattr(article, name) is None else getattr(article, name) for name in METADATA}
    if PUBLISHED_BASES.index(stored["published_basis"]) < PUBLISHED_BASES.index(article.published_basis):
        merged |= {"published": stored["published"], "published_basis": stored["published_basis"]}
    return None if all(merged[name] == stored[name] for name in METADATA) else replace(article, **merged)


# --- rows --------------------------------------------------------------------------------------------------------------------------


def extracted(found: Sequence[tuple[Article, Sequence[Claim]]], run: Run) -> Extracted:
    """Articles with their claims as tables. Raises ValueError where a claim breaks a vocabulary or an id stands twice in an article."""
    for article, claims in found:
        if len({claim.claim_id for claim in claims}) < len(claims):
            raise ValueError(f"article {article.article_id}: two claims have the same claim_id")
    return Extracted(_articles_table([article for article, _ in found], run), _claims_table(found, run))


def _articles_table(articles: Sequence[Article], run: Run) -> pa.Table:
    lists: dict[str, list[Any]] = {f.name: [getattr(article, f.name) for article in articles] for f in fields(Article)}
    lists["first_seen"] = [run.started] * len(articles)
    lists["syndication_id"] = [syndication_id(article) for article in articles]
    lists["run_id"] = [run.run_id] * len(articles)
    return from_columns("articles", lists)


def _claims_table(found: Sequence[tuple[Article, Sequence[Claim]]], run: Run) -> pa.Table:
    said = [claim for _, claims in found for claim in claims]
    by = [article for article, claims in found for _ in claims]
    lists: dict[str, list[Any]] = {f.name: [getattr(claim, f.name) for claim in said] for f in fields(Claim)}
    lists |= {name: [getattr(article, name) for article in by] for name in ("article_id", "published", "outlet")}
    lists |= {"lexicon_version": [run.lexicon_version] * len(said), "run_id": [run.run_id] * len(said)}
    return from_columns("claims", lists)


def recorded_at(run_id: str) -> datetime:
    """When the run began, in UTC: run ids open with it, so that rows of a run that never came to its end are dated too."""
    return datetime.strptime(run_id.split("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)


def run_id_at(started: datetime, suffix: str) -> str:
    """The id of a run that began then; the suffix tells apart runs of one microsecond."""
    return f"{started.astimezone(UTC):%Y%m%dT%H%M%S%f}Z-{suffix}"


# --- writing -----------------------------------------------------------------------------------------------------------------------


def commit(tables: Tables, run: Run, parts: Sequence[Extracted] = (), rejects: Iterable[Reject] = (), wait: float = 60.0) -> Committed:
    """Put articles with their claims, and rejects, into the tables: all of it or, if the process dies, none or all at the next write.

    An article id new to the tables is added. One that is there with other metadata is replaced, and those of its claims that changed or
    vanished go to claims_history. Files whose rows stay the same are not touched. An article id may stand once in `parts`.
    Waits up to `wait` seconds for another writer, then raises TablesLocked. Raises NewerTables.
    """
    rejected = list(rejects)
    with locked(tables.root, wait):
        _prepare_root(tables.root)
        if _stamp(tables.root) != tables.stamp:
            _load_known(tables)
        steps: list[Step] = []
        done = _stage_articles(tables, run, parts, steps) if parts else Committed()
        added = _stage_rejects(tables.root, run, rejected, steps) if rejected else 0
        _take(tables.root, steps)
    return replace(done, rejects=added)


def record_run(tables: Tables, run: Run, figures: Mapping[str, Any], wait: float = 60.0) -> None:
    """Add the run's row to `runs`, as a file of its own. `figures` are the columns that Run does not have."""
    row = {"run_id": run.run_id, "started": run.started, "lexicon_version": run.lexicon_version, **figures}
    with locked(tables.root, wait):
        _prepare_root(tables.root)
        _take(tables.root, [_step(tables.root, tables.root / "runs" / f"{run.run_id}.parquet", from_rows("runs", [row]))])


def replace_derived(root: Path, derived: Mapping[str, pa.Table], wait: float = 60.0) -> list[str]:
    """Put derived tables in place of those that stand, each as the one file of its name; all of them or none. Gives the names that changed.

    A table whose rows stay the same is not touched. Raises TablesLocked, NewerTables and, for rows that do not fit the schema, ValueError.
    """
    with locked(root, wait):
        _prepare_root(root)
        steps: list[Step] = []
        changed = []
        for name, rows in derived.items():
            path = _file(root, name, name)
            stored = _read(path)
            if stored is None or not stored.equals(_plain(rows)):
                path.parent.mkdir(exist_ok=True)
                steps.append(_write_beside(root, path, check(name, rows)))
                changed.append(name)
        _take(root, steps)
    return changed


def _stage_articles(tables: Tables, run: Run, parts: Sequence[Extracted], steps: list[Step]) -> Committed:
    """Write the new content of every claims, history and article file that these articles touch beside it."""
    read = _plain(pa.concat_tables([part.articles for part in parts]))
    said = _plain(pa.concat_tables([part.claims for part in parts]))
    articles, claims = _without_known(tables, read, said)
    ids = articles["article_id"].to_pylist()
    if len(set(ids)) < len(ids):
        raise ValueError("an article id stands twice in one commit")
    before = {key: row for key in ids if (row := _stored(tables, key)) is not None}
    months = sorted({*_by_month(articles), *(_month(row["published"]) for row in before.values())})

    claims, history = _reconcile(_rows_of(tables.root, "claims", months, ids), claims, run)
    articles = _keep_first_seen(articles, before)
    _stage(tables.root, "claims_history", sorted(_by_month(history)), history, (), steps)
    _stage(tables.root, "claims", months, claims, ids, steps)
    _stage(tables.root, "articles", months, articles, ids, steps)
    return Committed(new=len(ids) - len(before), changed=len(before), claims=claims.num_rows, retracted=history.num_rows)


def _stored(tables: Tables, article_id: str) -> dict[str, Any] | None:
    """What is known of a stored article: article_id, first_seen and METADATA."""
    row = tables.row_of.get(article_id)
    stored: dict[str, Any] | None = None if row is None else tables.known.slice(row, 1).to_pylist()[0]
    return stored


def _without_known(tables: Tables, articles: pa.Table, claims: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Leave out what is stored already just so: another run was quicker, or this commit is tried a second time."""
    known = []
    for row in articles.select(["article_id", *METADATA]).to_pylist():
        stored = _stored(tables, row["article_id"])
        if stored is not None and all(stored[name] == row[name] for name in METADATA):
            known.append(row["article_id"])
    return (_drop_articles(articles, known), _drop_articles(claims, known)) if known else (articles, claims)


def _drop_articles(rows: pa.Table, ids: Collection[str]) -> pa.Table:
    return rows.filter(pc.invert(pc.is_in(rows["article_id"], value_set=pa.array(list(ids), pa.large_string()))))


def _rows_of(root: Path, table: str, months: Iterable[str], ids: Collection[str]) -> list[dict[str, Any]]:
    """The stored rows of these articles in these months."""
    rows: list[dict[str, Any]] = []
    wanted = pa.array(list(ids), pa.large_string())
    for month in months:
        stored = _read(_file(root, table, month))
        if stored is not None:
            rows += stored.filter(pc.is_in(stored["article_id"], value_set=wanted)).to_pylist()
    return rows


def _reconcile(old: Sequence[Mapping[str, Any]], new: pa.Table, run: Run) -> tuple[pa.Table, pa.Table]:
    """New claims against the stored ones of the same articles -> the claims to stand, and the history of those that do not.

    A claim that says what it said keeps its row, run and lexicon version included.
    """
    if not old:
        return new, _plain(from_rows("claims_history", []))
    stored = {row["claim_id"]: row for row in old}
    said = [name for name in names("claims") if name not in PROVENANCE]
    standing, history = [], []
    for row in new.to_pylist():
        earlier = stored.pop(row["claim_id"], None)
        changed = [name for name in said if earlier is not None and earlier[name] != row[name]]
        standing.append(row if earlier is None or changed else dict(earlier))
        if earlier is not None and changed:
            history.append(_retract(earlier, run, "changed: " + ", ".join(changed)))
    history += [_retract(row, run, "withdrawn") for row in stored.values()]
    return _plain(from_rows("claims", standing)), _plain(from_rows("claims_history", history))


def _retract(row: Mapping[str, Any], run: Run, reason: str) -> dict[str, Any]:
    since = recorded_at(row["run_id"])
    # Two runs at once may commit in the other order than they began; a row never ends before it began.
    return {**row, "recorded_at": since, "retracted_at": max(since, run.started), "reason": reason}


def _keep_first_seen(articles: pa.Table, before: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    if not before:
        return articles
    seen = [
        before[key]["first_seen"] if key in before else now
        for key, now in zip(articles["article_id"].to_pylist(), articles["first_seen"].to_pylist(), strict=True)
    ]
    position = articles.schema.get_field_index("first_seen")
    return articles.set_column(position, "first_seen", pa.array(seen, articles.schema.field(position).type))


def _stage(root: Path, table: str, months: Iterable[str], rows: pa.Table, replaced: Collection[str], steps: list[Step]) -> None:
    """Each month's file with the rows of the `replaced` articles taken out and the month's `rows` put in, where that changes it."""
    parts = _by_month(rows)
    for month in months:
        path = _file(root, table, month)
        stored = _read(path)
        fresh = parts.get(month, rows.slice(0, 0))
        if stored is not None:
            fresh = pa.concat_tables([_drop_articles(stored, replaced), fresh])
        fresh = fresh.sort_by([(key, "ascending") for key in ORDER[table]])
        if fresh.num_rows if stored is None else not fresh.equals(stored):
            steps.append(_step(root, path, check(table, fresh)))


def _stage_rejects(root: Path, run: Run, rejects: Sequence[Reject], steps: list[Step]) -> int:
    """Add those rejects that the table does not have yet, by file, record and reason; give their number."""
    path = root / "rejects" / "rejects.parquet"
    stored = _read(path)
    rows = [] if stored is None else stored.to_pylist()
    there = {(row["source_file"], row["record"], row["reason"]) for row in rows}
    fresh = []
    for reject in rejects:
        key = (reject.source_file, reject.record, reject.reason)
        if key not in there:
            there.add(key)
            row = {f.name: getattr(reject, f.name) for f in fields(Reject)}
            fresh.append(row | {"first_seen": run.started, "run_id": run.run_id})
    if fresh:
        rows = sorted(rows + fresh, key=lambda row: (row["source_file"], row["record"] or 0, row["reason"]))
        steps.append(_step(root, path, from_rows("rejects", rows)))
    return len(fresh)


def _by_month(rows: pa.Table) -> dict[str, pa.Table]:
    """The rows by the name of the month file that they belong to."""
    months = pc.fill_null(pc.strftime(rows["published"], format="%Y-%m"), UNDATED)
    return {month: rows.filter(pc.equal(months, month)) for month in pc.unique(months).to_pylist()}


def _month(day: date | None) -> str:
    return UNDATED if day is None else f"{day:%Y-%m}"


def _file(root: Path, table: str, month: str) -> Path:
    return root / table / f"{month}.parquet"


# --- files -------------------------------------------------------------------------------------------------------------------------


@contextmanager
def locked(root: Path, wait: float) -> Iterator[None]:
    """Hold the root's lock. The kernel drops it when the process ends, however it ends, so a lock is never left behind."""
    root.mkdir(parents=True, exist_ok=True)
    refuse_newer(root)
    deadline = time.monotonic() + wait
    with open(root / LOCK, "a+", encoding="utf-8") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise TablesLocked(f"{root} is being written by {_holder(root)}; waited {wait:g} seconds, try again later") from None
                time.sleep(0.05)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _holder(root: Path) -> str:
    try:
        holder = json.loads((root / LOCK).read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError):
        return "another process"


def _prepare_root(root: Path) -> None:
    """Finish or clear what a dead writer left, and see to it that every table opens, if only with no rows. The lock is held."""
    refuse_newer(root)
    _finish_journal(root)
    for leftover in root.glob("*/.*.tmp"):
        leftover.unlink()
    if (root / MARKER).exists():
        return
    for table in TABLES:
        (root / table).mkdir(exist_ok=True)
    empty = {_file(root, table, UNDATED): from_rows(table, []) for table in ("articles", "claims", "claims_history")}
    empty[root / "rejects" / "rejects.parquet"] = from_rows("rejects", [])
    _take(root, [_step(root, path, table) for path, table in empty.items() if not path.exists()])
    _write_json(root / MARKER, {"version": VERSION})


def _step(root: Path, path: Path, table: pa.Table) -> Step:
    """Write the file's new content beside it, and tell what is left to do; a month without rows shall lose its file. The lock is held."""
    if table.num_rows == 0 and path.stem not in (UNDATED, "rejects"):
        return {"remove": str(path.relative_to(root))}
    return _write_beside(root, path, table)


def _write_beside(root: Path, path: Path, table: pa.Table) -> Step:
    temporary = path.with_name(f".{path.name}.tmp")
    pq.write_table(table, temporary, compression="zstd")
    _sync(temporary)
    return {"move": str(temporary.relative_to(root)), "to": str(path.relative_to(root))}


def _take(root: Path, steps: Sequence[Step]) -> None:
    """Take the steps in their order; once the journal stands, they will all be taken, by the next writer if not by this one."""
    if steps:
        _write_json(root / JOURNAL, steps)
        _finish_journal(root)
        _describe(root)


def _finish_journal(root: Path) -> None:
    """Take the journal's steps, each of which may have been taken already."""
    journal = root / JOURNAL
    if not journal.exists():
        return
    steps = json.loads(journal.read_text(encoding="utf-8"))
    for step in steps:
        if "remove" in step:
            (root / step["remove"]).unlink(missing_ok=True)
        elif (root / step["move"]).exists():
            os.replace(root / step["move"], root / step["to"])
    for table in sorted({Path(step.get("to") or step["remove"]).parts[0] for step in steps}):
        _sync(root / table)
    journal.unlink()
    _sync(root)


def _describe(root: Path) -> None:
    """Keep datapackage.json true to the files that are there. It is written last: a reader may meet an older one, never half of one."""
    files = {table: [str(path.relative_to(root)) for path in month_files(root, table)] for table in (*TABLES, *DERIVED)}
    described, path = datapackage(files), root / PACKAGE
    if not path.exists() or path.read_text(encoding="utf-8") != json.dumps(described):
        _write_json(path, described)


def _write_json(path: Path, content: object) -> None:
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    _sync(temporary)
    os.replace(temporary, path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    """Have the kernel put a file, or a directory's names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
