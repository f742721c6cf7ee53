"""An article as a reader hands it over: one text, what is known of where and when it was published."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transforms.readers.manifest import ManifestRow

PUBLISHED_BASES = ("told", "metadata", "dateline", "address", "none")

# Why something that was read is in the rejects table and not in the articles table. Closed: a reader uses no other word.
REJECT_REASONS = {
    "unreadable": "the file cannot be opened or read (missing, no permission, no regular file, I/O error)",
    "empty": "the file holds nothing, or nothing but white space",
    "binary": "the file is no text: an image, a PDF, an archive, a program",
    "undecodable": "the bytes are no text in UTF-8, UTF-16 or Windows-1252, nor in the encoding that the page declares",
    "truncated": "the file breaks off: what stands before the cut was read, the rest is lost",
    "damaged": "the file's packing or structure is broken (gzip, Parquet, WARC): what stands before the damage was read",
    "too_large": "the file or record is larger than the limit, or unpacks to an absurd size",
    "broken_json": "a line or file that is no valid JSON",
    "broken_csv": "a row of a CSV file that cannot be told apart into its columns",
    "unknown_format": "a text file in a format that is none of those read here",
    "not_an_article": "well-formed, but no article: none of the known fields, or a file such as README or LICENSE",
    "no_text": "an article without text, a page without a body",
    "not_english": "text in another language, which the English lexicon would misread",
}

MIN_LETTERS = 20  # fewer letters than this make no article: "Read more", "[Photo]"
MAX_CHARACTERS = 500_000  # as many as a novel has; what is longer is no article, and full of claims takes hundreds of megabytes


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
    """Something that could not be read: where it stood and why. `record` is null where the whole file is meant.

    `reason` is a key of REJECT_REASONS; `detail` is one line for a human.
    """

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


def build_article(
    record: Record, *, told: date | None = None, outlet: str | None = None, manifest: ManifestRow | None = None
) -> Article | Reject:
    """The article that a record makes: text cleaned and put together, date and outlet settled, language checked.

    `told` and `outlet` are what the user says of the whole ingest, `manifest` what a manifest says of this file: both stand above what
    the record says (the manifest's url only fills a gap). Gives a Reject (`too_large`, `no_text`,
    `not_english`) where there is nothing to extract from.
    """
    from transforms.language import language_of
    from transforms.published import settle_published

    if len(record.body) > MAX_CHARACTERS:
        return Reject(record.source_file, record.record, "too_large", f"a text of {len(record.body):,} characters")
    record = _cleaned(record)
    if len(list(islice(filter(str.isalpha, record.body), MIN_LETTERS))) < MIN_LETTERS:
        return Reject(record.source_file, record.record, "no_text", f"fewer than {MIN_LETTERS} letters of text")
    text = compose_text(record.title, record.body)
    language = language_of(text)
    if language not in ("en", None):
        return Reject(record.source_file, record.record, "not_english", f"language {language}")
    published, basis = settle_published(record, told or (manifest.published if manifest else None))
    url = record.url or (manifest.url if manifest else None)
    name = clean_line(outlet) or (manifest.outlet if manifest else None) or record.outlet or outlet_of(url)
    identity = (url, None, None) if url else (None, name, record.external_id)
    return Article(
        article_id=content_hash(*identity, text),
        text=text,
        published=published,
        published_basis=basis,
        external_id=record.external_id,
        url=url,
        outlet=name,
        title=record.title,
        language=language,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        source_file=record.source_file,
        record=record.record,
        meta_1=record.meta_1,
        meta_2=record.meta_2,
    )


def outlet_of(url: str | None) -> str | None:
    """The host of an address without `www.`, in lower case; null for no address or one without a host."""
    match = re.match(r"(?:[a-z][a-z0-9+.-]*:)?//(?:[^/?#@]*@)?([^/?#:@\[\]]+)", url or "", re.IGNORECASE)
    return match.group(1).lower().removeprefix("www.") or None if match else None


def content_hash(*parts: str | int | None) -> str:
    """Sixteen hex digits that depend on the parts and nothing else; null and the empty string differ."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"\x00" if part is None else b"\x01" + str(part).encode("utf-8", "surrogatepass"))
        digest.update(b"\x1f")
    return digest.hexdigest()[:16]


def compose_text(title: str | None, body: str) -> str:
    """The text that offsets count in: the headline on a line of its own, an empty line, the body.

    A body that already opens with its headline (perhaps after a dateline, perhaps without the site's name that the headline carries) stays
    as it is, lest the headline's toll be claimed twice.
    """
    if not title or not title.strip():
        return body
    start = squash(body[: len(title) * 2 + 200])
    if any(flat in start for variant in headline_variants(title) if (flat := squash(variant))):
        return body
    return f"{title.strip()}\n\n{body}"


def headline_variants(title: str) -> list[str]:
    """The headline as given, then without what sites append to it: "Blast kills six - World - Daily Mail" gives "Blast kills six" too."""
    variants = [title.strip()]
    while len(variants) < 5 and (cut := re.match(r"(.*\S)\s+[-–—|•·:»]\s+\S[^|]{0,40}$", variants[-1])) and len(cut[1].split()) >= 3:
        variants.append(cut[1])
    return variants


def squash(text: str) -> str:
    """Letters and digits only, in lower case: survives lost punctuation and changed white space."""
    return re.sub(r"[\W_]+", "", text).lower()


# Characters that break something later: half surrogate pairs cannot be written as UTF-8, NUL ends strings in C, other control characters
# drive terminals. Each becomes U+FFFD, one for one. Bytes 0x80-0x9F that came through as C1 controls are the curly quotes and dashes of
# Windows-1252 and become those.
_CHARACTERS: dict[int, str] = {
    **{code: "�" for code in [*range(0x20), 0x7F, *range(0xD800, 0xE000)]},
    **{code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0xA0)},
    **{ord(mark): "\n" for mark in "\n\v\f\u0085\u2028\u2029"},
    ord("\t"): "\t",
    0xFEFF: "",  # a byte order mark in the midst of text
}
_CHANGED = re.compile(f"[{''.join(re.escape(chr(code)) for code, becomes in _CHARACTERS.items() if chr(code) != becomes)}]")


def clean(text: str) -> str:
    """The text with line ends as `\\n`, without characters that cannot be written or shown, outer white space stripped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return (text.translate(_CHARACTERS) if _CHANGED.search(text) else text).strip()  # most texts need no look at each character


def clean_line(text: str | None) -> str | None:
    """A value of one line: white space runs become one space; null where nothing is left."""
    return " ".join(clean(text).split()) or None if text else None


def _cleaned(record: Record) -> Record:
    return replace(
        record,
        body=clean(record.body),
        external_id=clean_line(record.external_id),
        url=clean_line(record.url),
        title=clean_line(record.title),
        outlet=clean_line(record.outlet),
        published=clean_line(record.published),
    )
