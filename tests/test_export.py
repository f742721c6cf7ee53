"""What leaves the tables: its columns, its quotes, its formulas; and the descriptor of what stays."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import frictionless
import pandas as pd
import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.conftest import a_claim, a_run, an_article
from tests.test_docs import sample_tables
from tests.test_report import recorded
from transforms.export import Incident, incidents_csv, layouts, safe
from transforms.schema import TABLES, from_rows, names
from transforms.store import PACKAGE, commit, extracted, open_tables


def exported(tables: Path, out: Path, *options: str) -> tuple[int, str, list[list[str]]]:
    result = CliRunner().invoke(app, ["export", "--tables", str(tables), "--out", str(out), *options])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8")))) if out.exists() else []
    return result.exit_code, result.stderr, rows


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    sample_tables(tmp_path / "tables")
    return tmp_path / "tables"


def test_claims_leave_without_their_sentences(samples: Path, tmp_path: Path) -> None:
    claims = pd.read_parquet(samples / "claims")
    status, _, [head, *rows] = exported(samples, tmp_path / "claims.csv")
    assert status == 0 and len(rows) == len(claims)
    assert head == [name for name in names("claims") if name != "sentence"] + ["url"]
    text = (tmp_path / "claims.csv").read_text(encoding="utf-8")
    assert not [sentence for sentence in claims["sentence"] if sentence in text]


def test_private_speakers_lose_their_names_and_bodies_keep_theirs(tmp_path: Path) -> None:
    article = an_article()
    said = [("witnesses", "residents", "Umm Salim"), ("monitor", "sohr", "the Observatory")]
    claims = [
        a_claim(article, 10 * n, source=words, source_id=source_id, source_type=kind, source_basis="sentence")
        for n, (kind, source_id, words) in enumerate(said, 1)
    ]
    commit(open_tables(tmp_path / "tables"), a_run(), [extracted([(article, claims)], a_run())])
    _, _, [head, *rows] = exported(tmp_path / "tables", tmp_path / "claims.csv")
    assert [row[head.index("source")] for row in rows] == ["", "the Observatory"]
    assert [row[head.index("source_id")] for row in rows] == ["residents", "sohr"]
    _, _, [head, *rows] = exported(tmp_path / "tables", tmp_path / "claims.csv", "--with-quotes")
    assert [row[head.index("source")] for row in rows] == ["Umm Salim", "the Observatory"]
    assert [row[head.index("sentence")] for row in rows] == [article.text[:40]] * 2


def test_no_name_of_a_private_speaker_leaves_as_an_id(tmp_path: Path) -> None:
    article = an_article()
    said = [("other", "umm_salim", "Umm Salim"), ("witnesses", "umm_salim", "Umm Salim"), ("medics", "medics", "a doctor")]
    said += [("monitor", "sohr", "the Observatory"), ("armed_group", "local_militia", "the militia")]
    claims = [
        a_claim(article, 10 * n, source=words, source_id=source_id, source_type=kind, source_basis="sentence")
        for n, (kind, source_id, words) in enumerate(said, 1)
    ]
    commit(open_tables(tmp_path / "tables"), a_run(), [extracted([(article, claims)], a_run())])
    _, _, [head, *rows] = exported(tmp_path / "tables", tmp_path / "claims.csv")
    assert [row[head.index("source_id")] for row in rows] == ["", "", "medics", "sohr", "local_militia"]
    _, _, [head, *rows] = exported(tmp_path / "tables", tmp_path / "claims.csv", "--with-quotes")
    assert [row[head.index("source_id")] for row in rows][:2] == ["umm_salim"] * 2


@pytest.mark.parametrize(("kind", "told"), [("other", "unnamed"), ("witnesses", "witnesses")])
@pytest.mark.parametrize("form", ["hxl", "ucdp", "acled-like"])
def test_no_name_of_a_private_speaker_leaves_with_an_incident(tmp_path: Path, form: str, kind: str, told: str) -> None:
    frames = frames_of(tmp_path, ESTIMATES)
    frames["claims"]["source_id"], frames["claims"]["source_type"] = "umm_salim", kind
    text = incidents_csv(frames, form)
    assert "salim" not in text.lower() and told in {value for row in read(text) for value in row.values()}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_is_defused(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("value", [12, -3.5, 0, True, "12 people", "a=b", "#date", ""])
def test_numbers_and_other_text_stay_as_they_are(value: Any) -> None:
    assert safe(value) == value and type(safe(value)) is type(value)


def test_formulas_in_a_claim_are_defused_and_nulls_are_empty(tmp_path: Path) -> None:
    article = an_article(outlet="=cmd|' /C calc'!A0", url="https://news.example.com/a")
    claim = a_claim(article, victims="@people", count=None, count_max=None)
    commit(open_tables(tmp_path / "tables"), a_run(), [extracted([(article, [claim])], a_run())])
    _, _, [head, row] = exported(tmp_path / "tables", tmp_path / "claims.csv")
    said = dict(zip(head, row, strict=True))
    assert (said["outlet"], said["victims"]) == ("'=cmd|' /C calc'!A0", "'@people")
    assert (said["count"], said["count_min"], said["place"], said["date_start"]) == ("", "2", "", "2016-10-03")
    assert said["url"] == "https://news.example.com/a" and said["summable"] == "True"


def test_without_tables_or_incidents_the_remedy_is_named(samples: Path, tmp_path: Path) -> None:
    status, said, _ = exported(tmp_path / "nowhere", tmp_path / "a.csv")
    assert status == 2 and "tollbook ingest" in said
    status, said, rows = exported(samples, tmp_path / "a.csv", "--format", "hxl")
    assert status == 2 and "tollbook incidents" in said and rows == []


def test_tables_that_cannot_be_read_are_status_3_and_named(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    status, said, _ = exported(tmp_path / "file", tmp_path / "a.csv")
    assert status == 3 and "is a file" in said
    (samples / ".tollbook.json").write_text("{")
    status, said, _ = exported(samples, tmp_path / "a.csv")
    assert status == 3 and "tollbook.json is broken" in said


def test_every_field_of_the_layouts_is_one_of_an_incident() -> None:
    fields = set(Incident.__dataclass_fields__)
    assert set(layouts()) == {"hxl", "ucdp", "acled-like"}
    assert {column["field"] for layout in layouts().values() for column in layout} <= fields
    assert fields == {column["field"] for layout in layouts().values() for column in layout}
    assert all(column["tag"].startswith("#") for column in layouts()["hxl"])


# --- incidents -----------------------------------------------------------------------------------------------------------------------


def estimate(method: str, harm: str = "killed", **said: Any) -> dict[str, Any]:
    blank = dict.fromkeys(names("estimates"))
    fixed = {"incident_id": "i1", "harm": harm, "method": method, "high_open": False, "independent_sources": 2, "grade": "fair"}
    return blank | fixed | {"victim_class": "civilian", "claim_ids": "c1"} | said


def frames_of(tmp_path: Path, estimates: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    article = an_article(url="https://news.example.com/a")
    claim = a_claim(article, source="a monitor", source_id="sohr", source_type="monitor", source_basis="sentence")
    commit(open_tables(tmp_path), a_run(), [extracted([(article, [claim])], a_run())])
    day = pd.Timestamp("2016-10-01")
    incident = dict.fromkeys(names("incidents")) | {
        "incident_id": "i1", "date_start": day, "date_end": day + pd.Timedelta(days=1), "date_basis": "claims", "place_name": "Aleppo",
        "country": "SY", "lat": 36.2, "lon": -37.1, "place_precision": "city", "weapon": "barrel_bomb", "harms": "killed", "claims": 1,
        "articles": 1, "outlets": 1, "syndication_groups": 1, "independent_sources": 2, "sources": "sohr", "revisions": 0, "grade": "fair",
        "first_claim_id": claim.claim_id, "first_reported": day,
    }  # fmt: skip
    link = {
        "incident_id": "i1", "claim_id": claim.claim_id, "article_id": article.article_id, "syndication_group": "g", "role": "toll",
        "source_key": "sohr", "method": "founder", "score": 1.0, "linked_to": None, "why": "first",
    }  # fmt: skip
    derived = {"incidents": [incident], "estimates": estimates, "incident_claims": [link]}
    return {table: pd.read_parquet(tmp_path / table) for table in ("articles", "claims")} | {
        table: from_rows(table, rows).to_pandas() for table, rows in derived.items()
    }


ESTIMATES = [
    estimate("range", low=12, high=20),
    estimate("conservative", best=12),
    estimate("low_best_high", low=12, best=15, high=20),
    estimate("range", harm="injured", low=30, high=30),
]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_hxl_has_its_tags_in_the_second_row(tmp_path: Path) -> None:
    tags, row = read(incidents_csv(frames_of(tmp_path, ESTIMATES), "hxl"))
    assert tags["Killed, lowest"] == "#affected+killed+min" and all(tag.startswith("#") for tag in tags.values())
    assert (row["Killed, lowest"], row["Killed, highest"], row["Injured, highest"], row["Missing, lowest"]) == ("12", "20", "30", "")
    assert (row["Country"], row["Longitude"], row["Sources"]) == ("Syria", "-37.1", "Syrian Observatory for Human Rights")


def test_ucdp_has_its_codes(tmp_path: Path) -> None:
    [row] = read(incidents_csv(frames_of(tmp_path, ESTIMATES), "ucdp"))
    assert (row["low"], row["best"], row["high"], row["deaths_civilians"], row["deaths_unknown"]) == ("12", "15", "20", "15", "")
    assert (row["date_prec"], row["where_prec"], row["year"], row["date_end"]) == ("2", "1", "2016", "2016-10-02")
    assert row["source_article"] == "https://news.example.com/a" and row["source_office"] == "gazette"


def test_ucdp_has_only_incidents_with_someone_killed(tmp_path: Path) -> None:
    assert read(incidents_csv(frames_of(tmp_path, [estimate("low_best_high", low=0, best=0, high=0)]), "ucdp")) == []


def test_acled_like_takes_the_conservative_toll_and_leaves_unknowns_empty(tmp_path: Path) -> None:
    [row] = read(incidents_csv(frames_of(tmp_path, ESTIMATES), "acled-like"))
    assert (row["fatalities"], row["sub_event_type"], row["geo_precision"], row["time_precision"]) == ("12", "Air/drone strike", "1", "2")
    assert row["civilian_targeting"] == "Civilian targeting" and row["actor1"] == ""
    [row] = read(incidents_csv(frames_of(tmp_path, []), "acled-like"))
    assert row["fatalities"] == "" and row["civilian_targeting"] == ""


def test_an_incident_without_a_date_has_none(tmp_path: Path) -> None:
    frames = frames_of(tmp_path, ESTIMATES)
    frames["incidents"][["date_start", "date_end"]] = pd.NaT
    [row] = read(incidents_csv(frames, "ucdp"))
    assert (row["date_start"], row["date_end"], row["date_prec"], row["year"], row["best"]) == ("", "", "", "", "15")


# --- datapackage.json ----------------------------------------------------------------------------------------------------------------


def test_the_tables_are_a_valid_data_package(samples: Path) -> None:
    recorded(samples)
    report = frictionless.Package.validate_descriptor(json.loads((samples / PACKAGE).read_text(encoding="utf-8")), basepath=str(samples))
    assert report.valid, report.flatten(["message"])


def test_the_data_package_names_every_file_and_column(samples: Path) -> None:
    recorded(samples)
    package = json.loads((samples / PACKAGE).read_text(encoding="utf-8"))
    files = {path for resource in package["resources"] for path in resource["path"]}
    assert files == {str(path.relative_to(samples)) for path in samples.glob("*/[!.]*.parquet")}
    assert [resource["title"] for resource in package["resources"]] == list(TABLES)
    for resource in package["resources"]:
        assert [field["name"] for field in resource["schema"]["fields"]] == list(pd.read_parquet(samples / resource["title"]).columns)
    claims = next(resource for resource in package["resources"] if resource["name"] == "claims")["schema"]
    assert claims["foreignKeys"][0]["reference"] == {"resource": "articles", "fields": ["article_id"]}
    assert {field["name"]: field for field in claims["fields"]}["harm"]["constraints"]["enum"][0] == "killed"


def test_the_data_package_follows_the_files(tmp_path: Path) -> None:
    article = an_article()
    commit(open_tables(tmp_path), a_run(), [extracted([(article, [a_claim(article)])], a_run())])
    before = (tmp_path / PACKAGE).read_text(encoding="utf-8")
    recorded(tmp_path)
    after = (tmp_path / PACKAGE).read_text(encoding="utf-8")
    assert '"runs"' not in before and '"runs"' in after and "claims/2016-10.parquet" in before
