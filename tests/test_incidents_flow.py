"""`tollbook incidents` as it is run, and how its tables are written."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from flows import cli
from tests.conftest import a_claim, a_run, an_article, snapshot
from tests.faults import workshop
from transforms.derive import derive
from transforms.load import daily, incidents, load_claims, load_table, source_pairs, timeline
from transforms.schema import DERIVED, from_rows, names
from transforms.store import commit, extracted, open_tables, replace_derived, withdraw

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def a_store(root: Path) -> None:
    said = []
    for n, number in enumerate((12, 12, 15)):
        article = an_article(f"Shells fell on Harra in the north on Monday, dispatch {n}. " + f"word{n} " * 30, outlet=f"outlet{n}")
        facts = {"count": number, "count_min": number, "count_max": number, "place": "Aleppo"}
        facts |= {"source_id": f"source{n}", "source_type": "other"}
        said.append((article, [a_claim(article, **facts)]))
    commit(open_tables(root), a_run(), [extracted(said, a_run())])


@pytest.mark.usefixtures("prefect_server")
def test_the_command_writes_the_tables_and_says_so(tmp_path: Path) -> None:
    a_store(tmp_path)
    ledger = {name: content for name, content in snapshot(tmp_path).items()}
    done = CliRunner().invoke(cli.app, ["incidents", "--tables", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "incidents 1 of 3 claims" in done.stdout and "1 told by two articles or more, 1 by two independent sources" in done.stdout
    assert {name: content for name, content in snapshot(tmp_path).items() if name in ledger} == ledger, "the ledger is not touched"
    for name in DERIVED:
        assert list(pd.read_parquet(tmp_path / name).columns) == names(name)
    again = CliRunner().invoke(cli.app, ["incidents", "--tables", str(tmp_path)])
    assert again.stdout.rstrip().endswith("nothing changed")


@pytest.mark.usefixtures("prefect_server")
def test_no_tables_is_told_as_wrong_usage(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.app, ["incidents", "--tables", str(tmp_path / "none")])
    assert done.exit_code == cli.USAGE and "has no tables" in done.output
    assert not (tmp_path / "none").exists()


def test_load_before_and_after(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run `tollbook ingest` first"):
        load_table(tmp_path, "claims")
    a_store(tmp_path)
    assert load_claims(tmp_path)["incident_id"].isna().all(), "claims can be loaded before they are linked"
    with pytest.raises(FileNotFoundError, match="run `tollbook incidents` first"):
        incidents(tmp_path)
    replace_derived(tmp_path, derive(tmp_path, NOW).tables)
    claims = load_claims(tmp_path, since="2016-10-03", until="2016-10-03", source="source1", summable=True)
    assert claims["count"].to_list() == [12] and claims["place_name"].to_list() == ["Aleppo"]
    assert load_claims(tmp_path, since="2016-10-04").empty and len(load_claims(tmp_path, source=["source0", "source2"])) == 2
    (row,) = incidents(tmp_path).to_dict("records")
    assert (row["killed_low"], row["killed_high"], row["grade"]) == (12, 15, "fair") and pd.isna(row["injured_low"])
    assert incidents(tmp_path, until="2016-10-02").empty and len(incidents(tmp_path, since="2016-10-03")) == 1
    assert daily(tmp_path)[["source_id", "toll"]].to_dict("list") == {"source_id": ["source0", "source1", "source2"], "toll": [12, 12, 15]}
    assert daily(tmp_path, by=["country"])["incidents"].to_list() == [1]
    assert len(timeline(tmp_path, row["incident_id"])) == 3
    assert source_pairs(tmp_path)["median_ratio"].to_list() == [1.0, 0.8, 0.8]


def totals(number: int) -> dict[str, pa.Table]:
    row = dict.fromkeys(names("series")) | {"series_id": "s", "article_id": "a", "source_key": "sohr", "harm": "killed"}
    row |= {"victim_class": "unknown", "since": NOW.date(), "falls": False, "toll": number}
    rows = [{**row, "claim_id": f"{number}-{at}"} for at in range(400)]
    return {"series": from_rows("series", rows), "places": from_rows("places", [])}


def test_two_runs_at_once_lose_no_change_of_ids(tmp_path: Path) -> None:
    a_store(tmp_path)
    replace_derived(tmp_path, derive(tmp_path, NOW).tables)
    store = open_tables(tmp_path)
    withdraw(store, a_run(2), list(store.part_of), "test")
    one, other = (derive(tmp_path, NOW + timedelta(hours=n)) for n in (1, 2))
    assert one.changes
    for run in (one, other, other):  # a write that is tried again adds nothing
        replace_derived(tmp_path, run.tables)
    told = pd.read_parquet(tmp_path / "incident_changes")
    assert told["recorded_at"].to_list() == [NOW + timedelta(hours=n) for n in (1, 2)] and set(told["change"]) == {"withdrawn"}


def test_unchanged_tables_are_not_written_again(tmp_path: Path) -> None:
    assert replace_derived(tmp_path, totals(1)) == ["series", "places"]
    before = snapshot(tmp_path)
    assert replace_derived(tmp_path, totals(1)) == [] and snapshot(tmp_path) == before
    assert replace_derived(tmp_path, totals(2)) == ["series"]


def write_on(root: str) -> None:
    number = 0
    while True:
        number += 1
        replace_derived(Path(root), totals(number))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_writer_leaves_whole_tables(tmp_path: Path) -> None:
    replace_derived(tmp_path, totals(0))
    with workshop() as crew:
        for kill in range(5):
            (writer,) = crew.start(("tests.test_incidents_flow:write_on", tmp_path))
            until, seen = time.monotonic() + 0.5 + 0.05 * kill, set[int]()
            while time.monotonic() < until or len(seen) < 3:  # it writes while it is read
                rows = pd.read_parquet(tmp_path / "series")
                assert len(rows) == 400 and rows["toll"].nunique() == 1, "the old rows or the new ones, never some of both"
                seen.add(int(rows["toll"].iloc[0]))
            os.kill(writer, signal.SIGKILL)
            assert crew.end() == [-signal.SIGKILL]
    assert replace_derived(tmp_path, totals(-1)) == ["series"]
    assert not list(tmp_path.glob("*/.*.tmp"))
