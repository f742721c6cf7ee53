"""Whether one sentence has a shape in which a number of harmed can be told: what the rules of harms.py cannot do without, word by word.

It asks for less than they do. A count before its harm may stand anywhere; between a harm and the count behind it are little words, dates
and at most one other word, or a list. "Lost" and "treated" want people, "suffered" its wounds, a name stands as a subject does. All words
are the lexicon's. A sentence of no such shape links no count to a harm; one that has a shape is linked by harms.py, which decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import takewhile

from .dates import date_words
from .lexicon import Entry, PerWord, Runs, english, grammar, harm_nouns, letters_of, runs_of, victim_nouns
from .triggers import is_absurd

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_TOKENS = PerWord(lambda piece: _TOKEN.findall(piece.lower()))
"""The runs of letters and of digits in what stands between two spaces."""
_IS_CAPITAL = PerWord(lambda piece: any(token[0].isupper() for token in _TOKEN.findall(piece)))
_DIGIT = re.compile(r"\d")
_ODD = re.compile(r"[ſı_]|[^\S ]")  # for Python, where case is ignored, an s and an i; and white space that is none of our spaces


@dataclass(frozen=True, slots=True)
class _Harm:
    """A phrase of harm by its runs of letters, and what it needs."""

    run: tuple[str, ...]
    tag: str
    people: bool  # "lost two soldiers"
    objects: tuple[str, ...]  # "suffered burns"


class _Words:
    """A sentence as its runs of letters and digits, in lower case; and in pieces between spaces, each run with the number of its piece."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        self.tokens: list[str] = _TOKEN.findall(sentence.lower())

    @cached_property
    def pieces(self) -> list[str]:
        return self.sentence.split()

    @cached_property
    def piece_of(self) -> list[int]:
        return [n for n, piece in enumerate(self.pieces) for _ in _TOKENS[piece]]


def has_shape(sentence: str) -> bool:
    """Whether by its words and their order a count can be linked to a harm in a sentence."""
    words = _Words(sentence)
    tokens = words.tokens
    harms = list(_harms_in(tokens))
    if any(_can_be_told(words, at, harm) for at, harm in harms):
        return True
    if harms and (_any("toll_heads", behind=" of").stand_in(tokens) or (_any("among").stand_in(tokens) and _has_count(tokens))):
        return True  # "the number of those killed", "among the dead were four women"
    if harms and _has_number(tokens) and not _tellers_of_tolls().isdisjoint(tokens):
        return True  # "putting its dead since May at 990", "the wounded: they put the figure at 103"
    if _toll_nouns().stand_in(tokens) or (_may_be_split(tokens) and any(_is_split(tokens, *split) for split in _split_verbs())):
        return True
    return _ODD.search(sentence) is not None or is_absurd(sentence)


def _harms_in(tokens: list[str]) -> Iterator[tuple[int, _Harm]]:
    """The phrases of harm in a sentence, each with its first token."""
    for at, token in enumerate(tokens):
        for ahead, harm in _harms().get(token, ()):
            if len(harm.run) == 1 or (ahead <= at and tuple(tokens[at - ahead : at - ahead + len(harm.run)]) == harm.run):
                yield at - ahead, harm


def _may_be_split(tokens: list[str]) -> bool:
    return not _split_tails().isdisjoint(tokens)


def _is_split(tokens: list[str], verbs: frozenset[str], tails: Runs) -> bool:
    """Whether a count stands between a verb and what makes it one of harm: "burned 13 villagers alive"."""
    at = next((at for at, token in enumerate(tokens) if token in verbs), None)
    if at is None or not tails.stand_in(tokens[at:]):
        return False
    return any(_has_count(tokens[at:end]) and tails.stand_in(tokens[end:]) for end in range(at + 1, len(tokens)))


