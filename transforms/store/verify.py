"""Whether the tables hold together: schema of every file, ids, quotes, bounds, links, history; and whether what was derived from them is.

Month by month, whatever their size.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.schema import DERIVED, TABLES, VERSION, arrow_schema, check, from_rows
from transforms.store.files import FILES, REJECTS, in_order
from transforms.store.history import PROVENANCE
from transforms.store.journal import JOURNAL, MARKER, MONTHLY, NewerTables, version_of
from transforms.store.place import Place, place_of
from transforms.store.rows import ORDER, plain, recorded_at

RESTORE = "put back a copy of the file from before the damage"
AGAIN = "run tollbook ingest or tollbook backfill once, which finishes or clears what an earlier run left"
ANEW = "remove the folder files of the tables and run tollbook ingest once, which then reads all files again"
WHOLE = {"files": FILES, "rejects": REJECTS}  # tables of one file
LINK = "run tollbook incidents"
MAKE = "remove the file and run tollbook incidents, which makes it anew"
SHOWN = 5  # rows of one file with the same trouble that are named one by one

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: the file from the root, the row in it counted from 1 (null: the file as a whole), and what to do."""

    file: str
    row: int | None
    what: str
    remedy: str = RESTORE

    def __str__(self) -> str:
        where = self.file if self.row is None else f"{self.file}, row {self.row}"
        return f"{where}: {self.what}; {self.remedy}"


@dataclass(slots=True)
class Seen:
    """What has been seen of the whole store: ids as numbers by file, eight bytes each, and which article supersedes which."""

    articles: dict[str, pa.Array] = field(default_factory=dict)
    claims: dict[str, pa.Array] = field(default_factory=dict)
    superseded: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # by article: the later version, and its own place


def verify(root: str | Path, wait: float = 60.0) -> Iterator[Problem]:
    """All that is wrong with the tables under `root`, file by file.

    Each month is read while no one writes; nothing is written, and no right to write is needed. Raises NewerTables, TablesLocked.
    """
    place = place_of(root)
    try:
        version = version_of(place)
    except NewerTables:
        raise
    except OSError as error:
        yield Problem(MARKER, None, "the marker of the tables is broken", str(error))
        return
    if version is None:
        yield Problem(MARKER, None, f"{root} has no tables", "name the place that tollbook ingest was given as --tables")
        return
    if version < VERSION:
        what = f"the tables have version {version}, this tollbook reads and writes version {VERSION}"
        yield Problem(MARKER, None, what, "run tollbook ingest or tollbook backfill once, which brings them to it")
        return
    with place.unchanged(wait):
        yield from _left_over(place)
    seen = Seen()
    for name in sorted({path.split("/")[1] for table in MONTHLY for path in place.stamps(table)}):
        with place.unchanged(wait):
            read = {table: _read(place, table, f"{table}/{name}") for table in MONTHLY}
        yield from (problem for _, problems in read.values() for problem in problems)
        month = {table: rows for table, (rows, _) in read.items() if rows is not None}
        for table in MONTHLY:
            if table in month:
                found = list(CHECKS[table](f"{table}/{name}", month, seen))
                yield from _shortened(found)
    with place.unchanged(wait):
        read = {table: _read(place, table, path) for table, path in WHOLE.items()}
    yield from (problem for _, problems in read.values() for problem in problems)
    whole = {table: rows for table, (rows, _) in read.items() if rows is not None}
    for table in whole:
        yield from _shortened(list(_files(whole) if table == "files" else _rejects(whole)))
    for path in place.stamps("runs"):
        with place.unchanged(wait):
            _, problems = _read(place, "runs", path)
        yield from problems
    yield from _derived(place, seen, wait)
    yield from _twice("article_id", seen.articles)
    yield from _twice("claim_id", seen.claims)
    yield from _shortened(list(_versions(seen)))


