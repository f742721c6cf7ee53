"""Dates in a sentence, resolved against the article's own publication date by the rules of claim-spec.md ("Dates").

Weekdays and months are our own arithmetic, in the "current" sense: the day itself counts, and no date lies after publication. dateparser,
which errs on both (see its issue 508), is asked only for "three weeks ago" and the like. Today's date is never used.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from .lexicon import PerWord, alternatives, any_of, english, harm_words
from .numbers import value_of

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DatePhrase:
    """Date words at [begin, stop) of a sentence. `first` and `last` are inclusive, null where publication is needed and unknown or
    where the words give no basis ("in recent weeks"). `basis`: explicit (a calendar date) or relative. `since`: a running total up to
    publication.
    """

    begin: int
    stop: int
    text: str
    first: date | None
    last: date | None
    precision: str
    basis: str
    since: bool = False
    aside: bool = False  # dates nothing that is claimed: "the deadliest attack since 2007"
    offset_years: int = 0  # the same in years: "two years later" is 2
    offset: int = 0  # days from another date of the sentence or the article: "a day earlier" is -1

    @property
    def counts_back(self) -> bool:
        """Whether it is counted from the event that the words behind it tell: "a day after | gunmen killed six"."""
        return self.offset < 0 and self.text.lower().endswith("after")


Span = tuple[date, date, str] | None  # first, last, precision


def _clamp(day: date, published: date) -> date:
    """The same month and day in the latest year that has it and does not put it after publication."""
    while day > published:
        earlier = next((found for year in range(day.year - 1, 0, -1) if (found := _make(year, day.month, day.day))), None)
        if earlier is None:
            raise ValueError(f"no {day:%d %B} up to {published}")  # before the first day that a calendar has: the words stay undated
        day = earlier
    return day


def moved(day: date | None, days: int) -> date | None:
    """So many days later; null where the calendar ends."""
    try:
        return day + days * DAY if day else None
    except OverflowError:
        return None


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_span(year: int, month: int) -> tuple[date, date, str]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]), "month"


def _weekday(name: str) -> int:
    return int(english()["weekdays"][name.lower().rstrip(".")])


def _month(name: str) -> int:
    return int(english()["months"][name.lower().rstrip(".")])


def _calendar_day(m: re.Match[str], published: date | None) -> Span:
    """ "22 September 2016", "Sept. 22", "the 22nd of September": without a year the latest such day up to publication."""
    month, day = _month(m["month"]), int(m["day"])
    if m["year"]:
        found = _make(int(m["year"]), month, day)
    elif published is None:
        return None
    else:
        found = _make(published.year, month, day)
        found = _clamp(found, published) if found else None
        if m["lastyear"] and found and found.year == published.year:
            found = _make(published.year - 1, month, day)
    if found is None:
        return None
    last = _make(found.year, month, int(m["today"])) if m["today"] else found
    return (found, last, "day" if last == found else "days") if last and last >= found else (found, found, "day")


def _numeric(m: re.Match[str], published: date | None) -> Span:
    """2016-09-22 · 22/09/2016, the day first unless that is impossible."""
    if m["iso"]:
        found = _make(*(int(x) for x in re.split(r"\D", m["iso"])))
    else:
        a, b, year = (int(x) for x in re.split(r"\D", m["dmy"]))
        found = _make(year, b, a) or _make(year, a, b)
    return (found, found, "day") if found else None


def _month_year(m: re.Match[str], published: date | None) -> Span:
    """ "March 2011", "in May", "June last year", "last June"."""
    month = _month(m["month"])
    if m["year"]:
        return _month_span(int(m["year"]), month)
    if published is None:
        return None
    year = published.year - 1 if m["lastyear"] or month > published.month else published.year
    if month == published.month and re.match(r"\s*last", m.group(), re.IGNORECASE):
        year -= 1  # "last October" in an October
    first, last, precision = _month_span(year, month)
    if re.search(r"\bmid\b", m.group(), re.IGNORECASE):
        first = first.replace(day=15)
    elif re.search(r"\bend\s+of\b", m.group(), re.IGNORECASE):
        first = last  # "since the end of October"
    elif re.search(r"\blate\b", m.group(), re.IGNORECASE) and m.re.groupindex.get("since_part"):
        first = first.replace(day=21)
    return first, max(first, min(last, published)), precision


def _months(m: re.Match[str], published: date | None) -> Span:
    """ "in May and June": both, the later one the nearest before publication."""
    first, last = _month(m["month"]), _month(m["until"])
    if m["year"]:
        year = int(m["year"])
    elif published:
        year = published.year - (last > published.month)
    else:
        return None
    return _month_span(year - (first > last), first)[0], _month_span(year, last)[1], "period"


def _year(m: re.Match[str], published: date | None) -> Span:
    year = int(m["year"])
    return date(year, 1, 1), date(year, 12, 31), "year"


def _first_months(m: re.Match[str], published: date | None) -> Span:
    """ "the first six months of 2016"."""
    if not m["year"] and published is None:
        return None
    year = int(m["year"]) if m["year"] else published.year  # type: ignore[union-attr]
    months = 6 if m["half"] else value_of(m["n"]) or 0
    return (date(year, 1, 1), _month_span(year, months)[1], "period") if 1 <= months <= 12 else None


def _hours_to(m: re.Match[str], published: date | None) -> Span:
    """ "in the 24 hours to noon Monday": the day before and that day."""
    if published is None:
        return None
    day = published - timedelta(days=(published.weekday() - _weekday(m["weekday"])) % 7)
    return day - DAY, day, "days"


def _holiday(m: re.Match[str], published: date | None) -> Span:
    """ "On Christmas Eve last year": the day by its place in the calendar."""
    month, day = english()["fixed_days"][re.sub(r"\s+", " ", m["holiday"].lower().replace("’", "'"))]
    if m["year"]:
        return date(int(m["year"]), month, day), date(int(m["year"]), month, day), "day"
    if published is None:
        return None
    found = _clamp(date(published.year, month, day), published)
    found = found.replace(year=published.year - 1) if m["lastyear"] else found
    return found, found, "day"


def _decade(m: re.Match[str], published: date | None) -> Span:
    """ "in the 1990s"."""
    return date(int(m["decade"]), 1, 1), date(int(m["decade"]) + 9, 12, 31), "period"


_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}


def _quarter(m: re.Match[str], published: date | None) -> Span:
    """ "the first quarter of 2019"."""
    if not m["year"] and published is None:
        return None
    year = int(m["year"]) if m["year"] else published.year  # type: ignore[union-attr]
    last = 3 * _QUARTERS[m["which"].lower()]
    return date(year, last - 2, 1), _month_span(year, last)[1], "period"


def _weekday_span(m: re.Match[str], published: date | None) -> Span:
    """ "on Friday", "late Thursday", "overnight Friday", "Saturday and Sunday", "last Monday"."""
    if published is None:
        return None
    day = published - timedelta(days=(published.weekday() - _weekday(m["weekday"])) % 7)
    if (m["last"] and published - day <= DAY) or (m["last"] and day == published):
        day -= timedelta(days=7)
    if m["and"]:
        other = published - timedelta(days=(published.weekday() - _weekday(m["and"])) % 7)
        if other < day:
            day -= timedelta(days=7)
        return (day, other, "days") if other - day <= timedelta(days=6) else (day, day, "day")
    if m["overnight"]:
        into = re.search(r"\b(?:in)?to\b", m["overnight"])  # else the night that begins on that day, unless it lies ahead
        return (day - DAY, day, "night") if into or day == published else (day, day + DAY, "night")
    return day, day, "day"


def _relative_word(m: re.Match[str], published: date | None) -> Span:
    """today, yesterday, overnight, last night, this morning …"""
    if published is None:
        return None
    word = re.sub(r"\s+", " ", m["word"].lower())
    if "overnight" in word or ("night" in word and ("last" in word or "over the" in word)):
        return published - DAY, published, "night"
    if "day before yesterday" in word:
        return published - 2 * DAY, published - 2 * DAY, "day"
    if "yesterday" in word:
        return published - DAY, published - DAY, "day"
    return published, published, "day"


def _last_or_this(m: re.Match[str], published: date | None) -> Span:
    """last week (Monday to Sunday), last month, last year, this month (up to publication), the weekend."""
    if published is None:
        return None
    which, unit = m["which"].lower(), m["unit"].lower()
    monday = published - timedelta(days=published.weekday())
    if unit == "weekend":
        saturday = monday - 2 * DAY if published.weekday() < 5 else monday + 5 * DAY
        if which == "last" and published.weekday() >= 5:
            saturday -= timedelta(days=7)
        return saturday, saturday + DAY, "days"
    current = which == "this"
    if unit == "week":
        return (monday, published, "week") if current else (monday - timedelta(days=7), monday - DAY, "week")
    if unit == "month":
        if current:
            return published.replace(day=1), published, "month"
        last = published.replace(day=1) - DAY
        return _month_span(last.year, last.month)
    year = published.year - (not current)
    return date(year, 1, 1), published if current else date(year, 12, 31), "year"


def _past_stretch(m: re.Match[str], published: date | None) -> Span:
    """in the past 24 hours, over the last three days, in two days: from then to publication."""
    if published is None:
        return None
    unit = m["unit"].lower()
    number = value_of(m["n"]) if m["n"] else 1
    if not number or number > 1000:
        return None
    if unit.startswith("hour"):
        days = max(1, round(number / 24))
    elif unit.startswith("day"):
        days = number
    elif unit.startswith("week"):
        days = 7 * number
    else:
        months = number * {"y": 12, "d": 120}.get(unit[0], 1)
        month, year = (published.month - 1 - months) % 12 + 1, published.year + (published.month - 1 - months) // 12
        first = date(year, month, min(published.day, calendar.monthrange(year, month)[1])) if year > 0 else None
        return (first, published, "period") if first else None
    return published - timedelta(days=days), published, "days" if days < 7 else "week" if days == 7 else "period"


def _ago(m: re.Match[str], published: date | None) -> Span:
    """ "three weeks ago": dateparser does the arithmetic. Days are exact; weeks and more only name a stretch, months and years whole."""
    if published is None:
        return None
    import dateparser  # 0.2 s to import, rarely needed

    unit = m["unit"].lower()
    found = dateparser.parse(
        f"{value_of(m['n'])} {unit} ago",
        languages=["en"],
        settings={"RELATIVE_BASE": datetime.combine(published, time(12)), "PREFER_DATES_FROM": "past"},
    )
    if found is None:
        return None
    if unit.startswith("day"):
        return found.date(), found.date(), "day"
    if unit.startswith("week"):
        monday = found.date() - timedelta(days=found.date().weekday())
        return monday, monday + 6 * DAY, "week"
    if unit.startswith("month"):
        return _month_span(found.year, found.month)
    return date(found.year, 1, 1), date(found.year, 12, 31), "year"


def _years(m: re.Match[str], published: date | None) -> Span:
    """ "the 2008-09 war", "the 1975-1990 civil war"."""
    first, last = m["first"], m["until"]
    until = int(last) if len(last) == 4 else int(first[:2] + last)
    return (date(int(first), 1, 1), date(until, 12, 31), "period") if until > int(first) else None


def _since_new_year(m: re.Match[str], published: date | None) -> Span:
    return (date(published.year, 1, 1), published, "year") if published else None


def _offset(m: re.Match[str]) -> int:
    """Days: "a day earlier" -1, "two days after" (the event told next) -2, "the following day" +1."""
    words = m.group().lower()
    number = value_of(m["n"]) if m["n"] else 1
    number = 1 if number is None else number
    number *= 7 if (m["unit"] or "").lower().startswith("week") else 1
    afterwards = words.endswith("after") and _CLAUSE_ENDS.match(m.string, m.end())  # "a day after, shells fell"
    return number if afterwards or re.search(r"later|following|next", words) else -number


_CLAUSE_ENDS = re.compile(r"\s*(?:[,.;:]|\Z)")


def _no_basis(m: re.Match[str], published: date | None) -> Span:
    """ "in recent weeks", "a day earlier": date words from which a careful reader writes down nothing."""
    return None


@cache
def _forms() -> list[tuple[str, str, re.Pattern[str], Callable[[re.Match[str], date | None], Span]]]:
    """(name, basis, pattern, resolver), in the order of their precedence at the same place."""
    lexicon = english()
    full = [day for day in lexicon["weekdays"] if day.endswith("day")]
    short = [day for day in lexicon["weekdays"] if not day.endswith("day")]
    weekday = rf"(?:(?:{alternatives(full)})|(?:{alternatives(short)})\b\.?)(?![a-rt-zA-RT-Z])"  # an "s" may follow: "Saturdays blast"
    long = [name for name in lexicon["months"] if len(name) > 4 or name in ("may", "june", "july")]
    month = rf"(?:(?:{alternatives(long)})\b|(?:{alternatives([n for n in lexicon['months'] if n not in long])})\b\.?)"
    small = rf"(?:\d{{1,3}}|an?|the|{alternatives([*lexicon['numbers']['units'], *lexicon['numbers']['tens']])})"
    sure_year = r"(?:1[6-9]|20)\d\d(?!\d|,\d)"  # behind a day and month: "17 June 2016 Civilians killed …"
    year = rf"{sure_year}(?!\s*(?:people|civilians))"
    ordinal = r"(?:st|nd|rd|th)?"
    lastyear = r"(?:,?\s+(?P<lastyear>last\s+year|the\s+previous\s+year))?"
    part = r"(?:\s+(?:night|morning|evening|afternoon|noon|at\s+noon|lunchtime|dawn)\b)?"
    forms = [
        ("numeric", "explicit", r"(?<![\d-])(?: (?P<iso>\d{4}-\d\d-\d\d) | (?P<dmy>\d{1,2}[./-]\d{1,2}[./-]\d{4}) )(?![\d-])", _numeric),
        (
            "day_month",
            "explicit",
            rf"(?<![\d,.])(?P<day>\d{{1,2}}){ordinal}(?:(?:\s?[-–]\s?|\s+(?:to|and)\s+)(?P<today>\d{{1,2}}){ordinal})?\s+(?:of\s+)?(?P<month>{month})"
            rf"(?:,?\s*(?P<year>{sure_year}))?{lastyear}(?!\w)",
            _calendar_day,
        ),
        (
            "month_day",
            "explicit",
            rf"\b(?P<month>{month})\s+(?:the\s+)?(?P<day>0?[1-9]|[12]\d|3[01]){ordinal}(?:(?:\s?[-–]\s?|\s+(?:and|to)\s+(?=\d+\b(?!\s+[a-z])))(?P<today>\d{{1,2}}){ordinal})?(?![\d\w]|,\d|\s*[ap]\.?m)"
            rf"(?:,?\s+(?P<year>{sure_year}))?{lastyear}",
            _calendar_day,
        ),
        (
            "month_year",
            "explicit",
            rf"\b(?:(?:early|late|mid)[\s-]+)?(?P<month>{month})(?:,?\s+(?:of\s+)?(?P<year>{year})|\s+(?P<lastyear>last\s+year))",
            _month_year,
        ),
        ("last_month_name", "relative", rf"\b(?P<lastyear>)(?P<year>)last\s+(?P<month>(?!may\b){month})\b(?!\s+\d)", _month_year),
        (
            "month_name",
            "explicit",
            rf"(?<=\b(?:in|of))\s+(?:early\s+|late\s+|mid-?\s*)?(?P<month>{month})(?P<year>)(?P<lastyear>)(?!\.?\s+\d|\w|\s+last\s+year)",
            _month_year,
        ),
        (
            "months",
            "explicit",
            rf"(?<=\b(?:in|of))\s+(?P<month>{month})\s+and\s+(?P<until>{month})(?:,?\s+(?P<year>{year}))?(?!\.?\s+\d|\w|\s+last\s+year)",
            _months,
        ),
        (
            "since_month",
            "explicit",
            rf"(?<=\bsince)\s+(?P<since_part>early\s+|late\s+|mid-?\s*|the\s+end\s+of\s+)?(?P<month>{month})(?P<year>)(?P<lastyear>)(?!\.?\s+\d|\w|\s+last\s+year)",
            _month_year,
        ),
        (
            "months_of_year",
            "explicit",
            rf"\bfirst\s+(?:(?P<n>{small})\s+months|(?P<half>half))\s+of\s+(?:(?P<year>{year})|(?:this|the)\s+year)",
            _first_months,
        ),
        (
            "quarter",
            "explicit",
            rf"\b(?P<which>{alternatives(_QUARTERS)})\s+quarter\s+of\s+(?:(?P<year>{year})|(?:this|the)\s+year)",
            _quarter,
        ),
        (
            "year",
            "explicit",
            rf"(?<=\b(?:in|of))\s+(?:early\s+|late\s+|mid-?\s*|the\s+year\s+)?(?P<year>{year})\b(?!-|\s+(?:people|men|civilians|dead|killed))",
            _year,
        ),
        ("aside_year", "explicit", rf"(?<=,\s)(?P<year>{year})(?=,)", _year),
        ("since_year", "explicit", rf"(?<=\bsince)\s+(?:early\s+|late\s+|mid-?\s*)?(?P<year>{year})\b", _year),
        ("the_year", "explicit", rf"(?<=\b(?:the))\s+(?P<year>{year})\b(?=\s+[a-z])", _year),
        ("owned_year", "explicit", rf"(?<=['’]s)\s+(?P<year>{year})\b(?=\s+[a-z])", _year),
        (
            "weekday",
            "relative",
            rf"(?:(?P<overnight>\b(?:overnight(?:\s+(?:on|into|from|to))?|(?:the\s+)?night\s+(?:of|to)))\s+)?"
            rf"\b(?:(?:on|late|early|earlier|this|since)\s+)*(?P<last>last\s+)?(?:(?:late|early)\s+)?(?P<weekday>{weekday})(?:['’]?s\b)?(?!\w){part}"
            rf"(?:\s+(?:and|to|into|through|-)\s+(?P<and>{weekday})(?!\w){part})?",
            _weekday_span,
        ),
        (
            "word",
            "relative",
            r"\b(?P<word>the\s+day\s+before\s+yesterday|yesterdays?|today|tonight|overnight|last\s+night|late\s+last\s+night|over\s+the\s+night|"
            r"(?:earlier\s+)?this\s+(?:morning|afternoon|evening)|earlier\s+today)\b" + part,
            _relative_word,
        ),
        (
            "stretch",
            "relative",
            rf"\b(?:in|over|within|during|for)?\s*(?:the\s+|this\s+)?(?:(?:past|last|previous|preceding)\s+(?P<n>{small}|(?<=past\s))[\s-]*(?P<unit>hours?|days?|weeks?|months?|years?|decades?)\b)",
            _past_stretch,
        ),
        ("in_days", "relative", r"\b(?:in|over)\s+(?P<n>two|three|four|five|six|seven|ten)\s+(?P<unit>days)\b(?!\s+of)", _past_stretch),
        (
            "last_or_this",
            "relative",
            r"\b(?:(?:early|late|earlier|later|so\s+far)\s+)?(?:(?:at|over|on)\s+)?(?P<which>last|this|the|past)\s+(?:past\s+)?(?P<unit>weekend|(?<!the\s)(?:week|month|year)\b)",
            _last_or_this,
        ),
        ("ago", "relative", rf"\b(?P<n>{small}|\d+)\s+(?P<unit>days?|weeks?|months?|years?)\s+ago\b", _ago),
        (
            "hours_to",
            "relative",
            rf"\b(?:in|over|during)\s+the\s+(?:24|48|twenty-four)\s+hours\s+(?:to|up\s+to|until|ending)\s+(?:noon|midday|midnight|dawn|(?:early|late)\s+)?\s*(?:on\s+)?(?P<weekday>{weekday})",
            _hours_to,
        ),
        (
            "holiday",
            "explicit",
            rf"\b(?:on\s+)?(?P<holiday>{alternatives(lexicon['fixed_days'])})(?:,?\s+(?:in\s+)?(?P<year>{year}))?{lastyear}",
            _holiday,
        ),
        ("decade", "explicit", r"(?:\bthe\s+)(?:early\s+|late\s+|mid-?)?(?P<decade>(?:19|20)\d0)['’]?s\b", _decade),
        (
            "years_from",
            "explicit",
            r"\b(?:from|between)\s+(?P<first>(?:1[89]|20)\d\d)\s+(?:to|until|till|and|through)\s+(?P<until>(?:1[89]|20)\d\d)\b",
            _years,
        ),
        ("years", "explicit", r"\b(?P<first>(?:1[89]|20)\d\d)\s?[-–]\s?(?P<until>\d\d|(?:1[89]|20)\d\d)\b(?!-)", _years),
        (
            "new_year",
            "relative",
            r"\bsince\s+(?:the\s+)?(?:beginning|start)\s+of\s+(?:the|this)\s+year\b|\bsince\s+january\s+1\b(?!,)",
            _since_new_year,
        ),
        (
            "offset",
            "relative",
            rf"\b(?:(?P<n>{small})\s+(?P<unit>days?|nights?|weeks?|years?)\s+(?:earlier|before|later|after)|the\s+(?:day|night)\s+before|the\s+(?:previous|next|following)\s+day)\b",
            _no_basis,
        ),
        (
            "no_basis",
            "relative",
            r"\b(?:in\s+recent\s+(?:days|weeks|months|years)|recently|(?:over|in)\s+the\s+(?:past|last)\s+(?:few|several)\s+(?:hours|days|weeks|months|years)|"
            r"(?:an?|the|\d+|two|three|four|five|six|eight|ten)\s+months?\s+(?:earlier|before|later)|the\s+year\s+before|the\s+week\s+before|the\s+(?:previous|next|following)\s+(?:week|month)|earlier\s+in\s+the\s+(?:day|week))\b",
            _no_basis,
        ),
    ]
    return [(name, basis, re.compile(pattern, re.VERBOSE | re.IGNORECASE), resolver) for name, basis, pattern, resolver in _spaced(forms)]


def _spaced(
    forms: Sequence[tuple[str, str, str, Callable[[re.Match[str], date | None], Span]]],
) -> list[tuple[str, str, str, Callable[[re.Match[str], date | None], Span]]]:
    """Python's look-behind must have one width, so "(?<=\\b(?:in|of))" is written out as alternatives here, once."""
    return [
        (n, b, p.replace(r"(?<=\b(?:in|of))", r"(?:(?<=\bin)|(?<=\bof))").replace(r"(?<=\b(?:the))", r"(?<=\bthe)"), r)
        for n, b, p, r in forms
    ]


