"""Articles and claims as rows of the one schema, and how rows of several files are compared and put together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.article import Article
from transforms.claim import Claim
from transforms.schema import arrow_schema, columns, from_columns, names
from transforms.syndication import syndication_id

UNDATED = "undated"

ORDER = {
    "articles": ("published", "article_id"),
    "articles_history": ("published", "article_id", "recorded_at", "retracted_at", "run_id"),
    "claims": ("published", "article_id", "count_start", "count_end", "claim_id"),
    "claims_history": ("published", "article_id", "count_start", "count_end", "claim_id", "recorded_at", "retracted_at", "run_id"),
    "rejects": ("source_file", "record", "reason"),
    "files": ("source_file",),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the pipeline: `started` in UTC is the clock time that its rows carry, `code` the version of the extraction's code."""

    run_id: str
    started: datetime
    lexicon_version: str
    code: str = ""

    @property
    def rules_version(self) -> str:
        """The column `rules_version` of articles: vocabulary, then code."""
        return f"{self.lexicon_version}.{self.code}"


@dataclass(frozen=True, slots=True)
class Extracted:
    """Articles with their claims as two Arrow tables of the one schema: what a commit takes."""

    articles: pa.Table
    claims: pa.Table


def extracted(found: Sequence[tuple[Article, Sequence[Claim]]], run: Run) -> Extracted:
    """Articles with their claims as tables. Raises ValueError where a claim breaks a vocabulary or an id stands twice in an article."""
    for article, claims in found:
        if len({claim.claim_id for claim in claims}) < len(claims):
            raise ValueError(f"article {article.article_id}: two claims have the same claim_id")
    return Extracted(_articles_table(found, run), _claims_table(found, run))


def _articles_table(found: Sequence[tuple[Article, Sequence[Claim]]], run: Run) -> pa.Table:
    articles = [article for article, _ in found]
    lists: dict[str, list[Any]] = {f.name: [getattr(article, f.name) for article in articles] for f in fields(Article)}
    lists["first_seen"] = [run.started] * len(articles)
    lists["syndication_id"] = [syndication_id(article) for article in articles]
    lists["claims"] = [len(claims) for _, claims in found]
    lists["rules_version"] = [run.rules_version] * len(articles)
    lists |= {name: [None] * len(articles) for name in ("superseded_by", "withdrawn")}
    lists["run_id"] = [run.run_id] * len(articles)
    return from_columns("articles", lists)


def _claims_table(found: Sequence[tuple[Article, Sequence[Claim]]], run: Run) -> pa.Table:
    said = [claim for _, claims in found for claim in claims]
    by = [article for article, claims in found for _ in claims]
    lists: dict[str, list[Any]] = {f.name: [getattr(claim, f.name) for claim in said] for f in fields(Claim)}
    lists |= {name: [getattr(article, name) for article in by] for name in ("article_id", "published", "outlet")}
    lists |= {"lexicon_version": [run.lexicon_version] * len(said), "run_id": [run.run_id] * len(said)}
    return from_columns("claims", lists)


def as_articles(rows: pa.Table) -> list[Article]:
    """Stored rows as the articles that they were made of."""
    found = []
    for row in rows.select([f.name for f in fields(Article)]).to_pylist():
        published = row.pop("published")
        found.append(Article(**row, published=published and published.date()))
    return found


def recorded_at(run_id: str) -> datetime:
    """When the run began, in UTC: run ids open with it, so that rows of a run that never came to its end are dated too."""
    return datetime.strptime(run_id.split("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)


def run_id_at(started: datetime, suffix: str) -> str:
    """The id of a run that began then; the suffix tells apart runs of one microsecond."""
    return f"{started.astimezone(UTC):%Y%m%dT%H%M%S%f}Z-{suffix}"


def plain(table: pa.Table) -> pa.Table:
    """Dictionary-encoded columns as strings and no metadata, so that parts of any age can be compared and put together."""
    for position, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(position, column.name, table.column(position).cast(pa.string()))
    return table.replace_schema_metadata(None).cast(pa.schema([pa.field(f.name, f.type) for f in table.schema]))


def conform(table: str, rows: pa.Table) -> pa.Table:
    """Plain rows of a file of any version in the columns of today: one that the file lacks is null, where it may be.

    What is wrong beyond that stays as it is, for `check` to find.
    """
    rows = plain(rows)
    for column in columns(table):
        if column.name not in rows.column_names and column.nullable:
            kind = pa.string() if column.values else arrow_schema(table).field(column.name).type
            rows = rows.append_column(column.name, pa.nulls(rows.num_rows, kind))
    return rows.select(names(table)) if sorted(rows.column_names) == sorted(names(table)) else rows


def those_of(rows: pa.Table, ids: Collection[str]) -> pa.Table:
    """The rows of these articles."""
    return rows.filter(pc.is_in(rows["article_id"], value_set=pa.array(list(ids), pa.large_string())))


def without(rows: pa.Table, ids: Collection[str]) -> pa.Table:
    """The rows of other articles than these."""
    return rows.filter(pc.invert(pc.is_in(rows["article_id"], value_set=pa.array(list(ids), pa.large_string()))))


def month_of(day: date | None) -> str:
    """The name of the file that an article of that day is put into, without its suffix."""
    return UNDATED if day is None else f"{day:%Y-%m}"