def _left_over(place: Place) -> Iterator[Problem]:
    if place.text(JOURNAL) is not None:
        yield Problem(JOURNAL, None, "a run was stopped while it put its rows into the tables", AGAIN)
    for table in TABLES:
        for path in place.strangers(table):
            half = path.endswith(".tmp")
            yield Problem(path, None, "left half written" if half else "no file of the tables", AGAIN if half else "move it elsewhere")
        there = place.stamps(table)
        if not there and table != "runs":
            yield Problem(table, None, "the table has no file", ANEW if table == "files" else RESTORE)
        yield from (Problem(path, None, "no file of the tables", "move it elsewhere") for path in there if path != WHOLE.get(table, path))
    made = {table: place.stamps(table) for table in DERIVED}
    for table, there in made.items():
        whole = f"{table}/{table}.parquet"
        for path in (*place.strangers(table), *(path for path in there if path != whole)):
            half = path.endswith(".tmp")
            yield Problem(path, None, "left half written" if half else "no file of the tables", AGAIN if half else "move it elsewhere")
        if whole not in there and any(made.values()):
            yield Problem(table, None, "the table has no file", RESTORE if table == "incident_changes" else LINK)


def _read(place: Place, table: str, path: str) -> tuple[pa.Table | None, list[Problem]]:
    """The file's rows, plain, if they can be read at all, and what is wrong with its schema."""
    try:
        file = place.parquet(path)
        data = None if file is None else file.read()
    except (OSError, pa.ArrowException) as error:
        return None, [Problem(path, None, f"cannot be read ({str(error).splitlines()[0]})")]
    if data is None:  # a month without claims or history
        return plain(from_rows(table, [])), []
    try:
        check(table, plain(data))
    except ValueError as error:
        return None, [Problem(path, None, str(error))]
    wanted, found = arrow_schema(table), data.schema
    problems = []
    if not found.equals(wanted):
        odd = [f.name for f in found if not f.equals(wanted.field(f.name))] or found.names
        problems.append(Problem(path, None, f"columns of another type or in another order: {', '.join(odd)}"))
    elif (found.metadata or {}).get(b"pandas") is None:
        problems.append(Problem(path, None, "the file lacks the dtypes for pandas: another tool has written it"))
    return plain(data).select(wanted.names), problems


# --- the rows of one month ---------------------------------------------------------------------------------------------------------


def _articles(path: str, month: Mapping[str, pa.Table], seen: Seen) -> Iterator[Problem]:
    rows = month["articles"]
    yield from _in_order(path, "articles", rows)
    seen.articles[path] = _numbers(rows["article_id"].to_pylist())
    claims = Counter(month["claims"]["article_id"].to_pylist()) if "claims" in month else None
    for number, row in enumerate(rows.to_pylist(), 1):
        if hashlib.sha256(row["text"].encode("utf-8", "surrogatepass")).hexdigest() != row["text_sha256"]:
            yield Problem(path, number, f"article {row['article_id']}: the text is not the one that was read (text_sha256 differs)")
        if claims is not None and claims[row["article_id"]] != row["claims"]:
            what = f"it has {row['claims']} claims, but {claims[row['article_id']]} are in the table claims"
            yield Problem(path, number, f"article {row['article_id']}: {what}")
        if row["superseded_by"] is not None:
            seen.superseded[row["article_id"]] = (row["superseded_by"], path, number)
        if (row["published"] is None) != (row["published_basis"] == "none"):
            yield Problem(path, number, f"article {row['article_id']}: published and published_basis contradict each other")


def _claims(path: str, month: Mapping[str, pa.Table], seen: Seen) -> Iterator[Problem]:
    rows = month["claims"].to_pylist()
    yield from _in_order(path, "claims", month["claims"])
    seen.claims[path] = _numbers([row["claim_id"] for row in rows])
    if "articles" not in month:
        return  # told already
    articles = {row["article_id"]: row for row in month["articles"].to_pylist()}
    article_of = {row["claim_id"]: row["article_id"] for row in rows}
    for number, row in enumerate(rows, 1):
        article = articles.get(row["article_id"])
        wrong = [*_bounds(row), *_links(row, article_of)]
        if article is None:
            wrong.append("its article is not in the file of the same month")
        else:
            wrong += [*_quotes(row, article), *_belongs(row, article)]
        yield from (Problem(path, number, f"claim {row['claim_id']}: {what}") for what in wrong)


