"""How fast each step is, beside a naive regex and a bare scan over the same text in the same run.

    python -m tests.benchmarks.speed                      the table, a minute or two
    python -m tests.benchmarks.speed --articles 3000      over more text
    python -m tests.benchmarks.speed --prefect 20000      Prefect's share of a run of so many articles of general news
    python -m tests.benchmarks.speed --cores              one process against one a core, beside a loop that only counts
    python -m tests.benchmarks.speed --growth 100000      the whole command over a tenth and all of so many light articles: time and memory
    python -m tests.benchmarks.speed --pages 200          HTML pages and a WARC file of them, by one process and by one a core
    python -m tests.benchmarks.speed --start              how long commands take to start, beside a Prefect flow that does nothing

Two texts: dense (articles of a casualty corpus, `../shared/corpus/syria.jsonl`, or where that is absent the passages of the tests) and news
(19 articles without casualties, of prose.py, to one of those). CPU time of the process: other people's work on the machine counts little,
and the ratios to the naive regex in one run are what is to be believed.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import random
import re
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from flows.intake import Told
from flows.work import build, extract_rows
from flows.workers import cores, workers
from tests.benchmarks.prose import general_news, paragraph
from transforms.article import Article, Record
from transforms.claims import extract
from transforms.dates import find_dates
from transforms.lexicon import grammar, harm_nouns
from transforms.readers import Page, read
from transforms.sentences import split_sentences
from transforms.store import Run, commit, new_run, open_tables
from transforms.triggers import harm_lines, may_link

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "syria.jsonl"
PASSAGES = Path(__file__).parents[1] / "blind" / "second.yaml"
TOLD = Told(None, None, {}, 50_000_000)
SCANNED = r"\b(?:killed|kills|killing|dead|died|wounded|injured|casualties|bodies)\b"
NUMBER = r"(?:\d[\d,]*|one|two|three|four|five|six|seven|eight|nine|ten|dozens|scores|hundreds)"
NAIVE = re.compile(rf"\b({NUMBER})\b(?:\s+\w+){{0,4}}?\s+(killed|dead|died|wounded|injured)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """What a step took: CPU seconds for so many articles and megabytes of text."""

    name: str
    seconds: float
    articles: int
    megabytes: float

    def line(self, naive: Step) -> str:
        speed = self.megabytes / self.seconds
        ratio = speed / (naive.megabytes / naive.seconds)
        return f"{self.name:<34}{ratio:>12.3g}{speed:>11.2f}{self.articles / self.seconds:>13,.0f}"


def dense_texts() -> list[str]:
    if CORPUS.exists():
        return [json.loads(line)["text"] for line in CORPUS.open(encoding="utf-8")]
    return [passage["text"] for passage in yaml.safe_load(PASSAGES.read_text(encoding="utf-8"))]


def news_texts(number: int) -> list[str]:
    dense = itertools.cycle(dense_texts())
    return [next(dense) if n % 20 == 7 else text for n, text in enumerate(itertools.islice(general_news(), number))]


def write_lines(path: Path, texts: Sequence[str]) -> Path:
    """As JSON Lines, with ids and days that make of copies articles of their own."""
    days = (f"2016-{1 + n % 12:02}-{1 + n % 28:02}" for n in itertools.count())
    rows = (
        {"id": str(n), "outlet": "gazette", "published": day, "text": text} for n, (text, day) in enumerate(zip(texts, days, strict=False))
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def measure(name: str, texts: Sequence[str], work: Callable[[], object]) -> Step:
    began = time.process_time()
    work()
    return Step(name, max(time.process_time() - began, 1e-9), len(texts), sum(len(text.encode()) for text in texts) / 1e6)


def a_run(root: str) -> Run:
    return new_run(open_tables(root), datetime.now(UTC), secrets.token_hex(2), "lexicon", "code")


def whole_job(path: Path, root: str) -> None:
    """Ingest without Prefect: read, build, extract, commit."""
    run = a_run(root)
    built = build([item for item in read(path)], TOLD)
    part, _ = extract_rows([item for item in built if isinstance(item, Article)], run)
    commit(open_tables(root), run, [part])


def steps(texts: Sequence[str]) -> list[Step]:
    """All steps over these texts, the naive regex first."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_lines(Path(folder) / "articles.jsonl", texts)
        records = [item for item in read(path) if isinstance(item, Record)]
        articles = [item for item in build(records, TOLD) if isinstance(item, Article)]
        lines = harm_lines([article.text for article in articles])
        sentences = [(s.text, a.published) for a, of in zip(articles, lines, strict=True) for line in of for s in split_sentences(line)]
        run = a_run(f"{folder}/part")
        part, _ = extract_rows(articles, run)
        column = pa.array(texts, pa.large_string())
        return [
            measure("naive regex, number + killed", texts, lambda: [NAIVE.findall(text) for text in texts]),
            measure("bare scan for nine words (Arrow)", texts, lambda: pc.count_substring_regex(column, SCANNED, ignore_case=True)),
            measure("reading JSON Lines", texts, lambda: list(read(path))),
            measure("building articles", texts, lambda: build(records, TOLD)),
            measure("prefilter: lines with harm words", texts, lambda: harm_lines(texts)),
            measure("splitting sentences", texts, lambda: [split_sentences(text) for text in texts]),
            measure("dates, of sentences with harm", texts, lambda: [find_dates(s, day) for s, day in sentences if may_link(s)]),
            measure(
                "extraction, with the prefilter", texts, lambda: [extract(a, of) for a, of in zip(articles, harm_lines(texts), strict=True)]
            ),
            measure("writing the tables", texts, lambda: commit(open_tables(f"{folder}/part"), run, [part])),
            measure("whole job", texts, lambda: whole_job(path, f"{folder}/whole")),
        ]


