"""Processes that really die, meet, run out of disk or may not write; and what a reader sees meanwhile."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.conftest import a_run, an_article, snapshot
from tests.faults import Workshop, reading, workshop
from tests.test_backfill import CLOCKS
from tests.test_store import frame, put, with_claims
from transforms.store import TablesLocked, commit, extracted, folder, open_tables, place, place_of
from transforms.store.verify import verify

ROOT = Path(__file__).resolve().parents[1]
ALL = ("articles", "articles_history", "claims", "claims_history", "rejects", "files")


@pytest.fixture(scope="module")
def old() -> Iterator[Workshop]:
    with workshop("old") as crew:
        yield crew


@pytest.fixture(scope="module")
def new() -> Iterator[Workshop]:
    with workshop("new") as crew:
        yield crew


def sources(folder: Path) -> tuple[Path, Path]:
    """Two states of an archive: in the second some articles have another date or text, and there are new ones and bad lines."""
    rng = random.Random(4)
    places = ("Harra", "Qalat", "Sena", "Maroun", "Tell Dura")

    def line(number: int, revised: bool = False, moved: bool = False, **told: object) -> str:
        killed, hurt = 2 + number, 3 + 2 * number
        text = f"Shells hit the town of {places[number % 5]} on Sunday. At least {killed} people were killed, including three children, "
        text += f"and {hurt} wounded, police said. Gunmen captured {number + 4} soldiers near {places[(number + 2) % 5]}, "
        text += "the governor said."
        text += " A medic died of wounds later, medics said." if revised else ""
        day = f"2016-{1 + (number + moved) % 4:02}-{1 + number % 27:02}"
        row = {"id": str(number), "outlet": "gazette", "published": day, "title": f"Shelling {number}", "text": text, **told}
        return json.dumps(row)

    first = [line(n) for n in range(20)]
    second = [line(n, revised=n % 4 == 0, moved=n % 3 == 0) for n in range(20)] + [line(n) for n in range(20, 44)]
    second += [line(n, revised=True) for n in range(26, 32)] + ["{broken", json.dumps({"id": "x", "text": "short"})]
    rng.shuffle(second)
    paths = folder / "first.jsonl", folder / "second.jsonl"
    for path, lines in zip(paths, (first, second), strict=True):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def same(root: Path, other: Path) -> None:
    for table in ALL:
        pair = [frame(at, table).drop(columns=CLOCKS, errors="ignore") for at in (root, other)]
        if table.endswith("history"):  # ties of time are in the order of run ids
            pair = [rows.sort_values(list(rows.columns), ignore_index=True) for rows in pair]
        pd.testing.assert_frame_equal(*pair)


def leftovers(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob(".*") if path.name not in (".lock", ".tollbook.json"))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("job", ["ingest", "backfill"])
def test_kill_nine_with_a_reader_beside(tmp_path: Path, old: Workshop, new: Workshop, job: str) -> None:
    """Thirty kills of each job; after every five the job is run to its end, and gives what an undisturbed run gives."""
    first, second = sources(tmp_path)
    base, undisturbed = tmp_path / "base", tmp_path / "undisturbed"
    assert old.run("ingest", first, base) == 0
    if job == "backfill":
        assert old.run("ingest", second, base) == 0
    shutil.copytree(base, undisturbed)
    words = ("ingest", second) if job == "ingest" else ("backfill",)
    rng, kills, reads = random.Random(9), new.kills, 0
    began = time.monotonic()
    assert new.run(*words, undisturbed) == 0
    took = time.monotonic() - began
    for turn in range(40):
        root, said = tmp_path / f"turn{turn}", list[str]()
        shutil.copytree(base, root)
        with reading(old, root, said):
            for _ in range(5):
                new.run(*words, root, kill_after=rng.uniform(0.01, took))
            assert new.run(*words, root) == 0
        assert [line for line in said if not line.startswith("reads ")] == []
        reads += int(said[-1].split()[1]) if said else 0
        same(root, undisturbed)
        assert leftovers(root) == [] and [str(problem) for problem in verify(root)] == []
        shutil.rmtree(root)
        if new.kills - kills >= 30:
            break
    assert new.kills - kills >= 30 and reads > 30, (new.kills - kills, reads)
    assert len(frame(undisturbed, "claims_history")) > 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_ingests_and_a_backfill_at_once(tmp_path: Path, old: Workshop, new: Workshop) -> None:
    first, second = sources(tmp_path)
    root, said = tmp_path / "t", list[str]()
    assert old.run("ingest", first, root) == 0
    with reading(old, root, said):
        new.start(("ingest", first, root), ("ingest", second, root), ("backfill", root))
        assert new.end() == [0, 0, 0]
        assert new.run("backfill", root) == 0  # what the ingests had put in under way
    assert [line for line in said if not line.startswith("reads ")] == []
    assert [str(problem) for problem in verify(root)] == [] and leftovers(root) == []
    for path in (first, second):
        assert new.run("ingest", path, tmp_path / "alone") == 0
    for table in ("articles", "claims"):
        pair = [frame(at, table).drop(columns=CLOCKS, errors="ignore") for at in (root, tmp_path / "alone")]
        pd.testing.assert_frame_equal(*[rows.sort_values(list(rows.columns[:2]), ignore_index=True) for rows in pair])


# --- locks -----------------------------------------------------------------------------------------------------------------------------


def test_the_lock_of_a_dead_process_is_no_obstacle(tmp_path: Path) -> None:
    put(tmp_path, a_run(), with_claims(an_article(), 10))
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys, time; from pathlib import Path; from transforms.store import place_of\n"
         "with place_of(Path(sys.argv[1])).locked(1): print('held', flush=True); time.sleep(600)", str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    began = time.monotonic()
    with pytest.raises(TablesLocked, match=f"process {holder.pid} on .* since "):
        put_now(tmp_path, wait=0.3)
    assert time.monotonic() - began < 30  # it gave up, though the holder lives
    holder.kill()
    holder.communicate()
    assert json.loads((tmp_path / ".lock").read_text())["pid"] == holder.pid  # its name still stands there
    assert put_now(tmp_path, wait=0.3) == 1


def put_now(root: Path, wait: float) -> int:
    article = an_article("Later. " * 20)
    return commit(open_tables(root), a_run(2), [extracted([with_claims(article, 10)], a_run(2))], wait=wait).new


def test_who_waits_long_is_told_for_whom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(place, "PATIENCE", 0.1)
    caplog.set_level("INFO", logger="tollbook")
    with place_of(tmp_path).locked(1), pytest.raises(TablesLocked):
        put_now(tmp_path, wait=0.4)
    assert re.search(rf"is being written by process {os.getpid()} on \S+ since .*; waiting up to 0.4 seconds", caplog.text)


# --- disks -----------------------------------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(at: Path, size: str) -> Iterator[Path]:
    at.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(at)], capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        yield at
    finally:
        subprocess.run(["umount", str(at)], check=True)


def big(number: int) -> list[tuple[object, object]]:
    noise = random.Random(number)
    texts = ["".join(noise.choices("abcdefghijklmnopqrstuvwxyz ", k=20_000)) for _ in range(20)]
    return [with_claims(an_article(text, published=date(2016, 1 + n % 4, 2)), 10) for n, text in enumerate(texts)]  # type: ignore[misc]


def test_a_full_disk_leaves_the_tables_as_they_were(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        root = disk / "t"
        put(root, a_run(1), with_claims(an_article(), 10))
        before, number = snapshot(root), 1
        with pytest.raises(OSError, match=r"no space left to write .*; the tables are as they were: make room, run again"):
            for number in range(2, 30):
                before = snapshot(root)
                put(root, a_run(number), *big(number))  # type: ignore[arg-type]
        assert {name: content for name, (_, content) in snapshot(root).items()} == {name: content for name, (_, content) in before.items()}
        assert leftovers(root) == [] and len(frame(root, "articles")) == 1 + 20 * (number - 2)
        assert not [problem for problem in verify(root) if problem.file.startswith("articles")]


@pytest.mark.parametrize("call", range(1, 9))
def test_a_writer_that_fails_at_any_file(tmp_path: Path, call: int, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, a_run(1), with_claims(an_article(), 10))
    before, real, calls = snapshot(tmp_path), pq.write_table, 0

    def failing(rows: object, where: Path, **options: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            Path(where).write_bytes(b"PAR1 half")
            raise OSError(28, "No space left on device")
        real(rows, where, **options)

    some = [with_claims(an_article(f"{n} " * 50, published=date(2016, 9 + n, 1)), 10) for n in range(4)]
    with monkeypatch.context() as patch:
        patch.setattr(folder.pq, "write_table", failing)
        with pytest.raises(OSError, match="no space left"):
            put(tmp_path, a_run(2), *some)
    assert snapshot(tmp_path) == before and leftovers(tmp_path) == []
    assert put(tmp_path, a_run(3), *some).new == 4 and leftovers(tmp_path) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_full_disk_by_the_command(tmp_path: Path, prefect_server: str) -> None:
    with small_disk(tmp_path / "disk", "300k") as disk:
        noise = random.Random(1)
        texts = [" ".join(f"Convoy {noise.random()} passed the town on the way to the market." for _ in range(50)) for n in range(1200)]
        rows = [{"id": str(n), "text": text, "published": "2016-10-01"} for n, text in enumerate(texts)]
        source = tmp_path / "big.jsonl"
        source.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        command = [sys.executable, "-m", "flows.cli", "ingest", str(source), "--tables", str(disk / "t")]
        environment = os.environ | {"PREFECT_API_URL": prefect_server}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 3 and "no space left to write" in done.stderr and "Traceback" not in done.stderr
        assert leftovers(disk / "t") == [] and frame(disk / "t", "articles").empty and not list(verify(disk / "t"))


def test_tables_that_may_not_be_written_are_told_before_prefect_starts(tmp_path: Path) -> None:
    root = tmp_path / "t"
    put(root, a_run(1), with_claims(an_article(), 10))
    source = tmp_path / "a.txt"
    source.write_text("Shells fell on the town. Two people were killed.")
    if subprocess.run(["mount", "--bind", str(root), str(root)], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(root)], check=True)
        for arguments in (["ingest", str(source)], ["backfill"]):
            command = [sys.executable, "-m", "flows.cli", *arguments, "--tables", str(root)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
            assert done.returncode == 3 and "cannot be written; give this user the right to" in done.stderr
            assert "starting Prefect" not in done.stderr
        assert [p for p in verify(root) if p.file.startswith("articles")] == []  # reading needs no right to write
    finally:
        subprocess.run(["umount", str(root)], check=True)


# --- versions of the layout --------------------------------------------------------------------------------------------------------------


def as_version_1(root: Path) -> None:
    """Make tables what version 1 would have written."""
    for path in (root / "articles").iterdir():
        rows = pq.read_table(path)
        pq.write_table(rows.drop_columns(["claims", "rules_version", "superseded_by", "withdrawn"]), path)
    for table in ("articles_history", "files"):
        shutil.rmtree(root / table)
    (root / ".tollbook.json").write_text('{"version": 1}')


def test_tables_of_version_1_are_migrated_with_a_message(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="tollbook")
    some = [with_claims(an_article(f"{n} " * 50, published=date(2016, 9 + n % 2, 1)), 10, 20) for n in range(4)]
    put(tmp_path, a_run(1), *some)
    before = {table: frame(tmp_path, table) for table in ("articles", "claims")}
    as_version_1(tmp_path)
    assert "have version 1" in next(verify(tmp_path)).what
    assert len(frame(tmp_path, "articles")) == 4 and open_tables(tmp_path).part_of.keys() == set(before["articles"]["article_id"])
    assert put(tmp_path, a_run(2), *some).new == 0
    assert "bringing the tables from version 1 to 2" in caplog.text
    pd.testing.assert_frame_equal(frame(tmp_path, "claims"), before["claims"])
    pd.testing.assert_frame_equal(frame(tmp_path, "articles"), before["articles"].assign(rules_version=pd.array([None] * 4, "string")))
    assert json.loads((tmp_path / ".tollbook.json").read_text()) == {"version": 2}
    assert not [p for p in verify(tmp_path) if p.file.startswith("articles")]


@pytest.mark.parametrize("step", range(0, 16, 2))
def test_a_migration_that_is_killed_is_done_by_the_next_run(tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dead(BaseException):
        pass

    put(tmp_path, a_run(1), with_claims(an_article(), 10))
    wanted = frame(tmp_path, "articles").drop(columns=["rules_version"])
    as_version_1(tmp_path)
    calls, real = 0, os.replace

    def dying(*args: object) -> None:
        nonlocal calls
        calls += 1
        if calls > step // 2:
            raise Dead
        real(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", dying)
        try:
            put_now(tmp_path, wait=1)
        except Dead:
            assert len(frame(tmp_path, "articles")) >= 1
    put_now(tmp_path, wait=1)
    found = frame(tmp_path, "articles").drop(columns=["rules_version"])
    found = found[found["article_id"].isin(wanted["article_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, wanted)