def _quotes(row: Row, article: Row) -> Iterator[str]:
    text = article["text"]
    for name, quoted in (("sentence", row["sentence"]), ("count", row["count_text"])):
        start, end = row[f"{name}_start"], row[f"{name}_end"]
        if not 0 <= start < end <= len(text):
            yield f"{name}_start {start} and {name}_end {end} are no place in a text of {len(text)} characters"
        elif text[start:end] != quoted:
            column = "sentence" if name == "sentence" else "count_text"
            yield f"{column} is not what the article says at {start} to {end}"
    if not row["sentence_start"] <= row["count_start"] <= row["count_end"] <= row["sentence_end"]:
        yield "the count stands outside its sentence"


def _bounds(row: Row) -> Iterator[str]:
    low, high, count = row["count_min"], row["count_max"], row["count"]
    if any(value is not None and value < 0 for value in (low, high, count)):
        yield "a negative number"
    if low is not None and high is not None and low > high:
        yield f"count_min {low} is above count_max {high}"
    if (row["date_start"] is None) != (row["date_end"] is None):
        yield "one of date_start and date_end is null, the other is not"
    elif row["date_start"] is not None and row["date_start"] > row["date_end"]:
        yield "date_start is after date_end"
    alone = row["assertion"] == "asserted" and row["scope"] == "event" and row["subset_of"] is None and row["repeat_of"] is None
    if row["summable"] != alone:
        yield "summable is not what assertion, scope, subset_of and repeat_of make it"


def _links(row: Row, article_of: Mapping[str, str]) -> Iterator[str]:
    for name in ("subset_of", "repeat_of"):
        if row[name] is None:
            continue
        if row[name] == row["claim_id"]:
            yield f"{name} is the claim itself"
        elif article_of.get(row[name]) != row["article_id"]:
            yield f"{name} {row[name]} is no claim of its article"


def _belongs(row: Row, article: Row) -> Iterator[str]:
    if article["superseded_by"] is not None or article["withdrawn"] is not None:
        yield "its article does not stand: the claim belongs into claims_history"
    if row["published"] != article["published"] or row["outlet"] != article["outlet"]:
        yield "published or outlet is not that of its article"
    if article["rules_version"] is not None and article["rules_version"].split(".")[0] != row["lexicon_version"]:
        yield "lexicon_version is not that of its article's rules_version"


def _history(path: str, month: Mapping[str, pa.Table], seen: Seen) -> Iterator[Problem]:
    """Rows of claims_history or articles_history against themselves and what stands."""
    table = path.split("/")[0]
    key = "claim_id" if table == "claims_history" else "article_id"
    articles = set(month["articles"]["article_id"].to_pylist()) if "articles" in month else None
    rows = month[table].to_pylist()
    spans: dict[str, list[tuple[Any, Any, int]]] = {}
    exact = Counter(tuple(row.values()) for row in rows)
    for number, row in enumerate(rows, 1):
        at = f"{key} {row[key]}"
        if row["recorded_at"] > row["retracted_at"]:
            yield Problem(path, number, f"{at}: recorded_at is after retracted_at")
        if row["recorded_at"] != _start(row["run_id"]):
            yield Problem(path, number, f"{at}: recorded_at is not the start of run {row['run_id']}")
        if not row["reason"].startswith(("changed: ", "withdrawn", "superseded by ", "article withdrawn: ")):
            yield Problem(path, number, f"{at}: no known reason ({row['reason']})")
        if articles is not None and row["article_id"] not in articles:
            yield Problem(path, number, f"{at}: its article is not in the file of the same month")
        if exact[tuple(row.values())] > 1:
            yield Problem(path, number, f"{at}: the same row stands twice")
        spans.setdefault(row[key], []).append((row["retracted_at"], row["recorded_at"], number))
    current = month.get(table.removesuffix("_history"))
    if current is not None:
        said = [name for name in current.column_names if name not in (*PROVENANCE, "text", "first_seen", "rules_version")]
        yield from _same_as_history(path, rows, key, current, said)


