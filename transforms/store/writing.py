"""Putting articles, claims, rejects and runs into the tables.

An article and its claims stay in the file of the month that the article was first put into, even when another day is told later: a reader
goes through the files one by one, and would meet twice what moves between them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.article import Reject
from transforms.inbox import ReadFile
from transforms.schema import from_rows
from transforms.store.files import put_files, put_rejects
from transforms.store.history import Difference, article_changed, reconcile, retracted
from transforms.store.journal import Changes, changing
from transforms.store.known import METADATA, Tables, file_of, refresh, stored
from transforms.store.rows import ORDER, Extracted, Run, conform, plain, those_of, without
from transforms.store.versions import Versions, compare

WAIT = 60.0  # seconds for another writer's commit


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did, in articles, claims and rejects. `revised`: articles, new or there before, that now have a later version in their
    place. `mended`: earlier rejects that their files no longer give.

    `difference` tells of the claims of articles that were there before.
    """

    new: int = 0
    changed: int = 0
    revised: int = 0
    claims: int = 0
    retracted: int = 0
    rejects: int = 0
    mended: int = 0
    difference: Difference = field(default_factory=Difference)


def commit(
    tables: Tables,
    run: Run,
    parts: Sequence[Extracted] = (),
    rejects: Iterable[Reject] = (),
    files: Sequence[ReadFile] = (),
    same: Sequence[ReadFile] = (),
    wait: float = WAIT,
    again: bool = False,
) -> Committed:
    """Put articles with their claims, and rejects, into the tables: all of it or, if the process dies, none or all at the next write.

    An article id new to the tables is added; where it is a version of one that stands, one of the two is superseded. An article that is
    there with other metadata is replaced, and those of its claims that changed or vanished go to claims_history. Files whose rows stay
    the same are not touched. An article id may stand once in `parts`. With `again` they are stored articles, extracted once more: what
    has changed about them since they were read is left to the next time. `files` were read to their end, and these are all their rejects:
    earlier ones that are not among them go. `same` are files whose content is as it was, at another time.
    Waits up to `wait` seconds for another writer, then raises TablesLocked. Raises NewerTables, and OSError where the disk refuses.
    """
    rejected = list(rejects)
    with changing(tables.place, wait) as changes:
        refresh(tables)
        done = _put_articles(tables, run, parts, changes, again) if parts else Committed()
        added, mended = put_rejects(run, rejected, files, changes) if rejected or files else (0, 0)
        if files or same:
            put_files(run, [*files, *same], changes)
    return replace(done, rejects=added, mended=mended)


def withdraw(tables: Tables, run: Run, article_ids: Sequence[str], reason: str, wait: float = WAIT) -> Committed:
    """Take articles that were read by mistake out of what counts: their claims go to claims_history, and no later run takes them up again.

    Articles that are superseded or withdrawn already are passed over. Raises KeyError for an id that the tables do not know.
    """
    with changing(tables.place, wait) as changes:
        refresh(tables)
        known = {key: stored(tables, key) for key in article_ids}
        if missing := sorted(key for key, row in known.items() if row is None):
            raise KeyError(f"{tables.place} has no article {', '.join(missing)}")
        standing = [key for key, row in known.items() if row and row["superseded_by"] is None and row["withdrawn"] is None]
        where = Versions(file_of={key: file_of(tables, key) or "" for key in standing})
        before = _rows_of(changes, "articles", where, standing)
        state = {"withdrawn": reason, "claims": 0, "rules_version": None, "run_id": run.run_id}
        after = _with(before, {name: [value] * before.num_rows for name, value in state.items()})
        old = _rows_of(changes, "claims", where, standing).to_pylist()
        said = reconcile(old, [], run, dict.fromkeys(standing, f"article withdrawn: {reason}"))
        _put_changed(changes, where, run, before, after)
        _put(changes, "claims", where, _table("claims", []), standing)
        _put(changes, "claims_history", where, _table("claims_history", said.history))
    return Committed(changed=len(standing), retracted=len(said.history), difference=said.difference)


def record_run(tables: Tables, run: Run, figures: Mapping[str, Any], wait: float = WAIT) -> None:
    """Add the run's row to `runs`, as a file of its own. `figures` are the columns that Run does not have."""
    row = {"run_id": run.run_id, "started": run.started, "lexicon_version": run.lexicon_version, **figures}
    with changing(tables.place, wait) as changes:
        path, rows = f"runs/{run.run_id}.parquet", from_rows("runs", [row])
        tables.place.found("runs", path, rows)
        changes.put("runs", path, rows)


# --- articles and their claims -----------------------------------------------------------------------------------------------------


def _put_articles(tables: Tables, run: Run, parts: Sequence[Extracted], changes: Changes, again: bool) -> Committed:
    articles = plain(pa.concat_tables([part.articles for part in parts]))
    claims = plain(pa.concat_tables([part.claims for part in parts]))
    known = {key: row for key in articles["article_id"].to_pylist() if (row := stored(tables, key)) is not None}
    if settled := _settled(articles, known, again):
        articles, claims = without(articles, settled), without(claims, settled)
    ids = articles["article_id"].to_pylist()
    if len(set(ids)) < len(ids):
        raise ValueError("an article id stands twice in one commit")
    if not ids:
        return Committed()
    known = {key: known[key] for key in ids if key in known}

    versions = compare(tables, articles.select(["article_id", "url", "outlet", "external_id", "published"]).to_pylist())
    replaced = sorted(versions.superseded_by.keys() - set(ids))
    before = _rows_of(changes, "articles", versions, [*known, *replaced])
    after = _after(articles, before, known, versions, run)
    _put_changed(changes, versions, run, _born(articles, before, versions), after)
    done = _put_claims(changes, versions, claims, known, replaced, run)
    return replace(done, new=len(ids) - len(known), changed=len(known), revised=len(versions.superseded_by))


