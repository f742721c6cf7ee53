"""An article as a reader hands it over: one text, what is known of where and when it was published."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date

PUBLISHED_BASES = ("told", "metadata", "dateline", "address", "none")


@dataclass(frozen=True, slots=True)
class Record:
    """What one file says of one article, before the text is put together and the date is settled. None: the file does not say.

    `published` is the text of the metadata field, not yet a date. `record` counts from 1 within the file.
    """

    source_file: str
    record: int
    body: str
    external_id: str | None = None
    url: str | None = None
    title: str | None = None
    outlet: str | None = None
    published: str | None = None
    meta_1: int | None = None
    meta_2: int | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """Something that could not be read: where it stood and why. `record` is null where the whole file is meant."""

    source_file: str
    record: int | None
    reason: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article, ready for extraction. All offsets of claims count in `text`: headline, empty line, body.

    `published` is the article's own date, null where unknown (never today's); `published_basis` says how it is known.
    """

    article_id: str
    text: str
    published: date | None = None
    published_basis: str = "none"
    external_id: str | None = None
    url: str | None = None
    outlet: str | None = None
    title: str | None = None
    language: str | None = None
    text_sha256: str = ""
    source_file: str = ""
    record: int = 1
    meta_1: int | None = None
    meta_2: int | None = None


def content_hash(*parts: str | int | None) -> str:
    """Sixteen hex digits that depend on the parts and nothing else; null and the empty string differ."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"\x00" if part is None else b"\x01" + str(part).encode("utf-8", "surrogatepass"))
        digest.update(b"\x1f")
    return digest.hexdigest()[:16]


def compose_text(title: str | None, body: str) -> str:
    """The text that offsets count in: the headline on a line of its own, an empty line, the body.

    A body that already opens with its headline (perhaps after a dateline) stays as it is, lest the headline's toll be claimed twice.
    """
    if not title or not title.strip():
        return body
    squash = re.compile(r"[\W_]+")
    flat_title, flat_start = squash.sub("", title).lower(), squash.sub("", body[: len(title) * 2 + 200]).lower()
    return body if flat_title and flat_title in flat_start else f"{title.strip()}\n\n{body}"
