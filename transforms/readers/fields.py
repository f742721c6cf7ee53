"""The fields of an article as JSON, CSV and Parquet files call them (data/lexicons/fields.yaml), read into a Record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache

from transforms.article import Record, Reject, clean


@cache
def field_names() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Per field of ours the names of others, each as a path of normalised keys, in order of preference."""
    from transforms.lexicon import DATA, read_yaml

    names: dict[str, list[str]] = read_yaml(DATA / "lexicons" / "fields.yaml")
    return {field: tuple(tuple(_key(part) for part in name.split(".")) for name in listed) for field, listed in names.items()}


def is_known(names: Iterable[str], field: str) -> bool:
    """Whether one of these column names or keys is a name of the field."""
    known = {path[0] for path in field_names()[field]}
    return any(_key(name) in known for name in names)


def record_of(row: Mapping[str, object], source_file: str, number: int) -> Record | Reject:
    """The Record of one JSON object, CSV row or Parquet row; a Reject where it has no text or is no article at all."""
    keyed = {_key(str(name)): value for name, value in row.items()}
    try:
        found = {field: _first(keyed, paths) for field, paths in field_names().items()}
    except RecursionError:
        return Reject(source_file, number, "not_an_article", "a field nested too deeply to be a text")
    body = found["text"]
    if body is None:
        if is_known(row, "text") or found["title"] or found["url"]:
            return Reject(source_file, number, "no_text", f"no text in the fields {_listed(row)}")
        return Reject(source_file, number, "not_an_article", f"none of the fields of an article, only {_listed(row)}")
    return Record(
        source_file,
        number,
        body,
        external_id=found["external_id"],
        url=found["url"],
        title=found["title"],
        outlet=found["outlet"],
        published=found["published"],
    )


def _key(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).lower()


def _listed(row: Mapping[str, object]) -> str:
    names = ", ".join(clean(str(name)[:30]) for name in list(row)[:6])
    return f"({names}{', …' if len(row) > 6 else ''})" if names else "(none)"


def _first(keyed: Mapping[str, object], paths: Iterable[tuple[str, ...]]) -> str | None:
    for path in paths:
        value: object = keyed.get(path[0])
        for part in path[1:]:
            value = {_key(str(k)): v for k, v in value.items()}.get(part) if isinstance(value, Mapping) else None
        if (text := _text(value)) is not None:
            return text
    return None


# Where a field holds an object, the key that holds what is meant: schema.org (name, @id, @value), MongoDB exports ($oid, $date), RSS.
_INNER = ("name", "@value", "@id", "$oid", "$date", "url", "href", "value", "#text", "title", "text")


def _text(value: object) -> str | None:
    """A field's value as text; null where it says nothing."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return value if value.strip() and value.strip().lower() not in ("null", "none", "nan", "nat", "n/a") else None
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else None
    if isinstance(value, float):
        return None if value != value else str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return _text(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return _sections(value) or next((text for key in _INNER if (text := _text(value.get(key))) is not None), None)
    if isinstance(value, Iterable):
        return "\n\n".join(text for item in value if (text := _text(item)) is not None) or None
    return None


def _sections(value: Mapping[str, object]) -> str | None:
    """The text of Fundus's nested body: summary, then sections of headline and paragraphs."""
    sections = value.get("sections")
    if not isinstance(sections, list):
        return None
    parts = [_text(value.get("summary"))]
    for section in sections:
        if isinstance(section, Mapping):
            parts += [_text(section.get("headline")), _text(section.get("paragraphs"))]
    return "\n\n".join(part for part in parts if part) or None
