"""Bytes of a text as a string, with care: news comes as UTF-8, as Windows-1252, or as a wild mix of both."""

from __future__ import annotations

import codecs
import re

from transforms.readers.source import Unreadable

# Files that are no text, told by their first bytes.
MAGICS = {
    b"%PDF-": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x1f\x8b": "gzip within gzip",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x7fELF": "a program",
    b"SQLite format 3\x00": "an SQLite database",
}
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f�]")
_HIGH = re.compile(rb"[\x80-\xff]")


def binary_kind(head: bytes) -> str | None:
    """What the file is if it is no text; null for text. A stray control character or NUL does not make a text binary."""
    for magic, kind in MAGICS.items():
        if head.startswith(magic):
            return kind
    controls = len(_CONTROLS.findall(head))
    return f"{controls} control characters in the first {len(head)} bytes" if controls > max(4, len(head) * 0.02) else None


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of some bytes: UTF-8 (or the encoding that a page declares), else Windows-1252 where that reads like text.

    A few bad bytes in a text that is otherwise UTF-8 become U+FFFD. Raises Unreadable (`binary`, `undecodable`).
    """
    if kind := binary_kind(data[:65_536]):
        raise Unreadable("binary", f"no text but {kind}")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        where = error.start
    if declared:
        try:
            return data.decode(declared)
        except (UnicodeDecodeError, LookupError, ValueError):
            pass
    lenient = data.decode("utf-8", "replace")
    broken, good = lenient.count("�"), len(_BEYOND_ASCII.findall(lenient))
    if good >= 10 * broken:  # UTF-8 with a few bytes lost
        return lenient
    if len(_HIGH.findall(data)) <= 0.15 * len(data):
        return data.decode("cp1252", "replace")
    raise Unreadable("undecodable", f"no UTF-8 from byte {where} on, and too many foreign bytes for Windows-1252")