def _can_be_told(words: _Words, at: int, harm: _Harm) -> bool:
    """Whether a harm at that token can have a count, before or behind it."""
    before, behind = words.tokens[:at], words.tokens[at + len(harm.run) :]
    if harm.tag in "KG" and _has_number(before) and _any("them").stand_in(words.tokens[at:]):
        return True  # "took seven men off a bus and shot them"
    if harm.objects:
        adjective = harm.tag == "K" and _has_count(before) and _people().stand_in(behind)  # "12 taken villagers"
        return adjective or any(word in token for token in behind for word in harm.objects)
    if harm.tag in "KDI":
        if _has_number(before) or _counts_a_person(words, at):
            return True  # "three died", "a man died", "a wounded man"
        if _has_article(before) and _any("be").stand_in(before[min(map(before.index, _ARTICLES.intersection(before))) :]):
            return True  # "a baker was killed"
        if _is_labelled(words, at + len(harm.run) - 1):
            return True  # "Injured: about 60"
    if harm.tag in "KI" and (_has_name(words, at) or (_any("single_determiners").stand_in(before) and _people().stand_in(before))):
        return True  # "Adel Termos was killed", "the deputy mayor was killed"
    if harm.tag in "KG" and _leads_to_one(behind):
        return True  # "killing its commander"
    if harm.tag in "KI" and _has_number(behind) and _any("along_with").stand_in(behind):
        return True  # "was gunned down along with two brothers"
    return harm.tag in "KGD" and any(_leads_to_count(words, start, harm) for start in _starts(words, at + len(harm.run)))


def _counts_a_person(words: _Words, before: int) -> bool:
    """Whether an article before a token has a person in its noun phrase, which no comma interrupts."""
    for at in range(before):
        if words.tokens[at] in _ARTICLES:
            first = words.piece_of[at]
            last = next((n for n in range(first, len(words.pieces)) if words.pieces[n][-1] in ",;:"), len(words.pieces))
            if _people().stand_in([token for token, n in zip(words.tokens[at:], words.piece_of[at:], strict=True) if n <= last]):
                return True
    return False


def _starts(words: _Words, behind: int) -> Iterator[int]:
    """Where the way from a harm to its count can begin: right behind it, or in a list behind an "and", or a comma and determiner."""
    yield behind
    for at in range(behind, len(words.tokens)):
        if _stands_at(words.tokens, at, _any("determiners")) and re.search("[,—–]", words.pieces[words.piece_of[at - 1]]):
            yield at
        if _stands_at(words.tokens, at, _any("conjunctions")):
            yield at + 1


def _leads_to_count(words: _Words, start: int, harm: _Harm) -> bool:
    """Whether little words and at most one other lead to a count: "killed at least 12", "the death of two nurses"."""
    way = words.tokens[start : _end_of_way(words, start)]
    if harm.people and not _people().stand_in(words.tokens[start:]):
        return harm.tag == "K" and _has_number(way)
    return _has_count(way)


def _leads_to_one(behind: list[str]) -> bool:
    """Whether nothing but little words stand between a harm and the determiner of a person."""
    way = list(takewhile(_little().__contains__, behind))
    return _any("single_determiners").stand_in(way) and _people().stand_in(behind)


def _end_of_way(words: _Words, start: int) -> int:
    """The token behind which a number is too far from a harm before `start`: behind "since" stands anything, as in a bracket."""
    other = None
    for at in range(start, len(words.tokens)):
        if words.tokens[at] == "since" or "[" in words.pieces[words.piece_of[at]]:
            break
        if (token := words.tokens[at]) not in _little() and token not in _numbers().single and not token[0].isdigit():
            if other not in (None, words.piece_of[at]):
                return at
            other = words.piece_of[at]
    return len(words.tokens)


def _is_labelled(words: _Words, at: int) -> bool:
    """Whether a colon or dash stands right behind a token."""
    piece = words.piece_of[at]
    return any(mark in part for part in words.pieces[piece : piece + 2] for mark in ":–—")


def _has_name(words: _Words, before: int) -> bool:
    """Whether a name of two words or more stands before a token, as the subject of what goes on: "Adel Termos, who was …"."""
    for at in range(before):
        n = words.piece_of[at]
        if at and n and words.piece_of[at - 1] == n - 1 and _IS_CAPITAL[words.pieces[n - 1]] and _IS_CAPITAL[words.pieces[n]]:
            behind = at
            while behind <= before and words.piece_of[behind] == n:
                behind += 1
            if not words.pieces[n][-1].isalnum() or words.piece_of[behind] > n + 1 or _stands_at(words.tokens, behind, _going_on()):
                return True
    return False


def _has_count(tokens: list[str]) -> bool:
    return _has_number(tokens) or _has_article(tokens)


