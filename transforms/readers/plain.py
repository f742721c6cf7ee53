"""Plain text (.txt, .md) and the wire text file: address on line 1, two integers of metadata, then the body."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.article import Record, Reject
from transforms.readers.encoding import decode
from transforms.readers.source import Source

WIRE_HEAD = re.compile(
    r"""
    \s*(?P<url>[a-z][a-z0-9+.-]*://\S+)[ \t]*\r?\n   # line 1: the address
    [ \t]*(?P<meta_1>-?\d{1,18})[ \t]*\r?\n            # lines 2 and 3: an integer each
    [ \t]*(?P<meta_2>-?\d{1,18})[ \t]*(?:\r?\n|$)
    """,
    re.VERBOSE | re.IGNORECASE,
)
HEADLINE = re.compile(r"\s*(?:\#{1,3}[ \t]+)?(?P<title>\S[^\n]{8,180}?)[ \t\#]*\n[ \t]*\n")


def read_plain(source: Source) -> Iterator[Record | Reject]:
    """One Record: the whole file is the body. A first line on its own that does not end like a sentence is the headline as well."""
    text = decode(source.read_all()).replace("\r\n", "\n")
    if not text.strip():
        yield Reject(source.name, None, "empty", "nothing but white space")
        return
    match = HEADLINE.match(text)
    title = match["title"] if match and not re.search(r"[.:;,!]\W*$", match["title"]) else None
    yield Record(source.name, 1, text, title=title)


def read_wire(source: Source) -> Iterator[Record | Reject]:
    """One Record with address, `meta_1` and `meta_2`."""
    text = decode(source.read_all())
    match = WIRE_HEAD.match(text)
    if not match:  # it was told by its head, which may have been cut within the third line
        yield Record(source.name, 1, text)
        return
    body = text[match.end() :]
    if not body.strip():
        yield Reject(source.name, 1, "no_text", "nothing after the address and the two integers")
        return
    yield Record(source.name, 1, body, url=match["url"], meta_1=int(match["meta_1"]), meta_2=int(match["meta_2"]))
