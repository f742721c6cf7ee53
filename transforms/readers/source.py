"""One input as a stream of unpacked bytes: gzip undone, UTF-16 turned into UTF-8, sizes watched."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GZIP_MAGIC = b"\x1f\x8b"
HEAD = 65_536  # bytes looked at to tell the format
BOMB_SIZE = 10_000_000  # unpacked bytes from which on the ratio is looked at
BOMB_RATIO = 600  # news packs 3 to 10 times, one article repeated for ever 300 times, zeros 1,000 times
WIDE_MARKS = {  # the four-byte marks first: the UTF-32 one begins like the UTF-16 one
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Unreadable(Exception):
    """Reading this input ends here. `reason` is a key of REJECT_REASONS, `detail` one line for a human."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Source:
    """An input opened for reading; whoever makes one closes it.

    `name` is what stands in `source_file`; `stem` and `suffix` are of the file name in lower case without `.gz`; `head` is the first
    unpacked bytes, `stream` all unpacked bytes from the beginning, `max_bytes` the limit for one record.
    Reading raises Unreadable where the input is cut, damaged or unpacks to an absurd size.
    """

    def __init__(self, name: str, raw: io.BufferedReader[Any], max_bytes: int) -> None:
        self.name = name
        self.max_bytes = max_bytes
        file = os.path.basename(name).lower().removesuffix(".gz")
        self.stem, self.suffix = os.path.splitext(file)
        self._raw = raw
        self._unpacked = _Unpacked(raw)
        self.stream: io.BufferedReader[Any] = io.BufferedReader(self._unpacked, HEAD)
        self.head = _peek(self.stream)
        encoding = next((name for mark, name in WIDE_MARKS.items() if self.head.startswith(mark)), None)
        if encoding:
            self.stream = io.BufferedReader(_Recoded(self.stream, encoding), HEAD)
            self.head = _peek(self.stream)

    def read_all(self) -> bytes:
        """All content; raises Unreadable where that is more than the limit."""
        parts, size = [], 0
        while chunk := self.stream.read1(HEAD):
            size += len(chunk)
            if size > self.max_bytes:
                raise Unreadable("too_large", f"more than {self.max_bytes:,} bytes of content")
            parts.append(chunk)
        return b"".join(parts)

    def lines(self) -> Iterator[bytes | None]:
        """Line by line, each with its line end; None stands for a line longer than the limit, which is skipped.

        All whole lines before a cut or damage are given before Unreadable is raised.
        """
        pending: list[bytes] = []
        size = 0
        while chunk := self.stream.read1(HEAD):
            for piece in re.findall(rb"[^\n]*\n|[^\n]+", chunk):
                size += len(piece)
                if size <= self.max_bytes:
                    pending.append(piece)
                else:
                    pending.clear()
                if piece.endswith(b"\n"):
                    yield b"".join(pending) if size <= self.max_bytes else None
                    pending, size = [], 0
        if size:
            yield b"".join(pending) if size <= self.max_bytes else None

    def seekable(self) -> io.BufferedReader[Any] | io.BytesIO:
        """A stream that can be read from its end: the file itself, or its unpacked content in memory."""
        return io.BytesIO(self.read_all()) if self._unpacked.gzipped or not self._raw.seekable() else self._raw

    def close(self) -> None:
        self._raw.close()


def open_source(path: Path, max_bytes: int) -> Source:
    """Opens a file; raises Unreadable where it cannot be opened or read."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Unreadable("unreadable", error.strerror or str(error)) from error
    try:
        return Source(file_name(path), raw, max_bytes)
    except Unreadable:
        raw.close()
        raise


def file_name(path: Path) -> str:
    """The absolute path with `/`; bytes of a name that are no UTF-8 are written as `\\xNN`, so that the name can be stored."""
    return os.fsencode(Path(os.path.realpath(path)).as_posix()).decode("utf-8", "backslashreplace")


class _Unpacked(io.RawIOBase):
    """The bytes of a file with gzip undone, where it is gzipped (told by content, whatever its name)."""

    def __init__(self, raw: io.BufferedReader[Any]) -> None:
        self._raw = raw
        self._size = 0
        self._gzip: gzip.GzipFile | None = None
        self._started = False

    @property
    def gzipped(self) -> bool:
        return self._gzip is not None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            if not self._started:
                self._started = True
                if self._raw.peek(2)[:2] == GZIP_MAGIC:
                    self._gzip = gzip.GzipFile(fileobj=self._raw)
            chunk = (self._gzip or self._raw).read1(len(buffer))
        except EOFError as error:
            raise Unreadable("truncated", "the gzip file breaks off") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise Unreadable("damaged", f"gzip: {error}") from error
        except OSError as error:
            raise Unreadable("unreadable", error.strerror or str(error)) from error
        self._size += len(chunk)
        if self._gzip and self._size > BOMB_SIZE and self._size > BOMB_RATIO * self._raw.tell():
            raise Unreadable("too_large", f"unpacks to more than {BOMB_RATIO} times its size")
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _Recoded(io.RawIOBase):
    """UTF-16 or UTF-32 (with byte order mark) as UTF-8, so that line and format readers see one encoding."""

    def __init__(self, stream: io.BufferedReader[Any], encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._decode = codecs.getincrementaldecoder(encoding)("strict").decode
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            chunk = self._stream.read1(HEAD)
            try:
                self._left = self._decode(chunk, final=not chunk).encode("utf-8")
            except UnicodeError as error:
                raise Unreadable("undecodable", f"no valid {self._encoding.upper()}: {error}") from error
            if not chunk:
                break
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _peek(stream: io.BufferedReader[Any]) -> bytes:
    """Up to HEAD bytes without moving on."""
    return stream.peek(HEAD)[:HEAD]
