"""Article files of every format that is read here, as Records, and what cannot be read as Rejects.

    read(path)        one file       -> Records and Rejects
    read_unparsed(path)  the same, with Pages, which `parsed` makes into Records: that takes long, and can be left to other processes
    read_bytes(data)  the Records and Rejects of what is in memory (standard input)

The format is told by content first, by name where content leaves it open. Bad input never raises: it is a Reject, with a reason of
`transforms.article.REJECT_REASONS`. Records are given one by one as they are read; files of many records are not held in memory.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from transforms.article import Record, Reject
from transforms.readers import plain
from transforms.readers.encoding import binary_kind
from transforms.readers.html import Page, parsed
from transforms.readers.source import Source, Unreadable, file_name, open_source

MAX_BYTES = 50_000_000
Reader = Callable[[Source], Iterator[Record | Reject | Page]]

__all__ = ["MAX_BYTES", "Page", "format_of", "parsed", "read", "read_bytes", "read_unparsed"]

PLAIN_SUFFIXES = {"", ".txt", ".text", ".md", ".markdown", ".asc"}
JSON_SUFFIXES = {".json", ".jsonl", ".ndjson", ".jsonlines"}
CSV_SUFFIXES = {".csv", ".tsv"}
HTML_SUFFIXES = {".html", ".htm", ".xhtml"}
NO_ARTICLES = {"readme", "license", "licence", "changelog", "contributing", "copying", "notice", "authors", "makefile", "requirements"}

_JSON_START = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[{\]])')
_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*+)*+"  # atomic: many comments must not be read in ever more ways
    rb"<(?:!doctype\s+html|html|head|body|meta|title|article|div|p)\b",
    re.IGNORECASE | re.DOTALL,
)


def read(path: Path, *, max_bytes: int = MAX_BYTES) -> Iterator[Record | Reject]:
    """The Records of one file in their order, with a Reject for each thing that cannot be read.

    `max_bytes` limits the unpacked content of a page or text, and one record of the formats that hold many.
    """
    return map(_parsed, read_unparsed(path, max_bytes=max_bytes))


def read_unparsed(path: Path, *, max_bytes: int = MAX_BYTES) -> Iterator[Record | Reject | Page]:
    """The same with HTML pages as they are."""
    if os.path.isdir(path):
        yield Reject(file_name(path), None, "unreadable", _why_no_file(path))
        return
    if os.path.exists(path) and not os.path.isfile(path):
        yield Reject(file_name(path), None, "unreadable", "no regular file")  # a pipe would be waited for, for ever
        return
    try:
        source = open_source(path, max_bytes)
    except Unreadable as problem:
        yield Reject(file_name(path), None, problem.reason, problem.detail)
        return
    try:
        yield from _read_source(source)
    finally:
        source.close()


def _why_no_file(folder: Path) -> str:
    try:
        os.scandir(folder).close()
    except OSError as error:
        return f"a folder that cannot be opened: {error.strerror or error}"
    return "Is a directory"


def read_bytes(data: bytes, name: str, *, max_bytes: int = MAX_BYTES) -> Iterator[Record | Reject]:
    """The same for content in memory; `name` stands for the file name (`-` for standard input)."""
    try:
        source = Source(name, io.BufferedReader(io.BytesIO(data)), max_bytes)
    except Unreadable as problem:
        yield Reject(name, None, problem.reason, problem.detail)
        return
    yield from map(_parsed, _read_source(source))


def _parsed(item: Record | Reject | Page) -> Record | Reject:
    return parsed(item) if isinstance(item, Page) else item


def _read_source(source: Source) -> Iterator[Record | Reject | Page]:
    seen, item = 0, None
    try:
        for item in format_of(source)(source):
            seen = item.record or seen
            yield item
        if item is None:
            yield Reject(source.name, None, "empty", "no article in it")
    except Unreadable as problem:
        # With records already given, the trouble lies at the one after the last; else the whole file is meant.
        yield Reject(source.name, seen + 1 if seen else None, problem.reason, problem.detail)
    except Exception as error:  # parsers fail on hostile files in ways that they do not list, and one file must not stop a run
        yield Reject(source.name, seen + 1 if seen else None, "damaged", f"{type(error).__name__}: {error}"[:200])


def format_of(source: Source) -> Reader:
    """The reader for a source; raises Unreadable where it is of no format that is read here."""
    head, suffix = source.head, source.suffix
    if not head:
        raise Unreadable("empty", "a file of no bytes")
    if head.startswith(b"PAR1"):
        from transforms.readers.parquet import read_parquet

        return read_parquet
    if head.startswith(b"WARC/"):
        from transforms.readers.warc import read_warc

        return read_warc
    if kind := binary_kind(head):
        raise Unreadable("binary", f"no text but {kind}")
    if source.stem in NO_ARTICLES:
        raise Unreadable("not_an_article", "a file that goes with others, by its name")
    if not head.strip() and len(head) < 1000:
        raise Unreadable("empty", "nothing but white space")
    return _text_format(head.removeprefix(b"\xef\xbb\xbf"), suffix)


def _text_format(head: bytes, suffix: str) -> Reader:
    if plain.WIRE_HEAD.match(head[:5000].decode("utf-8", "replace")):
        return plain.read_wire
    if suffix in JSON_SUFFIXES or _JSON_START.match(head):
        from transforms.readers import json_text

        lines = suffix in JSON_SUFFIXES - {".json"} and not head.lstrip().startswith(b"[")
        return json_text.read_json_lines if lines or not json_text.is_document(head) else json_text.read_json_document
    if _HTML_START.match(head) or suffix in HTML_SUFFIXES:
        from transforms.readers.html import read_html

        return read_html
    if suffix in CSV_SUFFIXES:
        from transforms.readers.csv_text import read_csv

        return read_csv
    if suffix in PLAIN_SUFFIXES:
        return plain.read_plain
    raise Unreadable("unknown_format", f"{suffix} is none of wire text, JSON, CSV, Parquet, .txt/.md, HTML, WARC")
