"""The same tables in a bucket, against a real S3 API on this machine (moto's server)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from pyarrow import fs

from tests.conftest import a_run, an_article
from tests.test_backfill import CLOCKS
from tests.test_cli import invoke
from tests.test_store import put, three_months, with_claims, with_rejects
from transforms.article import Reject
from transforms.claims import extract
from transforms.inbox import ReadFile
from transforms.store import Run, TablesLocked, commit, extracted, open_tables, place_of, read_files, write_as_of
from transforms.store.journal import Changes, changing
from transforms.store.verify import verify

pytest.importorskip("moto", reason="moto is not installed")
pytest.importorskip("boto3", reason="boto3 is not installed")

from moto.server import ThreadedMotoServer

from transforms.store import bucket as module
from transforms.store.bucket import Bucket

ROOT = Path(__file__).resolve().parents[1]
TABLES = ("articles", "articles_history", "claims", "claims_history", "rejects", "files")


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def at(service: str, request: pytest.FixtureRequest) -> str:
    import boto3

    name = f"b{abs(hash(request.node.name)):x}"
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}/war/tables"


def frame(at: str, table: str, service: str) -> pd.DataFrame:
    """As a reader opens it."""
    store = fs.S3FileSystem(endpoint_override=service, scheme="http", access_key="testing", secret_key="testing", region="us-east-1")
    rows: pa.Table = ds.dataset(f"{at.removeprefix('s3://')}/{table}", filesystem=store, format="parquet").to_table()
    return rows.to_pandas()


def keys(at: str) -> set[str]:
    there = place_of(at)
    assert isinstance(there, Bucket)
    return set(there._objects(""))


def turns(root: Any) -> None:
    """Added, moved to another day, revised, withdrawn from view."""
    text = "Shells hit the town of Harra on Sunday. At least 12 people were killed, including three children, police said."
    some = [an_article(f"{text} Report {n}.", url=f"https://a.example/{n}", published=date(2016, 9 + n, 2)) for n in range(3)]
    put(root, a_run(1), *[(article, extract(article)) for article in some])
    told = replace(some[0], published=date(2016, 12, 24), published_basis="told")
    revised = an_article(f"{text} The mayor came later.", url="https://a.example/1", published=date(2016, 10, 3))
    put(root, a_run(2), (told, extract(told)), (revised, extract(revised)))


def read(root: Any, run: Run, *rejects: Reject) -> None:
    """A file that gives these rejects alone."""
    commit(open_tables(root), run, rejects=rejects, files=[ReadFile("a.jsonl", 9, 1, "0" * 64, "told", 0, len(rejects), "rules")])


def test_a_bucket_holds_what_a_folder_holds(at: str, service: str, tmp_path: Path) -> None:
    for root in (at, tmp_path):
        turns(root)
        read(root, a_run(3), Reject("a.jsonl", 2, "no_text"), Reject("a.jsonl", 3, "no_text"))
        read(root, a_run(4), Reject("a.jsonl", 3, "no_text"))
    for table in TABLES:
        pd.testing.assert_frame_equal(frame(at, table, service), pd.read_parquet(tmp_path / table))
    assert [str(problem) for problem in verify(at)] == []
    assert frame(at, "rejects", service)["record"].tolist() == [3]
    assert read_files(place_of(at)) == read_files(place_of(tmp_path)) and len(read_files(place_of(at))) == 1
    assert not [key for key in keys(at) if key.endswith(".tmp") or "journal" in key]
    for when, name in ((a_run(1).started, "then"), (a_run(9).started, "now")):
        for root in (at, tmp_path):
            write_as_of(place_of(root), when, tmp_path / f"{name}.parquet")
        assert len(pd.read_parquet(tmp_path / f"{name}.parquet")) == 6


def test_the_same_again_writes_no_table(at: str) -> None:
    turns(at)
    before = [place_of(at).stamps(table) for table in TABLES]
    turns(at)
    assert [place_of(at).stamps(table) for table in TABLES] == before


class Dead(BaseException):
    """Stands for the process dying."""


@pytest.mark.slow
@pytest.mark.parametrize("step", range(0, 45, 3))
def test_a_writer_that_dies_at_any_request_loses_and_doubles_nothing(
    at: str, service: str, tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = three_months()
    moved = replace(some[0][0], published=date(2016, 12, 24), published_basis="told")
    again = [with_claims(moved, 10, 20), *some[1:], with_claims(an_article("New " * 20), 4)]
    for root in (at, tmp_path):
        put(root, a_run(1), *some, **with_rejects(1, 2, 3))  # type: ignore[arg-type]
    put(tmp_path, a_run(2), *again, **with_rejects(2, 3, 4))
    calls = 0

    def dying(real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls > step:
                raise Dead
            return real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("_put", "move", "remove"):
            patch.setattr(Bucket, name, dying(getattr(Bucket, name)))
        with suppress(Dead):
            put(at, a_run(2), *again, **with_rejects(2, 3, 4))  # type: ignore[arg-type]
    assert frame(at, "claims", service)["claim_id"].is_unique
    monkeypatch.setattr(module, "LEASE", 0.0)  # the lock of the dead one is old enough now
    put(at, a_run(3), *again, **with_rejects(2, 3, 4))  # type: ignore[arg-type]
    for table in TABLES:
        pair = [rows.drop(columns=CLOCKS, errors="ignore") for rows in (frame(at, table, service), pd.read_parquet(tmp_path / table))]
        pd.testing.assert_frame_equal(*pair)
    assert not [key for key in keys(at) if key.endswith(".tmp") or "journal" in key]


# --- the lock --------------------------------------------------------------------------------------------------------------------------


def test_of_several_writers_one_has_the_lock_and_the_others_name_it(at: str) -> None:
    with place_of(at).locked(1):
        began = time.monotonic()
        with pytest.raises(TablesLocked, match=rf"is being written by process {os.getpid()} on \S+ since .*; waited 0.6 seconds"):
            commit(open_tables(at), a_run(), [extracted(three_months(), a_run())], wait=0.6)
        assert time.monotonic() - began < 25  # it does not wait until the lock is old
        with pytest.raises(TablesLocked), place_of(at).unchanged(0.1):
            pass
    assert commit(open_tables(at), a_run(), [extracted(three_months(), a_run())], wait=1).new == 3


def test_writers_at_once_lose_nothing(at: str, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.05)
    put(at, a_run(), *three_months())  # type: ignore[arg-type]
    errors: list[BaseException] = []

    def writer(number: int) -> None:
        try:
            for turn in range(3):
                put(at, a_run(10 * number + turn), with_claims(an_article(f"Writer {number} turn {turn}. " * 4), 10))  # type: ignore[arg-type]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(1, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(frame(at, "articles", service)) == 12


def test_the_lock_of_a_dead_process_is_taken_over_once_it_is_old(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os, sys; from transforms.store import place_of\nwith place_of(sys.argv[1]).locked(5): os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code, at], cwd=ROOT, check=False).returncode == 9
    with pytest.raises(TablesLocked):
        put_now(at, wait=0.3)
    monkeypatch.setattr(module, "LEASE", 2.0)
    assert put_now(at, wait=20) == 1


def put_now(at: str, wait: float) -> int:
    return commit(open_tables(at), a_run(2), [extracted([with_claims(an_article("Later. " * 20), 10)], a_run(2))], wait=wait).new


def test_a_holder_whose_lock_was_taken_over_changes_nothing(at: str, service: str) -> None:
    put(at, a_run(1), *three_months())  # type: ignore[arg-type]
    tables = open_tables(at)
    there = tables.place
    assert isinstance(there, Bucket)
    real = there.confirm

    def robbed() -> None:
        other = place_of(at)
        assert isinstance(other, Bucket)
        lease = other._lease()
        assert lease is not None
        other._swap(lease.tag, {"pid": "1", "host": "elsewhere", "since": "now"})
        real()

    there.confirm = robbed  # type: ignore[method-assign]
    with pytest.raises(TablesLocked, match="the lock was lost"):
        commit(tables, a_run(2), [extracted([with_claims(an_article("Later. " * 20), 10)], a_run(2))])
    assert len(frame(at, "articles", service)) == 3


def test_a_service_that_refuses_every_conditional_put_is_told_and_not_pressed(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there, asked = place_of(at), 0

    def refusing(*_: object) -> None:
        nonlocal asked
        asked += 1
        assert asked < 10

    monkeypatch.setattr(there, "_swap", refusing)
    monkeypatch.setattr(module, "PAUSE", 0.2)
    with (
        pytest.raises(TablesLocked, match=r"could not be had in 0.6 seconds, though it is free: .* no conditional puts"),
        there.locked(0.6),
    ):
        pass


def taken_over(at: str) -> AbstractContextManager[Changes]:
    """The lock, which another holds, as somebody else's who believes its holder dead."""
    there = place_of(at)
    assert isinstance(there, Bucket)
    lease = there._lease()
    assert lease is not None
    there._swap(lease.tag, {})
    return changing(there, 5)


