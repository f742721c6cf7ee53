"""A news page in HTML: body and title with trafilatura, date with htmldate, address and outlet from the page's own metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transforms.article import Record, Reject, outlet_of, squash
from transforms.readers.encoding import decode
from transforms.readers.source import Source, Unreadable

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_LINKED = 0.5  # 0.00 to 0.10 in saved pages of 13 news sites, 0.87 to 1.00 in lists of headlines
CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})""", re.IGNORECASE)
# htmldate would else take the clock for its upper bound: the same page must give the same date next year.
EARLIEST, LATEST = "1980-01-01", "2099-12-31"
MAX_ELEMENTS = 50_000  # a news page has thousands; past this the extraction takes minutes
MAX_ATTRIBUTES = 2_000  # of one tag, which has a dozen; the parser's time goes with the square of their number
TAG = re.compile(r"""<[a-z](?:[^<>"']|"[^"]*+"|'[^']*+'|["'])*+""", re.IGNORECASE)
QUOTED = re.compile(r""""[^"]*"|'[^']*'""")


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was read, to be parsed: `url` is where it was fetched, `charset` what the server said; `single`: it is a file."""

    source_file: str
    record: int
    data: bytes
    url: str | None = None
    charset: str | None = None
    single: bool = False


def read_html(source: Source) -> Iterator[Page]:
    """The page that a file is."""
    yield Page(source.name, 1, source.read_all(), single=True)


def parsed(page: Page) -> Record | Reject:
    """The page's Record, or a Reject for one without article text or that is no text at all."""
    number = None if page.single else page.record
    try:
        return _read(page)
    except Unreadable as problem:
        return Reject(page.source_file, number, problem.reason, problem.detail)
    except Exception as error:  # as in reading: one page must not stop a run
        return Reject(page.source_file, number, "damaged", f"{type(error).__name__}: {error}"[:200])


def _read(page: Page) -> Record | Reject:
    source_file, number = page.source_file, page.record
    text = decode(page.data, page.charset or _charset(page.data))
    if not text.strip():
        return Reject(source_file, number, "no_text", "an empty page")
    if (size := _widest_tag(text)) > MAX_ATTRIBUTES:
        return Reject(source_file, number, "too_large", f"a page with a tag of {size:,} attributes")
    try:
        return _extract(text, source_file, number, page.url)
    except ImportError:
        raise  # a broken installation is no fault of the page
    except Exception as error:  # hostile markup makes parsers fail in ways they do not list
        return Reject(source_file, number, "no_text", f"a page that cannot be parsed: {type(error).__name__}")


def _extract(text: str, source_file: str, number: int, url: str | None) -> Record | Reject:
    import trafilatura
    from trafilatura.settings import Document

    tree = trafilatura.load_html(text)
    if tree is None:
        return Reject(source_file, number, "no_text", "no HTML document")
    if (size := sum(1 for _ in tree.iter())) > MAX_ELEMENTS:
        return Reject(source_file, number, "too_large", f"a page of {size:,} elements")
    links = {squash(link.text_content()) for link in tree.iter("a")}
    published, headlines = _published(tree), [" ".join(h1.text_content().split()) for h1 in tree.iter("h1")]
    document = trafilatura.bare_extraction(tree, with_metadata=True, include_comments=False)
    if not isinstance(document, Document) or not document.text or not document.text.strip():
        return Reject(source_file, number, "no_text", "a page without article text")
    if _linked(document.text, links) > MOST_LINKED:
        return Reject(source_file, number, "not_an_article", "a page of links to articles")
    address = url or document.url
    return Record(
        source_file,
        number,
        document.text,
        url=address,
        title=_headline(document.title, headlines),
        outlet=document.sitename or outlet_of(address),
        published=published,
    )


def _linked(text: str, links: set[str]) -> float:
    """The share of the text that stands in lines which are links as a whole: headlines of other pages. 0 for a line or two."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 3:
        return 0.0
    return sum(len(line) for line in lines if squash(line) in links) / sum(map(len, lines))


def _widest_tag(text: str) -> int:
    """The most attributes that a tag has, about; looked at before parsing."""
    long = (match[0] for match in TAG.finditer(text) if match.end() - match.start() > MAX_ATTRIBUTES)
    return max((len(QUOTED.sub("", tag).split()) for tag in long), default=0)


def _headline(title: str | None, headlines: list[str]) -> str | None:
    """The headline that the page shows: the first `h1` that shares most of its words with the title in the metadata, else that title.

    Metadata titles are cut short, reworded for search engines, or carry the site's name; the shown one is what the body may repeat.
    """
    wanted = _words(title)
    for shown in headlines:
        words = _words(shown)
        if len(words) >= 3 and len(words & wanted) >= 0.5 * min(len(words), len(wanted) or 99):
            return shown
    return title or next((shown for shown in headlines if len(_words(shown)) >= 3), None)


def _words(text: str | None) -> set[str]:
    return set(re.findall(r"\w+", (text or "").lower()))


def _published(tree: HtmlElement) -> str | None:
    """The page's own date, YYYY-MM-DD, from its metadata and date lines; null where they give none.

    htmldate sees only where a page states its date: else it takes the first date of the story, or of the address, for the page's.
    """
    from htmldate import find_date
    from lxml import html

    stated = html.Element("html")
    head, body = html.Element("head"), html.Element("body")
    stated.extend([head, body])
    for element in tree.iter("meta", "script"):
        if element.tag == "meta" or "ld+json" in (element.get("type") or ""):
            head.append(deepcopy(element))
    body.extend(deepcopy(element) for element in _date_lines(tree))
    found: str | None = find_date(stated, extensive_search=False, original_date=True, min_date=EARLIEST, max_date=LATEST)
    return found


def _date_lines(tree: HtmlElement) -> list[HtmlElement]:
    """The first elements of the article (or page) that by tag, class or id are a date: not those of other stories that it links to."""
    places = tree.xpath("//article|//main") or [tree]
    tests = [f"contains(@{name}, '{word}')" for name in ("class", "id", "itemprop") for word in ("date", "publi", "time")]
    return list(places[0].xpath(f"(.//time|.//abbr|.//*[{' or '.join(tests)}])[string-length(normalize-space(.)) < 80]"))[:1]


def _charset(data: bytes) -> str | None:
    match = CHARSET.search(data[:8192])
    return match.group(1).decode("ascii") if match else None
