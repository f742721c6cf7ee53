"""The tables -> one page: what is told of the claims, in what order, and in which words. See data/report for its looks.

Where the tables have incidents, tolls are those of incidents; where they have not (yet), the page says so and shows single claims.
Nothing here asks the clock: a report is dated by the last run, so the same tables give the same page.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.ledger import HARMS, Ledger, behind, ledger, pack, source_name
from transforms.lexicon import DATA
from transforms.outlines import Window, outlines, window
from transforms.quotes import number_said
from transforms.schema import DERIVED, TABLES, arrow_schema, columns
from transforms.store import refuse_newer, refuse_unfinished

FOLDER = DATA / "report"
SCRIPTS = ("vendor/d3.min.js", "vendor/plot.umd.min.js", "report.js")
SECTIONS = (
    ("new", "What is new"),
    ("toll", "Toll over time"),
    ("incidents", "Incidents"),
    ("places", "Where"),
    ("disagreement", "Who disagrees"),
    ("sources", "Who says so"),
    ("unknown", "Not known, not read"),
    ("claims", "The claims"),
)

PANELS = 8  # sources with a chart of their own: those told of in most periods; the others are in the list of claims
FEWEST = 3  # sources that are drawn even if they have one point only
NEWEST = 6  # new claims that are shown in full
PAIRS = 15
FALLS = 10
OUTERMOST = 0.02  # of the incidents, at either end of either axis, that may fall outside the map
DAYS_BY_DAY, DAYS_BY_WEEK = 70, 550  # spans up to which a chart counts by days, by weeks; longer ones by months
EARLIER = 60  # days before the first article from which tolls are drawn
HARM_SAID = {"casualties": "killed or injured"}
PRECISIONS = {"city": "town", "district": "district", "region": "region", "country": "country"}
EVERYBODY = "All sources together"

# What a report reads of the tables' columns, where it is not all of them: never an article's text.
WANTED = {
    "articles": ["article_id", "published", "outlet", "title", "url"],
    "syndication": ["article_id", "syndication_group"],
}

Frames = Mapping[str, pd.DataFrame]


class Point(NamedTuple):
    """A source's toll in one period: the lowest and highest number told, `open` where more may be meant, `n` how much stands behind it."""

    start: str
    label: str
    low: int
    high: int
    open: bool
    n: int

    @property
    def said(self) -> str:
        """As a reader wants it: "12", "12 to 15", "12 or more"."""
        return (f"{self.low:,}" if self.low == self.high else f"{self.low:,} to {self.high:,}") + (" or more" if self.open else "")


@dataclass(frozen=True, slots=True)
class Panel:
    """One source's points."""

    name: str
    points: list[Point]


@dataclass(frozen=True, slots=True)
class HarmOverTime:
    """The panels of one harm, in words for the reader ("killed or injured")."""

    harm: str
    panels: list[Panel]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Tolls by source over time: what each mark means (`caption`, `measure`), what a period is (`unit`), what is counted behind it."""

    caption: str
    measure: str
    unit: str
    counted: str
    harms: list[HarmOverTime]


@dataclass(frozen=True, slots=True)
class Row:
    """A line with a bar: `share` is the bar's length from 0 to 100."""

    name: str
    kind: str
    n: int
    share: float
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A place told of; lat and lon are None for regions and countries, which are no points."""

    name: str
    country: str | None
    precision: str
    lat: float | None
    lon: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Map:
    """Places with the most told of first, and the words that go with them."""

    caption: str
    summary: str
    counted: str
    places: list[Place]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sources on the same incidents: the one says `ratio` times what the other says, in the median of `n` incidents.

    `at` and `dots` are where the median and each incident stand on the axis drawn, from 0 to 100; `agree` is in how many incidents one
    number fits the words of both.
    """

    more: str
    less: str
    harm: str
    ratio: str
    at: float
    dots: list[float]
    n: int
    agree: int


class Fall(NamedTuple):
    """A running total that cannot be squared with an earlier one of the same source."""

    source: str
    total: str
    earlier: str


class Told(NamedTuple):
    """A claim in two lines."""

    what: str
    who: str


@dataclass(frozen=True, slots=True)
class News:
    """What the last run brought."""

    sentence: str
    chosen: str
    claims: list[Told]


