"""Files of every format as Records, and everything that cannot be read as a Reject."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.article import REJECT_REASONS, Article, Record, Reject, build_article
from transforms.inbox import look
from transforms.readers import read, read_bytes
from transforms.readers.manifest import ManifestRow, load_manifest, lookup
from transforms.schema import TABLES_MARKER

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
STORY = "Gunmen shot dead twelve people in a village on Monday, the police said in a statement to the press."
LONG = " ".join(f"{STORY[:-1]}, adding for the {n}th time that nobody had claimed the attack." for n in range(3))


def find_files(patterns: list[str]) -> list[Path]:
    return [Path(found.path) for found in look(patterns).files]


def got(data: bytes | str, name: str, **limits: int) -> list[Record | Reject]:
    items = list(read_bytes(data.encode() if isinstance(data, str) else data, name, **limits))
    assert all(item.reason in REJECT_REASONS for item in items if isinstance(item, Reject))
    return items


def one(data: bytes | str, name: str, **limits: int) -> Record:
    (item,) = got(data, name, **limits)
    assert isinstance(item, Record), item
    return item


def reasons(items: list[Record | Reject]) -> list[str]:
    return ["record" if isinstance(item, Record) else item.reason for item in items]


def html(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>Twelve shot dead in village</title>{head}</head><body>{body}</body></html>"


PAGE = html(f"<article><h1>Twelve shot dead in village</h1><p>{LONG}</p></article>")


def warc(*responses: tuple[str, bytes], kind: str = "response", url: str = "http://a.example/1", extra: str = "") -> bytes:
    records = []
    for content_type, body in responses:
        content = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{extra}\r\n".encode() + body
        header = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nContent-Length: {len(content)}\r\n\r\n"
        records.append(header.encode() + content + b"\r\n\r\n")
    return b"".join(records)


# ------------------------------------------------------------------------------------------------------------------ wire and plain text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_wire_text(end: str) -> None:
    item = one(end.join(["http://a.example/x", "90", "-9", STORY]), "anything.dat")
    assert (item.url, item.meta_1, item.meta_2, item.record, item.body.strip()) == ("http://a.example/x", 90, -9, 1, STORY)
    assert reasons(got("http://a.example/x\n1\n2\n\n", "a.txt")) == ["no_text"]


def test_plain_text_and_its_headline() -> None:
    assert one(STORY, "a.txt") == Record("a.txt", 1, STORY)
    assert one(STORY, "dispatch").body == STORY
    assert one(f"# Twelve shot dead\n\n{STORY}", "a.md").title == "Twelve shot dead"
    assert one(f"Twelve shot dead\n\n{STORY}", "a.txt").title == "Twelve shot dead"
    assert one(f"{STORY}\n\n{STORY}", "a.txt").title is None  # ends like a sentence


@pytest.mark.parametrize(
    "data",
    [
        ("\ufeff" + "Café “blast” " + STORY).encode(),
        ("Café “blast” " + STORY).encode("utf-16"),
        b"\xfe\xff" + ("Café “blast” " + STORY).encode("utf-16-be"),
        ("Café “blast” " + STORY).encode("cp1252"),
    ],
)
def test_encodings(data: bytes) -> None:
    assert one(data, "a.txt").body == "Café “blast” " + STORY
    assert one(gzip.compress(data), "a.txt").body == "Café “blast” " + STORY  # gzip is told by content


def test_one_broken_byte_does_not_turn_utf8_into_another_encoding() -> None:
    body = one("“é”—’".encode() * 20 + b"\xff " + STORY.encode(), "a.txt").body
    assert body.startswith("“é”—’") and "�" in body


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.txt", "empty"),
        (b" \n\t\n", "a.txt", "empty"),
        (gzip.compress(b""), "a.txt.gz", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a.txt", "binary"),
        (b"%PDF-1.4 text text", "a.txt", "binary"),
        (bytes(range(256)) * 20, "a.html", "binary"),
        (gzip.compress(gzip.compress(STORY.encode())), "a.txt.gz", "binary"),
        ("Двенадцать человек погибли ".encode("koi8-r") * 9, "a.txt", "undecodable"),
        (STORY.encode("utf-16")[:-1], "a.txt", "undecodable"),
        (gzip.compress(os.urandom(900).hex().encode())[:-50], "a.txt.gz", "truncated"),
        (b"\x1f\x8b" + b"\xff" * 100, "a.txt", "damaged"),
        (gzip.compress(STORY.encode())[:-8] + b"\0" * 8, "a.txt.gz", "damaged"),
        (b"x" * 2001, "a.txt", "too_large"),
        (gzip.compress(b"x" * 2001), "a.txt.gz", "too_large"),
        (b"import os\n", "a.py", "unknown_format"),
        (b"a: 1\n", "a.yaml", "unknown_format"),
        (b"What lies here\n", "README.md", "not_an_article"),
        (b"MIT License\n", "LICENSE", "not_an_article"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_reject_of_the_whole(data: bytes, name: str, reason: str) -> None:
    (item,) = got(data, name, max_bytes=2000)
    assert isinstance(item, Reject)
    assert (item.source_file, item.record, item.reason) == (name, None, reason)
    assert item.detail and "\n" not in item.detail


def test_gzip_bombs_are_given_up_early() -> None:
    zeros = zlib.compressobj(wbits=31)
    bomb = b"".join(zeros.compress(b"A" * 1_000_000) for _ in range(60)) + zeros.flush()
    for name in ("a.txt.gz", "a.jsonl.gz"):
        (item,) = got(bomb, name)
        assert isinstance(item, Reject) and item.reason == "too_large"
        assert "times its size" in str(item.detail)  # not: read to the limit, then found too large


def test_an_article_repeated_for_ever_is_no_bomb() -> None:
    line = json.dumps({"text": LONG}).encode() + b"\n"
    assert reasons(got(gzip.compress(line * 40_000), "a.jsonl.gz")) == ["record"] * 40_000


# ------------------------------------------------------------------------------------------------------------------ JSON


def test_names_of_other_crawlers() -> None:
    rows = [
        {"id": 7, "url": "http://a.example/1", "title": "Shots", "outlet": "A", "published": "2016-10-01", "text": STORY},
        {
            "_id": {"$oid": "7"},
            "url": "http://a.example/1",
            "title": "Shots",
            "source_domain": "A",
            "date_publish": "2016-10-01",
            "maintext": STORY,
        },
        {
            "identifier": "7",
            "canonical_link": "http://a.example/1",
            "headline": "Shots",
            "publisher": "A",
            "publish_date": "2016-10-01",
            "plain_text": STORY,
        },
        {
            "@id": "7",
            "mainEntityOfPage": {"@id": "http://a.example/1"},
            "headline": "Shots",
            "publisher": {"@type": "Organization", "name": "A"},
            "datePublished": "2016-10-01",
            "articleBody": STORY,
        },
        {
            "guid": 7.0,
            "html": {"responded_url": "http://a.example/1", "source_info": {"publisher": "A"}},
            "title": "Shots",
            "publishing_date": "2016-10-01",
            "body": {"summary": [], "sections": [{"headline": [], "paragraphs": [STORY]}]},
        },
    ]
    items = got("\n".join(map(json.dumps, rows)), "a.jsonl")
    for number, item in enumerate(items, start=1):
        assert item == Record("a.jsonl", number, STORY, "7", "http://a.example/1", "Shots", "A", "2016-10-01")
    assert [item.body for item in got(json.dumps(rows), "a.json") if isinstance(item, Record)] == [STORY] * 5
    assert one(json.dumps(rows[0], indent=2), "a.json").external_id == "7"
    assert one(json.dumps(rows[0], indent=2), "-").external_id == "7"  # told by content


def test_bad_json_lines_stand_alone() -> None:
    lines = [
        json.dumps({"text": STORY}),
        '{"text": "cut',
        "",
        "[]",
        '{"title": "no text"}',
        '{"a": 1}',
        '{"text": null, "url": "http://a.example"}',
        '{"a":' * 100_000,
        '{"id": ' + "9" * 5000 + "}",
        json.dumps({"text": STORY * 30}),
        json.dumps({"text": STORY}),
    ]
    items = got("\n".join(lines), "a.jsonl", max_bytes=2000)
    assert reasons(items) == [
        *["record", "broken_json", "not_an_article", "no_text", "not_an_article", "no_text"],
        *["too_large", "too_large", "too_large", "record"],
    ]
    assert [item.record for item in items] == [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]
    assert reasons(got("\n".join(lines[7:9]), "a.jsonl")) == ["broken_json", "broken_json"]


def test_json_that_is_no_article() -> None:
    (item,) = got(json.dumps({"page_1": [{"title": "x"}], "page_2": []}, indent=1), "expected.json")
    assert isinstance(item, Reject)
    assert (item.record, item.reason) == (None, "not_an_article")
    assert "page_1" in str(item.detail)
    assert reasons(got("[" * 100_000, "a.json")) == ["broken_json"]
    assert reasons(got("[1, 2]", "a.json")) == ["not_an_article"] * 2
    assert reasons(got("[]", "a.json")) == ["empty"]


def test_cut_gzip_gives_the_lines_before_the_cut_and_one_reject() -> None:
    lines = [json.dumps({"id": n, "text": STORY, "salt": os.urandom(40).hex()}) + "\n" for n in range(3000)]
    items = got(gzip.compress("".join(lines).encode())[:-40_000], "a.jsonl.gz")
    assert len(items) > 1000
    assert [item.external_id for item in items[:-1] if isinstance(item, Record)] == [str(n) for n in range(len(items) - 1)]
    last = items[-1]
    assert isinstance(last, Reject)
    assert (last.reason, last.record) == ("truncated", len(items))


def test_what_json_smuggles_in_can_be_written() -> None:
    made = build_article(one('{"id": "\\ud800", "title": "a \\udfff", "text": "' + STORY + ' \\ud800 \\u0000 \\u001b[2J"}', "a.jsonl"))
    assert isinstance(made, Article)
    assert made.text.encode().decode().endswith("� � �[2J")
    assert made.external_id == "�"


# ------------------------------------------------------------------------------------------------------------------ CSV and Parquet


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_csv(mark: str) -> None:
    rows = [["ID", "Headline", "Plain Text", "Date Published"], ["7", "Shots", f'"{STORY}\n""More"""', "2016-10-01"], ["8", "None", "", ""]]
    first, second = got("\ufeff" + "\r\n".join(mark.join(row) for row in rows), "a.csv")
    assert first == Record("a.csv", 1, f'{STORY}\n"More"', "7", title="Shots", published="2016-10-01")
    assert isinstance(second, Reject) and (second.record, second.reason) == (2, "no_text")


