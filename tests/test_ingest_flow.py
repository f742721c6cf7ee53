"""The main job as a Prefect flow, over small files, with a stand-in for the extraction: what is tested is what becomes of its claims."""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from prefect import get_client

from flows import ingest as module
from flows import intake, tasks, work
from flows.ingest import Summary, ingest, summary_lines
from flows.progress import courtesy
from tests.conftest import a_claim, snapshot
from transforms import readers
from transforms.article import Article, Reject
from transforms.claim import Claim

pytestmark = pytest.mark.usefixtures("prefect_server", "numbers_killed")

FILLER = " The governor of the province said that the roads had been closed since the morning and that the market was empty."


@pytest.fixture
def numbers_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim for each "7 killed" of a text; an article that says so makes the extraction fail."""

    def extract(article: Article, lines: list[str]) -> list[Claim]:
        if "ill-starred" in article.text:
            raise KeyError("no such verb")
        if "foul-mouthed" in article.text:
            return [a_claim(article, harm="vexed")]
        found = re.finditer(r"(\d+) killed", article.text)
        return [a_claim(article, m.start(), count=int(m[1]), count_min=int(m[1]), count_max=int(m[1])) for m in found]

    monkeypatch.setattr(work, "extract", extract)
    monkeypatch.setattr(intake, "QUIET", 0.0)  # the files of a test are written a moment before


def record(number: int, said: str, day: str | None = "2016-10-03") -> str:
    return json.dumps({"id": f"r{number}", "text": f"Shells fell on the town, {said}.{FILLER}", "published": day, "outlet": "gazette"})


def write(folder: Path, *lines: str, name: str = "articles.jsonl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(paths: list[Path], tables: Path, **told: object) -> Summary:
    summary = ingest([str(path) for path in paths], tables=str(tables), **told)  # type: ignore[arg-type]
    assert isinstance(summary, Summary)
    return summary


def test_articles_claims_and_rejects_land_in_the_tables_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    twice = record(1, "3 killed and later 4 killed")
    source = write(tmp_path / "in", twice, "{broken", record(2, "nobody hurt", "2016-11-05"), twice)
    summary = run([tmp_path / "in"], tmp_path / "t")
    assert (summary.files, summary.new, summary.duplicate, summary.claims, summary.rejects) == (1, 2, 1, 2, 1)
    assert summary.rejects_by_reason == {"broken_json": 1} and not summary.nothing_changed
    claims = pd.read_parquet(tmp_path / "t" / "claims")
    assert claims["count"].tolist() == [3, 4] and set(claims["run_id"]) == {summary.run_id}
    rejected = pd.read_parquet(tmp_path / "t" / "rejects")
    assert (rejected["source_file"].tolist(), rejected["record"].tolist()) == ([str(source)], [2])

    before = snapshot(tmp_path / "t")
    second = run([tmp_path / "in"], tmp_path / "t")
    after = snapshot(tmp_path / "t")
    assert second.nothing_changed and (second.files, second.files_known, second.rejects, second.known_rejects) == (1, 1, 1, 1)
    assert {name: after[name] for name in before} == before and len(after) == len(before) + 1
    assert "nothing changed" in summary_lines(second)[-1]
    runs = pd.read_parquet(tmp_path / "t" / "runs")
    assert runs["articles_new"].tolist() == [2, 0] and runs["files"].tolist() == [1, 0]


def test_two_fresh_directories_are_alike_whatever_the_size_of_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path, *(record(n, f"{n} killed", f"2016-{1 + n % 3:02}-04") for n in range(1, 12)))
    run([source], tmp_path / "a")
    monkeypatch.setattr(intake, "BATCH", 2)
    monkeypatch.setattr(tasks, "COMMIT", 3)
    run([source], tmp_path / "b")
    files = [sorted(path.relative_to(tmp_path / side) for path in (tmp_path / side).glob("[acr]*/*.parquet")) for side in ("a", "b")]
    assert [path for path in files[0] if path.parts[0] != "runs"] == [path for path in files[1] if path.parts[0] != "runs"]
    for table in ("articles", "claims"):
        frames = [pd.read_parquet(tmp_path / side / table).drop(columns=["run_id", "first_seen"], errors="ignore") for side in ("a", "b")]
        pd.testing.assert_frame_equal(*frames)


def test_an_article_that_the_extraction_fails_on_is_a_reject_and_the_rest_goes_on(tmp_path: Path) -> None:
    source = write(tmp_path, record(1, "an ill-starred day"), record(2, "2 killed"), record(3, "a foul-mouthed crowd"))
    summary = run([source], tmp_path / "t")
    assert (summary.new, summary.claims, summary.rejects_by_reason) == (1, 1, {"extraction_failed": 2})
    rejected = pd.read_parquet(tmp_path / "t" / "rejects")
    assert rejected["record"].tolist() == [1, 3]
    assert rejected["detail"].iloc[0].startswith("KeyError: 'no such verb' (test_ingest_flow.py, line ")
    assert "column harm: 'vexed' is not one of" in rejected["detail"].iloc[1]


def test_told_dates_and_outlets_stand_and_moved_claims_go_to_history(tmp_path: Path) -> None:
    source = write(tmp_path, record(1, "3 killed"))
    run([source], tmp_path / "t")
    summary = run([source], tmp_path / "t", published=date(2016, 12, 24))
    assert (summary.new, summary.changed, summary.retracted) == (0, 1, 1)
    assert pd.read_parquet(tmp_path / "t" / "claims")["published"].astype(str).tolist() == ["2016-12-24"]
    assert len(pd.read_parquet(tmp_path / "t" / "claims_history")) == 1


def test_a_manifest_tells_what_files_do_not(tmp_path: Path) -> None:
    write(tmp_path, f"Shells fell on the town, 3 killed.{FILLER}", name="a.txt")
    (tmp_path / "m.csv").write_text("file,published,outlet\na.txt,2014-02-03,courier\n")
    run([tmp_path / "a.txt"], tmp_path / "t", manifest=str(tmp_path / "m.csv"))
    article = pd.read_parquet(tmp_path / "t" / "articles").iloc[0]
    assert (str(article["published"])[:10], article["published_basis"], article["outlet"]) == ("2014-02-03", "told", "courier")


def test_strict_fails_the_run_with_its_work_done(tmp_path: Path) -> None:
    source = write(tmp_path, record(1, "3 killed"), "{broken")
    state = ingest([str(source)], tables=str(tmp_path / "t"), strict=True, return_state=True)
    assert state.is_failed() and "1 reject" in (state.message or "")
    assert len(pd.read_parquet(tmp_path / "t" / "claims")) == 1 and len(pd.read_parquet(tmp_path / "t" / "runs")) == 1


def test_a_missing_path_stops_the_run_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no-such"):
        ingest([str(tmp_path / "no-such")], tables=str(tmp_path / "t"))
    assert not (tmp_path / "t").exists()


def test_artifacts_say_what_was_done(tmp_path: Path) -> None:
    run([write(tmp_path, record(1, "3 killed"), "{broken")], tmp_path / "t")
    with get_client(sync_client=True) as client:
        found = {artifact.key: artifact for artifact in reversed(client.read_artifacts(limit=10, sort="CREATED_DESC"))}  # type: ignore[call-arg]
    assert found["ingest-progress"].data == 100.0
    assert {"what": "rejected: broken_json", "number": 1} in json.loads(str(found["ingest-read"].data))
    assert "articles  1 (1 new" in str(found["ingest-summary"].data)


def test_a_server_that_takes_no_artifact_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise ConnectionError("gone")

    assert courtesy(fails) is None


def test_the_bar_shows_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run([write(tmp_path, record(1, "3 killed"))], tmp_path / "t")
    assert "articles: 1, claims: 1" in capsys.readouterr().err


def test_the_summary_caps_the_rejects_and_says_so() -> None:
    summary = Summary("run", "tables", files=1, rejects=30, first_rejects=[Reject("a.jsonl", n, "no_text") for n in range(1, 21)])
    lines = summary_lines(summary)
    assert "  a.jsonl, record 20: no_text" in lines and "  and 10 more, see tables/rejects/" in lines


def test_a_path_that_is_no_utf8_is_written_down_all_the_same() -> None:
    assert str(module._figures(Summary("r", "t"), ["a", "b\udcff"])["paths"]) == "a\nb\\xff"


# --- what is read again, and what is not


def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed from now on."""
    names: list[str] = []

    def read(path: Path, **limits: int) -> object:
        names.append(path.name)
        return readers.read(path, **limits)

    monkeypatch.setattr(intake, "read", read)
    return names


