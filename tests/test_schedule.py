"""Schedules: the deployments of prefect.yaml, and a real server, worker and `tollbook serve` that carry them out."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
import yaml

from flows import serve as module
from tests.test_verify import edited

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: str(deployment["name"]))
def test_a_deployment_names_a_flow_and_parameters_that_it_takes(deployment: dict[str, Any]) -> None:
    module, _, name = deployment["entrypoint"].rpartition(".")
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not here")
    flow = getattr(importlib.import_module(module), name)
    assert set(deployment["parameters"]) <= set(inspect.signature(flow.fn).parameters)
    assert flow.timeout_seconds


def test_there_are_three_deployments() -> None:
    assert [deployment["name"] for deployment in DEPLOYMENTS] == ["ingest", "backfill", "report"]
    assert [bool(deployment["schedules"]) for deployment in DEPLOYMENTS] == [True, False, True]


@pytest.mark.parametrize(("tables", "named"), [("t", "{cwd}/t"), ("s3://bucket/prefix", "s3://bucket/prefix")])
def test_a_served_run_finds_the_tables_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: str, named: str) -> None:
    served: list[Any] = []
    monkeypatch.setattr(module, "serve", lambda deployment, **_: served.append(deployment))
    monkeypatch.chdir(tmp_path)
    module.serve_inbox(Path("inbox"), tables, "0 * * * *")
    assert served[0].parameters == {"paths": [str(tmp_path / "inbox")], "tables": named.format(cwd=tmp_path)}
    with pytest.raises(module.BadCron):
        module.serve_inbox(Path("inbox"), tables, "hourly")


# --- real processes


@contextmanager
def running(command: list[str], log: Path, cwd: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A command in a session of its own, which is ended with all that it started."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=cwd, env=env, start_new_session=True)
    try:
        yield process
    finally:
        for how in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(process.pid, how)
                process.wait(15)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass


def wait_for(what: Callable[[], Any], seconds: float) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.5)
    raise AssertionError(f"waited {seconds} seconds in vain")


def answer(url: str, body: dict[str, Any] | None = None) -> Any:
    """What the server says; asked again, as Prefect's own client does, while it is too busy (503: its SQLite file is locked)."""

    def asked() -> httpx.Response | None:
        response = httpx.get(url, timeout=60) if body is None else httpx.post(url, json=body, timeout=60)
        return None if response.status_code == 503 else response

    return wait_for(asked, 60).raise_for_status().json()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def healthy(api: str) -> bool:
    try:
        return httpx.get(f"{api}/health").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_cron_run_fires_and_a_deployment_run_with_parameters_finishes(tmp_path: Path) -> None:
    api = f"http://127.0.0.1:{free_port()}/api"
    env = {**os.environ, "PREFECT_HOME": str(tmp_path / "home"), "PREFECT_API_URL": api, "PREFECT_LOGGING_LEVEL": "INFO"}
    env = {name: value for name, value in env.items() if not name.startswith("PREFECT_SERVER")} | {"PYTHONPATH": str(ROOT)}
    env |= {"PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_RUNNER_POLL_FREQUENCY": "1"}  # ten unless told otherwise
    (tmp_path / "inbox").symlink_to(ROOT / "data" / "articles")
    (tmp_path / "prefect.yaml").write_text((ROOT / "prefect.yaml").read_text())

    def finished(name: str) -> list[dict[str, Any]]:
        asked = {"deployments": {"name": {"any_": [name]}}, "flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}}
        found: list[dict[str, Any]] = answer(f"{api}/flow_runs/filter", asked)
        return found

    def prefect(*words: str) -> None:
        done = subprocess.run([BIN / "prefect", *words], cwd=tmp_path, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout + done.stderr

    server = [str(BIN / "prefect"), "server", "start", "--port", api.split(":")[2].split("/")[0]]
    serve = [sys.executable, "-m", "flows.cli", "serve", "--inbox", "inbox", "--cron", "* * * * *", "--tables", "served"]
    with running(server, tmp_path / "server.log", tmp_path, env):
        wait_for(lambda: healthy(api), 180)
        with running(serve, tmp_path / "serve.log", tmp_path, env):
            prefect("work-pool", "create", "tollbook", "--type", "process")
            with running([str(BIN / "prefect"), "worker", "start", "--pool", "tollbook"], tmp_path / "worker.log", tmp_path, env):
                prefect("deploy", "-n", "ingest", "-n", "backfill")  # while the worker starts
                prefect("deployment", "run", "ingest/ingest", "-p", "outlet=The Told", "-p", "tables=deployed")
                (by_hand,) = wait_for(lambda: finished("ingest"), 180)
                for path in (tmp_path / "deployed" / "articles").iterdir():
                    edited(path, lambda rows: [row | {"rules_version": None} for row in rows])  # as if read by earlier rules
                window = {"since": "2016-10-01", "until": "2016-12-31", "tables": "deployed"}
                deployment = answer(f"{api}/deployments/name/backfill/backfill")["id"]
                answer(f"{api}/deployments/{deployment}/create_flow_run", {"parameters": window})
                (again,) = wait_for(lambda: finished("backfill"), 180)
                (by_cron, *_) = wait_for(lambda: finished("-".join((ROOT / "data" / "articles").parts[1:])), 240)

    assert [run["state_name"] for run in (by_hand, again, by_cron)] == ["Completed"] * 3
    assert by_cron["auto_scheduled"] and by_cron["name"].startswith("ingest articles 20") and "tollbook" in by_cron["tags"]
    articles = pd.read_parquet(tmp_path / "deployed" / "articles")
    assert set(articles["outlet"]) == {"The Told"}
    inside = articles["published"].between("2016-10-01", "2016-12-31")
    assert 0 < inside.sum() < len(articles) and (articles["rules_version"].notna() == inside).all()
    backfilled = pd.read_parquet(tmp_path / "deployed" / "runs").iloc[1]
    assert backfilled["paths"] == "backfill since 2016-10-01 until 2016-12-31, outlet any"
    assert backfilled["articles_changed"] == inside.sum()
    assert len(pd.read_parquet(tmp_path / "served" / "claims")) >= 50


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_killed_run_leaves_no_server_behind(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    env |= {"PREFECT_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}

    def servers() -> list[int]:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            except OSError:
                continue
            if b"prefect.server.api.server" in command and str(tmp_path / "home").encode() in environment:
                found.append(int(entry.name))
        return found

    command = [sys.executable, "-m", "flows.cli", "ingest", str(ROOT / "data" / "articles"), "--tables", "t"]
    with running(command, tmp_path / "log", tmp_path, env) as run:
        wait_for(servers, 120)
        run.kill()
        run.wait()
        wait_for(lambda: not servers(), 60)


def test_serve_without_a_server_says_so(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    env |= {"PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    dead = f"http://127.0.0.1:{free_port()}/api"
    for url, message in ((None, "a schedule needs a Prefect server"), (dead, "no Prefect server answers at")):
        command = [sys.executable, "-m", "flows.cli", "serve", "--inbox", str(tmp_path)]
        run = subprocess.run(command, env=env | ({"PREFECT_API_URL": url} if url else {}), capture_output=True, text=True, timeout=200)
        assert run.returncode == 2 and message in run.stderr and "prefect server start" in run.stderr, run.stderr
