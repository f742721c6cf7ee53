"""The tables as pandas frames, for the usual questions. Only reads; everything here can be had with `pandas.read_parquet` as well.

from transforms.load import load_claims, daily, incidents
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from transforms.schema import arrow_schema

PLACE_COLUMNS = ["place_name", "region", "country", "lat", "lon", "place_precision"]


def load_table(tables: str | Path, name: str) -> pd.DataFrame:
    """One table as it is. Raises FileNotFoundError that says what to run where it was never made."""
    folder = Path(tables) / name
    if not any(folder.glob("[!._]*.parquet")):
        made_by = "tollbook incidents" if (Path(tables) / "claims").is_dir() else "tollbook ingest"
        raise FileNotFoundError(f"{folder}: no such table; run `{made_by}` first")
    return pd.read_parquet(folder)


def _derived(tables: str | Path, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Columns of a derived table, without rows where `tollbook incidents` has not been run yet."""
    try:
        return load_table(tables, name)[list(columns)]
    except FileNotFoundError:
        empty: pd.DataFrame = arrow_schema(name).empty_table().to_pandas()
        return empty[list(columns)]


def load_claims(
    tables: str | Path,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    source: str | Sequence[str] | None = None,
    summable: bool | None = None,
) -> pd.DataFrame:
    """Claims with their `day`, resolved place and `incident_id`, in order of publication.

    `day` is the first day of the harm, of undated claims that of publication; `since` and `until` (inclusive) go by it, and claims without
    one are left out then. `source` is one source_id or several. `summable=True` keeps what may be added up within an article; over
    articles use `daily` or `incidents`, which count an incident once. Place and incident are null until `tollbook incidents` has run.
    """
    claims = load_table(tables, "claims")
    claims = claims.merge(_derived(tables, "places", ["claim_id", *PLACE_COLUMNS]), on="claim_id", how="left")
    claims = claims.merge(_derived(tables, "incident_claims", ["claim_id", "incident_id"]), on="claim_id", how="left")
    claims.insert(0, "day", claims["date_start"].fillna(claims["published"]))
    keep = pd.Series(True, index=claims.index)
    if since is not None:
        keep &= claims["day"] >= pd.Timestamp(since)
    if until is not None:
        keep &= claims["day"] <= pd.Timestamp(until)
    if source is not None:
        keep &= claims["source_id"].isin([source] if isinstance(source, str) else list(source))
    if summable is not None:
        keep &= claims["summable"] == summable
    return claims[keep.fillna(False)].sort_values(["published", "article_id", "count_start"], kind="stable", ignore_index=True)


def daily(
    tables: str | Path, by: Sequence[str] = ("source_id",), *, harm: str = "killed", victim_class: str | None = None, longest: int = 2
) -> pd.DataFrame:
    """People per day and source by each source's latest word on each incident, an incident once, whatever the number of reprints.

    Columns: day, those of `by` (any of `tolls` or `incidents`), incidents, toll, toll_high. toll adds up the numbers stated, or the lowest
    that the words allow; toll_high the highest. Rows of different sources are rival accounts of partly the same incidents: compare them,
    never add them. Incidents longer than `longest` days ("last month") have no day and are left out.
    """
    tolls = load_table(tables, "tolls")
    incidents = load_table(tables, "incidents")
    wanted = tolls["latest"] & (tolls["harm"] == harm)
    if victim_class is not None:
        wanted &= tolls["victim_class"] == victim_class
    days = incidents["date_end"] - incidents["date_start"]
    of_day = incidents[(days < pd.Timedelta(days=longest)).fillna(False)]
    extra = [name for name in by if name not in tolls.columns]
    rows = tolls[wanted].merge(of_day[["incident_id", "date_start", *extra]], on="incident_id")
    rows = rows.assign(day=rows["date_start"], toll_high=rows[["toll", "toll_max"]].max(axis=1))
    grouped = rows.groupby(["day", *by], observed=True, dropna=False)
    return grouped.agg(incidents=("incident_id", "nunique"), toll=("toll", "sum"), toll_high=("toll_high", "sum")).reset_index()


def incidents(tables: str | Path, *, since: str | date | None = None, until: str | date | None = None) -> pd.DataFrame:
    """Incidents by date, each with its range for every harm: killed_low, killed_high, injured_low and so on, null if not told of."""
    found = load_table(tables, "incidents")
    estimates = load_table(tables, "estimates")
    ranges = estimates[estimates["method"] == "range"]
    for harm in estimates["harm"].cat.categories:
        one = ranges.loc[ranges["harm"] == harm, ["incident_id", "low", "high"]]
        found = found.merge(one.rename(columns={"low": f"{harm}_low", "high": f"{harm}_high"}), on="incident_id", how="left")
    if since is not None:
        found = found[(found["date_end"] >= pd.Timestamp(since)).fillna(False)]
    if until is not None:
        found = found[(found["date_start"] <= pd.Timestamp(until)).fillna(False)]
    return found.sort_values(["date_start", "incident_id"], ignore_index=True)


def timeline(tables: str | Path, incident_id: str) -> pd.DataFrame:
    """Who said what of an incident and when, every sentence quoted: its tolls in order of publication, one row a claim behind them."""
    tolls = load_table(tables, "tolls")
    rows = tolls[tolls["incident_id"] == incident_id].copy()
    rows["claim_id"] = rows["claim_ids"].str.split(" ")
    said = load_table(tables, "claims")[["claim_id", "outlet", "sentence"]]
    return rows.explode("claim_id").merge(said, on="claim_id", how="left").sort_values(["published", "harm", "revision"], ignore_index=True)


def source_pairs(tables: str | Path, by: Sequence[str] = ("source_a", "source_b", "harm")) -> pd.DataFrame:
    """How the tolls of two sources compare over the incidents that both tell of: median of toll_a / toll_b, and on how many it rests.

    With by=["type_a", "loss_a", "type_b", "loss_b"] it compares kinds of sources, and own losses with the enemy's.
    """
    pairs = load_table(tables, "disagreements")
    grouped = pairs.groupby(list(by), observed=True, dropna=False)
    found = grouped.agg(incidents=("incident_id", "nunique"), median_ratio=("ratio", "median"), agree=("agree", "mean")).reset_index()
    return found.sort_values(["incidents", *by], ascending=[False, *[True] * len(by)], ignore_index=True)
