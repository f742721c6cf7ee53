"""Quantities in a sentence: how many, how sure, with the bounds that the words themselves give (claim-spec.md, "The fields")."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from .lexicon import PerWord, alternatives, english


@dataclass(frozen=True, slots=True)
class Quantity:
    """A count expression at [start, end) of its sentence. `count` is null for ranges and vague words; the bounds are inclusive, null where
    the words give none. `bare_article`: only "a", "an" or "another", which counts nothing without a victim noun behind it.
    """

    start: int
    end: int
    text: str
    qualifier: str
    count: int | None = None
    count_min: int | None = None
    count_max: int | None = None
    vague: str | None = None
    bare_article: bool = False


@cache
def _patterns() -> tuple[re.Pattern[str], dict[str, str], dict[str, str]]:
    """The quantity pattern, the vague key by phrase, the qualifier by phrase."""
    lexicon = english()
    numbers = lexicon["numbers"]
    simple = [*numbers["units"], *numbers["tens"]]
    vague = {phrase: key for key, phrases in lexicon["vague"].items() for phrase in phrases}
    qualifier = {phrase: key for key, phrases in lexicon["qualifiers"].items() for phrase in phrases}
    number = rf"""(?:
          (?: \d{{1,3}}(?:,\d{{3}})+ | \d{{1,3}}(?:[\x20\xa0\u202f\u2009]\d{{3}})+(?![\d,])   # 12,000 · 12 000
            | \d+ ) (?: \.\d+ )? (?: [\s-]* (?: {alternatives(list(numbers["scales"]))}) \b )?
        | (?: {alternatives(list(numbers["fixed"]))}) \b
        | (?: an?\s+ )? (?: {alternatives(simple + list(numbers["scales"]))}) \b
          (?: [\s-]+ (?: and\s+ )? (?: {alternatives(simple + list(numbers["scales"]))}) \b ){{0,7}}
        )"""
    pattern = rf"""
        (?<![\w.,/:$£€#°-]) (?<![$£€]\s)          # not inside a word, a decimal, a time, a sum of money
        (?: (?P<qualifier> {alternatives(list(qualifier))}) \s+ (?: (?P<second> {alternatives(list(qualifier))}) \s+ )? )?
        (?: (?P<between> between \s+ ) (?P<low> {number}) \s+ and \s+ (?P<high> {number})
          | (?P<from> {number}) \s+ (?: to | or ) \s+ (?P<upto> {number})
          | (?P<first> \d[\d,]* ) \s? [–—-] \s? (?P<last> \d[\d,]* )
          | (?P<vague> {alternatives(list(vague))}) \b
          | (?P<none> {alternatives(numbers["none"] + numbers["nobody"])}) \b
          | (?P<number> {number})
          | (?P<article> {alternatives(numbers["articles"])}) \b
            (?! \s+ (?: \w+ \s+ )? (?: condition | state | coma ) \b | \s+ family \s+ of \s )   # "in a critical condition"
        )
        (?![\w°%]) (?! [./:,]\d ) (?! -\w )       # nor in front of one: 5th, 12.30, 32-year-old, 2016/10
        (?P<after> \s+ (?: {alternatives([p for ps in lexicon["qualifiers_after"].values() for p in ps])}) \b )?
        """
    return re.compile(pattern, re.VERBOSE | re.IGNORECASE), vague, qualifier


@cache
def _exclusions() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What, right behind or right before a number, makes it no count of people."""
    lexicon = english()
    after = re.compile(rf"\s*-?\s*(?:{alternatives([str(p) for p in lexicon['number_after']])})(?!\w)", re.IGNORECASE)
    before = re.compile(rf"(?:^|(?<!\w))(?:{alternatives([str(p) for p in lexicon['number_before']])})\s*$", re.IGNORECASE)
    return after, before


@cache
def _fixed() -> dict[str, int]:
    return {_flat(phrase): int(value) for phrase, value in english()["numbers"]["fixed"].items()}


def _flat(text: str) -> str:
    """In lower case, with one space for any white space and hyphens, and none within "12 000"."""
    return " ".join(_THOUSANDS.sub("", text).lower().replace("-", " ").split())


_THOUSANDS = re.compile(r"(?<=\d)[\x20\xa0\u202f\u2009](?=\d{3}(?!\d))")


@lru_cache(maxsize=4096)
def value_of(text: str) -> int | None:
    """The integer that a number expression states; null where it is none ("1.5")."""
    numbers = english()["numbers"]
    flat = _flat(text)
    if flat in _fixed():
        return _fixed()[flat]
    total, seen = 0, False
    group: float = 0
    for word in flat.split():
        if word in ("a", "an"):
            group, seen = 1, True
        elif word in numbers["units"]:
            group, seen = group + numbers["units"][word], True
        elif word in numbers["tens"]:
            group, seen = group + numbers["tens"][word], True
        elif word in numbers["scales"]:
            scale = numbers["scales"][word]
            group = (group or 1) * scale if isinstance(group, int) else group * scale
            if scale >= 1000:
                total, group = total + int(group), 0
            seen = True
        elif word[0].isdigit():
            digits = re.match(r"[\d,]+(?:\.\d+)?", word)
            if digits is None:
                return None
            plain = digits.group().replace(",", "")
            group, seen = float(plain) if "." in plain else int(plain), True
    result = total + group
    return int(result) if seen and result == int(result) and result < 1_000_000_000 else None


@lru_cache(maxsize=4096)
def _words_chain_ok(text: str) -> bool:
    """False for word runs that are two numbers side by side ("one two", "twenty thirty")."""
    numbers = english()["numbers"]
    kinds = []
    for word in _flat(text).split():
        kinds.append("u" if word in numbers["units"] else "t" if word in numbers["tens"] else "s" if word in numbers["scales"] else "")
    return not re.search("uu|tt|ut", "".join(kinds))


def _bounds(qualifier: str, n: int) -> tuple[int | None, int | None]:
    """The inclusive bounds that a qualifier gives a number (claim-spec.md, "The fields")."""
    match qualifier:
        case "exact":
            return n, n
        case "at_least":
            return n, None
        case "more_than":
            return n + 1, None
        case "at_most":
            return None, n
        case "less_than":
            return None, n - 1
    return None, None  # about


def _counted(match: re.Match[str], number: int, qualifiers: dict[str, str]) -> Quantity:
    """An expression with one number, its qualifier before or behind."""
    qualifier = "exact"
    for words in match.group("second", "qualifier"):
        if words:
            found = qualifiers[" ".join(words.lower().split())]
            qualifier = found if found != "exact" else qualifier
    end = match.end()
    if match.group("after"):
        qualifier = _qualifier_after(match.group("after")) if qualifier == "exact" else qualifier
    low, high = _bounds(qualifier, number)
    return Quantity(match.start(), end, match.string[match.start() : end], qualifier, number, low, high)


def _qualifier_after(words: str) -> str:
    flat = " ".join(words.lower().split())
    return str(next(key for key, phrases in english()["qualifiers_after"].items() if flat in phrases))


@cache
def _rising() -> re.Pattern[str]:
    """ "has gone | up to 27": the toll goes up, to 27 exactly."""
    return re.compile(rf"\b(?:{alternatives(english()['rise_verbs'])})\s+$", re.IGNORECASE)


def requalified(quantity: Quantity, late: str) -> Quantity:
    """The same count with a qualifier that stands behind its noun: "35 people at least"."""
    qualifier = _qualifier_after(late)
    low, high = _bounds(qualifier, quantity.count) if quantity.count is not None else (quantity.count_min, quantity.count_max)
    return replace(quantity, qualifier=qualifier, count_min=low, count_max=high)


_RANGES = (("low", "high"), ("from", "upto"), ("first", "last"))


def _read(match: re.Match[str]) -> Quantity | None:
    """What one match of the pattern says; null where it only looks like a quantity."""
    _, vague, qualifiers = _patterns()
    text = match.group()
    for low_name, high_name in _RANGES:
        if match.group(low_name):
            low, high = value_of(match.group(low_name)), value_of(match.group(high_name))
            if low is None or high is None or high <= low:
                alone = _patterns()[0].fullmatch(match.string, match.start(), match.end(low_name))
                return _read(alone) if alone else None
            return Quantity(match.start(), match.end(), text, "range", None, low, high)
    if match.group("vague"):
        key = vague[" ".join(match.group("vague").lower().split())]
        return Quantity(match.start(), match.end(), text, "vague", None, english()["vague_minimum"][key], None, vague=key)
    if match.group("none"):
        return Quantity(match.start(), match.end(), text, "exact", 0, 0, 0)
    if match.group("article"):
        return Quantity(match.start("article"), match.end("article"), match.group("article"), "exact", 1, 1, 1, bare_article=True)
    if (match.group("qualifier") or "").lower().startswith("up") and _rising().search(
        match.string[max(0, match.start() - 12) : match.start()]
    ):
        alone = _patterns()[0].match(match.string, match.start("number"))
        return _read(alone) if alone else None
    number = value_of(match.group("number"))
    if number is None or not _words_chain_ok(match.group("number")) or _LEADING_ZERO.match(match.group("number")):
        return None
    return _counted(match, number, qualifiers)


_LEADING_ZERO = re.compile(r"0\d")
_AGE_LIST = re.compile(r"\b(?:aged|ages)\s[\d,\s]*(?:(?:and|or|to)\s+)?$", re.IGNORECASE)


@cache
def _last_letters() -> tuple[str, ...]:
    """What those end with that stand right before a number and make it no count."""
    return tuple(re.split(r"[\s-]", str(phrase))[-1] for phrase in english()["number_before"])


def _is_numbered(sentence: str, start: int) -> bool:
    """ "flight | 12", "aged | 30": what right before the number at `start` makes it no count of people."""
    before = sentence[max(0, start - 24) : start]
    return before.rstrip().lower().endswith(_last_letters()) and _exclusions()[1].search(before) is not None


def _is_age(sentence: str, quantity: Quantity) -> bool:
    """ "aged 24 and 31", "Ana Cortes, 46, was …"."""
    if _AGE_LIST.search(sentence[max(0, quantity.start - 24) : quantity.start]):
        return True
    return (
        sentence.startswith(",", quantity.end)
        and quantity.text.isdigit()
        and len(quantity.text) <= 2
        and _NAME_BEFORE.search(sentence[max(0, quantity.start - 30) : quantity.start]) is not None
    )


_NAME_BEFORE = re.compile(r"[A-Z][\w’'-]*,\s$")
_WORD = re.compile(r"\d+|[^\W\d_]+")


@cache
def _first_words() -> dict[str, frozenset[str] | None]:
    """The words with which a count expression can begin, each with those of which one must follow; null where none need."""
    lexicon = english()
    numbers = lexicon["numbers"]
    phrases = [phrase for section in ("vague", "qualifiers") for group in lexicon[section].values() for phrase in group]
    phrases += [word for name in ("units", "tens", "scales", "fixed", "none", "nobody", "articles") for word in numbers[name]]
    firsts: dict[str, set[str]] = {}
    for first, *rest in (re.split(r"[\W_]+", str(phrase)) for phrase in (*phrases, "a", "an", "between")):
        firsts.setdefault(first, set()).add(rest[0] if rest else "")
    return {first: None if "" in seconds else frozenset(seconds) for first, seconds in firsts.items()}


def _starts_in(piece: str) -> list[tuple[int, frozenset[str] | None]]:
    """Where, in what stands between two spaces, a count expression can begin, and which words can follow it behind the space."""
    starts: list[tuple[int, frozenset[str] | None]] = []
    for word in _WORD.finditer(piece):
        text = word.group().lower()
        if text[0].isdigit():
            starts.append((word.start(), None))
        elif text in _first_words():
            starts.append((word.start(), _first_words()[text] if word.end() == len(piece) else None))
    return starts


_STARTS = PerWord(_starts_in)


def _starts(sentence: str) -> list[int]:
    """Where a count expression can begin."""
    starts: list[int] = []
    at = 0
    pieces = sentence.split(" ")
    for n, piece in enumerate(pieces, 1):
        for offset, seconds in _STARTS[piece]:
            if seconds is None or n == len(pieces) or _goes_on(pieces[n], seconds):
                starts.append(at + offset)
        at += len(piece) + 1
    return starts


def _goes_on(piece: str, words: frozenset[str]) -> bool:
    """Whether what stands behind a space begins with one of those words; true also where more white space follows."""
    return piece.lower() in words or not piece.isalpha()


def _next(pattern: re.Pattern[str], sentence: str, at: int, starts: list[int]) -> re.Match[str] | None:
    """The next match at or behind `at`, tried only where one can begin."""
    for k in range(bisect_left(starts, at), len(starts)):
        if match := pattern.match(sentence, starts[k]):
            return match
    return None


def find_quantities(sentence: str, taken: list[tuple[int, int]]) -> list[Quantity]:
    """All count expressions of a sentence, in order, none of them inside a span of `taken` (the dates)."""
    pattern = _patterns()[0]
    after, _ = _exclusions()
    found: list[Quantity] = []
    at = 0
    starts = _starts(sentence)
    while match := _next(pattern, sentence, at, starts):
        hit = next((span for span in taken if match.start() < span[1] and span[0] < match.end()), None) if taken else None
        if hit is not None:
            at = hit[1] if hit[0] <= match.start() else match.end()
            if hit[0] > match.start():  # "40 on Friday": the number stands before the date, read it alone
                inner = pattern.search(sentence, match.start(), hit[0])
                if inner and inner.start() == match.start() and (quantity := _read(inner)) is not None:
                    found.append(quantity)
                at = hit[0]
            continue
        quantity = _read(match)
        at = quantity.end if quantity and quantity.end > match.start() else match.end()
        if quantity is None or after.match(sentence, quantity.end):
            continue
        if not quantity.bare_article and (_is_numbered(sentence, match.start()) or _is_age(sentence, quantity)):
            continue
        found.append(quantity)
    return found
