"""The command line: what it prints, with which exit status, and what it must not import."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.listing import listing
from tests.conftest import a_claim, an_article
from transforms.schema import DERIVED, TABLES, names
from transforms.store import open_tables

ROOT = Path(__file__).resolve().parents[1]
TEXT = (
    "Rebels shelled the town of Harra on Monday, killing at least 12 civilians and wounding 30 others, the Syrian Observatory for Human"
    " Rights said. The hospital of the town was treating the wounded through the night, and the market remained closed.\n"
)


def invoke(*arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def dispatch(tmp_path: Path) -> Path:
    path = tmp_path / "dispatch.txt"
    path.write_text(TEXT)
    return path


def test_extract_prints_each_claim(dispatch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")  # the path of the file stands in a line that is cut to the terminal's width
    status, out, _ = invoke("extract", str(dispatch), "--published", "2016-10-05")
    assert status == 0
    head, facts, columns, *claims = out.splitlines()
    assert head.startswith("Rebels shelled the town") and "published 2016-10-05 (told) · 2 claims" in facts
    assert columns.split() == ["harm", "count", "victims", "class", "dates", "scope", "source", "where", "who", "how"]
    assert "at least 12  civilians" in claims[0] and "2016-10-03" in claims[0] and "sohr" in claims[0]
    assert claims[1].startswith("2  injured  30")


def test_explain_marks_what_was_read_and_names_the_rule(dispatch: Path) -> None:
    status, out, _ = invoke("explain", str(dispatch), "--published", "2016-10-05")
    flat = " ".join(out.split())
    assert status == 0 and "[date: on Monday]" in flat and "[harm: killing] [count: at least 12] civilians" in flat
    assert 'count "at least 12" harmed_count' in flat and "source \"the Syrian Observatory for Human Rights\" behind 'said'" in flat


def test_extract_gives_the_columns_of_the_claims_table_as_json(dispatch: Path) -> None:
    status, out, _ = invoke("extract", str(dispatch), "--json")
    rows = json.loads(out)
    assert status == 0 and [row["count"] for row in rows] == [12, 30]
    assert [*rows[0], "run_id"] == names("claims")
    assert rows[0]["published"] is None and rows[0]["date_start"] is None


def test_extract_reads_standard_input() -> None:
    status, out, _ = invoke("extract", "-", "--json", stdin=TEXT)
    assert status == 0 and [row["count"] for row in json.loads(out)] == [12, 30]


def test_extract_heads_each_article_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text("".join(json.dumps({"id": str(n), "title": f"Dispatch {n}", "text": TEXT}) + "\n" for n in (1, 2)) + "{broken\n")
    status, out, err = invoke("extract", str(path))
    assert status == 0 and "Dispatch 1\n" in out and "Dispatch 2\n" in out
    assert "record 3: broken_json" in err


def test_extract_of_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    status, out, err = invoke("extract", str(tmp_path / "empty.txt"))
    assert (status, out) == (1, "") and "empty.txt: empty" in err


def test_wrong_usage_is_status_2_and_named(tmp_path: Path, dispatch: Path) -> None:
    missing = str(tmp_path / "missing.txt")
    (tmp_path / "m.csv").write_text("name\nx\n")
    for arguments, named in [
        (("extract", missing), missing),
        (("ingest", missing, "--tables", str(tmp_path / "t")), missing),
        (("ingest", str(tmp_path / "*.nothing"), "--tables", str(tmp_path / "t")), "*.nothing"),
        (("extract", str(dispatch), "--published", "2016-13-01"), "--published 2016-13-01: not a date; write it as YYYY-MM-DD"),
        (("ingest", str(dispatch), "--published", "yesterday", "--tables", str(tmp_path / "t")), "--published yesterday"),
        (("ingest", str(dispatch), "--manifest", str(tmp_path / "m.csv"), "--tables", str(tmp_path / "t")), "m.csv, line 1"),
    ]:
        status, out, err = invoke(*arguments)
        assert (status, out) == (2, "") and named in err, arguments
    assert not (tmp_path / "t").exists()


def test_ingest_sums_up_and_says_when_nothing_changed(prefect_server: None, tmp_path: Path, dispatch: Path) -> None:
    tables = str(tmp_path / "t")
    (tmp_path / "empty.txt").touch()
    status, out, _ = invoke("ingest", str(tmp_path / "*.txt"), "--tables", tables)
    assert status == 0
    assert "files     2\narticles  1 (1 new, 0 changed, 0 known)\nclaims    2 " in out and "empty.txt: empty" in out
    assert out.splitlines()[-1] == f"tables    {tables}"
    status, out, _ = invoke("ingest", str(tmp_path / "*.txt"), "--tables", tables, "--strict")
    assert status == 1 and out.splitlines()[-1] == f"tables    {tables}: nothing changed"


def test_tables_that_cannot_be_written_are_status_3(prefect_server: None, tmp_path: Path, dispatch: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / ".tollbook.json").write_text('{"version": 99}')
    status, out, err = invoke("ingest", str(dispatch), "--tables", str(tmp_path / "t"))
    assert (status, out) == (3, "") and "table version 99" in err and "Traceback" not in err


def test_dictionary_in_each_format() -> None:
    wanted = {(table, column) for table in (*TABLES, *DERIVED) for column in names(table)}
    wanted -= {(f"{table}_history", name) for table in ("articles", "claims") for name in names(table)}
    rows = json.loads(invoke("dictionary", "--format", "json")[1])
    assert {(row["table"], row["column"]) for row in rows} == wanted
    assert list(csv.DictReader(io.StringIO(invoke("dictionary", "--format", "csv")[1]))) == rows
    lines = invoke("dictionary")[1].splitlines()
    assert len(lines) == len(rows) + 2 and lines[0].startswith("| table | column | type |")


def test_version_and_help() -> None:
    assert invoke("--version")[1].startswith("tollbook 0.")
    for command in ("ingest", "extract"):
        assert "Exit status: 0 done" in " ".join(invoke(command, "--help")[1].split())


def test_extract_and_help_load_nothing_heavy(dispatch: Path) -> None:
    code = (
        "import sys; sys.argv = ['tollbook', *sys.argv[1:]]\n"
        "from flows.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print('heavy:', sorted({'prefect', 'pandas', 'pyarrow', 'numpy', 'dateparser', 'trafilatura', 'rich'} & set(sys.modules)))"
    )
    for arguments in (["--help"], ["extract", str(dispatch)], ["dictionary"]):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert out.endswith("heavy: []\n"), arguments
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert after.ru_utime - before.ru_utime < 2  # seconds of the processor, so that a busy machine does not count; it takes a tenth


def test_with_a_server_of_the_users_own_that_of_prefect_is_not_loaded() -> None:
    code = (
        "import sys\nfrom flows.server import tie_temporary_server\ntie_temporary_server()\n"
        "print('prefect.server.api.server' in sys.modules)"
    )
    for url, loaded in (("http://127.0.0.1:9/api", "False\n"), ("", "True\n")):
        environment = os.environ | {"PREFECT_API_URL": url}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == loaded


def test_a_listing_fits_the_line() -> None:
    article = an_article("The town of Harra was shelled. " + "Two people were killed. " * 3)
    long = a_claim(article, 5, source_id="syrian_observatory_for_human_rights", place="outskirts of the old town of Harra", actor="army")
    part = a_claim(article, 9, subset_of=long.claim_id, count=None, count_text="dozens", vague="dozens", assertion="denied")
    for width in (150, 110, 60):
        text = listing(article, [long, part], width)
        assert max(map(len, text.splitlines())) <= width
        assert "dozens" in text
    assert "killed (denied, part of 1)" in listing(article, [long, part], 150)
    assert "1. killed: 2 people" in listing(article, [long, part], 60)


def test_a_broken_marker_of_tables_is_named(dispatch: Path, tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / ".tollbook.json").write_text("{")
    with pytest.raises(OSError, match=r"tollbook\.json is broken; write"):
        open_tables(tmp_path / "tables")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_of_another_age_is_wrong_usage(dispatch: Path, day: str) -> None:
    status, _, err = invoke("extract", str(dispatch), "--published", day)
    assert status == 2 and "a year from 1900" in err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_extract_reads_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", 'printf %s "$0" > "$1"', TEXT, str(tmp_path / "pipe")]):
        status, out, _ = invoke("extract", str(tmp_path / "pipe"))
    assert status == 0 and "at least 12" in out


@pytest.mark.slow
def test_a_prefect_server_that_is_not_there_is_named(dispatch: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    command = [sys.executable, "-m", "flows.cli", "ingest", str(dispatch), "--tables", str(tmp_path / "tables")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120)
    assert done.returncode == 2 and done.stderr.splitlines()[-1].endswith("unset PREFECT_API_URL")
