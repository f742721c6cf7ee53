"""data/schema/*.yaml -> Arrow schemas that pandas opens with the right dtypes, and the data dictionary.

A column's meaning is written once, in those files. Tables, checks, `tollbook dictionary` and the README all come from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transforms.lexicon import DATA, read_yaml

if TYPE_CHECKING:  # pyarrow takes 0.2 s to import; the dictionary does not need it
    import pyarrow as pa

TABLES = ("articles", "articles_history", "claims", "claims_history", "rejects", "files", "runs")
# What `tollbook incidents` makes of them, each in one file of its name: incidents/incidents.parquet. All but incident_changes, to which
# rows are only added, can be thrown away and made anew.
DERIVED = (
    "syndication",
    "places",
    "incidents",
    "incident_claims",
    "incident_changes",
    "tolls",
    "estimates",
    "disagreements",
    "series",
)
TABLES_MARKER = ".tollbook.json"  # the file that marks a folder as the root of tables
VERSION = 2  # of the layout under the tables' root; a reader refuses a newer one, the next writer migrates an older one

# type in the YAML -> (pandas_type, numpy_type) of the file's pandas metadata: this is what `pandas.read_parquet` goes by
PANDAS_TYPES = {
    "string": ("unicode", "string"),
    "int64": ("int64", "Int64"),
    "float64": ("float64", "float64"),
    "boolean": ("bool", "boolean"),
    "category": ("categorical", "int8"),
    "date": ("datetime", "datetime64[ms]"),
    "timestamp": ("datetimetz", "datetime64[us]"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `type` is a key of PANDAS_TYPES, `values` the closed vocabulary of a category with the meaning of each word."""

    name: str
    type: str
    nullable: bool
    unit: str | None
    description: str
    values: Mapping[str, str]


@cache
def columns(table: str) -> tuple[Column, ...]:
    """The table's columns in order. Raises ValueError where the schema file is wrong."""
    path = DATA / "schema" / f"{table}.yaml"
    document = read_yaml(path)
    inherited = columns(document["extends"]) if "extends" in document else ()
    inherited = tuple(column for column in inherited if column.name not in document.get("without", ()))
    return (*inherited, *(_column(entry, path) for entry in document["columns"]))


def _column(entry: Mapping[str, Any], path: Path) -> Column:
    values = dict(entry.get("values") or {})
    if entry["type"] not in PANDAS_TYPES or (entry["type"] == "category") != bool(values):
        raise ValueError(f"{path}: column {entry['name']}: a type of {', '.join(PANDAS_TYPES)} is wanted, and values with category only")
    return Column(
        entry["name"], entry["type"], entry.get("nullable", True), entry.get("unit"), " ".join(entry["description"].split()), values
    )


def names(table: str) -> list[str]:
    """The table's column names in order."""
    return [column.name for column in columns(table)]


@cache
def arrow_schema(table: str) -> pa.Schema:
    """The one schema of the table's files, with descriptions as field metadata and pandas metadata for the dtypes.

    A date is timestamp[ms] at midnight: it comes back as datetime64, where date32 would come back as object.
    Strings are large_string: a month's texts may exceed 2 GB.
    """
    import pyarrow as pa

    types = {
        "string": pa.large_string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "boolean": pa.bool_(),
        "category": pa.dictionary(pa.int8(), pa.string()),
        "date": pa.timestamp("ms"),
        "timestamp": pa.timestamp("us", tz="UTC"),
    }
    fields = [pa.field(c.name, types[c.type], metadata={"description": c.description}) for c in columns(table)]
    return pa.schema(fields, metadata={"pandas": json.dumps(_pandas_metadata(table)), "tollbook.table": table})