_EDITOR = re.compile(r"\s*\[\s*(?P<inside>[^\]]{3,40})\]")  # today [Friday]: the editor says which day is meant
_SINCE = re.compile(
    r"\bsince\b(?P<between>(?:\s+(?!since\b|and\s+(?-i:[a-z]))[\w'’-]+){0,14}?)\s*(?:(?:in|on|of|by|until|from)\s+)?(?:(?:early|late|mid)[\s-]+)?$",
    re.IGNORECASE,
)
_TOLD_OF = re.compile(r"(?:\s+[^,.;]{0,60})?,?\s+(?:when|in\s+which|which\s+(?:killed|left)|that\s+(?:killed|left))\b")
_BETWEEN = re.compile(r"\s+(?:and|to|until|through|till|-|–)\s+(?:on\s+)?$", re.IGNORECASE)
_BEGAN, _ENDED = (
    re.compile(r"\b(?:began|started|begun)\s+(?:on\s+)?$"),
    re.compile(r"\s+and\s+(?:ended|finished|continued|lasted\s+until)\s+(?:on\s+)?$"),
)
_FROM = re.compile(r"\b(?:between|from|night\s+of)\s+(?:on\s+)?$", re.IGNORECASE)


def _joined(sentence: str, phrases: list[DatePhrase]) -> list[DatePhrase]:
    """ "between 30 September and 15 March" is one stretch, not two days."""
    joined: list[DatePhrase] = []
    for phrase in phrases:
        before = joined[-1] if joined else None
        if (
            before
            and _BETWEEN.fullmatch(sentence, before.stop, phrase.begin)
            and _FROM.search(sentence, max(0, before.begin - 12), before.begin)
            and before.first
            and phrase.last
            and before.first <= phrase.last
        ) or (
            before
            and before.precision == phrase.precision == "month"
            and re.fullmatch(r"\s+and\s+(?:in\s+)?", sentence[before.stop : phrase.begin])
            and before.first
            and phrase.last
            and before.first <= phrase.last
        ):
            joined[-1] = replace(before, stop=phrase.stop, text=sentence[before.begin : phrase.stop], last=phrase.last, precision="period")
        elif before and (_runs_to(sentence, before, phrase) or _goes_on_next_day(sentence, before, phrase)):
            joined[-1] = replace(before, stop=phrase.stop, text=sentence[before.begin : phrase.stop], last=phrase.last, precision="days")
        else:
            joined.append(phrase)
    return joined