def test_the_old_holder_removes_nothing_of_the_new_one(at: str, service: str) -> None:
    put(at, a_run(1), *three_months())  # type: ignore[arg-type]
    path, (old, new) = (
        "articles/2016-10.parquet",
        (extracted([with_claims(an_article(n * 20), 4)], a_run(2)).articles for n in ("Old. ", "New. ")),
    )
    there = place_of(at)
    with ExitStack() as at_work:
        with pytest.raises(TablesLocked, match="the lock was lost"), changing(there, 5) as stalled:
            stalled.put("articles", path, old)
            later = at_work.enter_context(taken_over(at))
            later.put("articles", path, new)
        assert later.waiting[path] in keys(at) and stalled.waiting[path] not in keys(at)
    file = place_of(at).parquet(path)
    assert file is not None and file.read()["article_id"].to_pylist() == new["article_id"].to_pylist()
    assert not [key for key in keys(at) if key.endswith(".tmp") or "journal" in key]


def test_a_writer_that_wakes_late_writes_over_nothing_of_the_new_holder(at: str, service: str) -> None:
    put(at, a_run(1), *three_months())  # type: ignore[arg-type]
    path, (old, new) = (
        "articles/2016-10.parquet",
        (extracted([with_claims(an_article(n * 20), 4)], a_run(2)).articles for n in ("Old. ", "New. ")),
    )
    with pytest.raises(TablesLocked, match="the lock was lost"), changing(place_of(at), 5) as stalled, taken_over(at) as later:
        later.put("articles", path, new)
        stalled.put("articles", path, old)
    file = place_of(at).parquet(path)
    assert file is not None and file.read()["article_id"].to_pylist() == new["article_id"].to_pylist()
    assert not [key for key in keys(at) if key.endswith(".tmp") or "journal" in key]


