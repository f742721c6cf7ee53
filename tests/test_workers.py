"""Many processes give what one gives, row for row; one that dies is replaced, or the run fails and the next mends it."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows import backfill as backfill_module
from flows import ingest as ingest_module
from flows import intake, tasks, work
from flows.tasks import in_turn
from flows.work import extract_rows
from flows.workers import Workers, workers
from tests.faults import Done, Plainly, engineless
from tests.test_backfill import same
from transforms.article import Article, Reject
from transforms.store import Extracted, Run
from transforms.store.verify import verify

ROOT = Path(__file__).resolve().parents[1]


def doubled(piece: Sequence[int], by: int) -> list[tuple[int, int]]:
    return [(os.getpid(), number * by) for number in piece]


def dying_at_13(piece: Sequence[int], mark: str) -> list[int]:
    """Dies at the number 13, once."""
    if 13 in piece and not os.path.exists(mark):
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return list(piece)


def test_pieces_come_back_in_order_from_other_processes() -> None:
    with workers(2) as crew:
        assert crew.share(doubled, range(10), 2, start=False) == [[(os.getpid(), 2 * n) for n in range(10)]]
        pieces = crew.share(doubled, range(50), 3, start=True)
        assert [number for piece in pieces for _, number in piece] == [3 * n for n in range(50)] and len(pieces) == 2
        assert os.getpid() not in {pid for piece in pieces for pid, _ in piece}
        assert len(crew.share(doubled, range(50), 3, start=False)) == 2  # they stand ready
    assert not crew.pools
    with pytest.raises(CancelledError):
        crew.share(doubled, range(50), 3, start=True)


def test_one_process_does_it_all_itself() -> None:
    with workers(1) as crew:
        assert {pid for pid, _ in crew.share(doubled, range(500), 1, start=True)[0]} == {os.getpid()} and not crew.pools


def test_batches_are_begun_ahead_and_come_back_in_their_order() -> None:
    begun: list[int] = []

    def begin(number: int) -> Done:
        begun.append(number)
        return Done(10 * number)

    turn = in_turn(range(6), begin, 2)
    assert begun == [] and next(turn) == (0, 0) and begun == [0, 1, 2]
    assert next(turn) == (1, 10) and begun == [0, 1, 2, 3]
    assert list(turn) == [(n, 10 * n) for n in range(2, 6)] and begun == list(range(6))
    one_by_one = in_turn(range(6, 9), begin, 0)
    assert next(one_by_one) == (6, 60) and begun[-1] == 6


def test_articles_that_were_met_are_known_by_their_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "RECENT", 5)
    rng, met, plain = random.Random(3), intake.Met(), set()
    ids = [f"{rng.choice((rng.getrandbits(64), rng.randrange(90))):016x}" for _ in range(2000)] + ["0" * 16, "f" * 16, "f" * 16]
    for one in ids:
        assert met.again(one) == (one in plain)
        plain.add(one)


def dying_beside(piece: Sequence[int], folder: str) -> list[int]:
    """The piece with 13 dies once another is under way; that one goes on until the dead process is gone from the list of processes."""
    begun, dead = Path(folder) / "begun", Path(folder) / "dead"
    if 13 in piece:
        _wait(begun.exists)
        (Path(folder) / "half").write_text(str(os.getpid()))
        (Path(folder) / "half").rename(dead)
        os.kill(os.getpid(), signal.SIGKILL)
    begun.touch()
    _wait(dead.exists)
    _wait(lambda: not Path(f"/proc/{dead.read_text()}").exists())
    return list(piece)


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_death_costs_the_batch_that_the_process_was_at_and_no_other(tmp_path: Path) -> None:
    with workers(2) as crew, ThreadPoolExecutor(2) as threads:
        told = {"start": True, "least": 10}
        dies, lives = (threads.submit(crew.share, dying_beside, range(at, at + 10), str(tmp_path), **told) for at in (10, 30))
        with pytest.raises(BrokenProcessPool):
            dies.result(timeout=120)
        assert lives.result(timeout=120) == [list(range(30, 40))]
        assert crew.share(doubled, range(10), 1, start=True, least=5), "another stands in its place"
        assert len(crew.pools) == 2


@pytest.mark.slow
def test_after_a_death_new_processes_are_started(tmp_path: Path) -> None:
    with workers(2) as crew:
        with pytest.raises(BrokenProcessPool):
            crew.share(dying_at_13, range(40), str(tmp_path / "died"), start=True)
        assert [n for piece in crew.share(dying_at_13, range(40), str(tmp_path / "died"), start=True) for n in piece] == list(range(40))


ORPHANS = """
import os, sys, time
from flows.workers import workers
from tests.test_workers import doubled
if __name__ == "__main__":
    with workers(2) as crew:
        print(*sorted({pid for piece in crew.share(doubled, range(40), 1, start=True) for pid, _ in piece}), flush=True)
        time.sleep(60)