def _runs_to(sentence: str, before: DatePhrase, phrase: DatePhrase) -> bool:
    """ "a riot that began | on Sunday | and ended | on Monday"."""
    if before.first is None or phrase.last is None or before.first > phrase.last:
        return False
    began = _BEGAN.search(sentence, max(0, before.begin - 12), before.begin) or re.match(r"on\s", before.text)
    return began is not None and _ENDED.fullmatch(sentence, before.stop, phrase.begin) is not None


def _goes_on_next_day(sentence: str, before: DatePhrase, phrase: DatePhrase) -> bool:
    """ "on December 11 and December 12": two days in a row, each with its month."""
    if before.first is None or phrase.first is None or (before.basis, phrase.basis) != ("explicit", "explicit"):
        return False
    together = re.fullmatch(r"\s+and\s+(?:on\s+)?", sentence[before.stop : phrase.begin]) is not None
    return together and before.precision == phrase.precision == "day" and before.last == before.first and phrase.first - before.first == DAY


# By form: the cues, kinds of words that must all stand in a sentence that has such a date; and the words with which it can begin ("#" for
# digits; behind ">" the words that stand right before it). So most forms need not be tried, and the others only in a few places.
_NUMBERED = "# a an the number"
_CUES_AND_OPENERS = {
    "numeric": ("year", "#"),
    "day_month": ("month digit", "#"),
    "month_day": ("month digit", "month"),
    "month_year": ("month", "early late mid month"),
    "last_month_name": ("month last", "last"),
    "month_name": ("month", "> in of"),
    "months": ("month and", "> in of"),
    "since_month": ("month since", "> since"),
    "months_of_year": ("first half_or_months", "first"),
    "quarter": ("quarter", "first second third fourth last"),
    "year": ("year", "> in of"),
    "aside_year": ("year", "#"),
    "since_year": ("year since", "> since"),
    "the_year": ("year", "> the"),
    "owned_year": ("year", "#"),
    "weekday": ("weekday", "overnight the night on late early earlier this since last weekday"),
    "word": ("day_word", "the yesterday today tonight overnight last late over earlier this"),
    "stretch": ("past unit", ""),
    "in_days": ("days", "in over"),
    "last_or_this": ("which unit", "early late earlier later so at over on last this the past"),
    "ago": ("ago unit", _NUMBERED),
    "hours_to": ("hours weekday", "in over during"),
    "holiday": ("holiday", "on holiday"),
    "decade": ("year", "the"),
    "years_from": ("year", "from between"),
    "years": ("year", "#"),
    "new_year": ("since", "since"),
    "offset": ("beside unit", _NUMBERED),
    "no_basis": ("vague", f"{_NUMBERED} in over recently earlier"),
}
_YEAR = re.compile(r"\d{4}")
_RUN = re.compile(r"\d+|[^\W\d_]+")