class Figure(NamedTuple):
    """A number at the head of the page."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page says, but for the list of claims."""

    title: str
    standfirst: str
    figures: list[Figure]
    news: News | None
    timeline: Timeline
    map: Map | None
    no_map: str
    grades: Mapping[str, str]
    pairs: list[Pair]
    pairs_caption: str
    no_pairs: str
    sources: list[Row]
    more_sources: str
    gaps: list[Row]
    gaps_caption: str
    falls: list[Fall]
    rejected: str
    rejects: list[Row]
    made: str


@dataclass(frozen=True, slots=True)
class Page:
    """A report and the file that shows it."""

    report: Report
    html: str


# --- the tables ----------------------------------------------------------------------------------------------------------------------


def read_tables(root: Path) -> dict[str, pa.Table]:
    """Every table under `root`, with no rows where it is not there.

    Raises FileNotFoundError where there is no table of claims at all, NewerTables where a later tollbook wrote them,
    OSError where a run was stopped while it put its rows into them.
    """
    refuse_newer(root)
    refuse_unfinished(root)
    if not (root / "claims").is_dir():
        raise FileNotFoundError(f"{root} has no tables; make them first: tollbook ingest PATH... --tables {root}")
    return {table: _read(root, table) for table in (*TABLES, *DERIVED)}


def _read(root: Path, table: str) -> pa.Table:
    wanted = WANTED.get(table)
    if not any((root / table).glob("[!._]*.parquet")):
        empty = arrow_schema(table).empty_table()
        return empty.select(wanted) if wanted else empty
    return pq.read_table(root / table, columns=wanted)


def make_page(tables: Mapping[str, pa.Table]) -> Page:
    """The page of these tables, as `read_tables` gives them."""
    frames = {name: table.to_pandas() for name, table in tables.items()}
    report = make_report(frames)
    newest = _last_run(frames)
    packed = ledger(tables, None if newest is None else newest["run_id"])
    return Page(report, render(report, packed))


# --- what it says --------------------------------------------------------------------------------------------------------------------


def make_report(frames: Frames) -> Report:
    """What the tables tell, without the single claims."""
    claims, articles = frames["claims"], frames["articles"]
    span = _span(articles)
    places = _map(frames)
    sources = _sources(claims)
    return Report(
        title="Casualty claims in the news" + (f", {_span_said(*span)}" if span else ""),
        standfirst=" ".join(filter(None, (_standfirst(claims, articles), behind(frames)))),
        figures=_figures(frames, span),
        news=_news(frames),
        timeline=_timeline(frames),
        map=places,
        no_map=_no_map(frames),
        grades=next(column.values for column in columns("incidents") if column.name == "grade"),
        pairs=_pairs(frames["disagreements"]),
        pairs_caption=(
            "Where two sources give a toll for the same incident. A dot is one incident, the bar their median: to the right of the middle"
            " the first source says more, to the left the second. A ratio behind one or two incidents says little."
        ),
        no_pairs=_no_pairs(frames),
        sources=sources,
        more_sources=f"{len(sources) - 12:,} further sources" + (", of which the first 188 are shown" if len(sources) > 200 else ""),
        gaps=_gaps(claims),
        gaps_caption=(
            "What the articles do not say stays empty in the tables: it is not guessed, and it does not mean zero."
            if len(claims)
            else "There are no claims yet."
        ),
        falls=_falls(frames["series"]),
        rejected=_rejected(frames),
        rejects=_rejects(frames["rejects"]),
        made=_made(frames),
    )


def _span(articles: pd.DataFrame) -> tuple[date, date] | None:
    """First and last day of publication. Not of the harm: one article that looks back at an old massacre would stretch it by decades."""
    days = articles["published"].dropna()
    return (days.min().date(), days.max().date()) if len(days) else None


def _span_said(first: date, last: date) -> str:
    if first == last:
        return f"{first.day} {first:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%B %Y}"
    if (last - first).days > DAYS_BY_WEEK:
        return f"{first.year}–{last.year}" if first.year != last.year else str(first.year)
    return f"{first.day} {first:%B %Y} – {last.day} {last:%B %Y}"


