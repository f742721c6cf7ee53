"""What the tables know of each article without reading its text: what it was told to be, which file it is in, whether it stands."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.article import PUBLISHED_BASES, Article
from transforms.store.journal import version_of
from transforms.store.place import Place, place_of
from transforms.store.rows import Run, conform, recorded_at, run_id_at

# What a later run may tell otherwise of an article. Where it was read (source_file, record) is not among it: a copy elsewhere is no news.
METADATA = ("external_id", "url", "outlet", "title", "published", "published_basis", "language", "meta_1", "meta_2")
STATE = ("rules_version", "superseded_by", "withdrawn")
# What is held of every article, and what is read of a file's articles once one of them is met again.
HELD = ["article_id", "url", "outlet", "external_id", "published", *STATE]
KNOWN = ["article_id", "first_seen", *METADATA, *STATE]


@dataclass(slots=True)
class Part:
    """What is known of the articles of one file: `rows` with the columns HELD, `details` with those of KNOWN, by article_id."""

    path: str
    stamp: Hashable = None
    rows: pa.Table | None = None
    latest: str = ""  # of its run ids
    details: tuple[pa.Table, dict[str, int]] | None = None


@dataclass(slots=True)
class Tables:
    """The tables at a place and what is known of their articles; `part_of` gives the number of the part that an article is in."""

    place: Place
    parts: list[Part] = field(default_factory=list)
    part_of: dict[str, int] = field(default_factory=dict, repr=False)


def open_tables(root: str | Path) -> Tables:
    """The tables in a directory or at `s3://bucket/prefix`, which need not exist yet. Reads articles' ids and metadata, never their texts.

    Raises NewerTables, or NotADirectoryError where `root` is a file.
    """
    place = place_of(root)
    version_of(place)
    tables = Tables(place)
    refresh(tables)
    return tables


def refresh(tables: Tables) -> None:
    """Read anew what is known of the files that were replaced or added since. An article never leaves its file."""
    number_of = {part.path: number for number, part in enumerate(tables.parts)}
    for path, stamp in tables.place.stamps("articles").items():
        number = number_of.get(path)
        if number is None:
            number = len(tables.parts)
            tables.parts.append(Part(path))
        part = tables.parts[number]
        if part.stamp == stamp or (file := tables.place.parquet(path)) is None:
            continue
        rows = conform("articles", file.read(columns=[*HELD, "run_id"])).select([*HELD, "run_id"])
        part.stamp, part.latest, part.details = stamp, pc.max(rows["run_id"]).as_py() or "", None
        part.rows = _packed(rows.select(HELD))
        tables.part_of.update(dict.fromkeys(rows["article_id"].to_pylist(), number))


def _packed(rows: pa.Table) -> pa.Table:
    """Columns of few words as dictionaries, which a million articles are held in at half the size."""
    for name in ("outlet", *STATE):
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, name, rows.column(at).dictionary_encode())
    return rows.combine_chunks()


def file_of(tables: Tables, article_id: str) -> str | None:
    """The name, without its suffix, of the file that the article is in; null for an unknown one."""
    number = tables.part_of.get(article_id)
    return None if number is None else tables.parts[number].path.split("/")[1].removesuffix(".parquet")


def stored(tables: Tables, article_id: str) -> dict[str, Any] | None:
    """What is known of a stored article: article_id, first_seen, METADATA and STATE; null for an unknown one."""
    number = tables.part_of.get(article_id)
    if number is None:
        return None
    part = tables.parts[number]
    if part.details is None:
        file = tables.place.parquet(part.path)
        assert file is not None  # a file of articles never goes
        read = conform("articles", file.read(columns=KNOWN)).select(KNOWN).combine_chunks()
        part.details = read, {key: row for row, key in enumerate(read["article_id"].to_pylist())}
    rows, row_of = part.details
    found: dict[str, Any] = rows.slice(row_of[article_id], 1).to_pylist()[0]
    return found


def standing_like(tables: Tables, urls: set[str], external_ids: set[str]) -> Iterator[dict[str, Any]]:
    """The articles that stand and have one of these addresses or external ids: article_id, url, outlet, external_id, published."""
    for part in tables.parts:
        if part.rows is None:
            continue
        same = [
            pc.fill_null(pc.is_in(part.rows[name], value_set=pa.array(sorted(values), pa.large_string())), False)
            for name, values in (("url", urls), ("external_id", external_ids))
        ]
        stands = pc.and_(pc.is_null(part.rows["superseded_by"]), pc.is_null(part.rows["withdrawn"]))
        found = part.rows.filter(pc.and_(stands, pc.or_(*same)))
        yield from found.select(["article_id", "url", "outlet", "external_id", "published"]).to_pylist()


def settle(tables: Tables, article: Article) -> Article | None:
    """The article as it should stand in the tables, or None where it already does.

    What an earlier run was told stays unless this one tells something else: a field that is null here keeps its stored value, and a
    day of publication gives way only to one that is known as well or better (told, metadata, dateline, address).
    """
    known = stored(tables, article.article_id)
    if known is None:
        return article
    known["published"] = known["published"] and known["published"].date()
    merged: dict[str, Any] = {name: known[name] if getattr(article, name) is None else getattr(article, name) for name in METADATA}
    if PUBLISHED_BASES.index(known["published_basis"]) < PUBLISHED_BASES.index(article.published_basis):
        merged |= {"published": known["published"], "published_basis": known["published_basis"]}
    return None if all(merged[name] == known[name] for name in METADATA) else replace(article, **merged)


def new_run(tables: Tables, now: datetime, suffix: str, lexicon_version: str, code: str) -> Run:
    """A run that begins now, or just after the latest that the tables know where the clock was set back: what came later sorts later."""
    ids = [part.latest for part in tables.parts if part.latest]
    ids += [path.split("/")[1].removesuffix(".parquet") for path in tables.place.stamps("runs")]
    started = max(now, recorded_at(max(ids)) + timedelta(microseconds=1)) if ids else now
    return Run(run_id_at(started, suffix), started, lexicon_version, code)