"""


@pytest.mark.slow
def test_processes_end_with_a_run_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHANS], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        pids = [int(pid) for pid in run.stdout.readline().split()]
        assert pids
        run.kill()
    deadline = time.monotonic() + 60
    while any(_lives(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(_lives(pid) for pid in pids)


def _lives(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


# --- the jobs themselves, without Prefect's engine

PAGE = (
    "<html><head><title>{title}</title><meta property='article:published_time' content='2016-10-{day:02}'></head><body><article>"
    "<h1>{title}</h1><p>{text}</p><p>The governor said that the roads had been closed since the morning.</p></article></body></html>"
)
RESPONSE = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{n:012}>\r\n"
    "WARC-Date: 2016-10-04T00:00:00Z\r\nWARC-Target-URI: http://gazette.example/{n}\r\n"
    "Content-Type: application/http; msgtype=response\r\nContent-Length: {size}\r\n\r\n"
)


def sources(folder: Path, number: int = 70) -> Path:
    """Articles as lines, as pages and as pages in a WARC file, with bad ones among them."""
    folder.mkdir()
    texts = [f"Shells hit Harra on Monday. At least {2 + n} people were killed and {n + 3} wounded, police said." for n in range(number)]
    filler = " The market of the town had been full since the morning, and the roads were closed."
    rows = [{"id": str(n), "outlet": "gazette", "published": f"2016-{1 + n % 3:02}-04", "text": t + filler} for n, t in enumerate(texts)]
    lines = list(map(json.dumps, rows))
    (folder / "lines.jsonl").write_text("\n".join([*lines[:30], "{broken", *lines[30:]]) + "\n")
    titles = [f"Shells hit the town of Harra, day {n}" for n in range(number)]
    pages = [PAGE.format(title=titles[n], text=text + filler, day=1 + n % 28) for n, text in enumerate(texts)]
    for n, page in enumerate(pages[:20]):
        (folder / f"{n:03}.html").write_text(page)
    (folder / "empty.html").write_text("<html><body></body></html>")
    (folder / "odd.html").write_bytes(b"<html><head><meta charset=utf-8></head><body><p>\xff\xfe\x81</p></body></html>")
    records = []
    for n, page in enumerate(pages[20:]):
        body = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}".encode()
        records.append(RESPONSE.format(n=n, size=len(body)).encode() + body + b"\r\n\r\n")
    (folder / "pages.warc.gz").write_bytes(b"".join(map(gzip.compress, records)))
    return folder


@pytest.fixture
def without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flows' own code without Prefect, in batches of a hundred, of which each is worth starting processes for."""
    for module, name, stand_in in engineless():
        monkeypatch.setattr(module, name, stand_in)
    monkeypatch.setattr(tasks, "MANY_PAGES", 1)
    monkeypatch.setattr(tasks, "MANY_ARTICLES", 1)
    monkeypatch.setattr(tasks, "LEAST", 10)
    monkeypatch.setattr(intake, "BATCH", 100)
    monkeypatch.setattr(intake, "QUIET", 0.0)


