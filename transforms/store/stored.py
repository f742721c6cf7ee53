"""Stored articles to be extracted again: which, in what order, and what would come of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.article import Article
from transforms.store.history import Difference, reconcile
from transforms.store.known import Tables, refresh
from transforms.store.place import Place
from transforms.store.rows import Extracted, Run, as_articles, conform, plain, those_of


@dataclass(frozen=True, slots=True)
class Window:
    """Articles by day of publication, both ends inclusive, and outlet; None: whatever it is. Undated ones are in no window with an end."""

    since: date | None = None
    until: date | None = None
    outlet: str | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """The articles of one file that are in the window and stand: ids of those to extract again, and how many have today's rules already."""

    path: str
    pending: tuple[str, ...]
    done: int


def months(tables: Tables, window: Window, rules_version: str) -> list[Month]:
    """The files with articles in the window, in order. What another run did in the meantime is seen."""
    refresh(tables)
    found = []
    for part in sorted(tables.parts, key=lambda part: part.path):
        if part.rows is None:
            continue
        rows = part.rows.filter(_within(part.rows, window))
        pending = rows.filter(pc.fill_null(pc.not_equal(rows["rules_version"], rules_version), True))["article_id"].to_pylist()
        if rows.num_rows:
            found.append(Month(part.path, tuple(pending), rows.num_rows - len(pending)))
    return found


def _within(rows: pa.Table, window: Window) -> pa.Array:
    inside = pc.and_(pc.is_null(rows["superseded_by"]), pc.is_null(rows["withdrawn"]))
    if window.since:
        inside = pc.and_(inside, pc.greater_equal(rows["published"], _midnight(window.since)))
    if window.until:
        inside = pc.and_(inside, pc.less_equal(rows["published"], _midnight(window.until)))
    if window.outlet:
        inside = pc.and_(inside, pc.equal(rows["outlet"], window.outlet))
    return pc.fill_null(inside, False)


def _midnight(day: date) -> pa.Scalar:
    return pa.scalar(datetime(day.year, day.month, day.day), pa.timestamp("ms"))


def articles_of(place: Place, path: str, ids: Collection[str], batch: int) -> Iterator[list[Article]]:
    """These articles of a file in lists of at most `batch`, as they stood when the file was opened."""
    file = place.parquet(path)
    waiting: list[Article] = []
    for rows in file.iter_batches(batch_size=batch) if file is not None else ():
        waiting += as_articles(those_of(conform("articles", pa.Table.from_batches([rows])), ids))
        while len(waiting) >= batch:
            yield waiting[:batch]
            waiting = waiting[batch:]
    if waiting:
        yield waiting


def would_change(place: Place, path: str, parts: Sequence[Extracted], run: Run) -> Difference:
    """What a commit of these articles of a file would do to its claims. Writes nothing."""
    new: list[dict[str, Any]] = [row for part in parts for row in plain(part.claims).to_pylist()]
    ids = [key for part in parts for key in part.articles["article_id"].to_pylist()]
    file = place.parquet(path.replace("articles/", "claims/", 1))
    old = [] if file is None else those_of(conform("claims", file.read()), ids).to_pylist()
    return reconcile(old, new, run).difference