def _same_as_history(path: str, rows: Sequence[Row], key: str, current: pa.Table, said: Sequence[str]) -> Iterator[Problem]:
    """The row that a run wrote cannot both stand and have been taken away by a change."""
    wanted = pa.array([row[key] for row in rows], pa.large_string())
    stands = {row[key]: row for row in current.filter(pc.is_in(current[key], value_set=wanted)).drop_columns([]).to_pylist()}
    for number, row in enumerate(rows, 1):
        there = stands.get(row[key])
        if there is not None and there["run_id"] == row["run_id"] and all(there[name] == row[name] for name in said):
            yield Problem(path, number, f"{key} {row[key]}: the same row still stands")


def _start(run_id: str) -> Any:
    try:
        return recorded_at(run_id)
    except ValueError:
        return None


CHECKS = {"articles": _articles, "articles_history": _history, "claims": _claims, "claims_history": _history}


# --- the files that were read, and what of them could not be ----------------------------------------------------------------------------


def _files(whole: Mapping[str, pa.Table]) -> Iterator[Problem]:
    rows = whole["files"]
    yield from _in_order(FILES, "files", rows)
    met = Counter(rows["source_file"].to_pylist())
    rejects = Counter(whole["rejects"]["source_file"].to_pylist()) if "rejects" in whole else None
    for number, row in enumerate(rows.to_pylist(), 1):
        name = row["source_file"]
        if met[name] > 1:
            yield Problem(FILES, number, f"file {name}: it stands more than once in the table", ANEW)
        if min(row["bytes"], row["articles"], row["rejects"]) < 0:
            yield Problem(FILES, number, f"file {name}: a negative number", ANEW)
        if rejects is not None and rejects[name] != row["rejects"]:
            what = f"it has {row['rejects']} rejects, but {rejects[name]} are in the table rejects"
            yield Problem(FILES, number, f"file {name}: {what}", ANEW)
        if _start(row["run_id"]) is None:
            yield Problem(FILES, number, f"file {name}: run_id {row['run_id']} is none of a run", ANEW)


def _rejects(whole: Mapping[str, pa.Table]) -> Iterator[Problem]:
    """Files that an earlier version has read may have rejects and no row in `files`."""
    rows = whole["rejects"]
    yield from _in_order(REJECTS, "rejects", rows)
    met = Counter((row["source_file"], row["record"], row["reason"]) for row in rows.to_pylist())
    for number, row in enumerate(rows.to_pylist(), 1):
        at = f"reject of {row['source_file']}"
        if met[row["source_file"], row["record"], row["reason"]] > 1:
            yield Problem(REJECTS, number, f"{at}: it stands more than once in the table")
        if row["record"] is not None and row["record"] < 1:
            yield Problem(REJECTS, number, f"{at}: there is no record {row['record']}, the first is 1")
        if row["first_seen"] != _start(row["run_id"]):
            yield Problem(REJECTS, number, f"{at}: first_seen is not the start of run {row['run_id']}")


# --- what tollbook incidents has made ------------------------------------------------------------------------------------------------


def _derived(place: Place, seen: Seen, wait: float) -> Iterator[Problem]:
    """The derived tables' files, and whether the claims that they name stand."""
    stand = None  # unknown where a file of claims could not be read, which is told already
    if place.stamps("claims").keys() <= seen.claims.keys():
        stand = pa.chunked_array(list(seen.claims.values()), pa.uint64()).combine_chunks()
    for table in DERIVED:
        path = f"{table}/{table}.parquet"
        if path not in place.stamps(table):
            continue
        with place.unchanged(wait):
            rows, problems = _read(place, table, path)
        remedy = RESTORE if table == "incident_changes" else MAKE  # to incident_changes rows are only added
        yield from (replace(problem, remedy=remedy) for problem in problems)
        if rows is not None and stand is not None:
            yield from _shortened(list(_claims_named(path, rows, stand)))