def _has_number(tokens: list[str]) -> bool:
    return _numbers().stand_in(tokens) or _DIGIT.search("".join(tokens)) is not None


def _has_article(tokens: list[str]) -> bool:
    return not _ARTICLES.isdisjoint(tokens)


_ARTICLES = frozenset({"a", "an", "another"})


def _stands_at(tokens: list[str], at: int, runs: Runs) -> bool:
    """Whether one of some phrases begins at a token."""
    return tokens[at] in runs.single or any(tokens[at : at + len(run)] == list(run) for run in runs.longer.get(tokens[at], ()))


# --- the lexicon's words, by what they are for ---------------------------------------------------------------------------------------


@cache
def _any(section: str, behind: str = "") -> Runs:
    return runs_of(f"{phrase}{behind}" for phrase in english()[section])


def _entries() -> list[Entry]:
    tables = (grammar(), harm_nouns(), victim_nouns())
    return [entry for table in tables for entries in table.by_first.values() for entry in entries]


@cache
def _harms() -> dict[str, list[tuple[int, _Harm]]]:
    """The phrases of harm by their longest word, with its place; "victims" are dead where the text says no more of them."""
    found = {_Harm(tuple(letters_of(" ".join(e.words))), e.tag, e.person, e.objects) for e in _entries() if e.harm and e.tag in "KGID"}
    found |= {_Harm((word,), "D", False, ()) for word in ("victim", "victims")}
    by_word: dict[str, list[tuple[int, _Harm]]] = {}
    for harm in found:
        word = max(harm.run, key=len)
        by_word.setdefault(word, []).append((harm.run.index(word), harm))
    return by_word


@cache
def _people() -> Runs:
    """The nouns for people, nationals among them."""
    return runs_of(" ".join(entry.words) for entry in _entries() if entry.tag == "N")


@cache
def _tellers_of_tolls() -> frozenset[str]:
    return frozenset(letters_of(verb)[0] for verb in english()["speech"]["toll"])


@cache
def _toll_nouns() -> Runs:
    return runs_of(" ".join(entry.words) for entry in _entries() if entry.tag == "T")


@cache
def _split_verbs() -> list[tuple[frozenset[str], Runs]]:
    """The first words of the verbs, and what stands behind the count: "burned 13 villagers | alive"."""
    return [(frozenset(letters_of(verb)[0] for verb in split["verb"]), runs_of(split["tail"])) for split in english()["split_verbs"]]


@cache
def _split_tails() -> frozenset[str]:
    """The first words of what stands behind such a count."""
    return frozenset(letters_of(tail)[0] for split in english()["split_verbs"] for tail in split["tail"])


@cache
def _numbers() -> Runs:
    """The words without which there is no count, but for digits and articles."""
    numbers, vague = english()["numbers"], english()["vague"]
    words = [word for name in ("units", "tens", "scales", "fixed", "none", "nobody") for word in numbers[name]]
    words += ["another", *english()["ordinals"]]  # "another died", "a fourth was wounded"
    return runs_of([*words, *(phrase for phrases in vague.values() for phrase in phrases)])


@cache
def _little() -> frozenset[str]:
    """The words of adverbs, determiners, qualifiers and dates."""
    lexicon = english()
    phrases = [phrase for section in ("adverbs", "determiners", "of", "subset", "be", "conjunctions") for phrase in lexicon[section]]
    phrases += [phrase for group in (*lexicon["qualifiers"].values(), *lexicon["vague"].values()) for phrase in group]
    phrases += [word for name in ("fixed", "none", "nobody", "articles") for word in lexicon["numbers"][name]]
    phrases += [" ".join(entry.words) for entry in _entries() if entry.nationality and len(entry.words) > 1]
    words = {word for phrase in phrases for word in letters_of(str(phrase))} | date_words()
    return frozenset(words | {f"{word}s" for word in date_words()})


@cache
def _going_on() -> Runs:
    """What goes on behind a name that is the subject: "was", "had", "also", "who", "died"."""
    phrases = [phrase for section in ("be", "have", "adverbs", "clause") for phrase in english()[section]]
    return runs_of([*phrases, *(" ".join(entry.words) for entry in _entries() if entry.tag == "I")])