def _pandas_metadata(table: str) -> dict[str, Any]:
    details: dict[str, dict[str, Any]] = {"timestamp": {"timezone": "UTC"}}
    entries = []
    for column in columns(table):
        pandas_type, numpy_type = PANDAS_TYPES[column.type]
        detail = {"num_categories": len(column.values), "ordered": False} if column.values else details.get(column.type)
        entries.append(
            {"name": column.name, "field_name": column.name, "pandas_type": pandas_type, "numpy_type": numpy_type, "metadata": detail}
        )
    return {"index_columns": [], "column_indexes": [], "columns": entries, "creator": {"library": "tollbook", "version": str(VERSION)}}


def from_rows(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as dictionaries -> an Arrow table of the one schema. Raises ValueError as `check` does, KeyError for a missing column."""
    return from_columns(table, {name: [row[name] for row in rows] for name in names(table)})


def from_columns(table: str, lists: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Columns as lists of Python values -> an Arrow table of the one schema. Raises ValueError as `check` does."""
    import pyarrow as pa

    arrays = {}
    for column in columns(table):
        # A day goes in as date32 and becomes a timestamp in `check`; a category goes in as words.
        plain = pa.date32() if column.type == "date" else pa.string() if column.type == "category" else None
        try:
            arrays[column.name] = pa.array(lists[column.name], plain or arrow_schema(table).field(column.name).type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise ValueError(f"table {table}, column {column.name}: {error!r} does not fit type {column.type}") from error
    return check(table, pa.table(arrays))


def check(table: str, data: pa.Table) -> pa.Table:
    """`data` cast to the table's one schema, column by column.

    Raises ValueError, naming table, column and value, for a missing or unknown column, a null where none may stand, a value that does
    not fit the type, or a word outside a closed vocabulary.
    """
    import pyarrow as pa

    if sorted(data.column_names) != sorted(names(table)):
        odd = sorted(set(data.column_names) ^ set(names(table)))
        raise ValueError(f"table {table}: these columns are missing, unknown or there twice: {', '.join(odd) or data.column_names}")
    arrays = []
    for column in columns(table):
        values = data.column(column.name)
        if not column.nullable and values.null_count:
            raise ValueError(f"table {table}, column {column.name}: null in a column that is never null")
        if column.values:
            arrays.append(_encode(table, column, values))
            continue
        try:
            arrays.append(values.cast(arrow_schema(table).field(column.name).type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ValueError(f"table {table}, column {column.name}: {error}") from error
    return pa.Table.from_arrays(arrays, schema=arrow_schema(table))


def _encode(table: str, column: Column, values: pa.ChunkedArray) -> pa.Array:
    """Words -> dictionary over the whole vocabulary, so that every file carries the same categories in the same order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = values.cast(pa.string())
    codes = pc.index_in(words, value_set=pa.array(list(column.values), pa.string()))
    foreign = pc.and_(pc.is_null(codes), pc.is_valid(words))
    if pc.any(foreign).as_py():
        word = words.filter(foreign)[0].as_py()
        raise ValueError(f"table {table}, column {column.name}: {word!r} is not one of {', '.join(column.values)}")
    indices = pc.cast(codes, pa.int8())
    if isinstance(indices, pa.ChunkedArray):
        indices = indices.combine_chunks()
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(column.values), pa.string()))


def dictionary() -> list[dict[str, str]]:
    """The data dictionary: a row a column of every table, in order, with keys table, column, type, nullable, unit, description, values."""
    rows = []
    for table in (*TABLES, *DERIVED):
        inherited = _extended(table)
        for column in columns(table):
            if column.name in inherited:
                continue
            rows.append(
                {
                    "table": table,
                    "column": column.name,
                    "type": column.type,
                    "nullable": "yes" if column.nullable else "no",
                    "unit": column.unit or "",
                    "description": column.description,
                    "values": "; ".join(f"{word}: {meaning}" for word, meaning in column.values.items()),
                }
            )
    return rows


def _extended(table: str) -> set[str]:
    """Names that the table takes over from another one, whose rows of the dictionary explain them."""
    document = read_yaml(DATA / "schema" / f"{table}.yaml")
    return set(names(document["extends"])) if "extends" in document else set()
