"""Every claim with its sentence, and every incident with who said what of it, packed so small that a page can carry 200,000 and open.

The page reads one head, a column a list, words as numbers into a list of the distinct ones; and a sheet of quotes only when a claim of it
is opened or searched. All parts are JSON, gzipped, in base64: nothing that an article says stands in the page as markup.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from transforms.quotes import marks, number_said
from transforms.sources import registry

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SHEET = 2_000  # claims a sheet of quotes: half a megabyte of text, opened in some milliseconds
UNNAMED = "no one named"
HARMS = ("killed", "injured", "casualties", "missing", "captured")  # in the order that they are told

WORDS = (  # columns of the table claims that go in as they are
    "claim_id", "outlet", "harm", "victims", "victim_class", "victim_group", "date_precision", "date_text", "scope", "source_basis", "via",
    "place", "actor", "weapon", "assertion",
)  # fmt: skip
QUOTED = ("sentence", "sentence_start", "count_start", "count_end", "source", "date_text", "harm")  # what the marks are made from


@dataclass(frozen=True, slots=True)
class Ledger:
    """The packed parts, and how many claims and incidents are in them."""

    claims: int
    head: str
    sheets: tuple[str, ...]
    incidents: int
    casebook: str


def ledger(tables: Mapping[str, pa.Table], newest: str | None) -> Ledger:
    """The claims, latest publication first; `newest` is the run whose claims are told apart as new, None for none of them."""
    claims = tables["claims"].sort_by(
        [("published", "descending"), ("article_id", "ascending"), ("count_start", "ascending"), ("claim_id", "ascending")]
    )
    lists = {name: claims[name].to_pylist() for name in claims.column_names}
    row_of = {claim_id: row for row, claim_id in enumerate(lists["claim_id"])}
    head = _head(lists, row_of, tables["articles"], newest)
    sheets = tuple(pack(_sheet(lists, start, min(start + SHEET, claims.num_rows))) for start in range(0, claims.num_rows, SHEET))
    return Ledger(claims.num_rows, pack(head), sheets, tables["incidents"].num_rows, pack(_casebook(tables, row_of)))


def pack(value: Any) -> str:
    """JSON, gzipped without a clock time, in base64."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8", "replace"), mtime=0)).decode("ascii")


def source_name(source_id: str | None) -> str:
    """The name of a source as the registry has it; a body that is not listed goes by its id."""
    if source_id is None:
        return UNNAMED
    source = registry().get(source_id)
    return source.name if source else source_id.replace("_", " ")


def behind(frames: Mapping[str, pd.DataFrame]) -> str | None:
    """What to tell the reader where incidents were made of claims that stand no longer; None where all of them stand."""
    linked = frames["incident_claims"]["claim_id"]
    gone = int((~linked.isin(frames["claims"]["claim_id"])).sum())
    if not gone:
        return None
    return f"The incidents are behind: {gone:,} of their {len(linked):,} claims no longer stand. Run tollbook incidents again."


def web_address(url: str | None) -> str | None:
    """The address if a browser may be sent there: http or https with a host. Anything else is no link."""
    try:
        parts = urlsplit((url or "").strip())
        return parts.geturl() if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _head(lists: Mapping[str, list[Any]], row_of: Mapping[str, int], articles: pa.Table, newest: str | None) -> dict[str, Any]:
    said = zip(lists["count"], lists["qualifier"], lists["count_text"], strict=True)
    columns = {name: lists[name] for name in WORDS if name != "claim_id"} | {
        "number": [number_said(*parts) for parts in said],
        "published": [_day(value) for value in lists["published"]],
        "date_start": [_day(value) for value in lists["date_start"]],
        "date_end": [_day(value) for value in lists["date_end"]],
        "source": [source_name(value) for value in lists["source_id"]],
        "source_type": lists["source_type"],
        "source_words": lists["source"],
        "article": lists["article_id"],
    }
    coded = {name: _coded(values) for name, values in columns.items()}
    return {
        "rows": len(row_of),
        "sheet": SHEET,
        "words": coded,
        "claim_id": lists["claim_id"],
        "low": lists["count_min"],
        "high": lists["count_max"],
        "summable": [int(value) for value in lists["summable"]],
        "new": [int(newest is not None and run == newest) for run in lists["run_id"]],
        "subset_of": [row_of.get(other, -1) for other in lists["subset_of"]],
        "repeat_of": [row_of.get(other, -1) for other in lists["repeat_of"]],
        "articles": _articles(articles, coded["article"]["values"]),
    }