def _standfirst(claims: pd.DataFrame, articles: pd.DataFrame) -> str:
    said = claims["source_id"].nunique()
    found = claims["article_id"].nunique()
    return (
        f"{_many(len(claims), 'claim')} of people killed, injured, captured or missing, put down to {_many(said, 'source')},"
        f" in {found:,} of {_many(len(articles), 'article')}."
    )


def _figures(frames: Frames, span: tuple[date, date] | None) -> list[Figure]:
    claims, articles = frames["claims"], frames["articles"]
    outlets = articles["outlet"].nunique()
    figures = [
        Figure("Claims", f"{len(claims):,}", f"{int(claims['summable'].sum()):,} of them a whole toll of one event"),
        Figure("Articles read", f"{len(articles):,}", f"from {_many(outlets, 'known outlet')}"),
        Figure("Sources", f"{claims['source_id'].nunique():,}", "named, or of a kind such as residents"),
    ]
    if len(frames["incidents"]):
        alone = int((frames["incidents"]["independent_sources"] <= 1).sum())
        figures.append(Figure("Incidents", f"{len(frames['incidents']):,}", f"{alone:,} of them told by one source alone"))
    if span:
        figures.append(Figure("Published from", f"{span[0].day} {span[0]:%b %Y}", f"to {span[1].day} {span[1]:%b %Y}"))
    figures.append(Figure("Rejected", f"{len(frames['rejects']):,}", "files and records that could not be read"))
    return figures


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# --- what is new ---------------------------------------------------------------------------------------------------------------------


def _last_run(frames: Frames) -> dict[str, Any] | None:
    runs = frames["runs"].sort_values("run_id")
    return None if runs.empty else {str(name): value for name, value in runs.iloc[-1].items()}


def _news(frames: Frames) -> News | None:
    run = _last_run(frames)
    if run is None:
        return None
    claims, history = frames["claims"], frames["claims_history"]
    new = claims[claims["run_id"] == run["run_id"]]
    retracted = int((history["retracted_at"] == run["started"]).sum())
    said = f"The last run, on {_clock(run['started'])}, read {_many(run['files'], 'file')}: {_many(run['articles_new'], 'new article')}"
    said += f", {run['articles_changed']:,} changed, {run['articles_known']:,} known already"
    said += f"; {_many(len(new), 'claim')} new or told otherwise"
    said += f", {_many(retracted, 'earlier claim')} withdrawn or replaced" if retracted else ""
    said += f"; {_many(run['rejects'], 'reject')}."
    said += _linked(frames["incident_claims"], set(new["claim_id"]))
    if len(frames["runs"]) == 1 and len(new):
        said += " It is the first run, so everything is new."
    if new.empty:
        return News(said, "", [])
    shown = new[new["summable"].fillna(False)].sort_values(
        ["published", "count_min", "claim_id"], ascending=[False, False, True], na_position="last"
    )
    chosen = "The latest published of them:" if len(new) > NEWEST else "These are they:"
    shown = (shown if len(shown) else new).head(NEWEST)
    return News(said, chosen, [_told(claim) for _, claim in shown.iterrows()])


def _linked(links: pd.DataFrame, new: set[str]) -> str:
    """What new claims did to incidents: an incident of new claims only is new itself."""
    fresh = links["claim_id"].isin(new).groupby(links["incident_id"]).agg(["any", "all"])
    made, added = int(fresh["all"].sum()), int((fresh["any"] & ~fresh["all"]).sum())
    return f" They make {_many(made, 'new incident')} and add to {added:,} known before." if made or added else ""


def _clock(moment: pd.Timestamp) -> str:
    return f"{moment.day} {moment:%B %Y at %H:%M} UTC"


def _told(claim: pd.Series[Any]) -> Told:
    count = None if pd.isna(claim["count"]) else int(claim["count"])
    what = number_said(count, claim["qualifier"], claim["count_text"])
    what += "" if pd.isna(claim["victims"]) else f" {claim['victims']}"
    what += f" {HARM_SAID.get(claim['harm'], claim['harm'])}"
    what += "" if pd.isna(claim["place"]) else f", {claim['place']}"
    source = "no one named" if pd.isna(claim["source_id"]) else source_name(claim["source_id"])
    where = [claim["outlet"], None if pd.isna(claim["published"]) else f"{claim['published']:%Y-%m-%d}"]
    return Told(what, ", ".join(str(part) for part in (source, *where) if part is not None and not pd.isna(part)))