def test_a_known_file_is_not_opened_and_one_of_the_same_content_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "in", record(1, "3 killed"))
    run([tmp_path / "in"], tmp_path / "t")
    parsed = opened(monkeypatch)
    monkeypatch.setattr(intake, "checksum", lambda path: pytest.fail("opened"))
    assert run([tmp_path / "in"], tmp_path / "t").files_known == 1
    monkeypatch.undo()

    parsed = opened(monkeypatch)
    os.utime(source, ns=(1, 1))
    monkeypatch.setattr(intake, "QUIET", 0.0)
    before = snapshot(tmp_path / "t")
    assert run([tmp_path / "in"], tmp_path / "t").files_known == 1 and not parsed
    after = snapshot(tmp_path / "t")
    assert {name for name in before if before[name] != after[name]} == {"files/files.parquet"}
    write(tmp_path / "in", record(1, "3 killed"), record(2, "5 killed"))
    summary = run([tmp_path / "in"], tmp_path / "t")
    assert (parsed, summary.files_known, summary.known, summary.new) == (["articles.jsonl"], 0, 1, 1)


def test_a_file_of_which_something_else_is_told_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path, record(1, "3 killed", None))
    run([source], tmp_path / "t")
    (tmp_path / "m.csv").write_text("file,published\narticles.jsonl,2014-02-03\nelsewhere.txt,2014-02-03\n")
    manifest = str(tmp_path / "m.csv")
    summary = run([source], tmp_path / "t", manifest=manifest)
    assert (summary.changed, summary.unmatched) == (1, ["elsewhere.txt"])
    assert any("no file bears out: elsewhere.txt" in line for line in summary_lines(summary))
    assert run([source], tmp_path / "t", manifest=manifest).files_known == 1