@cache
def _groups() -> dict[str, frozenset[str]]:
    """The kinds of words that are cues, and the one word of each other cue."""
    lexicon = english()
    return {
        "month": frozenset(start + name for name in lexicon["months"] for start in ("", "mid")),
        "weekday": frozenset(name + end for name in lexicon["weekdays"] for end in ("", "s")),
        "holiday": frozenset(name.split()[0].partition("'")[0] for name in lexicon["fixed_days"]),
        "number": frozenset([*lexicon["numbers"]["units"], *lexicon["numbers"]["tens"]]),
        "day_word": frozenset(["yesterday", "yesterdays", "today", "tonight", "overnight", "night", "morning", "afternoon", "evening"]),
        "unit": frozenset(
            unit + end for unit in ("hour", "day", "night", "week", "weekend", "month", "year", "decade") for end in ("", "s")
        ),
        "past": frozenset(["past", "last", "previous", "preceding"]),
        "which": frozenset(["last", "this", "the", "past"]),
        "half_or_months": frozenset(["half", "months"]),
        "beside": frozenset(["earlier", "before", "later", "after", "previous", "next", "following"]),
        "vague": frozenset(["recent", "recently", "few", "several", "earlier", "before", "later", "previous", "next", "following"]),
        **{word: frozenset([word]) for word in ("last", "and", "since", "first", "quarter", "days", "ago", "hours")},
    }


