"""datapackage.json: what lies under the tables' root, for programs that read Frictionless Data Packages (datapackage.org, version 2).

Names, types, units, meanings and vocabularies are those of data/schema; nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transforms.lexicon import DATA, read_yaml
from transforms.schema import Column, columns, names

TYPES = {"int64": "integer", "float64": "number", "category": "string", "timestamp": "datetime"}  # the others are called alike

KEYS = {"articles": "article_id", "claims": "claim_id", "runs": "run_id", "incidents": "incident_id", "incident_claims": "claim_id"}
# A column that leads to a row of another table; not so in the two tables that tell of rows which are gone.
LEADS_TO = {"article_id": "articles", "claim_id": "claims", "incident_id": "incidents"}
OF_THE_PAST = ("claims_history", "incident_changes")


def datapackage(files: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The descriptor of these tables: the files of each, as paths from the root in order; tables without files are left out."""
    there = {table: list(paths) for table, paths in files.items() if paths}
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "tollbook",
        "title": "Casualty claims from news articles",
        "description": "Who is said to have come to harm, and who says so. Claims are what sources said: rows must not be added up.",
        "resources": [_resource(table, paths, there) for table, paths in there.items()],
    }


def _resource(table: str, paths: list[str], there: Mapping[str, object]) -> dict[str, Any]:
    return {
        "name": table.replace("_", "-"),
        "title": table,
        "description": " ".join(read_yaml(DATA / "schema" / f"{table}.yaml")["description"].split()),
        "path": paths,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": _schema(table, there),
    }


def _schema(table: str, there: Mapping[str, object]) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(column) for column in columns(table)]}
    if table in KEYS:
        schema["primaryKey"] = [KEYS[table]]
    leads = [
        {"fields": [name], "reference": {"resource": other.replace("_", "-"), "fields": [name]}}
        for name, other in LEADS_TO.items()
        if table not in OF_THE_PAST and other != table and other in there and name in names(table)
    ]
    if leads:
        schema["foreignKeys"] = leads
    return schema


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": TYPES.get(column.type, column.type), "description": column.description}
    if column.unit:
        field["unit"] = column.unit
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    if column.values:
        constraints["enum"] = list(column.values)
    return field | ({"constraints": constraints} if constraints else {})
