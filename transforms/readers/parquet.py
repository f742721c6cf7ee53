"""A Parquet file of articles, row group by row group; the columns are named as in data/lexicons/fields.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from transforms.article import Record, Reject
from transforms.readers.fields import field_names, is_known, record_of
from transforms.readers.source import Source

if TYPE_CHECKING:
    import pyarrow.parquet as pq

BATCH_ROWS = 64  # a dictionary-packed column can repeat one long text in every row: few rows at a time bound the memory


def read_parquet(source: Source) -> Iterator[Record | Reject]:
    """A Record or Reject a row, numbered from 1 over the whole file; one Reject for the whole file where it has no text column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Parquet is read from its end, so a packed one has to be unpacked whole.
        file = pq.ParquetFile(source.seekable())
    except (pa.ArrowException, OSError, ValueError) as error:
        yield Reject(source.name, None, "damaged", f"no valid Parquet file: {_line(error)}")
        return
    names = file.schema_arrow.names
    if not is_known(names, "text"):
        yield Reject(source.name, None, "not_an_article", f"a Parquet file without a text column (columns: {', '.join(names)[:120]})")
        return
    number = 0
    try:
        for row in _rows(file, _wanted(names)):
            number += 1
            made = record_of(row, source.name, number)
            if isinstance(made, Record) and len(made.body) > source.max_bytes:
                made = Reject(source.name, number, "too_large", f"row {number}: a text of {len(made.body):,} characters")
            yield made
    except (pa.ArrowException, OSError, ValueError) as error:
        yield Reject(source.name, number + 1, "damaged", f"after row {number}: {_line(error)}")


def _rows(file: pq.ParquetFile, columns: list[str]) -> Iterator[dict[str, object]]:
    for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns, use_threads=False):
        yield from batch.to_pylist()


def _wanted(names: list[str]) -> list[str]:
    """The columns that hold a field of an article: a table of others' making may have hundreds."""
    return [name for name in names if any(is_known([name], field) or name.lower() == "html" for field in field_names())]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
