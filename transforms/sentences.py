"""A text split into sentences, each with its place in the text and the number of its paragraph."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .lexicon import alternatives, english

MAX_SENTENCE = 2_000
"""Characters; a longer stretch without a full stop is cut at white space, so that no later pattern meets a boundless line."""

_END = re.compile(
    r"""
    (?P<stop> [.!?] (?<! [.!?]{2} ) [.!?]*+ ["'”’»)\]]* )  # the full stop, the first of a run, with the quotes or brackets that it closes
    (?= \s+ ["'“‘«(\[—–-]* [^\W a-z] )  # then white space and something that can open a sentence: no small letter
    """,
    re.VERBOSE,
)
# A full stop behind one of these does not end a sentence: titles, months, initials ("U.S.", "J."), "No. 5".
_ABBREVIATION = re.compile(
    r"""(?: \b (?: [A-Z] | Mr | Mrs | Ms | Dr | Prof | Gen | Lt | Col | Maj | Capt | Cmdr | Sgt | Cpl | Brig | Adm
        | Gov | Sen | Rep | Rev | Hon | St | Mt | Ft | No | Nos | vs | Jr | Sr | Jan | Feb | Mar | Apr
        | Jun | Jul | Aug | Sept? | Oct | Nov | Dec | Inc | Ltd | approx | est | al
        | Supt | Insp | Pvt | Spc ) | (?: [A-Za-z]\. )+ [A-Za-z] ) \.+ $""",
    re.VERBOSE,
)
# "… in Idlib: monitor | AFP Sunday 15 Oct 2017 | Shelling killed …": who wrote it and when, run into the text
_BYLINE = re.compile(r"(?<!\w)[A-Z]\w{1,9}\s+(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\s+\d{1,2}\s+[A-Z][a-z]{2,8}\s+\d{4}(?=\s+[A-Z])")
_LINE_BREAK = re.compile(r"\n\s*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` is exactly article.text[start:end]; `paragraph` counts from 0."""

    start: int
    end: int
    text: str
    paragraph: int


def _cut(text: str, start: int, end: int, paragraph: int) -> list[Sentence]:
    """The stretch as one sentence, white space trimmed, or as several where it is boundless."""
    pieces = []
    while start < end:
        stop = end
        if end - start > MAX_SENTENCE:
            space = text.rfind(" ", start, start + MAX_SENTENCE)
            stop = space if space > start else start + MAX_SENTENCE
        first, last = start, stop
        while first < last and text[first].isspace():
            first += 1
        while last > first and text[last - 1].isspace():
            last -= 1
        if last > first:
            pieces.append(Sentence(first, last, text[first:last], paragraph))
        start = stop
    return pieces


@cache
def credit() -> re.Pattern[str]:
    """The credit of a picture, or of a dateline: "… in Aleppo on July 10 | (Reuters)"."""
    return re.compile(rf"\((?:[\w.]+\s+(?:and\s+)?){{0,3}}(?i:{alternatives(english()['credits'])})\)")


_GOES_ON = re.compile(r"\s+[A-Z]")


def _stopped(text: str, begin: int, stop: int) -> list[int]:
    """Where a full stop ends a sentence within a line."""
    stops = _END.finditer(text, begin, stop)
    return [m.end() for m in stops if not _ABBREVIATION.search(text, max(begin, m.start() - 12), m.start("stop") + 1)]


def _unstopped(text: str, begin: int, stop: int) -> list[int]:
    """Where a sentence ends within a line though no full stop says so: before and behind a byline, behind a credit."""
    credits = credit().finditer(text, begin, stop) if "(" in text else ()
    ends = [m.end() for m in credits if _GOES_ON.match(text, m.end(), stop)]
    for byline in _BYLINE.finditer(text, begin, stop):
        ends += [byline.start(), byline.end()]
    return sorted(ends)


def split_sentences(text: str) -> list[Sentence]:
    """All sentences in order. Line breaks end a sentence: wire text has none inside a paragraph."""
    sentences: list[Sentence] = []
    begin = 0
    for paragraph, stop in enumerate([m.start() for m in _LINE_BREAK.finditer(text)] + [len(text)]):
        start = begin
        for end in sorted({*_stopped(text, begin, stop), *_unstopped(text, begin, stop)}):
            sentences += _cut(text, start, end, paragraph)
            start = end
        sentences += _cut(text, start, stop, paragraph)
        begin = stop
    return sentences
