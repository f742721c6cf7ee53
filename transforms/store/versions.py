"""Revised articles: the same address, or the same outlet and external id, with another text.

Each text is an article of its own, whose id is a hash of both. One of the versions stands; the others are superseded, and their claims are
in claims_history. The later day of publication stands; of one day, or where a day is not known, the version that was read later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from transforms.store.known import Tables, file_of, standing_like
from transforms.store.rows import month_of

Row = Mapping[str, Any]


@dataclass(slots=True)
class Versions:
    """Which articles new ones supersede: by id, the id of the version that stands in their place.

    `unborn` are new articles that were older than what stood when they came. `file_of` names the file of each article: versions share
    one, so that a reader sees the one or the other.
    """

    superseded_by: dict[str, str] = field(default_factory=dict)
    unborn: set[str] = field(default_factory=set)
    file_of: dict[str, str] = field(default_factory=dict)


def compare(tables: Tables, articles: Sequence[Row]) -> Versions:
    """Articles in the order of reading, against those that stand in the tables and each other. Known ones stay what they are."""
    versions = Versions()
    new = [row for row in articles if row["article_id"] not in tables.part_of]
    stands: dict[tuple[str, ...], list[Row]] = {}
    urls = {row["url"] for row in new if row["url"]}
    external_ids = {row["external_id"] for row in new if row["external_id"]}
    for there in standing_like(tables, urls, external_ids) if urls or external_ids else ():
        _stand(stands, there)
        versions.file_of[there["article_id"]] = file_of(tables, there["article_id"]) or ""
    for row in articles:
        key = row["article_id"]
        known = file_of(tables, key)
        if known is not None:
            versions.file_of[key] = known
            continue
        rivals = {rival["article_id"]: rival for name in _keys(row) for rival in stands.get(name, ())}
        versions.file_of[key] = next((versions.file_of[rival] for rival in rivals), month_of(row["published"]))
        newer = next((rival for rival in rivals.values() if _earlier(row, rival)), None)
        if newer is not None:
            versions.superseded_by[key] = newer["article_id"]
            versions.unborn.add(key)
            continue
        for rival in rivals.values():
            versions.superseded_by[rival["article_id"]] = key
            for name in _keys(rival):
                stands[name].remove(rival)
        _stand(stands, row)
    return versions


def _keys(row: Row) -> list[tuple[str, ...]]:
    """What two versions of an article have in common. An unknown outlet is not the same as another unknown one."""
    keys: list[tuple[str, ...]] = [("url", row["url"])] if row["url"] else []
    return [*keys, ("id", row["outlet"], row["external_id"])] if row["outlet"] and row["external_id"] else keys


def _stand(stands: dict[tuple[str, ...], list[Row]], row: Row) -> None:
    for name in _keys(row):
        stands.setdefault(name, []).append(row)


def _earlier(row: Row, rival: Row) -> bool:
    return bool(row["published"] and rival["published"] and row["published"] < rival["published"])