def test_a_commit_whose_files_are_gone_is_no_success(at: str, tmp_path: Path) -> None:
    for root in (at, tmp_path):
        put(root, a_run(1), *three_months())  # type: ignore[arg-type]
        there = place_of(root)
        with pytest.raises(TablesLocked, match=r"is gone: another writer .* run again"), changing(there, 5) as changes:
            changes.put("articles", "articles/2016-10.parquet", extracted([with_claims(an_article(), 4)], a_run(2)).articles)
            there.remove(*changes.waiting.values())
        assert commit(open_tables(root), a_run(3), [extracted([with_claims(an_article("Later. " * 20), 10)], a_run(3))]).new == 1
        assert there.text(".journal.json") is None


def test_what_is_written_while_it_is_read_is_told(at: str) -> None:
    put(at, a_run(1), *three_months())  # type: ignore[arg-type]
    there = place_of(at)
    with pytest.raises(TablesLocked, match="was written while it was read"), there.unchanged(1):
        put(at, a_run(2), with_claims(an_article("Later. " * 20), 10))  # type: ignore[arg-type]
    file = there.parquet("articles/2016-10.parquet")
    assert file is not None
    put(at, a_run(3), with_claims(an_article("Later still. " * 20), 10))  # type: ignore[arg-type]
    with pytest.raises(OSError, match="was replaced meanwhile"):
        file.read()


# --- the commands ------------------------------------------------------------------------------------------------------------------------


def test_a_bucket_that_is_not_there_is_told_before_prefect_starts(service: str, tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("Shells fell on the town. Two people were killed.")
    for where in ("s3://no-such-bucket/tables", "s3://"):
        command = [sys.executable, "-m", "flows.cli", "ingest", str(source), "--tables", where]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
        assert done.returncode == 3 and where in done.stderr and "starting Prefect" not in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_commands_on_a_bucket(at: str, service: str, tmp_path: Path, prefect_server: str) -> None:
    environment = os.environ | {"PREFECT_API_URL": prefect_server}

    def tollbook(*arguments: str) -> str:
        command = [sys.executable, "-m", "flows.cli", *arguments, "--tables", at]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "13 new" in tollbook("ingest", str(ROOT / "data" / "articles"))

    def here(*arguments: str) -> str:
        """The command in this process, which has all imported."""
        status, out, err = invoke(*arguments, "--tables", at)
        assert status == 0, err
        return out

    assert "nothing changed" in here("ingest", str(ROOT / "data" / "articles"))
    assert "nothing changed" in here("backfill")
    assert "all is well" in here("verify")
    key = frame(at, "articles", service)["article_id"][0]
    assert "withdrawn 1 articles" in here("withdraw", key, "--reason", "a test")
    here("as-of", "2099-01-01", "--out", str(tmp_path / "now.parquet"))
    assert len(pd.read_parquet(tmp_path / "now.parquet")) == len(frame(at, "claims", service)) > 80
    assert json.loads(place_of(at).text(".tollbook.json") or "")["version"] == 2