class _Form(NamedTuple):
    """One way to write a date. `order`: its precedence at the same place; `openers` empty: it may begin anywhere."""

    order: int
    name: str
    basis: str
    pattern: re.Pattern[str]
    resolve: Callable[[re.Match[str], date | None], Span]
    cues: frozenset[str]
    openers: frozenset[str]
    behind: bool  # it begins behind one of its openers


@cache
def _tried() -> list[_Form]:
    forms = []
    for order, (name, basis, pattern, resolver) in enumerate(_forms()):
        cues, openers = _CUES_AND_OPENERS[name]
        words = frozenset(word for opener in openers.removeprefix(">").split() for word in _groups().get(opener, (opener,)))
        forms.append(_Form(order, name, basis, pattern, resolver, frozenset(cues.split()), words, openers.startswith(">")))
    return forms


def _cues_of(piece: str) -> frozenset[str]:
    """What the words between two spaces are cues of."""
    words = _RUN.findall(piece.lower())
    cues = {cue for cue, group in _groups().items() if not group.isdisjoint(words)}
    if any(word[0].isdigit() for word in words):
        cues.update(("digit", "year") if _YEAR.search(piece) else ("digit",))
    return frozenset(cues)


def _openers_in(piece: str) -> list[tuple[int, int, str]]:
    """Where, in what stands between two spaces, a date can begin or a word before one stands, and the word, "#" for digits."""
    every = frozenset().union(*(form.openers for form in _tried()))
    words = ((run.start(), run.end(), "#" if run.group()[0].isdigit() else run.group().lower()) for run in _RUN.finditer(piece))
    return [word for word in words if word[2] in every]


