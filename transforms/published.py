"""When an article was published: told > metadata > dateline in the text > address > unknown. Never today's date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from transforms.article import Record, headline_variants

HEAD = 300  # characters at the head of the text, after the headline, in which a dateline stands
YEARS = range(1900, 2100)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun",
            "july jul", "august aug", "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH_NAME = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_MONTH = _MONTH_NAME + r"\b\.?"

# A calendar date with its year. Crawlers lose commas and run words together: "Apr 092017", "21.08.2013Get short URL".
DATE = re.compile(
    rf"""
    (?<![\w./-])                                               # not within a word, a number or an address
    (?:
        (?P<iso>(?P<y1>\d{{4}})(?P<s1>[-/.])(?P<m1>\d{{1,2}})(?P=s1)(?P<d1>\d{{1,2}}))(?:T\d\d:?\d\d\S*)?      # 2016-10-01
      | (?P<num>(?P<a>\d{{1,2}})(?P<s2>[-/.])(?P<b>\d{{1,2}})(?P=s2)(?P<y2>\d{{4}}))                         # 23-04-2016
      | (?P<dmy>(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s-]*(?P<m3>{_MONTH})[\s,-]*(?P<y3>\d{{4}}))     # 7 July 2016
      | (?P<mdy>(?P<m4>{_MONTH})[\s-]*(?P<d4>\d{{1,2}}?)(?:st|nd|rd|th)?[\s,-]*(?P<y4>(?:19|20)\d\d))       # July 7, 2016
    )
    (?!\d|[-/.]\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def settle_published(record: Record, told: date | None) -> tuple[date | None, str]:
    """The article's own publication date and how it is known (one of PUBLISHED_BASES); (null, "none") where nothing says it."""
    if told:
        return told, "told"
    if record.published and (day := metadata_date(record.published)):
        return day, "metadata"
    if day := dateline_date(record.body, record.title):
        return day, "dateline"
    if record.url and (day := address_date(record.url)):
        return day, "address"
    return None, "none"


# ------------------------------------------------------------------------------------------------------------------ metadata

_STAMP = re.compile(r"(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)(?:$|[T\s]|\d{6}$)")  # 2016-10-01T…, 20161001, 20161001120000
_CTIME = re.compile(  # Sat Oct  1 12:00:00 +0000 2016
    rf"\w{{3}}\s+(?P<m>{_MONTH})\s+(?P<d>\d{{1,2}})\s+[\d:]+\s+(?:\S+\s+)?(?P<y>\d{{4}})", re.IGNORECASE
)
_EPOCH = re.compile(r"-?\d{9,13}(?:\.\d+)?")
_PLACEHOLDER = date(1970, 1, 1)  # the zero of many programs, not a day on which anything was published


def metadata_date(text: str) -> date | None:
    """The calendar date of a metadata field, as written in its own time zone; null for what names no possible day.

    ISO 8601, RFC 2822, epoch seconds or milliseconds (UTC), and dates as people write them ("October 1, 2016 14:05 GMT").
    """
    text = text.strip()
    if match := _STAMP.match(text) or _CTIME.fullmatch(text):
        day = _day(match["y"], match["m"], match["d"])
    elif _EPOCH.fullmatch(text):
        day = _epoch_day(float(text))
    else:
        day = next(_dates(text), (None, 0, 0))[0]
    return None if day == _PLACEHOLDER else day


def _epoch_day(number: float) -> date | None:
    seconds = number / 1000 if abs(number) >= 1e11 else number  # 1e11 seconds is the year 5138
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return moment.date() if moment.year in YEARS else None


# ------------------------------------------------------------------------------------------------------------------ dateline

# Words that stand before a dateline's date and make no sentence.
_LABELS = """
    published publication posted first last updated update modified created issued released release filed dated date time at on of by in
    from and the via for with print page this tweet share views send save email text size font comments min mins minute read am pm
    gmt utc est edt bst cet cest eet local agencies agency staff reporter writer correspondent world news desk
"""
LABELS = frozenset(_LABELS.split())
PREPOSITION = re.compile(
    r"\b(?:on|in|since|until|till|of|from|by|before|after|during|through|to|between|and|the|around|about|dated)\W*$", re.IGNORECASE
)
_WITHIN_3 = r"\b\W*(?:\w+\W+){0,3}$"
_LABELLED = re.compile(
    r"\b(?:published|publication|posted|updated?|modified|created|issued|released?|filed|date)" + _WITHIN_3, re.IGNORECASE
)
_OF_UPDATE = re.compile(r"\b(?:updated?|modified)" + _WITHIN_3, re.IGNORECASE)
# "... residents pouring into Turkey AFP Saturday 17 Aug 2013 ...": after headline and summary, the agency opens the dateline.
_AGENCY = re.compile(
    r"\b(?:AFP|AP|Associated\s+Press|Reuters|UPI|DPA|dpa|Xinhua|EFE|ANSA|TASS|IANS|PTI|Agencies|Agence\s+France-Presse|News\s+Agency)"
    r"\W+(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\W+)?$"
)


def dateline_date(body: str, title: str | None = None) -> date | None:
    """The date that the head of the text bears: before the story, or between the headline and the story; null where there is none.

    A date within a sentence ("On August 21 2013 rockets hit") is none: only labels, names, times and the headline may stand before it.
    A date labelled as that of an update counts only where no other stands in the head. "BEIRUT, Oct 1 (Reuters)" has no year: null.
    """
    head = _without_title(body, title)[:HEAD]
    updates: list[date] = []
    for day, start, _ in _dates(head):
        before = head[:start]
        if not (_is_header(before) or _AGENCY.search(before)):
            continue
        if not _OF_UPDATE.search(before):
            return day
        updates.append(day)
    return updates[0] if updates else None


def _without_title(body: str, title: str | None) -> str:
    """The body with its first mention of the headline taken out, whatever its punctuation."""
    if not title:
        return body
    start = body[: len(title) * 2 + HEAD].lower()
    places = [place for place, mark in enumerate(start) if mark.isalnum()]
    letters = "".join(start[place] for place in places)
    for variant in headline_variants(title):
        wanted = "".join(filter(str.isalnum, variant.lower()))
        found = letters.find(wanted)
        if wanted and found >= 0:
            return body[: places[found]] + "\n" + body[places[found + len(wanted) - 1] + 1 :]
    return body


def _is_header(before: str) -> bool:
    """Whether what stands before a date is no sentence: labels, weekdays, times, capitalised names."""
    if PREPOSITION.search(before) and not _LABELLED.search(before):
        return False
    return all(word[0].isupper() or word.lower() in LABELS for word in re.findall(r"[^\W\d_]+", before))


# ------------------------------------------------------------------------------------------------------------------ address

_ADDRESS = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[/_-]?)(?P<m>\d{1,2}|" + _MONTH_NAME + r")(?P=s)(?P<d>\d{1,2})(?!\d)", re.IGNORECASE
)


