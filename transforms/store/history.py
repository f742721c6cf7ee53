"""Rows that a run changed or took away, and the tables as they stood at an earlier time.

A row counts from the start of the run that wrote it to the start of the run that took it away. Runs overlap and clocks are set back: of one
claim no row counts before the row that came before it was taken away, so that at any time it counts once at most.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.schema import arrow_schema, check, from_rows, names
from transforms.store.journal import finished, version_of
from transforms.store.place import Place
from transforms.store.rows import ORDER, Run, conform, plain, recorded_at

# Columns that say which run and rules wrote a row. They do not make a row another one.
PROVENANCE = ("lexicon_version", "run_id")
SAID = tuple(name for name in names("claims") if name not in PROVENANCE)
# What is kept of an earlier article: all but the text, which its id stands for.
TOLD = tuple(name for name in names("articles") if name not in ("text", "first_seen", "run_id"))

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of the claims of articles that were in the tables before: numbers by rule, and of the changed ones by column."""

    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    withdrawn: Counter[str] = field(default_factory=Counter)
    columns: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Difference) -> Difference:
        return Difference(
            self.added + other.added, self.changed + other.changed, self.withdrawn + other.withdrawn, self.columns + other.columns
        )


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The claims that stand, the history of those that do not, and what the difference is."""

    standing: list[dict[str, Any]]
    history: list[dict[str, Any]]
    difference: Difference


def reconcile(old: Sequence[Row], new: Sequence[Row], run: Run, gone: Mapping[str, str] | None = None) -> Reconciled:
    """New claims against the stored ones of the same articles.

    A claim that says what it said keeps its row, run included; its `lexicon_version` is that of the rules that found it again.
    `gone` gives, by article, the reason why none of its claims stand.
    """
    left = {row["claim_id"]: row for row in old}
    done = Reconciled([], [], Difference())
    for row in new:
        earlier = left.pop(row["claim_id"], None)
        if earlier is None:
            done.standing.append(dict(row))
            done.difference.added[row["rule"]] += 1
            continue
        changed = [name for name in SAID if earlier[name] != row[name]]
        if changed:
            done.standing.append(dict(row))
            done.history.append(retracted(earlier, run, "changed: " + ", ".join(changed)))
            done.difference.changed[row["rule"]] += 1
            done.difference.columns.update(changed)
        else:
            done.standing.append({**earlier, "lexicon_version": row["lexicon_version"]})
    for row in left.values():
        done.history.append(retracted(row, run, (gone or {}).get(row["article_id"], "withdrawn")))
        done.difference.withdrawn[row["rule"]] += 1
    return done


def retracted(row: Row, run: Run, reason: str) -> dict[str, Any]:
    """A row as it goes to history."""
    since = recorded_at(row["run_id"])
    # Two runs at once may commit in the other order than they began; a row never ends before it began.
    return {**row, "recorded_at": since, "retracted_at": max(since, run.started), "reason": reason}


def article_changed(earlier: Row, now: Row, run: Run) -> dict[str, Any] | None:
    """An article's earlier row as it goes to history; None where it says what it said."""
    changed = [name for name in TOLD if earlier[name] != now[name]]
    return retracted(earlier, run, "changed: " + ", ".join(changed)) if changed else None


# --- as of -------------------------------------------------------------------------------------------------------------------------


def claims_as_of(tables: Mapping[str, pa.Table], when: datetime) -> pa.Table:
    """The table claims as it stood at `when`, in the order of its files. Pure.

    `tables` holds the tables `claims` and `claims_history`, and `articles_history` where `lexicon_version` shall be that of the time too:
    the whole tables, or those of one month. A run counts from its start, also one that was still at work.
    """
    spans: dict[str, list[tuple[datetime, datetime | None, Row]]] = {}
    for row in plain(tables["claims_history"]).to_pylist():
        spans.setdefault(row["claim_id"], []).append((row["recorded_at"], row["retracted_at"], row))
    for row in plain(tables["claims"]).to_pylist():
        spans.setdefault(row["claim_id"], []).append((recorded_at(row["run_id"]), None, row))
    found = [row for rows in spans.values() if (row := _standing(rows, when)) is not None]
    if "articles_history" in tables:
        rules = _rules_as_of(tables["articles_history"], when)
        found = [{**row, "lexicon_version": rules.get(row["article_id"], row["lexicon_version"])} for row in found]
    rows = from_rows("claims", [{name: row[name] for name in names("claims")} for row in found])
    return check("claims", plain(rows).sort_by([(name, "ascending") for name in ORDER["claims"]]))


def _standing(rows: list[tuple[datetime, datetime | None, Row]], when: datetime) -> Row | None:
    """The one of these rows of a claim, each with its time, that counts at `when`."""
    rows.sort(key=lambda row: (row[1] is None, row[1] or row[0], row[0]))
    free = None  # since when no earlier row counts
    for since, until, row in rows:
        begins = since if free is None else max(since, free)
        if begins <= when and (until is None or when < until):
            return row
        free = until
    return None


def _rules_as_of(history: pa.Table, when: datetime) -> dict[str, str]:
    """By article the lexicons that its claims were taken with at `when`, of articles that were changed since."""
    wanted = plain(history.select(["article_id", "recorded_at", "retracted_at", "rules_version"]))
    spans: dict[str, list[tuple[datetime, datetime | None, Row]]] = {}
    for row in wanted.to_pylist():
        spans.setdefault(row["article_id"], []).append((row["recorded_at"], row["retracted_at"], row))
    found = {key: _standing(rows, when) for key, rows in spans.items()}
    return {key: row["rules_version"].split(".")[0] for key, row in found.items() if row is not None and row["rules_version"]}


def months_as_of(place: Place, when: datetime, wait: float = 60.0) -> Iterator[pa.Table]:
    """The table claims as it stood at `when`, file by file, each read while no one writes.

    Raises TablesLocked, and OSError where a run was stopped midway: a claim may have been taken out and not be in history yet.
    """
    tables = ("claims", "claims_history", "articles_history")
    for name in sorted({path.split("/")[1] for table in tables for path in place.stamps(table)}):
        with place.unchanged(wait):
            finished(place)
            rows = {table: _rows(place, table, name) for table in tables}
        yield claims_as_of(rows, when)


def write_as_of(place: Place, when: datetime, out: Path, wait: float = 60.0) -> int:
    """The table claims as it stood at `when` as one Parquet file, whole or not at all; how many rows it has."""
    version_of(place)
    temporary, rows = out.with_name(f".{out.name}.tmp"), 0
    try:
        with pq.ParquetWriter(temporary, arrow_schema("claims"), compression="zstd") as writer:
            for month in months_as_of(place, when, wait):
                writer.write_table(month)
                rows += month.num_rows
        os.replace(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
    return rows


def _rows(place: Place, table: str, name: str) -> pa.Table:
    file = place.parquet(f"{table}/{name}")
    return from_rows(table, []) if file is None else conform(table, file.read())
