"""A Parquet file of articles, row group by row group; the columns are named as in data/lexicons/fields.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from transforms.article import Record, Reject
from transforms.readers.fields import field_names, is_known, record_of
from transforms.readers.source import Source

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_ROWS, BATCH_BYTES = 64, 32_000_000  # few rows at a time bound the memory


def read_parquet(source: Source) -> Iterator[Record | Reject]:
    """A Record or Reject a row, numbered from 1 over the whole file; one Reject for the whole file where it has no text column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Parquet is read from its end, so a packed one has to be unpacked whole. Texts stay in their dictionary, which may repeat one long
        # text in every row.
        stream = source.seekable()
        file = pq.ParquetFile(stream, read_dictionary=_texts(pq.ParquetFile(stream).schema_arrow))
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


def _texts(schema: pa.Schema) -> list[str]:
    import pyarrow as pa

    return [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]


def _rows(file: pq.ParquetFile, columns: list[str]) -> Iterator[dict[str, object]]:
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    bytes_a_row = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
    rows = max(1, min(BATCH_ROWS, BATCH_BYTES // (bytes_a_row + 1)))
    for batch in file.iter_batches(batch_size=rows, columns=columns, use_threads=False):
        names = batch.schema.names
        for row in range(batch.num_rows):  # one at a time: a text that is repeated becomes as many strings
            yield {name: batch.column(place)[row].as_py() for place, name in enumerate(names)}


def _wanted(names: list[str]) -> list[str]:
    """The columns that hold a field of an article: a table of others' making may have hundreds."""
    return [name for name in names if any(is_known([name], field) or name.lower() == "html" for field in field_names())]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