def test_bad_csv() -> None:
    items = got(f'id,text\n1,"{STORY}"\n2,a,b\n3,"{STORY * 2000}"\n4,"{STORY}', "a.csv")
    assert reasons(items) == ["record", "broken_csv", "record", "broken_csv"]
    assert reasons(got("file,published\na.txt,2016-10-01\n", "manifest.csv")) == ["not_an_article"]
    assert reasons(got("id,text\n", "a.csv")) == ["empty"]
    assert one(f"text\n{STORY}\n", "a.csv").body == STORY  # one column: the commas are the text's own


def test_parquet() -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {"id": [1, 2, 3], "maintext": [STORY, None, STORY], "date_publish": [date(2016, 10, 1), None, None], "pixels": [b"1", b"2", b"3"]}
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=1)
    data = buffer.getvalue()
    for packed in (data, gzip.compress(data)):
        items = got(packed, "a.parquet")
        assert reasons(items) == ["record", "no_text", "record"]
        assert items[0] == Record("a.parquet", 1, STORY, "1", published="2016-10-01")
    assert reasons(got(data[:-20], "a.parquet")) == ["damaged"]
    assert reasons(got(data, "a.parquet", max_bytes=20)) == ["too_large", "no_text", "too_large"]
    buffer = io.BytesIO()
    pq.write_table(pa.table({"x": [1]}), buffer)
    assert reasons(got(buffer.getvalue(), "a.parquet")) == ["not_an_article"]