def test_rejects_go_when_their_file_is_mended_and_others_stay(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "{broken", record(1, "3 killed"), "{worse")
    write(tmp_path / "in", "{lame", name="other.jsonl")
    first = run([tmp_path / "in"], tmp_path / "t")
    write(tmp_path / "in", record(2, "2 killed"), record(1, "3 killed"), "{worse")
    summary = run([tmp_path / "in"], tmp_path / "t")
    assert (summary.mended, summary.new_rejects, summary.rejects, summary.known_rejects) == (1, 0, 2, 1)
    rejected = pd.read_parquet(tmp_path / "t" / "rejects")
    assert list(zip(rejected["source_file"], rejected["record"], rejected["run_id"], strict=True)) == [
        (str(source), 3, first.run_id),
        (str(tmp_path / "in" / "other.jsonl"), 1, first.run_id),
    ]


def test_a_file_with_rejects_is_read_again_by_other_code_or_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "in", "{broken")
    write(tmp_path / "in", record(1, "3 killed"), name="good.jsonl")
    run([tmp_path / "in"], tmp_path / "t")
    parsed = opened(monkeypatch)
    monkeypatch.setattr(intake, "rules_of", lambda run: "other words")
    run([tmp_path / "in"], tmp_path / "t")
    assert parsed == ["articles.jsonl"]
    run([tmp_path / "in"], tmp_path / "t")
    assert parsed == ["articles.jsonl"]


def test_a_file_that_is_still_written_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "in", record(1, "3 killed"))
    growing = write(tmp_path / "in", record(2, "4 killed"), name="growing.jsonl")
    write(tmp_path / "in", record(3, "5 killed"), name="load.jsonl.part")

    def a_writer_goes_on(seconds: float) -> None:
        with growing.open("a") as file:
            file.write('{"half')

    monkeypatch.setattr(intake, "QUIET", 60.0)
    monkeypatch.setattr(intake.time, "sleep", a_writer_goes_on)
    summary = run([tmp_path / "in"], tmp_path / "t")
    assert (summary.new, [Path(path).name for path in summary.waiting]) == (1, ["load.jsonl.part", "growing.jsonl"])
    assert any(
        "2 hidden or unfinished files, for a later run, or linked folders: load.jsonl.part, growing.jsonl" in line
        for line in summary_lines(summary)
    )
    monkeypatch.undo()
    os.utime(growing, (1, 1))
    assert run([tmp_path / "in"], tmp_path / "t").new == 1


