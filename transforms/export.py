"""Tables for a spreadsheet or for programs made for other data sets. data/exports.yaml has their columns.

What leaves the tables loses its quotes: a sentence, or the name of a witness, may tell who a victim or a source is, and a copy cannot be
called back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import pandas as pd

from transforms.ledger import source_name, web_address
from transforms.lexicon import DATA, english, read_yaml
from transforms.sources import load_countries, registry

Frames = Mapping[str, pd.DataFrame]

QUOTES = ("sentence",)
# Whose words in `source` may be the name of a private person, and whose `source_id` too, which a name that nobody listed is made into.
PRIVATE_SPEAKERS = ("witnesses", "activists", "medics", "other")
UNLISTED = "unnamed"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of one
LIST = "; "  # between several values of a cell


@dataclass(frozen=True, slots=True)
class Incident:
    """What an export can say of an incident. Null where nothing is told; tolls by the methods of the table estimates."""

    incident_id: str
    year: int | None
    date_start: str | None
    date_end: str | None
    date_prec: int | None  # UCDP's five steps
    country: str | None
    country_name: str | None
    region: str | None
    place_name: str | None
    place_precision: str | None
    lat: float | None
    lon: float | None
    weapon: str | None
    actor: str | None
    grade: str
    independent_sources: int
    sources: str | None
    outlets: str | None
    urls: str | None
    first_reported: str | None
    killed_low: int | None  # method range
    killed_high: int | None
    injured_low: int | None
    injured_high: int | None
    missing_low: int | None
    missing_high: int | None
    killed_lbh_low: int | None  # method low_best_high
    killed_best: int | None
    killed_lbh_high: int | None
    killed_conservative: int | None
    killed_class: str | None
    killed_civilians: int | None  # killed_best where all tolls count civilians
    killed_unknown: int | None  # killed_best where no toll says whom it counts
    notes: str


def claims_csv(frames: Frames, with_quotes: bool) -> str:
    """The table claims with the address of the article, as CSV; without the quotes unless they are asked for."""
    claims = frames["claims"].merge(frames["articles"][["article_id", "url"]], on="article_id", how="left")
    claims["url"] = claims["url"].map(web_address, na_action="ignore")
    if not with_quotes:
        claims = claims.drop(columns=list(QUOTES))
        claims["source"] = claims["source"].mask(claims["source_type"].isin(PRIVATE_SPEAKERS))
        claims["source_id"] = claims["source_id"].mask(_may_be_a_name(claims))
    days = [name for name in claims.columns if str(claims[name].dtype).startswith("datetime")]
    for name in days:
        claims[name] = claims[name].dt.strftime("%Y-%m-%d")
    return _csv([list(claims.columns)], claims.astype(object).itertuples(index=False, name=None))


def _may_be_a_name(claims: pd.DataFrame) -> pd.Series[bool]:
    """Whether `source_id` may tell the name of a private person: neither a body of the registry nor a kind of people has it."""
    return claims["source_type"].isin(PRIVATE_SPEAKERS) & ~claims["source_id"].isin([*registry(), *english()["kinds"]])


def incidents_csv(frames: Frames, form: str) -> str:
    """The incidents in one of the formats of data/exports.yaml. Raises ValueError where there are none, LookupError for another format."""
    layout = layouts()[form]
    if frames["incidents"].empty:
        raise ValueError("there are no incidents in these tables; link the claims first: tollbook incidents")
    heads = [[column["column"] for column in layout]]
    if all("tag" in column for column in layout):
        heads.append([column["tag"] for column in layout])
    rows = incidents(frames)
    if form == "ucdp":  # an event there has someone killed
        rows = [row for row in rows if row.killed_lbh_high]
    return _csv(heads, ([_cell(row, column) for column in layout] for row in rows))


@cache
def layouts() -> dict[str, list[dict[str, Any]]]:
    """data/exports.yaml. Raises ValueError where it names a field that an incident has not."""
    path = DATA / "exports.yaml"
    formats: dict[str, list[dict[str, Any]]] = read_yaml(path)
    known = {field.name for field in fields(Incident)}
    for form, layout in formats.items():
        for column in layout:
            if column["field"] not in known:
                raise ValueError(f"{path}: {form}, column {column['column']}: an incident has no field {column['field']}")
    return formats


def _cell(row: Incident, column: Mapping[str, Any]) -> Any:
    value = getattr(row, column["field"])
    return column["values"].get(value) if "values" in column else value


def _csv(heads: Sequence[Sequence[str]], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(heads)
    writer.writerows([safe(value) for value in row] for row in rows)
    return out.getvalue()


def safe(value: Any) -> Any:
    """The value as a spreadsheet may have it: text that it would take for a formula gets an apostrophe before it; nulls are empty."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None or pd.isna(value) else value


