"""Articles and claims in the tables -> the derived tables: the table of contents of the analysis.

Near-duplicates (syndication.py), places (places.py), incidents (incidents.py), tolls, estimates and disagreements (tolls.py, estimates.py,
disagreements.py), running totals (series.py). Pure reading: the rows come back as Arrow tables, and the caller hands them to the store.
Texts are read once, when an article is new; the rest is linked anew each time, which gives the same as linking only what changed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.disagreements import agree, disagreements_of
from transforms.estimates import estimates_of, grade
from transforms.incidents import Change, Incident, Statement, find_incidents, name_incidents
from transforms.places import Place, open_gazetteer, resolve_place
from transforms.schema import from_rows, names
from transforms.series import find_series
from transforms.sources import article_country, find_mentions
from transforms.store import month_files, refuse_unfinished
from transforms.syndication import Sketched, group_articles, sketches
from transforms.tolls import Toll, source_key, tolls_of

Rows = list[dict[str, Any]]
CLAIM_COLUMNS = [
    "claim_id", "article_id", "published", "harm", "count", "count_min", "count_max", "vague", "count_text", "victims", "victim_class",
    "victim_group", "date_start", "date_end", "date_precision", "scope", "source_id", "source_type", "place", "actor", "weapon",
    "subset_of", "repeat_of", "assertion", "sentence", "sentence_start", "count_start",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Derived:
    """The derived tables by name, and what became of earlier incident ids."""

    tables: dict[str, pa.Table]
    changes: list[Change]


def derive(root: Path, at: datetime) -> Derived:
    """All derived tables of what stands under `root`. `at` dates the changes of incident ids.

    Raises OSError where a run was stopped while it put its rows into the tables.
    """
    refuse_unfinished(root)
    articles = _syndication(root)
    claims = _claims(root)
    about = {row["article_id"]: row for row in articles}
    claims = [row for row in claims if row["article_id"] in about]  # a commit cut short leaves claims whose articles come with the next run
    places = _resolve(claims, about)
    said = [(row["scope"], _statement(row, about[row["article_id"]], places)) for row in claims]
    incidents = find_incidents(statement for scope, statement in said if scope == "event")
    before = {row["claim_id"]: row["incident_id"] for row in _stored(root, "incident_claims", ["claim_id", "incident_id"])}
    ids, changes = name_incidents(incidents, before)
    outlets = dict(zip(*(_column(root, "articles", name) for name in ("article_id", "outlet")), strict=True))
    tables = {
        "syndication": articles,
        "places": _place_rows(claims, about, places),
        "incident_changes": _change_rows(changes, at),  # the store puts them behind those of earlier runs
        "series": _series_rows(statement for scope, statement in said if scope == "cumulative"),
        **_incident_tables(incidents, ids, outlets),
    }
    return Derived({name: from_rows(name, rows) for name, rows in tables.items()}, changes)


# --- reading -------------------------------------------------------------------------------------------------------------------------


def _stored(root: Path, table: str, columns: Sequence[str]) -> Rows:
    """The rows of a derived table as they stand, none where it was never made."""
    return [row for path in month_files(root, table) for row in _plain(pq.read_table(path, columns=list(columns))).to_pylist()]


def _plain(table: pa.Table) -> pa.Table:
    """Dates as dates, so that rows can go back into a table of the one schema."""
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is None:
            table = table.set_column(position, field.name, table.column(position).cast(pa.date32()))
    return table


def _column(root: Path, table: str, name: str) -> list[Any]:
    return [value for path in month_files(root, table) for value in pq.read_table(path, columns=[name])[name].to_pylist()]


def _claims(root: Path) -> Rows:
    return [row for path in month_files(root, "claims") for row in _plain(pq.read_table(path, columns=CLAIM_COLUMNS)).to_pylist()]


def _texts(root: Path, ids: Collection[str]) -> Iterator[tuple[str, str]]:
    """article_id and text, read from the files that hold them and no others, of which one at a time is held."""
    wanted = pa.array(list(ids), pa.large_string())
    for path in month_files(root, "articles") if ids else []:
        keys = pq.read_table(path, columns=["article_id"])["article_id"].cast(pa.large_string())
        if pc.any(pc.is_in(keys, value_set=wanted)).as_py():
            rows = pq.read_table(path, columns=["article_id", "text"])
            rows = rows.filter(pc.is_in(rows["article_id"].cast(pa.large_string()), value_set=wanted))
            for batch in rows.to_batches(max_chunksize=1000):
                yield from zip(batch["article_id"].to_pylist(), batch["text"].to_pylist(), strict=True)


# --- articles and places -------------------------------------------------------------------------------------------------------------


def _syndication(root: Path) -> Rows:
    """The rows of `syndication` for all articles: sketch and country of new ones from their texts, groups anew."""
    known = {row["article_id"]: row for row in _stored(root, "syndication", names("syndication"))}
    published = dict(zip(*(_column(root, "articles", name) for name in ("article_id", "published")), strict=True))
    known = {key: row for key, row in known.items() if key in published}
    fresh = sorted(set(published) - set(known))
    for at in range(0, len(fresh), 2000):  # texts of so many articles at a time
        texts = dict(_texts(root, fresh[at : at + 2000]))
        keys = sorted(texts)
        for key, sketch in zip(keys, sketches(texts[key] for key in keys), strict=True):
            country = article_country(find_mentions(texts[key]), texts[key])
            known[key] = {"article_id": key, "syndication_group": None, "sketch": sketch, "country": country}
    sketched = [
        Sketched(key, day.date() if day else None, known[key]["sketch"], known[key]["syndication_group"])
        for key, day in sorted(published.items())
    ]
    groups = group_articles(sketched, lambda ids: _texts(root, ids))
    return [
        {
            **known[key],
            "syndication_group": group.group,
            "group_size": group.size,
            "similar_to": group.similar_to,
            "shared": group.shared,
        }
        for key, group in sorted(groups.items())
    ]


def _resolve(claims: Rows, about: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str | None], Place | None]:
    """What the place words of the claims mean, by words and country of the article."""
    asked = {(row["place"], about[row["article_id"]]["country"]) for row in claims if row["place"]}
    if not asked:
        return {}
    gazetteer = open_gazetteer({words for words, _ in asked}, {country for _, country in asked})
    return {(words, country): resolve_place(words, country, gazetteer) for words, country in asked}


def _place_rows(claims: Rows, about: Mapping[str, Mapping[str, Any]], places: Mapping[tuple[str, str | None], Place | None]) -> Rows:
    rows = []
    for claim in claims:
        if claim["place"]:
            place = places[claim["place"], about[claim["article_id"]]["country"]]
            told = {name: claim[name] for name in ("claim_id", "article_id", "place")}
            rows.append(told | _place_columns(place) | {"place_basis": place.basis if place else "none"})
    return rows


def _place_columns(place: Place | None) -> dict[str, Any]:
    """The columns that `places` and `incidents` share; all null where the place is not known."""
    if place is None:
        return dict.fromkeys(("place_name", "place_key", "region", "country", "lat", "lon", "place_precision"))
    return {
        "place_name": place.name, "place_key": place.key, "region": place.region, "country": place.country,
        "lat": place.lat, "lon": place.lon, "place_precision": place.precision,
    }  # fmt: skip


def _statement(row: Mapping[str, Any], article: Mapping[str, Any], places: Mapping[tuple[str, str | None], Place | None]) -> Statement:
    said = {name: row[name] for name in CLAIM_COLUMNS if name not in ("scope", "place")}
    place = places[row["place"], article["country"]] if row["place"] else None
    return Statement(group=article["syndication_group"], place=place, country=article["country"], **said)


# --- incidents -----------------------------------------------------------------------------------------------------------------------


def _incident_tables(incidents: Sequence[Incident], ids: Sequence[str], outlets: Mapping[str, str | None]) -> dict[str, Rows]:
    rows: dict[str, Rows] = defaultdict(list)
    for name in ("incidents", "incident_claims", "tolls", "estimates", "disagreements"):
        rows[name] = []
    for incident_id, incident in sorted(zip(ids, incidents, strict=True), key=lambda pair: pair[0]):
        tolls = tolls_of(incident.statements)
        rows["incidents"].append({"incident_id": incident_id, **_incident_row(incident, tolls, outlets)})
        rows["incident_claims"] += ({"incident_id": incident_id, **row} for row in _member_rows(incident))
        rows["tolls"] += ({"incident_id": incident_id, **_toll_row(toll)} for toll in tolls)
        rows["estimates"] += ({"incident_id": incident_id, **row} for row in _estimate_rows(tolls))
        rows["disagreements"] += ({"incident_id": incident_id, **row} for row in _disagreement_rows(tolls))
    return rows


def _incident_row(incident: Incident, tolls: Sequence[Toll], outlets: Mapping[str, str | None]) -> dict[str, Any]:
    said = incident.statements
    window, latest = incident.window, [toll for toll in tolls if toll.latest]
    days = [statement.published for statement in said if statement.published]
    articles = {statement.article_id for statement in said}
    keys = sorted({toll.source_key for toll in tolls})
    first = min(tolls, key=lambda toll: (toll.published or date.max, toll.article_id, toll.source_key), default=None)
    links = [member.score for member in incident.members if member.method not in ("founder", "article")]
    place = _place_columns(incident.place) | {"country": incident.country}
    basis = "none" if window is None else "published" if window.basis == "published" else "claims"
    return {
        "date_start": window.first if window else None,
        "date_end": window.last if window else None,
        "date_basis": basis,
        **place,
        "weapon": _most(statement.weapon for statement in said),
        "actor": _most(statement.actor for statement in said),
        "harms": " ".join(sorted({statement.harm for statement in said})),
        "claims": len(said),
        "articles": len(articles),
        "outlets": len({outlets[article] for article in articles if outlets.get(article)}),
        "syndication_groups": len({statement.group for statement in said}),
        "independent_sources": len(keys),
        "sources": " ".join(keys),
        "first_reported": min(days, default=None),
        "first_source": first.source_key if first else None,
        "first_claim_id": said[0].claim_id,
        "last_reported": max(days, default=None),
        "revisions": sum(toll.change in ("raised", "lowered") for toll in tolls),
        "grade": grade(latest),
        "link_score": min(links, default=None),
    }


def _most(words: Iterable[str | None]) -> str | None:
    """The word that comes most often, of equals the first in the alphabet."""
    counts = Counter(word for word in words if word)
    return min(counts, key=lambda word: (-counts[word], word), default=None)


def _member_rows(incident: Incident) -> Iterator[dict[str, Any]]:
    for member in incident.members:
        yield {
            "claim_id": member.statement.claim_id,
            "article_id": member.statement.article_id,
            "syndication_group": member.statement.group,
            "role": member.statement.role,
            "source_key": source_key(member.statement),
            "method": member.method,
            "score": member.score,
            "linked_to": member.linked_to,
            "why": member.why,
        }


def _toll_row(toll: Toll) -> dict[str, Any]:
    row = {name: getattr(toll, name) for name in names("tolls") if name not in ("incident_id", "claim_ids")}
    return row | {"claim_ids": " ".join(toll.claim_ids)}


def _estimate_rows(tolls: Sequence[Toll]) -> Iterator[dict[str, Any]]:
    for estimate in estimates_of(tolls):
        row = {name: getattr(estimate, name) for name in names("estimates") if hasattr(estimate, name)}
        for end in ("low", "best", "high"):
            row[f"{end}_claim_ids"] = " ".join(getattr(estimate, f"{end}_claims")) or None
        yield row | {"claim_ids": " ".join(estimate.claims)}


def _disagreement_rows(tolls: Sequence[Toll]) -> Iterator[dict[str, Any]]:
    for a, b in disagreements_of(tolls):
        row: dict[str, Any] = {"harm": a.harm, "ratio": round(a.toll / b.toll, 4) if b.toll else None, "agree": agree(a, b)}
        for end, toll in (("a", a), ("b", b)):
            row |= {f"source_{end}": toll.source_id, f"type_{end}": toll.source_type or "other", f"side_{end}": toll.source_side}
            row |= {f"loss_{end}": toll.loss, f"toll_{end}": toll.toll, f"claim_ids_{end}": " ".join(toll.claim_ids)}
        yield row


def _change_rows(changes: Iterable[Change], at: datetime) -> Rows:
    return [
        {"recorded_at": at, "incident_id": c.incident_id, "change": c.change, "other_id": c.other_id, "claims": c.claims} for c in changes
    ]


# --- running totals ------------------------------------------------------------------------------------------------------------------


def _series_rows(running: Iterable[Statement]) -> Rows:
    rows = []
    for total in find_series(running):
        said = total.statement
        rows.append(
            {
                "series_id": total.series_id,
                "claim_id": said.claim_id,
                "article_id": said.article_id,
                "source_key": source_key(said),
                "harm": said.harm,
                "victim_class": said.victim_class,
                "victim_group": said.victim_group,
                "place_name": said.place.name if said.place else None,
                "country": said.place.country if said.place else said.country,
                "since": said.date_start,
                "until": said.date_end,
                "published": said.published,
                "toll": said.number,
                "toll_min": said.count_min,
                "toll_max": said.count_max,
                "previous_claim_id": total.previous,
                "falls": total.falls,
            }
        )
    return rows