def _claims_named(path: str, rows: pa.Table, stand: pa.Array) -> Iterator[Problem]:
    """Claims that the rows name, one or several with a space between, and that do not stand."""
    for name in (name for name in rows.column_names if "claim_id" in name):
        named = [(number, key) for number, keys in enumerate(rows[name].to_pylist(), 1) for key in (keys or "").split()]
        known = pc.is_in(_numbers([key for _, key in named]), value_set=stand).to_pylist()
        for (number, key), stands in zip(named, known, strict=True):
            if not stands:
                yield Problem(path, number, f"{name} {key}: no such claim stands", LINK)


# --- of any table ------------------------------------------------------------------------------------------------------------------


def _in_order(path: str, table: str, rows: pa.Table) -> Iterator[Problem]:
    keys = rows.select(ORDER[table])
    wanted = in_order(table, keys) if table in WHOLE else keys.sort_by([(name, "ascending") for name in ORDER[table]])
    if not keys.equals(wanted):
        yield Problem(path, None, f"the rows are not in the order of {', '.join(ORDER[table])}")


def _shortened(problems: Sequence[Problem]) -> Iterator[Problem]:
    """A file's problems; of many that differ in the row alone the first few, and how many more."""
    met: Counter[tuple[str, str]] = Counter()
    for problem in problems:
        kind = (problem.file, _kind(problem.what))
        met[kind] += 1
        if met[kind] <= SHOWN:
            yield problem
    for (file, what), number in met.items():
        if number > SHOWN:
            yield Problem(file, None, f"{number - SHOWN} more rows: {what}")


def _kind(what: str) -> str:
    """What is wrong without the id and the places that it is told of."""
    words = what.split(": ", 1)[-1].split()
    return " ".join(word for word in words if not any(map(str.isdigit, word)))


# --- the whole store ---------------------------------------------------------------------------------------------------------------


def _numbers(ids: Sequence[str]) -> pa.Array:
    """Ids of sixteen hex digits as numbers; another word counts as the hash of itself."""
    return pa.array([_number(key) for key in ids], pa.uint64())


def _number(key: str) -> int:
    try:
        return int(key, 16) & 0xFFFFFFFFFFFFFFFF
    except ValueError:
        return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


def _twice(name: str, seen: Mapping[str, pa.Array]) -> Iterator[Problem]:
    """Ids that stand more than once, in one file or several."""
    if not seen:
        return
    counts = pc.value_counts(pa.chunked_array(list(seen.values()), pa.uint64()))
    several = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
    for path, numbers in seen.items() if len(several) else ():
        rows = pc.indices_nonzero(pc.is_in(numbers, value_set=several)).to_pylist()
        places = [Problem(path, row + 1, f"{name} {numbers[row].as_py():016x} stands more than once in the table") for row in rows]
        yield from _shortened(places)


def _versions(seen: Seen) -> Iterator[Problem]:
    """Every superseded article leads to one that is there, and never back to itself."""
    if not seen.superseded:
        return
    there = pa.chunked_array(list(seen.articles.values()), pa.uint64())
    targets = _numbers([by for by, _, _ in seen.superseded.values()])
    alive = pc.is_in(targets, value_set=there.combine_chunks()).to_pylist()
    for (key, (by, path, number)), known in zip(seen.superseded.items(), alive, strict=True):
        if not known:
            yield Problem(path, number, f"article {key}: superseded_by {by} is no article of the tables")
            continue
        met = {key}
        while by in seen.superseded and by not in met:
            met.add(by)
            by = seen.superseded[by][0]
        if by in met:
            yield Problem(path, number, f"article {key}: it is superseded by itself, over {len(met) - 1} others")
