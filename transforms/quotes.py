"""A claim in a reader's words: its number, its dates, and its sentence with the words marked that the claim rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, NamedTuple

from transforms.lexicon import alternatives, english, verb_forms

Kind = Literal["count", "harm", "source", "date"]

QUALIFIERS = {"at_least": "at least ", "more_than": "more than ", "at_most": "up to ", "less_than": "fewer than ", "about": "about "}
BOTH_HARMS = ("killed", "injured")  # a number over both stands beside words of either
_WORD = re.compile(r"\w+")


class Mark(NamedTuple):
    """Characters of a sentence, `end` exclusive, that state the claim's number, harm, source or date."""

    start: int
    end: int
    kind: Kind


def number_said(count: int | None, qualifier: str, count_text: str) -> str:
    """The number as a reader wants it: digits with what qualifies them; the words as written where they are a range or vague."""
    return count_text if count is None else f"{QUALIFIERS.get(qualifier, '')}{count:,}"


def dates_said(start: date | None, end: date | None, date_text: str | None) -> str | None:
    """The days of the harm; the words as written, in quotation marks, where they led to no date; None where there are none."""
    if start is None:
        return f'"{date_text}"' if date_text else None
    return str(start) if start == end else f"{start} to {end}"


def marks(claim: Mapping[str, Any]) -> list[Mark]:
    """What to mark in `claim["sentence"]`, in order, none within another.

    The number is where the table says it is, and is always marked. The source and the date are marked where their words stand in this
    sentence (they may stand in another). The harm is the word of that harm nearest to the number.
    """
    sentence: str = claim["sentence"]
    number = _number(claim, len(sentence))
    taken = [number] if number else []
    _take(taken, "source", _places(claim["source"], sentence), number)
    _take(taken, "date", _places(claim["date_text"], sentence), number)
    _take(taken, "harm", _harms(claim["harm"], sentence), number)
    return sorted(taken)


def _number(claim: Mapping[str, Any], length: int) -> Mark | None:
    start, end = claim["count_start"] - claim["sentence_start"], claim["count_end"] - claim["sentence_start"]
    return Mark(start, end, "count") if 0 <= start < end <= length else None


def _places(words: str | None, sentence: str) -> Iterator[re.Match[str]]:
    """Where the words stand as whole words, whatever white space is between them."""
    if not words or not words.strip():
        return iter(())
    return re.finditer(r"(?<!\w)" + r"\s+".join(map(re.escape, words.split())) + r"(?!\w)", sentence)


def _take(taken: list[Mark], kind: Kind, found: Iterable[re.Match[str]], number: Mark | None) -> None:
    """Add the finding nearest to the number, of those that touch no mark yet."""
    free = [Mark(*m.span(), kind) for m in found if all(m.end() <= mark.start or m.start() >= mark.end for mark in taken)]
    if free:
        taken.append(min(free, key=lambda mark: (_distance(mark, number), mark.start)))


def _distance(mark: Mark, number: Mark | None) -> int:
    if number is None:
        return 0
    return mark.start - number.end if mark.start >= number.end else number.start - mark.end


def _harms(harm: str, sentence: str) -> Iterator[re.Match[str]]:
    """The words of the harm. Looked for only where a word begins one of them: trying them all at each letter takes ten times as long."""
    pattern, firsts = _harm_words(harm)
    for word in _WORD.finditer(sentence):
        if word[0].lower() in firsts and (found := pattern.match(sentence, word.start())):
            yield found


@cache
def _harm_words(harm: str) -> tuple[re.Pattern[str], frozenset[str]]:
    """Every form of the lexicon's verbs and nouns for a harm, and the words that they begin with."""
    harms = (harm, *BOTH_HARMS) if harm == "casualties" else (harm,)
    lexicon = english()
    forms = [form for verb in lexicon["harm_verbs"] if verb["harm"] in harms for form in verb_forms(verb).values()]
    nouns = [noun["word"] for section in ("harm_nouns", "toll_nouns") for noun in lexicon[section] if noun["harm"] in harms]
    pattern = re.compile(rf"(?:{alternatives([*forms, *nouns])})(?!\w)", re.IGNORECASE)
    return pattern, frozenset(_WORD.findall(phrase.lower())[0] for phrase in [*forms, *nouns])