# ------------------------------------------------------------------------------------------------------------------ HTML and WARC


def test_html() -> None:
    head = (
        '<link rel="canonical" href="http://a.example/village"><meta property="og:site_name" content="The Example">'
        '<meta property="article:published_time" content="2016-10-01T23:30:00-05:00">'
        '<meta property="article:modified_time" content="2016-10-05T00:00:00Z">'
    )
    item = one(PAGE.replace("</head>", head + "</head>"), "a.html")
    assert (item.title, item.outlet, item.url) == ("Twelve shot dead in village", "The Example", "http://a.example/village")
    assert (item.published, LONG in item.body) == ("2016-10-01", True)
    assert one(gzip.compress(PAGE.encode()), "page").title == "Twelve shot dead in village"


def test_a_page_without_a_date_is_given_none() -> None:
    story = f"<article><h1>Twelve shot dead in village</h1><p>On 2013-08-21 it began. {LONG}</p></article>"
    assert one(html(story), "a.html").published is None
    dated = one(html(story, '<link rel="canonical" href="http://a.example/2016/10/01/village">'), "a.html")
    assert dated.published is None
    made = build_article(dated)
    assert isinstance(made, Article) and (made.published, made.published_basis) == (date(2016, 10, 1), "address")


def test_the_headline_shown_stands_above_the_one_for_search_engines() -> None:
    page = PAGE.replace("</head>", '<meta property="og:title" content="Twelve shot in village - Latest - The Example"></head>')
    assert one(page, "a.html").title == "Twelve shot dead in village"


