"""A WARC file: its HTML responses; everything else in it (requests, images, robots.txt, redirects) is passed over."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from email.parser import Parser
from typing import TYPE_CHECKING, Any, cast

from transforms.article import Reject
from transforms.readers.html import Page
from transforms.readers.source import HEAD, Source, Unreadable

if TYPE_CHECKING:
    from email.message import Message

    from fastwarc.warc import WarcRecord

MAX_HEAD = 1_000_000  # bytes of a response's header, which has some hundreds
PAGE_TYPES = ("text/html", "application/xhtml+xml")


def read_warc(source: Source) -> Iterator[Page | Reject]:
    """A Page or Reject for each HTML response; `record` is the WARC record's place in the file, counted from 1.

    A record that is shorter than it says (fastwarc hands it out without a word) is the cut: one Reject, and the end.
    """
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    number = 0
    try:
        for entry in ArchiveIterator(cast(Any, _Forward(source.stream)), parse_http=False):
            number += 1
            content = _content(entry, source.max_bytes)
            if entry.record_type == WarcRecordType.response:
                yield from _response(content, entry.headers.get("WARC-Target-URI"), source, number)
    except OSError as error:
        yield Reject(source.name, number + 1, "damaged", f"after WARC record {number}: {' '.join(str(error).split())[:200]}")


def _content(entry: WarcRecord, max_bytes: int) -> bytes | None:
    """The record's content, null where it is larger than the limit; raises Unreadable where it is cut short."""
    parts, size = [], 0
    while chunk := entry.reader.read(HEAD):
        size += len(chunk)
        if size <= max_bytes:
            parts.append(chunk)
    if "Content-Length" not in entry.headers:
        raise Unreadable("truncated", "the WARC file breaks off within the header of a record")
    if size < entry.content_length:
        raise Unreadable("truncated", f"the WARC file breaks off within a record ({size:,} of {entry.content_length:,} bytes)")
    return b"".join(parts) if size <= max_bytes else None


def _response(content: bytes | None, url: str | None, source: Source, number: int) -> Iterator[Page | Reject]:
    """What one HTTP response gives: nothing where it is no page, or tells of an error or another address."""
    if content is None:
        yield Reject(source.name, number, "too_large", f"a response of more than {source.max_bytes:,} bytes")
        return
    head, _, body = content.partition(b"\r\n\r\n") if b"\r\n\r\n" in content else content.partition(b"\n\n")
    if len(head) > MAX_HEAD:
        yield Reject(source.name, number, "damaged", f"a response with a header of {len(head):,} bytes")
        return
    status, _, lines = head.decode("latin-1").partition("\n")
    headers = Parser().parsestr(lines, headersonly=True)
    if headers.get_content_type() not in PAGE_TYPES or "Content-Type" not in headers or status.split()[1:2] not in (["200"], []):
        return
    try:
        charset = headers.get_content_charset()
        yield Page(source.name, number, _payload(body, headers, source.max_bytes), url=url, charset=charset)
    except Unreadable as problem:
        yield Reject(source.name, number, problem.reason, problem.detail)


def _payload(body: bytes, headers: Message, max_bytes: int) -> bytes:
    """The page with the packing of its transport undone. Many archives undo it and leave the headers, hence the looks at the content."""
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        body = _dechunked(body)
    if body.startswith(b"\x1f\x8b"):
        unpack = zlib.decompressobj(wbits=31)
        try:
            body = unpack.decompress(body, max_bytes + 1)
        except zlib.error as error:
            raise Unreadable("damaged", f"gzip within the response: {error}") from error
    elif headers.get("Content-Encoding", "").lower() == "br" and b"<" not in body[:200]:
        from fastwarc.stream_io import BrotliReader

        try:
            body = BrotliReader(io.BytesIO(body)).read(max_bytes + 1)
        except OSError as error:
            raise Unreadable("damaged", f"brotli within the response: {error}") from error
    if len(body) > max_bytes:
        raise Unreadable("too_large", f"a page of more than {max_bytes:,} bytes")
    return body


def _dechunked(body: bytes) -> bytes:
    """HTTP chunks put together; a body that is none of chunks comes back as it is."""
    stream = io.BytesIO(body)
    parts: list[bytes] = []
    while line := stream.readline(100):
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            return body if not parts else b"".join(parts)
        if size <= 0:
            break
        parts.append(stream.read(size))
        stream.readline(100)
    return b"".join(parts)


class _Forward:
    """The stream as fastwarc wants it: it asks any stream for its place, and panics where there is no answer."""

    def __init__(self, stream: io.BufferedReader[Any]) -> None:
        self._stream = stream
        self._place = 0

    def read(self, size: int = -1) -> bytes:
        chunk: bytes = self._stream.read1(size if size >= 0 else HEAD)
        self._place += len(chunk)
        return chunk

    def tell(self) -> int:
        return self._place
