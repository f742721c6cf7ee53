"""What the open web sends: each input ends as a reject or as correct rows, in bounded time and memory, and chooses no path."""

from __future__ import annotations

import csv
import gzip
import io
import json
import resource
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import a_run
from tests.test_readers import LONG, PAGE, STORY, html, warc
from transforms.article import Article, Record, Reject, build_article
from transforms.claims import extract
from transforms.readers import read_bytes
from transforms.store import extracted

ROOT = Path(__file__).resolve().parents[1]


# --- fuzz: bytes of valid samples, changed


def parquet(**columns: list[object]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def rows(delimiter: str = ",") -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerows([["id", "title", "text", "date"], ["7", "Shots", LONG, "2016-10-01"], ["8", 'He said "no"', LONG, ""]])
    return buffer.getvalue().encode()


LINE = {"id": 7, "url": "http://a.example/2016/10/01/x", "headline": "Shots", "text": LONG, "published": "2016-10-01T23:30:00-05:00"}
SAMPLES: dict[str, list[tuple[str, bytes]]] = {
    "wire": [("a.txt", f"http://a.example/x\n90\n-9\n{LONG}".encode()), ("a", f"http://a.example/x\r\n1\r\n2\r\n{LONG}".encode())],
    "plain": [("a.txt", f"Twelve shot dead\n\n{LONG}".encode()), ("a.md", LONG.encode("utf-16")), ("a.txt", f"“{LONG}”".encode("cp1252"))],
    "json": [("a.json", json.dumps([LINE, LINE], indent=1).encode()), ("a.json", json.dumps(LINE).encode())],
    "json_lines": [("a.jsonl", "\n".join([json.dumps(LINE)] * 3).encode())],
    "csv": [("a.csv", rows()), ("a.tsv", rows("\t"))],
    "parquet": [("a.parquet", parquet(text=[LONG, LONG], published=["2016-10-01", None], url=["http://a.example/1", "x"]))],
    "html": [("a.html", PAGE.encode()), ("page", html(f"<main><time>2016-10-01</time><p>{LONG}</p></main>").encode())],
    "warc": [("a.warc", warc(("text/html", PAGE.encode()), ("text/html; charset=x", PAGE.encode())))],
}
TOKENS = [
    b"\0",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"\r\n\r\n",
    b'"',
    b"[" * 99,
    b"{" * 99,
    b"<" * 99,
    b"<!--",
    b"&#xd800;",
    b"\\ud800",
    b"\xed\xa0\x80",
]
TOKENS += [
    "\u202e\u200f\u2066".encode(),
    b"\x1b[2J",
    b"9" * 5000,
    b"-",
    b"1e999",
    b"<script>",
    b"]]>",
    b"<?xml",
    b"Content-Length: -1\r\n",
    b"PAR1",
]
Change = Callable[[bytes], bytes]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One change of some bytes: a stretch is overwritten, cut out, doubled or moved, or something strange put in."""
    where, length = draw(st.floats(0, 1)), draw(st.integers(1, 200))
    kind = draw(st.sampled_from(["flip", "cut", "double", "move", "token", "noise", "end"]))
    value = draw(
        {"flip": st.integers(1, 255), "token": st.sampled_from(TOKENS), "noise": st.binary(min_size=1, max_size=20)}.get(kind, st.just(0))
    )

    def change(data: bytes) -> bytes:
        at = int(where * len(data))
        before, stretch, after = data[:at], data[at : at + length], data[at + length :]
        if kind == "flip":
            assert isinstance(value, int)
            return before + bytes(byte ^ value for byte in stretch[:3]) + stretch[3:] + after
        if isinstance(value, bytes):
            return before + value + stretch + after
        return {"cut": before + after, "double": before + stretch * 2 + after, "move": stretch + before + after, "end": before}[kind]

    return change


@pytest.mark.parametrize("reader", SAMPLES)
@settings(max_examples=40, deadline=timedelta(seconds=10), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_bytes_make_a_reader_fail(reader: str, data: st.DataObject) -> None:
    name, content = data.draw(st.sampled_from(SAMPLES[reader]))
    for change in data.draw(st.lists(changes(), min_size=1, max_size=4)):
        content = change(content)
    if data.draw(st.booleans()):
        content = gzip.compress(content, mtime=0)
        if data.draw(st.booleans()):
            content = data.draw(changes())(content)
    items = list(read_bytes(content, name, max_bytes=1_000_000))
    assert items and all(isinstance(item, (Record, Reject)) for item in items)
    made = [build_article(item) if isinstance(item, Record) else item for item in items]
    articles = [article for article in made if isinstance(article, Article)]
    distinct = list({article.article_id: article for article in articles}.values())
    assert extracted([(article, extract(article)) for article in distinct], a_run()).articles.num_rows == len(
        distinct
    )  # they can be stored


# --- measured: time and memory of a process that reads one hostile file


def packed(megabytes: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(b"A" * 1_000_000) for _ in range(megabytes)) + packer.flush()


def repeated() -> bytes:
    """A text that stands once in the file and in every row."""
    buffer = io.BytesIO()
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 50, pa.int32()), ["A b. " * 6_000_000])
    pq.write_table(pa.table({"text": column}), buffer)
    return buffer.getvalue()


def entities() -> str:
    """Ten to the seventh letters of entities within entities, and one that names a file of this machine."""
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 8))
    doctype = f'<!DOCTYPE html [<!ENTITY e0 "a">{nested}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    return f'<?xml version="1.0"?>{doctype}<html><body><article><p>{LONG} &e7; &f;</p></article></body></html>'


HOSTILE: dict[str, tuple[str, Callable[[], str | bytes], set[str]]] = {
    "a million open tags": ("a.html", lambda: "<html><body>" + "<div>" * 1_000_000 + LONG, {"no_text", "too_large"}),
    "a story under 5,000 tags": ("a.html", lambda: html("<span>" * 5000 + LONG + "</span>" * 5000), {"article", "no_text"}),
    "40 MB of paragraphs": ("a.html", lambda: html(f"<p>{LONG}</p>" * 120_000), {"too_large"}),
    "a tag of 90,000 attributes": (
        "a.html",
        lambda: html(f'<p x=">" {" ".join(f"a{n}" for n in range(90_000))}>{LONG}</p>'),
        {"too_large"},
    ),
    "a headline of 10 MB": ("a.html", lambda: html(f"<h1>{'- ' * 5_000_000}</h1><p>{LONG}</p>"), {"too_large"}),
    "entities within entities": ("a.html", entities, {"article", "no_text"}),
    "1.2 GB in 1 MB": ("a.txt.gz", lambda: packed(1200), {"too_large"}),
    "a page of 1 GB in a WARC record": (
        "a.warc",
        lambda: warc(("text/html", packed(1000)), extra="Content-Encoding: gzip\r\n"),
        {"too_large"},
    ),
    "a WARC header of 40 MB": (
        "a.warc",
        lambda: b"WARC/1.0\r\n" + b"X-Y: z\r\n" * 5_000_000 + b"\r\n",
        {"truncated", "damaged", "too_large"},
    ),
    "a response header of 40 MB": ("a.warc", lambda: warc(("text/html", b"x"), extra="X: y\r\n" * 6_000_000), {"damaged"}),
    "a text of 30 MB in 50 Parquet rows": ("a.parquet", repeated, {"too_large"}),
    "half a million broken lines": ("a.jsonl", lambda: b'{"\n' * 500_000, {"broken_json"}),
    "brackets without end": ("a.json", lambda: "[" * 10_000_000, {"too_large"}),
    "empty lists without end": ("a.json", lambda: "[" + "[]," * 16_000_000 + "[]]", {"too_large"}),
    "a million keys": ("a.jsonl", lambda: "{" + ",".join(f'"k{n}":1' for n in range(1_000_000)) + "}", {"not_an_article"}),
    "a million columns": ("a.csv", lambda: "text" + ",a" * 1_000_000 + f'\n"{LONG}"' + ",1" * 1_000_000, {"article"}),
    "a quote left open": ("a.csv", lambda: f'text,id\n"{STORY * 400_000}', {"broken_csv"}),
    "a line of 10 MB": ("a.txt", lambda: STORY * 100_000, {"too_large"}),
    "a line of 400 KB": ("a.txt", lambda: STORY * 4_000, {"article"}),
    "a hundred thousand texts of no letters": ("a.json", lambda: json.dumps([{"text": "1"}] * 100_000), {"no_text"}),
}
READ = """
import collections, re, sys
from pathlib import Path
from transforms.article import Record, build_article
from transforms.readers import read
found = collections.Counter()
for item in read(Path(sys.argv[1])):
    made = build_article(item) if isinstance(item, Record) else item
    found[getattr(made, "reason", "article")] += 1
peak = int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
print(peak // 1024, *found)
"""


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is looked up in /proc")
@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_cost_little(what: str, tmp_path: Path) -> None:
    name, make, allowed = HOSTILE[what]
    content = make()
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run([sys.executable, "-c", READ, str(tmp_path / name)], capture_output=True, text=True, cwd=ROOT, timeout=400)
    assert run.returncode == 0, run.stderr[-500:]
    megabytes, *found = run.stdout.split()
    assert set(found) <= allowed, found
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime  # of the processor: a busy machine does not count
    assert int(megabytes) < 1000 and seconds < 60