def test_the_declared_encoding_is_believed() -> None:
    page = PAGE.replace("<head>", '<head><meta charset="windows-1251">').replace("a village", "Донецк")
    assert "Донецк" in one(page.encode("windows-1251"), "a.html").body


@pytest.mark.parametrize(
    "page",
    [
        "<html></html>",
        html("<nav><a href='/'>Home</a></nav>"),
        "<html><body>" + "<div>" * 20_000 + "x",
        "<html>" + "<!--" * 5000,
        "<html><body>" + "<table><tr><td>" * 3000,
    ],
)
def test_pages_without_a_story_are_rejected(page: str) -> None:
    (item,) = [build_article(item) if isinstance(item, Record) else item for item in got(page, "a.html")]
    assert isinstance(item, Reject) and item.reason == "no_text"


def test_a_list_of_headlines_is_no_article() -> None:
    heads = [f"At least {n} people killed as shells hit the town of Harra" for n in range(5, 40)]
    for entry in ("<li><a href=/{n}>{head}</a></li>", "<div><a href=/{n}><h3>{head}</h3></a><span>2 hours ago</span></div>"):
        (item,) = got(html("<main><ul>" + "".join(entry.format(n=n, head=head) for n, head in enumerate(heads)) + "</ul></main>"), "a.html")
        assert isinstance(item, Reject) and item.reason == "not_an_article"
    related = "<ul>" + "".join(f"<li><a href=/{n}>{head}</a></li>" for n, head in enumerate(heads[:4])) + "</ul>"
    assert "Gunmen shot dead" in one(html(f"<article><h1>Twelve shot dead</h1><p>{LONG}</p>{related}</article>"), "a.html").body


def test_hostile_pages_with_a_story_are_read() -> None:
    for page in (
        PAGE.replace("<p>", '<p><img src="data:' + "A" * 3_000_000 + '">'),
        PAGE.replace("</p>", "\0</p></div></span><table><tr><a href='>"),
    ):
        assert "Gunmen shot dead" in one(page, "a.html").body
    assert reasons(got("<html><body>" + "<p>x" * 120_000, "a.html")) == ["too_large"]


