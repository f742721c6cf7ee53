"""Tables that are made of the others, each in one file of its name: put in place whole, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from transforms.schema import from_rows
from transforms.store.journal import changing
from transforms.store.place import place_of
from transforms.store.rows import plain

WAIT = 60.0  # seconds for another writer's commit


APPENDED = ("incident_changes",)  # what is told there of earlier runs stays


def replace_derived(where: str | Path, derived: Mapping[str, pa.Table], wait: float = WAIT) -> list[str]:
    """Put derived tables in place of those that stand. Gives the names that changed; a table whose rows stay the same is not touched.

    Rows of a table of APPENDED are put behind those that stand, once nobody else writes, so that two runs at once lose none of them.
    Raises TablesLocked, NewerTables, OSError where the disk refuses and, for rows that do not fit the schema, ValueError.
    """
    place = place_of(where)
    changed = []
    with changing(place, wait) as changes:
        for name, rows in derived.items():
            path = f"{name}/{name}.parquet"
            file = place.parquet(path)
            there = None if file is None else plain(file.read())
            if there is not None and name in APPENDED:
                told = there.to_pylist()
                known = {tuple(row.values()) for row in told}
                rows = from_rows(name, [*told, *(row for row in plain(rows).to_pylist() if tuple(row.values()) not in known)])
            if there is not None and there.equals(plain(rows)):
                continue
            place.found(name, path, from_rows(name, []))
            changes.put(name, path, rows)
            changed.append(name)
    return changed


def month_files(root: Path, table: str) -> list[Path]:
    """The files of a table in a folder, in their order; none where the table does not exist."""
    return [root / path for path in place_of(root).stamps(table)]