def test_a_file_that_is_written_to_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "in", *(record(n, f"{n} killed") for n in range(1, 6)))
    monkeypatch.setattr(intake, "BATCH", 2)

    def read(path: Path, **limits: int) -> object:
        for number, item in enumerate(readers.read(path, **limits)):
            if number == 3:
                with source.open("a") as file:
                    file.write('{"half')
            yield item

    monkeypatch.setattr(intake, "read", read)
    summary = run([tmp_path / "in"], tmp_path / "t")
    assert (summary.new, summary.rejects, summary.waiting) == (4, 0, [str(source)])  # whole lines of a long file are no harm
    monkeypatch.setattr(intake, "read", readers.read)
    summary = run([tmp_path / "in"], tmp_path / "t")
    assert (summary.known, summary.new, summary.rejects, summary.waiting) == (4, 1, 1, [])


def test_of_a_thousand_rejects_some_are_listed_and_all_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_REJECTS", 10)
    source = write(tmp_path, *["{broken"] * 1000)
    assert run([source], tmp_path / "t").rejects == 11
    rejected = pd.read_parquet(tmp_path / "t" / "rejects")
    assert rejected["record"].isna().sum() == 1 and rejected["detail"].iloc[0] == "990 further records of this file"


def test_an_outlet_cannot_write_markup_into_the_summary(tmp_path: Path) -> None:
    outlet = "<script>alert(1)</script> | [x](javascript:y)"
    line = {"text": f"Shells fell on the town, 3 killed.{FILLER}", "outlet": outlet, "url": "https://a.example/a>b)(<i>"}
    shown = module._markdown(run([write(tmp_path, json.dumps(line))], tmp_path / "t"))
    row = next(line for line in shown.splitlines() if "script" in line)
    assert "<script" not in row and "](<https://a.example/a%3Eb)(%3Ci%3E>)" in row and "\\[x\\]\\(javascript" in row


def test_a_folder_that_cannot_be_opened_is_a_reject_until_it_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "in", record(1, "3 killed"))
    write(tmp_path / "in" / "shut", record(2, "4 killed"))
    real = os.scandir

    def refusing(folder: Path) -> object:
        if Path(folder).name == "shut":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refusing)
        for _ in range(2):
            summary = run([tmp_path / "in"], tmp_path / "t")
            assert (summary.rejects, summary.mended) == (1, 0)
            row = pd.read_parquet(tmp_path / "t" / "rejects").iloc[0]
            assert (row["source_file"], row["reason"]) == (str(tmp_path / "in" / "shut"), "unreadable")
            assert row["detail"] == "a folder that cannot be opened: Permission denied"
        state = ingest([str(tmp_path / "in" / "shut")], tables=str(tmp_path / "t"), strict=True, return_state=True)
        assert state.is_failed()
    summary = run([tmp_path / "in"], tmp_path / "t")
    assert (summary.new, summary.rejects, summary.mended) == (1, 0, 1)
    assert pd.read_parquet(tmp_path / "t" / "rejects").empty
    assert run([tmp_path / "in"], tmp_path / "t").nothing_changed


def test_a_linked_folder_is_named_as_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "in", record(1, "3 killed"))
    write(tmp_path / "elsewhere", record(2, "4 killed"))
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "elsewhere")
    summary = run([tmp_path / "in"], tmp_path / "t")
    assert (summary.new, summary.waiting) == (1, [str(tmp_path / "in" / "linked")])
    assert any("linked folders" in line and "linked" in line for line in summary_lines(summary))
    assert run([tmp_path / "in" / "linked"], tmp_path / "t").new == 1  # named outright it is read
