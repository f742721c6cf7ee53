"""The same tables by the workers of a dask cluster, of which one is killed in the middle; and what is told where there is none."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from flows import backfill as backfill_module
from flows import intake
from flows.backfill import backfill
from flows.ingest import ingest
from tests.test_backfill import same
from tests.test_cli import invoke
from tests.test_workers import sources
from transforms.store.verify import verify

pytest.importorskip("prefect_dask", reason="the extra dask is not installed")
ROOT = Path(__file__).resolve().parents[1]
DASK = [sys.executable, "-m", "dask"]
NOBODY = "tcp://127.0.0.1:9"


@dataclass
class Cluster:
    """A scheduler and its workers, as processes by name."""

    address: str
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def add(self, name: str) -> None:
        told = ["worker", self.address, "--name", name, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.workers[name] = subprocess.Popen([*DASK, *told], cwd=ROOT, stderr=subprocess.DEVNULL)

    def await_workers(self) -> None:
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=120)

    def kill_one_at_work(self, killed: list[str]) -> None:
        """Wait until a worker holds a batch, and kill it."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            done = 0
            while not killed:
                busy = {name: keys for name, keys in client.processing().items() if keys}
                done += bool(busy)
                name_of = {address: told["name"] for address, told in client.scheduler_info(n_workers=-1)["workers"].items()}
                if done > 20 and (name := next((name_of.get(address) for address in busy), None)):
                    self.workers[name].kill()
                    killed.append(name)
                time.sleep(0.02)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    file = tmp_path / "scheduler.json"
    command = [*DASK, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as scheduler:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        there = Cluster(json.loads(file.read_text())["address"])
        yield there
        for process in [*there.workers.values(), scheduler]:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("prefect_server")
def test_a_cluster_gives_the_tables_of_one_process_though_a_worker_is_killed(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sources(tmp_path / "in", number=150)
    monkeypatch.setattr(intake, "QUIET", 0.0)
    one = ingest([str(source)], tables=str(tmp_path / "one"), processes=1)
    monkeypatch.setattr(intake, "BATCH", 8)
    for name in ("first", "second"):
        cluster.add(name)
    killed: list[str] = []
    killer = threading.Thread(target=cluster.kill_one_at_work, args=(killed,), daemon=True)
    killer.start()
    by_dask: dict[str, Any] = {"runner": "dask", "scheduler": cluster.address}
    two = ingest([str(source)], tables=str(tmp_path / "two"), **by_dask)
    killer.join(timeout=1)
    assert killed and cluster.workers[killed[0]].wait() == -signal.SIGKILL
    assert (one.new, one.claims, one.rejects_by_reason) == (two.new, two.claims, two.rejects_by_reason) and one.new >= 280
    same(tmp_path / "one", tmp_path / "two", "articles", "claims", "rejects")

    monkeypatch.setattr(backfill_module, "lexicon_version", lambda: "lex2")
    for table, told in (("one", {"processes": 1}), ("two", by_dask)):
        assert backfill(tables=str(tmp_path / table), **told).articles == one.new
    same(tmp_path / "one", tmp_path / "two", "articles", "claims", "claims_history")
    assert not list(verify(tmp_path / "two"))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("prefect_server")
def test_a_run_whose_workers_have_all_left_ends_and_names_the_scheduler(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sources(tmp_path / "in", number=150)
    monkeypatch.setattr(intake, "QUIET", 0.0)
    monkeypatch.setattr(intake, "BATCH", 8)
    monkeypatch.setattr("flows.cluster.ALONE", 1.0)
    cluster.add("the only one")
    cluster.await_workers()
    killed: list[str] = []
    threading.Thread(target=cluster.kill_one_at_work, args=(killed,), daemon=True).start()
    told = ("--tables", str(tmp_path / "t"), "--runner", "dask", "--scheduler", cluster.address)
    status, _, error = invoke("ingest", str(source), *told)
    assert killed and status == 2 and "Traceback" not in error
    assert f"the dask scheduler at {cluster.address} has had no workers for 1 seconds; start some (dask worker" in error


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_a_cluster_of_its_own_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = sources(tmp_path / "in", number=30)
    monkeypatch.setattr(intake, "QUIET", 0.0)
    ingest([str(source)], tables=str(tmp_path / "one"), processes=1)
    told = ["--tables", str(tmp_path / "two"), "--runner", "dask", "--processes", "2"]
    done = subprocess.run([sys.executable, "-m", "flows.cli", "ingest", str(source), *told], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "distributed" not in done.stderr  # what dask has to say of itself
    same(tmp_path / "one", tmp_path / "two", "articles", "claims", "rejects")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["--scheduler", NOBODY], "add --runner dask"),
        (["--runner", "dask", "--scheduler", NOBODY, "--processes", "2"], "leave out one of the two"),
        (["--runner", "dask", "--scheduler", NOBODY], f"no dask scheduler answers at {NOBODY}"),
        (["--runner", "dask", "--scheduler", "nonsense://"], "no dask scheduler answers at nonsense://"),
    ],
)
def test_wrong_usage_is_told_before_anything_starts(tmp_path: Path, told: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.cluster.PATIENCE", 1)
    (tmp_path / "a.txt").write_text("Two people were killed.")
    status, _, error = invoke("ingest", str(tmp_path / "a.txt"), "--tables", str(tmp_path / "t"), *told)
    assert status == 2 and said in error and "starting Prefect" not in error


def test_without_the_extra_its_installation_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.cluster.find_spec", lambda name: None)
    (tmp_path / "a.txt").write_text("Two people were killed.")
    status, _, error = invoke("ingest", str(tmp_path / "a.txt"), "--tables", str(tmp_path / "t"), "--runner", "dask")
    assert status == 2 and 'pip install "tollbook[dask]"' in error