# --- toll over time ------------------------------------------------------------------------------------------------------------------


def _timeline(frames: Frames) -> Timeline:
    """By incident where there are incidents: a source's latest tolls may be added up over incidents, its claims may not."""
    if len(frames["incidents"]):
        rows, everybody = _incident_tolls(frames)
        measure = "Sum of each source's latest tolls of the incidents that began then"
        caption = (
            "For every {unit}, the latest toll that a source gave for each incident it spoke of, added up over the incidents. The first"
            " chart takes the lowest and the highest of all sources for each incident. A source that is silent on an incident adds nothing,"
            " so a low line may only mean few reports."
        )
        undated = int((frames["incidents"]["date_basis"] != "claims").sum())
        caption += f" Not drawn: {_many(undated, 'incident')} without a date of their own." if undated else ""
        counted = "incidents"
    else:
        rows, everybody = _single_claims(frames["claims"]), None
        measure = "Largest toll claimed of a single event that began then"
        caption = (
            "For every {unit}, the largest toll that a source claims for one event, as one article has it. Claims are not added up, since"
            " several may be of the same event."
        )
        counted = "claims"
    since = _drawn_from(frames["articles"])
    if since is not None:
        earlier = int((rows["day"] < since).sum())
        rows = rows[rows["day"] >= since]
        if everybody is not None:
            everybody = everybody[everybody["day"] >= since]
        if earlier:
            noun = _many(earlier, "toll") if counted == "incidents" else _many(earlier, "claim")
            caption += f" Not drawn: {noun} of events more than {EARLIER} days before the first article here."
    if rows.empty:
        return Timeline("", measure, "day", counted, [])
    unit = _unit(rows["day"].min(), rows["day"].max())
    harms = []
    for harm in HARMS:
        panels = _panels(rows[rows["harm"] == harm], unit, summed=counted == "incidents")
        if panels and everybody is not None:
            panels = _panels(everybody[everybody["harm"] == harm], unit, summed=True) + panels
        if panels:
            harms.append(HarmOverTime(HARM_SAID.get(harm, harm), panels))
    return Timeline(caption.format(unit=unit), measure, unit, counted, harms)


def _drawn_from(articles: pd.DataFrame) -> pd.Timestamp | None:
    """What is told of long before the first article is looking back, and would squeeze all else; None where no article is dated."""
    first = articles["published"].min()
    return None if pd.isna(first) else first - pd.Timedelta(days=EARLIER)


