"""CSV and TSV with a text column; the columns are named as in data/lexicons/fields.yaml."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from transforms.article import Record, Reject
from transforms.readers.encoding import decode
from transforms.readers.fields import is_known, record_of
from transforms.readers.source import Source, Unreadable

DELIMITERS = ",;\t|"
NO_DELIMITER = "\x1f"


def read_csv(source: Source) -> Iterator[Record | Reject]:
    """A Record or Reject a row, numbered from 1 below the header; one Reject for the whole file where it has no text column."""
    # Articles are longer than the module's default limit of 128 KiB a field. The limit belongs to the process; no smaller one is needed.
    csv.field_size_limit(max(csv.field_size_limit(), source.max_bytes))
    rows = _rows(source)
    header = next(rows, None)
    if header is None or isinstance(header, Unreadable) or not is_known(header, "text"):
        columns = ", ".join(header)[:120] if isinstance(header, list) else "none"
        yield Reject(source.name, None, "not_an_article", f"a CSV file without a text column (columns: {columns})")
        return
    for number, row in enumerate(rows, start=1):
        if isinstance(row, Unreadable):
            yield Reject(source.name, number, row.reason, f"row {number}: {row.detail}")
        elif len(row) > len(header):
            yield Reject(source.name, number, "broken_csv", f"row {number} has {len(row)} fields, the header {len(header)}")
        else:
            yield record_of(dict(zip(header, row, strict=False)), source.name, number)


def _rows(source: Source) -> Iterator[list[str] | Unreadable]:
    """The rows that are not blank; an Unreadable is what is wrong with one."""
    undecodable: list[Unreadable] = []
    reader = csv.reader(_lines(source, undecodable), delimiter=_delimiter(source.head), strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            left_open = "; a quote is left open, and no row after it could be read" if "end of data" in str(error) else ""
            yield Unreadable("too_large" if "limit" in str(error) else "broken_csv", f"{error}{left_open}")
            continue
        if undecodable:
            yield undecodable[0]
            undecodable.clear()
        elif any(cell.strip() for cell in row):
            yield row


def _lines(source: Source, undecodable: list[Unreadable]) -> Iterator[str]:
    """The lines as text; what is wrong with one that is none goes into `undecodable`, and the line is given as well as it can be."""
    for line in source.lines():
        if line is None:
            raise Unreadable("too_large", f"a line longer than {source.max_bytes:,} bytes")
        try:
            yield decode(line)
        except Unreadable as problem:
            undecodable.append(problem)
            yield line.decode("utf-8", "replace")


def _delimiter(head: bytes) -> str:
    """The delimiter that cuts the header into most columns; with one column none, so that its texts stay whole."""
    first = head.lstrip(b"\xef\xbb\xbf\r\n ").partition(b"\n")[0].decode("utf-8", "replace")
    best = max(DELIMITERS, key=first.count)
    return best if best in first else NO_DELIMITER