# --- incidents -----------------------------------------------------------------------------------------------------------------------


def incidents(frames: Frames) -> list[Incident]:
    """Every incident with its estimates and sources, in the order of the table."""
    estimates = _estimates(frames["estimates"])
    told = _told(frames)
    return [_incident(row, estimates.get(row["incident_id"], {}), told.get(row["incident_id"], {})) for row in _rows(frames["incidents"])]


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries, with None for null."""
    plain = frame.astype(object)
    return [{str(name): value for name, value in row.items()} for row in plain.where(plain.notna(), None).to_dict("records")]


def _estimates(estimates: pd.DataFrame) -> dict[str, dict[tuple[str, str], dict[str, Any]]]:
    """By incident, then by harm and method."""
    found: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for row in _rows(estimates):
        found.setdefault(row["incident_id"], {})[(row["harm"], row["method"])] = row
    return found


def _told(frames: Frames) -> dict[str, dict[str, str]]:
    """By incident: its named sources (private persons by their kind), outlets and addresses, each once."""
    said = frames["claims"][["claim_id", "source_id", "source_type", "outlet"]]
    said = said.assign(private=_may_be_a_name(said))
    said = frames["incident_claims"][["incident_id", "claim_id", "article_id"]].merge(said, on="claim_id")
    said = said.merge(frames["articles"][["article_id", "url"]], on="article_id", how="left")
    lists: dict[str, dict[str, dict[str, None]]] = {}
    for row in _rows(said):
        about = lists.setdefault(row["incident_id"], {"sources": {}, "outlets": {}, "urls": {}})
        source = _source(row) if row["source_id"] else None
        for name, value in (("sources", source), ("outlets", row["outlet"]), ("urls", web_address(row["url"]))):
            if value:
                about[name][value] = None
    return {key: {name: LIST.join(values) for name, values in about.items() if values} for key, about in lists.items()}


def _source(row: Mapping[str, Any]) -> str:
    if row["private"]:
        return UNLISTED if row["source_type"] == "other" else str(row["source_type"])
    return source_name(row["source_id"])


def _incident(row: Mapping[str, Any], estimates: Mapping[tuple[str, str], Mapping[str, Any]], told: Mapping[str, str]) -> Incident:
    def of(harm: str, method: str, end: str) -> int | None:
        value = estimates.get((harm, method), {}).get(end)
        return None if value is None else int(value)

    whom = estimates.get(("killed", "low_best_high"), {}).get("victim_class")
    best = of("killed", "low_best_high", "best")
    copied = ("incident_id", "country", "region", "place_name", "place_precision", "lat", "lon", "weapon", "actor", "grade")
    return Incident(
        **{name: row[name] for name in copied},
        year=None if row["date_start"] is None else row["date_start"].year,
        date_start=_day(row["date_start"]),
        date_end=_day(row["date_end"]),
        date_prec=_date_prec(row["date_start"], row["date_end"]),
        country_name=_countries().get(row["country"]),
        independent_sources=int(row["independent_sources"]),
        sources=told.get("sources"),
        outlets=told.get("outlets"),
        urls=told.get("urls"),
        first_reported=_day(row["first_reported"]),
        killed_low=of("killed", "range", "low"),
        killed_high=of("killed", "range", "high"),
        injured_low=of("injured", "range", "low"),
        injured_high=of("injured", "range", "high"),
        missing_low=of("missing", "range", "low"),
        missing_high=of("missing", "range", "high"),
        killed_lbh_low=of("killed", "low_best_high", "low"),
        killed_best=best,
        killed_lbh_high=of("killed", "low_best_high", "high"),
        killed_conservative=of("killed", "conservative", "best"),
        killed_class=whom,
        killed_civilians=best if whom == "civilian" else None,
        killed_unknown=best if whom == "unknown" else None,
        notes=f"Claims: {row['claims']}, articles: {row['articles']}, grade: {row['grade']}. Linked by tollbook from news reports.",
    )


def _day(moment: pd.Timestamp | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d}"


def _date_prec(start: pd.Timestamp | None, end: pd.Timestamp | None) -> int | None:
    """UCDP's date_prec of a stretch of days (UCDP GED codebook 25.1); null without dates."""
    if start is None or end is None:
        return None
    days = (end - start).days + 1
    return 1 if days <= 1 else 2 if days <= 6 else 3 if days == 7 else 4 if days <= 31 else 5


@cache
def _countries() -> dict[str, str]:
    """Names by code; of several lands with one code the first, which is the country itself."""
    return {str(country["iso"]): str(country["name"]) for country in reversed(load_countries())}