def print_steps(number: int) -> None:
    dense = list(itertools.islice(itertools.cycle(dense_texts()), number // 2))
    news = news_texts(number * 2)
    plain = list(itertools.islice(general_news(), number * 2))
    extract(Article("0" * 16, "Two people were killed on Monday."))  # read the lexicons
    for name, texts in (("dense", dense), ("news, 19 to 1", news), ("news without casualties", plain)):
        done = steps(texts)
        print(f"\n{name + f': {len(texts):,} articles':<34}{'x naive':>12}{'MB/s':>11}{'articles/s':>13}")
        print("\n".join(step.line(done[0]) for step in done))


def print_prefect(number: int) -> None:
    """The flow as Prefect runs it against its own code alone: one process, CPU time of this process, Prefect's start apart.

    Both are run twice, in turn, and the lesser is taken: the first run of all fills caches.
    """
    from flows import ingest as module
    from tests.faults import engineless

    with tempfile.TemporaryDirectory() as folder, own_server(), pytest.MonkeyPatch.context() as patch:
        path = str(write_lines(Path(folder) / "articles.jsonl", news_texts(number)))
        few = str(write_lines(Path(folder) / "few.jsonl", news_texts(20)))

        def run(ingest: Callable[..., object], source: str, name: str) -> float:
            before = time.process_time()
            ingest([source], tables=f"{folder}/{name}", processes=1)
            return time.process_time() - before

        def plainly(name: str) -> float:
            with patch.context() as stood_in:
                for where, what, stand_in in engineless():
                    stood_in.setattr(where, what, stand_in)
                return run(module.ingest.fn, path, name)

        first, short = run(module.ingest, few, "first"), run(module.ingest, few, "short")
        clocks = [(plainly(f"without-{n}"), run(module.ingest, path, f"with-{n}")) for n in range(2)]
    without, with_engine = map(min, zip(*clocks, strict=True))
    print(f"{number:,} articles: {with_engine:.1f} s CPU with Prefect, {without:.1f} without: its share {1 - without / with_engine:.1%};")
    print(f"of 20 articles the first run in a process takes {first:.1f} s CPU, the next {short:.1f}")


def counting(piece: Sequence[int]) -> float:
    """A loop that does nothing but count: what the machine gives to more than one process at the time."""
    return sum(sum(range(2_000_000)) for _ in piece)


def cpu_seconds() -> float:
    """Of this process, and of those that it started and that have ended."""
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def print_cores(number: int) -> None:
    texts = list(itertools.islice(itertools.cycle(dense_texts()), number))
    with tempfile.TemporaryDirectory() as folder:
        records = [item for item in read(write_lines(Path(folder) / "articles.jsonl", texts)) if isinstance(item, Record)]
        run = a_run(f"{folder}/t")
    articles = [item for item in build(records, TOLD) if isinstance(item, Article)]
    extract_rows(articles[:8], run)
    for name, work, items, told in (("counting", counting, range(64), ()), ("extraction", extract_rows, articles, (run,))):
        clocks: dict[int | None, list[float]] = {1: [], None: []}
        costs: dict[int | None, list[float]] = {1: [], None: []}
        for processes in (1, None) * 2:
            before = cpu_seconds()
            with workers(processes) as them:
                them.share(work, items[:32], *told, start=True)  # start them, and have them read the lexicons
            start = cpu_seconds() - before
            with workers(processes) as them:
                them.share(work, items[:32], *told, start=True)
                began = time.monotonic()
                them.share(work, items, *told, start=True)
                clocks[processes].append(time.monotonic() - began)
            costs[processes].append(cpu_seconds() - before - 2 * start)
        one, many = min(clocks[1]), min(clocks[None])
        alone, shared = min(costs[1]), min(costs[None])
        print(
            f"{name:<12}1 process {one:5.1f} s, {cores()} processes {many:5.1f} s by the clock: {one / many:.2f} times;"
            f" CPU {alone:5.1f} and {shared:5.1f} s: {cores() * alone / shared:.2f} times, were the cores free"
        )


# --- the command as a whole --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spent:
    """Of a command and the processes that it started: seconds of CPU and by the clock; of itself: megabytes at most."""

    cpu: float
    clock: float
    megabytes: float


def spent(*command: str) -> Spent:
    """What a command took. Raises CalledProcessError where it failed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, own = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise subprocess.CalledProcessError(status, command, stderr=said)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(cpu, time.monotonic() - began, own.ru_maxrss / 1024)


def light_articles(number: int) -> Iterator[str]:
    """Articles of two paragraphs, as lines of JSON in the order of their days, a thousand a day, one of twenty about casualties."""
    rng, dense = random.Random(2), itertools.cycle(dense_texts())
    first = date(2016, 1, 1)
    for n in range(number):
        text = next(dense) if n % 20 == 7 else f"{paragraph(rng)}\n\n{paragraph(rng)}"
        yield json.dumps({"id": str(n), "outlet": "gazette", "published": str(first + timedelta(n // 1000)), "text": text}) + "\n"


def print_growth(number: int) -> None:
    """A tenth and all of the articles into empty tables, then a thousand more into those."""
    with tempfile.TemporaryDirectory() as folder, own_server():
        taken = []
        for articles in (number // 10, number):
            path = Path(folder) / f"{articles}.jsonl"
            with path.open("w", encoding="utf-8") as file:
                file.writelines(light_articles(articles))
            tables = f"{folder}/of-{articles}"
            first = spent(*INGEST, str(path), "--tables", tables, "--processes", "1")
            path.unlink()
            more = write_lines(Path(folder) / f"more-{articles}.jsonl", [f"{text} Late edition." for text in news_texts(1000)])
            then = spent(*INGEST, str(more), "--tables", tables, "--processes", "1")
            taken.append(first.cpu)
            print(
                f"{articles:>9,} articles: {first.cpu:7.1f} s CPU, {1e6 * first.cpu / articles:6.0f} s a million, {first.megabytes:5.0f} MB"
                f" at most; 1,000 more: {then.cpu:5.1f} s CPU, {then.megabytes:5.0f} MB"
            )
        print(f"ten times as many took {taken[1] / taken[0]:.1f} times as long")


INGEST = ("-m", "flows.cli", "ingest")
NOTHING = "from prefect import flow\n@flow\ndef nothing(paths: list[str]): pass\nnothing(['.'])"


@contextmanager
def own_server() -> Iterator[None]:
    """A Prefect server for the commands in this block, as users of a schedule have one."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=90):
        from prefect.settings import get_current_settings

        os.environ["PREFECT_API_URL"] = str(get_current_settings().api.url)
        try:
            yield
        finally:
            del os.environ["PREFECT_API_URL"]


def print_start() -> None:
    """The least of five runs of each command, in turn."""
    article = str(Path(__file__).parents[2] / "data" / "articles" / "mogadishu.txt")
    with tempfile.TemporaryDirectory() as folder, own_server():
        known = (*INGEST, article, "--tables", f"{folder}/t")
        spent(*known)
        commands = {
            "tollbook --help": ("-m", "flows.cli", "--help"),
            "tollbook extract FILE": ("-m", "flows.cli", "extract", article),
            "Prefect, a flow that does nothing": ("-c", NOTHING),
            "tollbook ingest, of a known file": known,
        }
        runs = [[spent(*command) for command in commands.values()] for _ in range(5)]
    for name, of in zip(commands, zip(*runs, strict=True), strict=True):
        print(f"{name:<36}{min(one.cpu for one in of):6.2f} s CPU{min(one.clock for one in of):8.2f} s by the clock")


# --- pages -------------------------------------------------------------------------------------------------------------------------

PAGES = CORPUS.parent / "html"
RESPONSE = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://gazette.example/{n}\r\nContent-Type: application/http; msgtype=response\r\n"
)


def saved_pages(number: int) -> list[bytes]:
    """Pages of news sites as they were saved, over and over, each with a text of its own; where those are absent, plain ones."""
    saved = [gzip.decompress(path.read_bytes()) for path in sorted(PAGES.glob("*.html.gz"))]
    plain = [f"<html><body><article><h1>News</h1><p>{text}</p></article></body></html>".encode() for text in dense_texts()[:13]]
    pages = itertools.cycle(saved or plain)
    return [re.sub(rb"</p>", f" Edition {n}.</p>".encode(), next(pages)) for n in range(number)]


def write_pages(folder: Path, number: int) -> tuple[Path, Path]:
    """The pages as files of a folder, and as one WARC file."""
    pages, files = folder / "pages.warc.gz", folder / "pages"
    files.mkdir()
    with pages.open("wb") as warc:
        for n, page in enumerate(saved_pages(number)):
            (files / f"{n:06}.html").write_bytes(page)
            body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page
            head = f"{RESPONSE.format(n=n)}Content-Length: {len(body)}\r\n\r\n"
            warc.write(gzip.compress(head.encode() + body + b"\r\n\r\n", 1))
    return files, pages


def print_scan() -> None:
    """Which of the saved pages a scan of their bytes for words of harm would spare from being parsed."""
    tables = (grammar(), harm_nouns())
    entries = [entry for table in tables for entries in table.by_first.values() for entry in entries if entry.harm and not entry.objects]
    words = sorted({entry.words[0] for entry in entries if len(entry.words) == 1})
    for left_out in (set(), {"body"}):
        scanned = re.compile(rf"\b(?:{'|'.join(word for word in words if word not in left_out)})\b".encode(), re.IGNORECASE)
        pages = [page.replace(b"<body", b"").replace(b"</body", b"") for page in saved_pages(13)]
        passed = [bool(scanned.search(page)) for page in pages]
        made = [
            len(extract(item)) for item in build([Page("p", n, page) for n, page in enumerate(pages)], TOLD) if isinstance(item, Article)
        ]
        print(
            f"of {len(pages)} pages {sum(map(bool, made))} make claims, {sum(passed)} have a word of harm in their bytes",
            *left_out and ("but for", *left_out),
        )


def print_pages(number: int) -> None:
    print_scan()
    with tempfile.TemporaryDirectory() as folder, own_server():
        start = spent("-c", NOTHING).cpu
        for path in write_pages(Path(folder), number):
            for processes in (1, os.cpu_count() or 1):
                taken = spent(*INGEST, str(path), "--tables", f"{path}-{processes}", "--processes", str(processes))
                print(
                    f"{number:,} pages, {path.suffix or 'html':<5} {processes} processes: {number / taken.clock:6.1f} pages/s by the clock,"
                    f" {number / (taken.cpu - start):6.1f} pages/s of CPU, {taken.megabytes:.0f} MB at most"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--prefect", type=int, metavar="N")
    parser.add_argument("--cores", action="store_true")
    parser.add_argument("--growth", type=int, metavar="N")
    parser.add_argument("--pages", type=int, metavar="N")
    parser.add_argument("--start", action="store_true")
    told = parser.parse_args()
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    print(
        f"load of the machine {os.getloadavg()[0]:.1f}, cores {os.cpu_count()}, dense text: {'corpus' if CORPUS.exists() else 'passages'}"
    )
    if told.prefect:
        print_prefect(told.prefect)
    elif told.cores:
        print_cores(told.articles)
    elif told.growth:
        print_growth(told.growth)
    elif told.pages:
        print_pages(told.pages)
    elif told.start:
        print_start()
    else:
        print_steps(told.articles)


if __name__ == "__main__":
    main()