def test_warc() -> None:
    page, text_html = PAGE.encode(), "text/html; charset=utf-8"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(page[at : at + 99]), page[at : at + 99]) for at in range(0, len(page), 99)) + b"0\r\n\r\n"
    data = (
        warc((text_html, b""), kind="request")
        + warc((text_html, page), url="../../etc/passwd")
        + warc(("image/png", b"\x89PNG"))
        + warc((text_html, b"<html></html>"))
        + warc((text_html, gzip.compress(page)), extra="Content-Encoding: gzip\r\n")
        + warc((text_html, chunks), extra="Transfer-Encoding: chunked\r\n")
        + warc((text_html, gzip.compress(b"A" * 3_000_000)), extra="Content-Encoding: gzip\r\n")
        + warc((text_html, b"<html>" + bytes(range(256)) * 9))
    )
    for packed in (data, gzip.compress(data)):
        items = got(packed, "a.warc.gz", max_bytes=1_000_000)
        assert reasons(items) == ["record", "no_text", "record", "record", "too_large", "binary"]
        assert [item.record for item in items] == [2, 4, 5, 6, 7, 8]
        first, *others = [item for item in items if isinstance(item, Record)]
        assert [item.body for item in others] == [first.body] * 2
        assert (first.url, first.title, first.source_file) == ("../../etc/passwd", "Twelve shot dead in village", "a.warc.gz")


def test_a_cut_warc_gives_what_stands_before_the_cut_and_one_reject() -> None:
    three = warc(*[("text/html", PAGE.encode())] * 3)
    length = len(three) // 3
    for cut in (length * 2 + 3, length * 2 + 40, length * 2 + 300, length * 3 - 10):
        assert reasons(got(three[:cut], "a.warc"))[:2] == ["record", "record"]
        assert reasons(got(three[:cut], "a.warc"))[2:] in (["truncated"], ["damaged"])
    members = b"".join(gzip.compress(three[at : at + length]) for at in range(0, len(three), length))
    items = got(members[:-30], "a.warc.gz")
    assert reasons(items)[-1] == "truncated" and len(items) in (3, 4)
    assert reasons(got(warc(("image/png", b"x")), "a.warc")) == ["empty"]
    assert reasons(got(b"WARC/1.0\r\n" + b"junk" * 100, "a.warc")) in (["truncated"], ["damaged"])


# ------------------------------------------------------------------------------------------------------------------ files and manifest


def test_read_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(STORY)
    assert list(read(path)) == [Record(path.resolve().as_posix(), 1, STORY)]
    for bad in (tmp_path, tmp_path / "gone.txt"):
        (item,) = read(bad)
        assert isinstance(item, Reject)
        assert (item.source_file, item.record, item.reason) == (bad.resolve().as_posix(), None, "unreadable")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes any bytes for a file name")
