"""Whether a text is English: the lexicon is, and would read false claims into another language."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

# Frequent in English, rare or meaningless elsewhere: one word in three of an English news text, one in twenty of a Dutch one.
_ENGLISH = """
    the and of to that were was by with from said have has had been are at for who which after their they his her its it is as this than
    not but more on when about into over near
"""
FUNCTION_WORDS = frozenset(_ENGLISH.split())
ENGLISH_SHARE = 0.2  # this share of function words is English without further question
DOUBTFUL_SHARE = 0.1  # down to this one, a short text full of names gets the benefit of the doubt
FOREIGN_SHARE = 0.05  # below this one, a text of some length is not English, whichever language it is
MIN_WORDS = 8  # shorter texts tell nothing, unless by their script
SOME_LENGTH = 15  # words
SURE = 0.99  # probability from which the classifier is believed on short texts
SAMPLE = 3000  # characters looked at

_WORD = re.compile(r"[a-zA-Z]++(?![^\W\d_])|[^\W\d_]+")  # the first half is the second for plain letters, three times as fast
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def is_english(text: str) -> bool:
    """False only where the text is plainly in another language; headlines and short dispatches full of names pass."""
    return language_of(text) in ("en", None)


def language_of(text: str) -> str | None:
    """ISO 639 code; null where the text is too short or too mixed to tell.

    English is told by its function words, which takes microseconds; the classifier is loaded (about a second) only for the rest.
    """
    words = _WORD.findall(text[:SAMPLE])
    letters = "".join(words)
    if not letters:
        return None
    if not letters.isascii() and len(_LATIN.findall(letters)) <= 0.5 * len(letters):
        return _classify(text)[0]
    share = sum(map(FUNCTION_WORDS.__contains__, map(str.lower, words))) / len(words)
    if share >= ENGLISH_SHARE and len(words) >= MIN_WORDS:
        return "en"
    # Names tell nothing of the language they stand in, hence only words in lower case count for another one.
    plain_words = sum(map(str.islower, words))
    if plain_words < MIN_WORDS:
        return None
    language, probability = _classify(text)
    if language == "en" or share >= DOUBTFUL_SHARE:
        return "en"
    sure = probability >= SURE or (share < FOREIGN_SHARE and plain_words >= SOME_LENGTH)
    return language if sure else None


def _classify(text: str) -> tuple[str, float]:
    language, probability = _classifier().classify(text[:SAMPLE])
    return str(language), float(probability)


@cache
def _classifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
