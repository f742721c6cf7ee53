"""Which article files were read, and what of them could not be: the tables `files` and `rejects`, a file each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.article import Reject
from transforms.inbox import ReadFile
from transforms.schema import from_rows
from transforms.store.journal import Changes
from transforms.store.place import Place
from transforms.store.rows import ORDER, Run, conform, plain

FILES, REJECTS = "files/files.parquet", "rejects/rejects.parquet"


def read_files(place: Place) -> dict[str, ReadFile]:
    """The files that were read to their end, by `source_file`; none where the tables do not exist yet."""
    file = place.parquet(FILES)
    if file is None:
        return {}
    names = [f.name for f in fields(ReadFile)]
    columns = [column.to_pylist() for column in file.read(columns=names).select(names).columns]
    return {row[0]: ReadFile(*row) for row in zip(*columns, strict=True)}


def put_files(run: Run, files: Sequence[ReadFile], changes: Changes) -> None:
    """Put in the rows of files that were read, in the place of those of the same paths."""
    theirs, others = _parted(changes.place, "files", FILES, {file.source_file for file in files})
    before = {row["source_file"]: row for row in theirs}
    standing = dict(before)
    for file in files:
        row = {f.name: getattr(file, f.name) for f in fields(ReadFile)}
        if {**before.get(file.source_file, {}), **row} != before.get(file.source_file):
            standing[file.source_file] = row | {"run_id": run.run_id}
    if standing != before:
        changes.put("files", FILES, _together("files", others, list(standing.values())))


def put_rejects(run: Run, rejects: Sequence[Reject], files: Sequence[ReadFile], changes: Changes) -> tuple[int, int]:
    """Add the rejects that the table does not have, by file, record and reason, and drop what `files` no longer give; tell how many."""
    given = {(reject.source_file, reject.record, reject.reason): reject for reject in reversed(rejects)}
    whole = {file.source_file for file in files}
    theirs, others = _parted(changes.place, "rejects", REJECTS, {*whole, *(key[0] for key in given)})
    before = {(row["source_file"], row["record"], row["reason"]): row for row in theirs}
    standing = {key: row for key, row in before.items() if key in given or key[0] not in whole}
    for key, reject in given.items():
        row = {f.name: getattr(reject, f.name) for f in fields(Reject)}
        standing[key] = standing.get(key, {"first_seen": run.started, "run_id": run.run_id}) | row
    if standing != before:
        changes.put("rejects", REJECTS, _together("rejects", others, list(standing.values())))
    return len(standing.keys() - before.keys()), len(before.keys() - standing.keys())


def _parted(place: Place, table: str, path: str, source_files: Collection[str]) -> tuple[list[dict[str, Any]], pa.Table]:
    """The stored rows of these files, and the rest of the table."""
    file = place.parquet(path)
    there = plain(from_rows(table, [])) if file is None else conform(table, file.read())
    mine = pc.is_in(there["source_file"], value_set=pa.array(list(source_files), pa.large_string()))
    return there.filter(mine).to_pylist(), there.filter(pc.invert(mine))


def _together(table: str, others: pa.Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return in_order(table, pa.concat_tables([others, plain(from_rows(table, rows))]))


def in_order(table: str, rows: pa.Table) -> pa.Table:
    """The rows as these tables have them; what is told of a whole file stands before its records."""
    keys = pa.table({key: pc.fill_null(rows[key], 0) if rows[key].null_count else rows[key] for key in ORDER[table]})
    return rows.take(pc.sort_indices(keys, sort_keys=[(key, "ascending") for key in ORDER[table]]))