def test_a_file_name_that_is_no_utf8_can_be_written(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_text(STORY)
    (item,) = read(path)
    assert item.source_file.encode().endswith(b"caf\\xe9.txt")


def test_find_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.txt", "a.txt", "sub/c.jsonl", ".hidden", ".git/d.txt", "e.txt.part", "f.tmp", "[1].txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert find_files(["."]) == [Path(name) for name in ("[1].txt", "a.txt", "b.txt", "sub/c.jsonl")]
    assert find_files(["sub", "*.txt", "a.txt", "f.tmp"]) == [Path(name) for name in ("sub/c.jsonl", "[1].txt", "a.txt", "b.txt", "f.tmp")]
    assert find_files(["[1].txt"]) == [Path("[1].txt")]  # a file of that name stands above the pattern
    for missing in ("gone.txt", "*.parquet"):
        with pytest.raises(FileNotFoundError, match=missing.replace("*", r"\*")):
            find_files(["a.txt", missing])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become another user")
def test_a_link_in_a_folder_that_may_only_be_listed_is_no_crash() -> None:
    with tempfile.TemporaryDirectory() as name:  # tmp_path is closed to others
        inner = Path(name) / "in"
        inner.mkdir()
        (inner / "link").symlink_to("/")
        os.chmod(name, 0o755)
        os.chmod(inner, 0o744)
        os.seteuid(65534)
        try:
            found = find_files([name])
            (item,) = read(found[0])
        finally:
            os.seteuid(0)
    assert isinstance(item, Reject) and item.reason == "unreadable" and len(found) == 1


def test_manifest(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text("file,published,outlet,url\na.txt,2016-10-01,Alpha,\n2016/b.txt,,Beta,http://b.example\n", encoding="utf-8-sig")
    manifest = load_manifest(path)
    assert lookup(manifest, "/data/any/a.txt") == ManifestRow("a.txt", date(2016, 10, 1), "Alpha", None)
    assert lookup(manifest, "/data/2016/b.txt") == ManifestRow("2016/b.txt", None, "Beta", "http://b.example")
    assert lookup(manifest, "/data/2017/b.txt") is lookup(manifest, "/data/ba.txt") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,date\n", "line 1: .*file, published, outlet, url"),
        ("", "line 1: .*file, published, outlet, url"),
        ("file,published\na.txt,1 Oct 2016\n", "line 2: .*YYYY-MM-DD"),
        ("file,published\na.txt,2016-10-01\n,2016-10-01\n", "line 3: no file"),
        ("file,published\na.txt,2016-10-01\na.txt,2016-10-02\n", "line 3: .*twice"),
        ("file,published\na.txt\n", "line 2: .*cells"),
        ("file,published\na.txt,0001-01-01\n", "line 2: .*year"),
        ("file,published,file\na.txt,2016-10-01,b.txt\n", "line 1: .*twice"),
    ],
)
def test_a_wrong_manifest_says_where_and_what_to_do(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"manifest\.csv, {message}"):
        load_manifest(path)