def _incident_tolls(frames: Frames) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Latest tolls by source, and the range over all sources, of dated incidents: rows of harm, source, day, low, high, open."""
    dated = frames["incidents"][frames["incidents"]["date_basis"] == "claims"]
    days = dated.set_index("incident_id")["date_start"]
    tolls, ranges = frames["tolls"], frames["estimates"]
    tolls = tolls[tolls["latest"].fillna(False) & tolls["source_id"].notna()]
    ranges = ranges[ranges["method"] == "range"]
    named = pd.DataFrame(
        {
            "harm": tolls["harm"].astype(str),
            "source": tolls["source_id"].map(source_name),
            "day": tolls["incident_id"].map(days),
            **_ends(tolls["toll"], tolls["toll_min"], tolls["toll_max"]),
        }
    )
    everybody = pd.DataFrame(
        {
            "harm": ranges["harm"].astype(str),
            "source": EVERYBODY,
            "day": ranges["incident_id"].map(days),
            "low": ranges["low"].fillna(0),
            "high": ranges["high"].fillna(ranges["low"]).fillna(0),
            "open": ranges["high_open"].fillna(False),
        }
    )
    return named[named["day"].notna()], everybody[everybody["day"].notna()]


def _single_claims(claims: pd.DataFrame) -> pd.DataFrame:
    fit = claims[claims["summable"].fillna(False) & claims["source_id"].notna() & claims["date_start"].notna()]
    fit = fit[fit["date_precision"].isin(["day", "night", "days", "week", "month"])]
    return pd.DataFrame(
        {
            "harm": fit["harm"].astype(str),
            "source": fit["source_id"].map(source_name),
            "day": fit["date_start"],
            **_ends(fit["count"].fillna(fit["count_min"]).fillna(fit["count_max"]), fit["count_min"], fit["count_max"]),
        }
    )


def _ends(number: pd.Series[Any], least: pd.Series[Any], most: pd.Series[Any]) -> dict[str, pd.Series[Any]]:
    """Both ends of what is drawn, as the class Toll has them: "about 12" is 12, "up to 12" begins at 0, "at least 12" is open."""
    numbers = pd.DataFrame({"number": number, "most": most}).astype("Float64")
    return {
        "low": numbers["number"].mask(least.isna() & most.notna(), 0),
        "high": numbers.max(axis="columns"),
        "open": most.isna() & least.notna(),
    }


def _unit(first: pd.Timestamp, last: pd.Timestamp) -> str:
    days = (last - first).days
    return "day" if days <= DAYS_BY_DAY else "week" if days <= DAYS_BY_WEEK else "month"


def _panels(rows: pd.DataFrame, unit: str, summed: bool) -> list[Panel]:
    """The sources told of in most periods, each with its points in order of time."""
    if rows.empty:
        return []
    days = rows["day"].dt
    start = {"day": days.normalize(), "week": days.to_period("W").dt.start_time, "month": days.to_period("M").dt.start_time}[unit]
    rows = rows.assign(start=start)
    often = rows.groupby("source").agg(periods=("start", "nunique"), rows=("start", "size")).reset_index()
    often = often.sort_values(["periods", "rows", "source"], ascending=[False, False, True]).head(PANELS)
    often = pd.concat([often.head(FEWEST), often.iloc[FEWEST:][lambda rest: rest["periods"] > 1]])  # a single dot is no course of time
    return [Panel(name, _points(rows[rows["source"] == name], unit, summed)) for name in often["source"]]


def _points(rows: pd.DataFrame, unit: str, summed: bool) -> list[Point]:
    points = []
    for start, group in rows.groupby("start"):
        day = pd.Timestamp(str(start)).date()
        of_it = group if summed else group.sort_values("high", ascending=False, kind="stable").head(1)
        low, high = int(of_it["low"].sum()), int(of_it["high"].sum())
        points.append(Point(day.isoformat(), _period(day, unit), low, high, bool(of_it["open"].any()), len(group)))
    return points


def _period(day: date, unit: str) -> str:
    if unit == "month":
        return f"{day:%B %Y}"
    if unit == "week":
        return f"{day:%Y-%m-%d} to {day + timedelta(days=6):%Y-%m-%d}"
    return day.isoformat()


# --- where ---------------------------------------------------------------------------------------------------------------------------


def _map(frames: Frames) -> Map | None:
    """Incidents by place, or where there are none claims by place. None where no place is a point."""
    counted = "incidents" if len(frames["incidents"]) else "claims"
    rows = frames["incidents"] if counted == "incidents" else frames["places"]
    known = rows[rows["place_key"].notna()]
    if known["lat"].notna().sum() == 0:
        return None
    groups = known.groupby("place_key", sort=True)
    first = groups.first().assign(n=groups.size()).sort_values(["n", "place_name"], ascending=[False, True])
    places = [
        Place(
            str(row["place_name"]),
            None if pd.isna(row["country"]) else str(row["country"]),
            PRECISIONS.get(str(row["place_precision"]), str(row["place_precision"])),
            None if pd.isna(row["lat"]) else float(row["lat"]),
            None if pd.isna(row["lon"]) else float(row["lon"]),
            int(row["n"]),
        )
        for _, row in first.iterrows()
    ]
    points = [place for place in places if place.lat is not None]
    drawn, total = sum(place.n for place in points), len(rows)
    caption = (
        f"{drawn:,} of {_many(total, counted[:-1])} by the town or district that they are told of; the larger the circle, the more"
        f" {counted}."
        f" The other {total - drawn:,} are known to a region or a country only, or to no place at all, and are not drawn."
    )
    far = [place.name for place in points if not _within(place, _view(points))]
    if far:
        caption += f" Outside the map: {', '.join(far[:5])}" + (f" and {len(far) - 5:,} more places." if len(far) > 5 else ".")
    top = ", ".join(f"{place.name} {place.n:,}" for place in points[:5])
    return Map(caption, f"Map of {len(points):,} places. Most {counted}: {top}.", counted, places)


def _view(points: Sequence[Place]) -> Window:
    """The stretch of the map that holds nearly all that is told: a few places far away would make the others one blot."""
    spots = sorted((place for place in points if place.lon is not None), key=lambda place: -place.n)
    lons, lats = ([(value, place.n) for place in spots if (value := getattr(place, name)) is not None] for name in ("lon", "lat"))
    ((west, east), (south, north)) = (_bulk(values) for values in (lons, lats))
    return window([(west, south), (east, north)])


def _bulk(values: list[tuple[float, int]]) -> tuple[float, float]:
    """The stretch of weighted values that leaves out OUTERMOST of the weight at either end."""
    ordered, total, passed = sorted(values), sum(weight for _, weight in values), 0
    low = high = ordered[0][0]
    for value, weight in ordered:
        if passed <= OUTERMOST * total:
            low = value
        if passed < (1 - OUTERMOST) * total:
            high = value
        passed += weight
    return low, high


def _within(place: Place, view: Window) -> bool:
    return place.lon is None or place.lat is None or (view.west <= place.lon <= view.east and view.south <= place.lat <= view.north)


def _no_map(frames: Frames) -> str:
    if len(frames["incidents"]) or len(frames["places"]):
        return "No place here is known to a town or district, so there is nothing to put on a map."
    return "Places have not been looked up yet, so there is no map. The command tollbook incidents does that."


# --- who disagrees -------------------------------------------------------------------------------------------------------------------


def _pairs(disagreements: pd.DataFrame) -> list[Pair]:
    """Pairs of sources by the number of incidents behind them; the one that says more, in the median, stands first."""
    rows = disagreements[disagreements["ratio"].notna() & (disagreements["ratio"] > 0)]
    groups = rows.groupby(["source_a", "source_b", "harm"], observed=True)
    found = [(str(a), str(b), str(harm), group) for (a, b, harm), group in groups]
    return [_pair(*pair) for pair in sorted(found, key=lambda pair: (-len(pair[3]), *pair[:3]))[:PAIRS]]


def _pair(a: str, b: str, harm: str, group: pd.DataFrame) -> Pair:
    ratios, median = group["ratio"], float(group["ratio"].median())
    more, less = (a, b) if median >= 1 else (b, a)
    if median < 1:
        ratios, median = 1 / ratios, 1 / median
    dots = [_at(float(ratio)) for ratio in sorted(ratios)]
    said = HARM_SAID.get(harm, harm)
    return Pair(source_name(more), source_name(less), said, f"{median:.1f}", _at(median), dots, len(group), int(group["agree"].sum()))


def _at(ratio: float) -> float:
    """Where a ratio stands on a logarithmic axis, 0 for a tenth or less, 50 for one, 100 for ten times or more."""
    return round(50 + 50 * min(max(math.log10(ratio), -1.0), 1.0), 1)


def _no_pairs(frames: Frames) -> str:
    if len(frames["incidents"]):
        return "No two named sources give a toll for the same incident here."
    return "Claims have not been linked to incidents yet, so sources cannot be compared. The command tollbook incidents does that."


# --- who says so, what is missing ----------------------------------------------------------------------------------------------------


def _sources(claims: pd.DataFrame) -> list[Row]:
    named = claims[claims["source_id"].notna()]
    groups = named.groupby("source_id").agg(n=("claim_id", "size"), articles=("article_id", "nunique"), kind=("source_type", "first"))
    groups = groups.reset_index().sort_values(["n", "source_id"], ascending=[False, True])
    most = groups["n"].max() if len(groups) else 1
    return [
        Row(source_name(row["source_id"]), str(row["kind"]).replace("_", " "), row["n"], round(100 * row["n"] / most, 1), row["articles"])
        for _, row in groups.iterrows()
    ]


def _gaps(claims: pd.DataFrame) -> list[Row]:
    if claims.empty:
        return []
    missing = {
        "a named source": claims["source_id"].isna(),
        "a date of the harm": claims["date_start"].isna(),
        "a place": claims["place"].isna(),
        "a number, only a vague word": claims["vague"].notna(),
        "a word on whether the victims were civilians": claims["victim_class"] == "unknown",
    }
    return [Row(name, "", int(lacking.sum()), round(100 * float(lacking.mean()), 1)) for name, lacking in missing.items()]


def _falls(series: pd.DataFrame) -> list[Fall]:
    """Running totals that go down, the latest first."""
    falling = series[series["falls"].fillna(False)].sort_values(["published", "claim_id"], ascending=[False, True])
    before = series.drop_duplicates("claim_id").set_index("claim_id")
    found = []
    for _, row in falling.head(FALLS).iterrows():
        earlier = before.loc[row["previous_claim_id"]] if row["previous_claim_id"] in before.index else None
        found.append(Fall(_source_of(row["source_key"]), _total(row), "" if earlier is None else _total(earlier)))
    return found


def _total(row: pd.Series[Any]) -> str:
    harm = HARM_SAID.get(str(row["harm"]), str(row["harm"]))
    place = "" if pd.isna(row["place_name"]) else f", {row['place_name']}"
    told = "undated" if pd.isna(row["published"]) else f"{row['published']:%Y-%m-%d}"
    return f"{row['toll']:,} {harm} since {row['since']:%Y-%m-%d}{place} ({told})"


def _source_of(source_key: str) -> str:
    return source_name(None if source_key.startswith("unnamed:") else source_key)


def _rejected(frames: Frames) -> str:
    number = len(frames["rejects"])
    if not number:
        return "Nothing was rejected: every file and record that was met could be read."
    run = _last_run(frames)
    new = 0 if run is None else int((frames["rejects"]["run_id"] == run["run_id"]).sum())
    what = "file or record" if number == 1 else "files and records"
    return f"{number:,} {what} could not be read, {new:,} of them first met in the last run."


def _rejects(rejects: pd.DataFrame) -> list[Row]:
    meaning = next(column.values for column in columns("rejects") if column.name == "reason")
    counts = rejects["reason"].astype(str).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    most = counts.max() if len(counts) else 1
    return [Row(str(reason).replace("_", " "), meaning[str(reason)], int(n), round(100 * n / most, 1)) for reason, n in counts.items()]


def _made(frames: Frames) -> str:
    run = _last_run(frames)
    if run is None:
        return "Made by tollbook."
    return f"Made by tollbook {run['code_version']} from tables as of {_clock(run['started'])}, vocabulary {run['lexicon_version']}."


# --- the file ------------------------------------------------------------------------------------------------------------------------


def render(report: Report, packed: Ledger) -> str:
    """The page as one HTML file that asks the network for nothing, which its own policy also forbids it."""
    scripts = [(FOLDER / name).read_text(encoding="utf-8").strip() for name in SCRIPTS]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = lambda value: "–" if value is None else f"{value:,}"
    return environment.get_template("report.html.j2").render(
        report=report,
        ledger=packed,
        sections=SECTIONS,
        charts=_charts(report),
        drawn_map=pack(drawn) if (drawn := _drawn_map(report)) else None,
        style=(FOLDER / "report.css").read_text(encoding="utf-8"),
        scripts=scripts,
        policy=_policy(scripts),
    )


def _policy(scripts: Sequence[str]) -> str:
    """What a browser may do with the page: run these scripts, and nothing else, not even a request."""
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {' '.join(hashes)}; {rest}"


def _charts(report: Report) -> dict[str, Any]:
    """What the page's script draws."""
    return {
        "unit": report.timeline.unit,
        "counted": report.timeline.counted,
        "toll": [
            {"harm": harm.harm, "panels": [{"name": panel.name, "points": panel.points} for panel in harm.panels]}
            for harm in report.timeline.harms
        ],
    }


def _drawn_map(report: Report) -> dict[str, Any] | None:
    """The window, the outlines in it and the places."""
    if report.map is None:
        return None
    spots = [place for place in report.map.places if place.lat is not None]
    view = _view(spots)
    places = [[place.name, place.lon, place.lat, place.n, place.precision] for place in spots]
    return {"window": list(view), "counted": report.map.counted, "countries": outlines(view), "places": places}