def address_date(url: str) -> date | None:
    """The date in an address (/2016/10/01/, /2016-10-01-, /20161001/, /2016/oct/01/); null where there is none or no possible day."""
    path = re.sub(r"^[a-z]+://[^/]*", "", url, flags=re.IGNORECASE)
    for match in _ADDRESS.finditer(path):
        if match["s"] == "" and len(match["m"] + match["d"]) != 4:
            continue
        if day := _day(match["y"], match["m"], match["d"]):
            return day
    return None


# ------------------------------------------------------------------------------------------------------------------ calendar


def _dates(text: str) -> Iterator[tuple[date, int, int]]:
    """Each possible calendar date that is written with its year, with its place in the text."""
    for match in DATE.finditer(text):
        if day := _resolve(match):
            yield day, match.start(), match.end()


def _resolve(match: re.Match[str]) -> date | None:
    if match["iso"]:
        return _day(match["y1"], match["m1"], match["d1"])
    if match["num"]:  # day first, unless that is impossible
        return _day(match["y2"], match["b"], match["a"]) or _day(match["y2"], match["a"], match["b"])
    if match["dmy"]:
        return _day(match["y3"], match["m3"], match["d3"])
    return _day(match["y4"], match["m4"], match["d4"])


def _day(year: str, month: str, day: str) -> date | None:
    number = int(month) if month.isdigit() else MONTHS[month.lower().rstrip(".")]
    try:
        return date(int(year), number, int(day)) if int(year) in YEARS else None
    except ValueError:
        return None