def count_shares(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pieces each call gave."""
    shares: list[int] = []
    real = Workers.share

    def share(self: Workers, *args: object, **options: object) -> object:
        parts = real(self, *args, **options)  # type: ignore[arg-type]
        shares.append(len(parts))
        return parts

    monkeypatch.setattr(Workers, "share", share)
    return shares


def test_two_processes_give_the_tables_of_one_row_for_row(tmp_path: Path, without_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    source = sources(tmp_path / "in")
    one = ingest_module.ingest.fn([str(source)], tables=str(tmp_path / "one"), processes=1)
    shares = count_shares(monkeypatch)
    two = ingest_module.ingest.fn([str(source)], tables=str(tmp_path / "two"), processes=2)
    assert (one.new, one.claims, one.rejects_by_reason) == (two.new, two.claims, two.rejects_by_reason)
    assert one.new == 140 and one.claims >= 280 and one.rejects >= 2 and max(shares) == 2
    same(tmp_path / "one", tmp_path / "two", "articles", "claims", "rejects")
    for table in ("one", "two"):
        assert not list(verify(tmp_path / table))


@dataclass
class Counted:
    """A task that is done already, and counted until its result is fetched."""

    value: Any
    task: str
    held: Counter[str]

    def result(self) -> Any:
        self.held[self.task] -= 1
        return self.value


def test_each_step_holds_as_many_batches_as_are_begun_ahead(tmp_path: Path, without_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    held, most = Counter[str](), Counter[str]()

    class Counting(Plainly):
        def submit(self, task: Any, parameters: dict[str, Any]) -> Any:
            held[task.name] += 1
            most[task.name] = max(most[task.name], held[task.name])
            return Counted(super().submit(task, parameters).value, task.name, held)

    @contextmanager
    def counting(*_: object) -> Iterator[tasks.Crew]:
        yield tasks.Crew(Counting(), Workers(1), tasks.AHEAD * 2)  # type: ignore[arg-type]

    monkeypatch.setattr(ingest_module, "crew", counting)
    monkeypatch.setattr(intake, "BATCH", 5)
    ingest_module.ingest.fn([str(sources(tmp_path / "in"))], tables=str(tmp_path / "t"))
    assert most == {"build articles": 5, "extract claims": 5} and not held.total()


def dying_rows(articles: Sequence[Article], run: Run) -> tuple[Extracted, list[Reject]]:
    """The extraction, in which a process dies once."""
    dying_at_13([13], os.environ["DIED"])
    return extract_rows(articles, run)


@pytest.mark.slow
def test_a_run_of_which_a_process_died_is_mended_by_the_next(tmp_path: Path, without_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    source = sources(tmp_path / "in")
    ingest_module.ingest.fn([str(source)], tables=str(tmp_path / "whole"), processes=1)
    monkeypatch.setenv("DIED", str(tmp_path / "died"))
    monkeypatch.setattr(work, "extract_rows", dying_rows)
    with pytest.raises(BrokenProcessPool):
        ingest_module.ingest.fn([str(source)], tables=str(tmp_path / "t"), processes=2)
    ingest_module.ingest.fn([str(source)], tables=str(tmp_path / "t"), processes=2)
    same(tmp_path / "whole", tmp_path / "t", "articles", "claims", "rejects")


@pytest.mark.slow
def test_a_backfill_in_two_processes_gives_the_tables_of_one(tmp_path: Path, without_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    source = sources(tmp_path / "in")
    for name in ("one", "two"):
        ingest_module.ingest.fn([str(source)], tables=str(tmp_path / name), processes=1)
    shares = count_shares(monkeypatch)
    monkeypatch.setattr(backfill_module, "lexicon_version", lambda: "lex2")
    for number, name in ((1, "one"), (2, "two")):
        assert backfill_module.backfill.fn(tables=str(tmp_path / name), processes=number).articles == 140
    assert max(shares) == 2
    same(tmp_path / "one", tmp_path / "two", "articles", "claims")
