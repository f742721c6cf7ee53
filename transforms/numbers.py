"""Quantities in a sentence: how many, how sure, with the bounds that the words themselves give (claim-spec.md, "The fields")."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cache

from .lexicon import alternatives, english


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
          (?: \d{{1,3}}(?:,\d{{3}})+ | \d+ ) (?: \.\d+ )? (?: [\s-]* (?: {alternatives(list(numbers["scales"]))}) \b )?
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


def _value(text: str) -> int | None:
    """The integer that a number expression states; null where it is none ("1.5")."""
    numbers = english()["numbers"]
    flat = re.sub(r"[\s-]+", " ", text.lower()).strip()
    if flat in (fixed := {re.sub(r"[\s-]+", " ", k): v for k, v in numbers["fixed"].items()}):
        return int(fixed[flat])
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


def _words_chain_ok(text: str) -> bool:
    """False for word runs that are two numbers side by side ("one two", "twenty thirty")."""
    numbers = english()["numbers"]
    kinds = []
    for word in re.split(r"[\s-]+", text.lower().strip()):
        kinds.append("u" if word in numbers["units"] else "t" if word in numbers["tens"] else "s" if word in numbers["scales"] else "")
    return not re.search("uu|tt|ut", "".join(kinds))


def _bounds(qualifier: str, n: int) -> tuple[int | None, int | None]:
    """The inclusive bounds that a qualifier gives a number (claim-spec.md, "The fields")."""
    return {
        "exact": (n, n),
        "at_least": (n, None),
        "more_than": (n + 1, None),
        "at_most": (None, n),
        "less_than": (None, n - 1),
        "about": (None, None),
    }[qualifier]


def _counted(match: re.Match[str], number: int, qualifiers: dict[str, str]) -> Quantity:
    """An expression with one number, its qualifier before or behind."""
    lexicon, qualifier = english(), "exact"
    for group in ("second", "qualifier"):
        if match.group(group):
            found = qualifiers[re.sub(r"\s+", " ", match.group(group).lower())]
            qualifier = found if found != "exact" else qualifier
    end = match.end()
    if match.group("after"):
        after = re.sub(r"\s+", " ", match.group("after").lower()).strip()
        behind = next(key for key, phrases in lexicon["qualifiers_after"].items() if after in phrases)
        qualifier = behind if qualifier == "exact" else qualifier
    low, high = _bounds(qualifier, number)
    return Quantity(match.start(), end, match.string[match.start() : end], qualifier, number, low, high)


@cache
def _rising() -> re.Pattern[str]:
    """ "has gone | up to 27": the toll goes up, to 27 exactly."""
    return re.compile(rf"\b(?:{alternatives(english()['rise_verbs'])})\s+$", re.IGNORECASE)


def requalified(quantity: Quantity, late: str) -> Quantity:
    """The same count with a qualifier that stands behind its noun: "35 people at least"."""
    words = re.sub(r"\s+", " ", late.lower())
    qualifier = next(key for key, phrases in english()["qualifiers_after"].items() if words in phrases)
    low, high = _bounds(qualifier, quantity.count) if quantity.count is not None else (quantity.count_min, quantity.count_max)
    return replace(quantity, qualifier=qualifier, count_min=low, count_max=high)


def _read(match: re.Match[str]) -> Quantity | None:
    """What one match of the pattern says; null where it only looks like a quantity."""
    _, vague, qualifiers = _patterns()
    text = match.group()
    for low_name, high_name in (("low", "high"), ("from", "upto"), ("first", "last")):
        if match.group(low_name):
            low, high = _value(match.group(low_name)), _value(match.group(high_name))
            if low is None or high is None or high <= low:
                alone = _patterns()[0].fullmatch(match.string, match.start(), match.end(low_name))
                return _read(alone) if alone else None
            return Quantity(match.start(), match.end(), text, "range", None, low, high)
    if match.group("vague"):
        key = vague[re.sub(r"\s+", " ", match.group("vague").lower())]
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
    number = _value(match.group("number"))
    if number is None or not _words_chain_ok(match.group("number")) or re.match(r"0\d", match.group("number")):
        return None
    return _counted(match, number, qualifiers)


_AGE_LIST = re.compile(r"\b(?:aged|ages)\s[\d,\s]*(?:(?:and|or|to)\s+)?$", re.IGNORECASE)


def _is_age(sentence: str, quantity: Quantity) -> bool:
    """ "aged 24 and 31", "Ana Cortes, 46, was …"."""
    if _AGE_LIST.search(sentence[max(0, quantity.start - 24) : quantity.start]):
        return True
    in_commas = re.match(r",", sentence[quantity.end : quantity.end + 1]) and re.search(
        r"[A-Z][\w’'-]*,\s$", sentence[max(0, quantity.start - 30) : quantity.start]
    )
    return bool(in_commas) and quantity.text.isdigit() and len(quantity.text) <= 2


_WORD = re.compile(r"\d|[^\W\d_]+")


@cache
def _first_words() -> frozenset[str]:
    """The words with which a count expression can begin."""
    lexicon = english()
    numbers = lexicon["numbers"]
    phrases = [phrase for section in ("vague", "qualifiers") for group in lexicon[section].values() for phrase in group]
    phrases += [word for name in ("units", "tens", "scales", "fixed", "none", "nobody", "articles") for word in numbers[name]]
    return frozenset(re.split(r"[\W_]", str(phrase))[0] for phrase in (*phrases, "a", "an", "between"))


def _starts(sentence: str) -> list[int]:
    """Where a count expression can begin."""
    firsts = _first_words()
    return [word.start() for word in _WORD.finditer(sentence) if word.group().isdigit() or word.group().lower() in firsts]


def _next(pattern: re.Pattern[str], sentence: str, at: int, starts: list[int]) -> re.Match[str] | None:
    """The next match at or behind `at`, tried only where one can begin."""
    matches = (pattern.match(sentence, starts[k]) for k in range(bisect_left(starts, at), len(starts)))
    return next((match for match in matches if match), None)


def find_quantities(sentence: str, taken: list[tuple[int, int]]) -> list[Quantity]:
    """All count expressions of a sentence, in order, none of them inside a span of `taken` (the dates)."""
    pattern = _patterns()[0]
    after, before = _exclusions()
    found: list[Quantity] = []
    at = 0
    starts = _starts(sentence)
    while match := _next(pattern, sentence, at, starts):
        hit = next((span for span in taken if match.start() < span[1] and span[0] < match.end()), None)
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
        if not quantity.bare_article and (
            before.search(sentence[max(0, match.start() - 24) : match.start()]) or _is_age(sentence, quantity)
        ):
            continue
        found.append(quantity)
    return found