_CUES, _OPENERS = PerWord(_cues_of), PerWord(_openers_in)


def _matches(form: _Form, sentence: str, places: Sequence[tuple[int, int, str]]) -> Iterator[re.Match[str]]:
    """All matches of a form, as `finditer` gives them."""
    if not form.openers:
        yield from form.pattern.finditer(sentence)
    stop = 0
    for start, end, word in places:
        begin = end if form.behind else start
        if word in form.openers and begin >= stop and (match := form.pattern.match(sentence, begin)):
            stop = match.end()
            yield match


def find_dates(sentence: str, published: date | None) -> list[DatePhrase]:
    """All date phrases of a sentence in order, none overlapping."""
    cues = frozenset().union(*map(_CUES.__getitem__, sentence.split()))
    forms = [form for form in _tried() if cues >= form.cues] if cues else []
    if not forms:
        return []
    places: list[tuple[int, int, str]] = []
    at = 0
    for piece in sentence.split(" "):
        for start, end, word in _OPENERS[piece]:
            places.append((at + start, at + end, word))
        at += len(piece) + 1
    candidates = [
        (match.start(), -match.end(), form.order, form.basis, match, form.resolve, form.name)
        for form in forms
        for match in _matches(form, sentence, places)
    ]
    phrases: list[DatePhrase] = []
    stop = 0
    for _, _, _, basis, match, resolver, name in sorted(candidates, key=lambda c: c[:3]):
        begin = match.start() + len(match.group()) - len(match.group().lstrip())
        if begin < stop or (basis == "explicit" and any_of("named_after_days").match(sentence, match.end() + 1)):
            continue
        try:
            span = resolver(match, published)
        except (OverflowError, ValueError):  # before the first or after the last day that a calendar has
            span = None
        first, last, precision = span or (None, None, "none")
        phrase = DatePhrase(begin, match.end(), sentence[begin : match.end()], first, last, precision, basis, name == "new_year")
        if name == "offset":
            years = match["unit"] is not None and match["unit"].lower().startswith("year")
            phrase = replace(phrase, offset=0 if years else _offset(match), offset_years=_offset(match) if years else 0)
        stop = match.end()
        if (editor := _EDITOR.match(sentence, stop)) and (named := find_dates(editor["inside"], published)):
            phrase = replace(named[0], begin=begin, stop=editor.end(), text=sentence[begin : editor.end()])
            stop = editor.end()
        phrases.append(phrase)
    return _with_offsets([_with_since(sentence, phrase, published) for phrase in _joined(sentence, phrases)])