def _settled(articles: pa.Table, known: Mapping[str, Mapping[str, Any]], again: bool) -> list[str]:
    """Articles that are not to be put: they stand so already, since another run was quicker or this commit is tried a second time.

    `again`: those that are not as they were when they were read, and those that do not stand.
    """
    settled = []
    for row in articles.select(["article_id", "rules_version", *METADATA]).to_pylist():
        there = known.get(row["article_id"])
        same = there is not None and all(there[name] == row[name] for name in METADATA)
        retired = there is not None and (there["superseded_by"] or there["withdrawn"])
        done = there is not None and (retired or there["rules_version"] == row["rules_version"])
        if (same and done) or (again and (not same or retired)):
            settled.append(row["article_id"])
    return settled


def _born(articles: pa.Table, before: pa.Table, versions: Versions) -> pa.Table:
    """The stored rows, and those of new articles that stood, if only until a later one of the same commit superseded them."""
    stood = versions.superseded_by.keys() - versions.unborn - set(before["article_id"].to_pylist())
    return pa.concat_tables([before, those_of(articles, stood)])


def _after(articles: pa.Table, before: pa.Table, known: Mapping[str, Mapping[str, Any]], versions: Versions, run: Run) -> pa.Table:
    """The articles' rows as they shall stand, with those of articles that they supersede."""
    replaced = without(before, articles["article_id"].to_pylist())
    rows = pa.concat_tables([articles, replaced])
    ids = rows["article_id"].to_pylist()
    state = {name: [known.get(key, {}).get(name) for key in ids] for name in ("superseded_by", "withdrawn")}
    state["superseded_by"] = [versions.superseded_by.get(key, at) for key, at in zip(ids, state["superseded_by"], strict=True)]
    retired = [bool(a or b) for a, b in zip(*state.values(), strict=True)]
    rules = [None if gone else run.rules_version for gone in retired]
    claims = [0 if gone else number for number, gone in zip(rows["claims"].to_pylist(), retired, strict=True)]
    seen = [known[key]["first_seen"] if key in known else at for key, at in zip(ids, rows["first_seen"].to_pylist(), strict=True)]
    return _with(rows, {**state, "claims": claims, "rules_version": rules, "first_seen": seen, "run_id": [run.run_id] * len(ids)})


def _with(rows: pa.Table, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    for name, values in columns.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, name, pa.array(values, rows.schema.field(at).type))
    return rows


def _put_changed(changes: Changes, where: Versions, run: Run, before: pa.Table, after: pa.Table) -> None:
    """Put the articles, and into history the rows that they had."""
    earlier = {row["article_id"]: row for row in before.drop_columns(["text"]).to_pylist()}
    now = {row["article_id"]: row for row in those_of(after, earlier).drop_columns(["text"]).to_pylist()}
    history = [row for key, was in earlier.items() if (row := article_changed(was, now[key], run)) is not None]
    _put(changes, "articles_history", where, _table("articles_history", history))
    _put(changes, "articles", where, after, after["article_id"].to_pylist())


def _put_claims(
    changes: Changes, versions: Versions, claims: pa.Table, known: Mapping[str, Any], replaced: Sequence[str], run: Run
) -> Committed:
    """Put the claims of articles that stand, and into history those that no longer do."""
    old = _rows_of(changes, "claims", versions, [*known, *replaced]).to_pylist()
    gone = {key: f"superseded by {by}" for key, by in versions.superseded_by.items()}
    retired = {key for key, row in known.items() if row["superseded_by"] or row["withdrawn"] or key in gone}
    said = reconcile(old, those_of(without(claims, retired), known).to_pylist(), run, gone)
    born = without(claims, known)
    history = [*said.history, *(retracted(row, run, gone[row["article_id"]]) for row in those_of(born, gone).to_pylist())]
    standing = pa.concat_tables([without(born, gone), _table("claims", said.standing)])
    _put(changes, "claims_history", versions, _table("claims_history", history))
    _put(changes, "claims", versions, standing, [*known, *replaced])
    return Committed(claims=standing.num_rows, retracted=len(history), difference=said.difference)


# --- files -------------------------------------------------------------------------------------------------------------------------


def _table(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return plain(from_rows(table, rows))


def _rows_of(changes: Changes, table: str, where: Versions, ids: Collection[str]) -> pa.Table:
    """The stored rows of these articles."""
    parts = [_table(table, [])]
    for name in sorted({where.file_of[key] for key in ids}):
        file = changes.place.parquet(f"{table}/{name}.parquet")
        if file is not None:
            parts.append(those_of(conform(table, file.read()), ids))
    return pa.concat_tables(parts)


def _put(changes: Changes, table: str, where: Versions, rows: pa.Table, replaced: Collection[str] = ()) -> None:
    """Each file with the rows of the `replaced` articles taken out and the new `rows` put in, where that changes it."""
    files = pa.array([where.file_of[key] for key in rows["article_id"].to_pylist()], pa.string())
    for name in sorted({*pc.unique(files).to_pylist(), *(where.file_of[key] for key in replaced if key in where.file_of)}):
        path = f"{table}/{name}.parquet"
        file = changes.place.parquet(path)
        there = _table(table, []) if file is None else conform(table, file.read())
        fresh = pa.concat_tables([without(there, replaced), rows.filter(pc.equal(files, name))])
        fresh = fresh.sort_by([(key, "ascending") for key in ORDER[table]])
        if not fresh.equals(there):
            changes.put(table, path, fresh)