def _coded(values: Sequence[Any]) -> dict[str, list[Any]]:
    """Distinct values in order of first appearance, and for each row the number of its own; -1 for null."""
    code: dict[Any, int] = {}
    codes = [-1 if value is None else code.setdefault(value, len(code)) for value in values]
    return {"values": list(code), "codes": codes}


def _articles(articles: pa.Table, wanted: Sequence[str]) -> dict[str, list[Any]]:
    """Title and address of these articles, in this order."""
    ids = articles["article_id"].to_pylist()
    about = dict(zip(ids, zip(articles["title"].to_pylist(), articles["url"].to_pylist(), strict=True), strict=True))
    told = [about.get(article_id, (None, None)) for article_id in wanted]
    return {"title": [title for title, _ in told], "url": [web_address(url) for _, url in told]}


def _sheet(lists: Mapping[str, list[Any]], start: int, end: int) -> dict[str, list[Any]]:
    """The distinct sentences of these claims, which of them each claim has, and its marks: start, end, first letter of the kind."""
    sentences: dict[str, int] = {}
    which, marked = [], []
    for claim in _rows(lists, start, end):
        sentence = claim["sentence"]
        which.append(sentences.setdefault(sentence, len(sentences)))
        flat: list[Any] = []
        for mark in marks(claim):
            flat += [_utf16(sentence, mark.start), _utf16(sentence, mark.end), mark.kind[0]]
        marked.append(flat)
    return {"sentences": list(sentences), "which": which, "marks": marked}


def _rows(lists: Mapping[str, list[Any]], start: int, end: int) -> Iterator[dict[str, Any]]:
    for row in range(start, end):
        yield {name: lists[name][row] for name in QUOTED}


def _utf16(text: str, at: int) -> int:
    """An offset as a browser counts it: a character beyond the first 65,536 counts twice."""
    return at if text.isascii() else len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


def _casebook(tables: Mapping[str, pa.Table], row_of: Mapping[str, int]) -> dict[str, Any]:
    """The incidents, latest first: days, place, grade, numbers behind them, the range by harm, and every toll in order of publication."""
    rows = tables["incidents"].sort_by([("date_start", "descending"), ("incident_id", "ascending")]).to_pylist()
    ranges, tolls = _ranges(tables["estimates"]), _tolls(tables["tolls"], row_of)
    return {
        "id": [row["incident_id"] for row in rows],
        "start": [_day(row["date_start"]) for row in rows],
        "end": [_day(row["date_end"]) for row in rows],
        "dated": [int(row["date_basis"] == "claims") for row in rows],
        "place": [row["place_name"] for row in rows],
        "region": [row["region"] if row["region"] != row["place_name"] else None for row in rows],
        "country": [row["country"] for row in rows],
        "grade": [row["grade"] for row in rows],
        **{name: [row[name] for row in rows] for name in ("claims", "articles", "independent_sources", "revisions")},
        "ranges": [ranges.get(row["incident_id"], []) for row in rows],
        "tolls": [tolls.get(row["incident_id"], []) for row in rows],
    }


def _ranges(estimates: pa.Table) -> dict[str, list[list[Any]]]:
    """By incident: harm, lowest, highest, whether more may be meant."""
    found: dict[str, list[list[Any]]] = {}
    for row in estimates.to_pylist():
        if row["method"] == "range":
            found.setdefault(row["incident_id"], []).append([row["harm"], row["low"], row["high"], int(row["high_open"])])
    for ranges in found.values():
        ranges.sort(key=lambda harm_range: HARMS.index(harm_range[0]))
    return found


def _tolls(tolls: pa.Table, row_of: Mapping[str, int]) -> dict[str, list[list[Any]]]:
    """By incident: harm, source, day of publication, lowest, highest, what changed, the rows of its claims in the list."""
    found: dict[str, list[list[Any]]] = {}
    for row in sorted(tolls.to_pylist(), key=lambda row: (_day(row["published"]) or "9999", HARMS.index(row["harm"]), row["revision"])):
        claims = [row_of[claim_id] for claim_id in row["claim_ids"].split() if claim_id in row_of]
        toll = [row["harm"], source_name(row["source_id"]), _day(row["published"]), row["toll_min"], row["toll_max"], row["change"], claims]
        found.setdefault(row["incident_id"], []).append(toll)
    return found


def _day(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()[:10]