def _with_offsets(phrases: list[DatePhrase]) -> list[DatePhrase]:
    """ "… on Friday … a day earlier": counted from the other day of the sentence; without one nothing is known yet."""
    days = [p for p in phrases if p.first is not None and p.precision == "day" and not p.since]
    resolved = []
    for phrase in phrases:
        told = [d for d in days if d.begin < phrase.begin] if phrase.counts_back else days  # "on Thursday, a day after …"
        if phrase.offset and told:
            day = min(told, key=lambda d: abs(d.begin - phrase.begin)).first
            there = moved(day, phrase.offset)
            phrase = replace(phrase, first=there, last=there, precision="day")
        resolved.append(phrase)
    return resolved


@cache
def _superlative() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(english()['superlatives'])})\b(?!\s+of\s+(?:them|whom|those))[^.;:]*$", re.IGNORECASE)


def _with_since(sentence: str, phrase: DatePhrase, published: date | None) -> DatePhrase:
    """ "since September 22" runs to publication; so does "since the conflict began in March 2011"."""
    inside = re.match(r"since\s+", phrase.text, re.IGNORECASE)
    since = inside or _SINCE.search(sentence, max(0, phrase.begin - 110), phrase.begin)
    if not since:
        return phrase
    begin = phrase.begin if inside else since.start()
    text = sentence[begin : phrase.stop]
    if _superlative().search(sentence[max(0, begin - 70) : begin]):
        when = _TOLD_OF.match(sentence, phrase.stop)
        if when and not inside:
            return phrase  # "the deadliest since October 2007, when 140 people were killed"
        if when:
            bare = re.sub(r"^since\s+", "", phrase.text, flags=re.IGNORECASE)
            named = find_dates(f"in {bare}", published)
            return replace(named[0], begin=phrase.begin, stop=phrase.stop, text=phrase.text) if named else phrase
        return replace(phrase, begin=begin, text=text, aside=True)
    told = None if inside or begin <= 1 else _TOLD_OF.match(sentence, phrase.stop)  # "Since 2006, when …, 300 have died"
    if told and harm_words().search(sentence, told.end()) and not harm_words().search(sentence, 0, begin):
        return phrase  # "Violence has risen since April, when 44 people were killed"
    if published is None:  # when it ends is not known
        return replace(phrase, begin=begin, text=text, first=None, last=None, precision="none", since=True)
    if phrase.first is None or phrase.first > published:
        return replace(phrase, begin=begin, text=text, since=True)
    return replace(phrase, begin=begin, text=text, last=published, precision="day" if phrase.first == published else "period", since=True)
