"""The report as a Prefect flow and as a command: the file it writes, what it shows in Prefect, what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect import get_client
from prefect.client.schemas.objects import Artifact
from typer.testing import CliRunner

from flows import report as module
from flows.cli import app
from flows.report import Written, report
from tests.test_docs import sample_tables
from tests.test_report import recorded

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    sample_tables(tmp_path / "tables")
    recorded(tmp_path / "tables", files=12, articles_new=13, claims=102)
    return tmp_path / "tables"


def artifacts() -> dict[str, Artifact]:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts()
    return {artifact.key: artifact for artifact in found if artifact.key}


def test_the_flow_writes_the_page_and_shows_its_figures(tables: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "report.html"
    written = report(str(tables), str(out))
    assert isinstance(written, Written) and written.bytes == out.stat().st_size and written.claims == 102
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    shown = artifacts()
    assert {"report-figures", "report-toll", "report-summary"} <= set(shown)
    assert '"102"' in str(shown["report-figures"].data)


def test_the_same_tables_give_the_same_file(tables: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    report(str(tables), str(first))
    report(str(tables), str(second))
    assert first.read_bytes() == second.read_bytes()


def test_a_page_that_fails_leaves_the_old_one(tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report.html"
    out.write_text("the old one")

    def fail(_: object, __: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="No space"):
        module.write_whole(out, "half of a new one")
    assert out.read_text() == "the old one" and [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_the_command_writes_the_page(tables: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    result = CliRunner().invoke(app, ["report", "--tables", str(tables), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert f"report    {out}" in result.stdout and "claims    102" in result.stdout and out.exists()


def test_the_command_names_what_is_missing(tables: Path, tmp_path: Path) -> None:
    nowhere = CliRunner().invoke(app, ["report", "--tables", str(tmp_path / "none"), "--out", str(tmp_path / "report.html")])
    assert nowhere.exit_code == 2 and "tollbook ingest" in nowhere.stderr
    (tmp_path / "file").write_text("")
    blocked = CliRunner().invoke(app, ["report", "--tables", str(tables), "--out", str(tmp_path / "file" / "report.html")])
    assert blocked.exit_code == 3 and "file" in blocked.stderr