def test_reading_a_wire_text_loads_no_heavy_library() -> None:
    heavy = ["pyarrow", "trafilatura", "htmldate", "fastwarc", "dateparser", "py3langid", "lxml", "numpy", "pandas", "prefect"]
    code = (
        "import sys; from transforms.readers import read_bytes; from transforms.article import build_article\n"
        f"item, = read_bytes({('http://a.example/x' + chr(10) + '1' + chr(10) + '2' + chr(10) + STORY).encode()!r}, '-')\n"
        f"assert build_article(item).language == 'en'; print([name for name in {heavy!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    assert run.stdout.strip() == "[]"


# ------------------------------------------------------------------------------------------------------------------ the shared corpus


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpus is not here")
def test_the_shared_corpus_is_read_whole() -> None:
    made = [
        build_article(item) if isinstance(item, Record) else item for path in find_files([str(SHARED / "corpus")]) for item in read(path)
    ]
    rejects = [item for item in made if isinstance(item, Reject)]
    assert len(made) - len(rejects) == 1 + 614 + 13 + 13
    assert [(Path(item.source_file).name, item.reason) for item in rejects] == [("expected.json", "not_an_article")]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpus is not here")
def test_dates_of_the_saved_pages() -> None:
    expected = json.loads((SHARED / "corpus/html/expected.json").read_text(encoding="utf-8"))
    for path in find_files([str(SHARED / "corpus/html/*.html.gz")]):
        (item,) = read(path)
        assert isinstance(item, Record)
        flat = "".join(filter(str.isalnum, item.body))
        # A page was saved several times; the version at hand is the one whose first paragraph it holds.
        versions = [v for v in expected[path.name.split(".")[0]] if "".join(filter(str.isalnum, v["first_paragraph"][0][:60])) in flat]
        assert [v["publishing_date"][:10] for v in versions] == [item.published]


def test_a_manifest_that_is_no_utf8_or_no_csv_says_so(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    long = b"file,outlet\na.txt," + b"x" * 200_000
    for content, message in ((b"file,outlet\na.txt,Caf\xe9\n", "save it as CSV UTF-8"), (long, "no valid CSV")):
        path.write_bytes(content)
        csv.field_size_limit(131_072)
        with pytest.raises(ValueError, match=rf"manifest\.csv: .*{message}"):
            load_manifest(path)


# --- what an attacker sends


def test_many_comments_before_a_page_are_read_at_once() -> None:
    page = "<!-- a -->" * 5_000 + f"<table><tr><td>{STORY}"
    began = time.process_time()
    got(page, "page")
    assert time.process_time() - began < 5


def test_a_parser_that_fails_rejects_its_file_only() -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": [LONG], "published": pa.array([10**18], pa.timestamp("us"))}), buffer)
    assert reasons(got(buffer.getvalue(), "far.parquet")) == ["damaged"]


def test_a_field_nested_too_deeply_rejects_its_line_only() -> None:
    deep = '{"text": ' + "[" * 450 + '"a"' + "]" * 450 + "}"
    deeper = '{"text": ' + '{"value": ' * 900 + '"a"' + "}" * 901
    lines = "\n".join([deep, deeper, json.dumps({"text": LONG})])
    assert reasons(got(lines, "deep.jsonl"))[-1] == "record"


def test_keys_that_cannot_be_written_are_told_of_all_the_same() -> None:
    (item,) = got('{"\\ud800": 1}', "key.jsonl")
    assert isinstance(item, Reject) and item.detail and item.detail.encode()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_an_ingest_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert reasons(list(read(tmp_path / "pipe"))) == ["unreadable"]


def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert reasons(list(read(tmp_path / "loop"))) == ["unreadable"]


def test_tables_are_not_read_as_articles(tmp_path: Path) -> None:
    table = tmp_path / "tables" / "articles" / "2016-10.parquet"
    table.parent.mkdir(parents=True)
    table.write_bytes(b"PAR1")
    (tmp_path / "tables" / TABLES_MARKER).write_text("{}")
    (tmp_path / "story.txt").write_text(STORY)
    assert find_files([str(tmp_path)]) == [tmp_path / "story.txt"]
    assert find_files([str(tmp_path / "**")]) == [tmp_path / "story.txt"]
    for named in (tmp_path / "tables", table.parent, table):
        with pytest.raises(ValueError, match="own tables"):
            find_files([str(named)])


def test_a_bad_line_of_a_csv_file_costs_one_row() -> None:
    rows = [b"text,id", f'"{STORY}",1'.encode(), b"\x81\x8d\x8f\x90\x9d" * 4 + b",2", f'"{STORY}",3'.encode()]
    items = got(b"\n".join(rows), "rows.csv")
    assert reasons(items) == ["record", "undecodable", "record"]
    blank = got(b"\n\n" + rows[0] + b"\n" + rows[1], "blank.csv")
    assert reasons(blank) == ["record"]
    (_, left_open) = got(f'text,id\n"{STORY}",1\n"{STORY},2\n{STORY},3', "quote.csv")
    assert isinstance(left_open, Reject) and "no row after it" in str(left_open.detail)


def test_a_title_of_dashes_takes_no_time() -> None:
    def seconds() -> float:
        began = time.process_time()
        build_article(Record("x", 1, LONG, title="- " * 20_000))
        return time.process_time() - began

    assert any(seconds() < 1 for _ in range(3))  # 0.03 on an idle machine


@pytest.mark.parametrize("number", ["-9999999999999", "-99999999999", "99999999999999999999"])
def test_a_date_far_off_is_no_date(number: str) -> None:
    article = build_article(Record("x", 1, LONG, published=number))
    assert isinstance(article, Article) and article.published is None


def test_an_outlet_that_is_told_is_cleaned() -> None:
    article = build_article(Record("x", 1, LONG), outlet="The\x00 Daily\udcff")
    assert isinstance(article, Article) and article.outlet and "\x00" not in article.outlet and article.outlet.encode()
