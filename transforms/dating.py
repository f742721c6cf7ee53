"""Which day of its own sentence is a claim's: the date phrase in its clause, nearest to the harm, that dates the harm and not the
statement, another clause, another victim or another event (claim-spec.md, "Dates").
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from .chunks import is_one_of
from .dates import DatePhrase
from .lexicon import alternatives, any_of, english, phrase_set
from .reading import Reading, dates_statement

if TYPE_CHECKING:
    from .draft import Draft


def harm_dates(reading: Reading) -> list[DatePhrase]:
    """The date phrases of a sentence that can date a harm, whichever: not those of what was said, of a deadline, of a comparison."""
    text = reading.sentence.text
    return [
        phrase
        for phrase in reading.dates
        if not (
            dates_statement(reading, phrase)
            or _is_deadline(text, phrase)
            or _of_a_superlative(text, phrase)
            or _ENDED.search(text, max(0, phrase.begin - 20), phrase.begin)  # "the war, which ended in May 2009, killed 100,000"
        )
    ]


def own_date(draft: Draft, reading: Reading, clause: tuple[int, int], dates: list[DatePhrase]) -> None:
    """Give a claim the date phrase of its own sentence, if one dates its harm.

    `clause`: the stretch between its clause breaks. `dates`: the sentence's `harm_dates`.
    """
    text = reading.sentence.text
    begin = _subordinate_from(text, draft, reading) if dates else 0
    following = _FOLLOWING.search(text, draft.trigger.end) if dates else None  # "tortured to death following their arrest last week"
    if following and any_of("event_nouns").search(text, following.end(), following.end() + 30):
        following = None  # "died following an insurgent attack in the south today"
    stop = following.start() if following else len(text)
    usable = [d for d in dates if begin <= d.stop and d.begin < stop and not _is_anothers(draft, reading, d)]
    usable = _of_toll_or_finding(draft, reading, _without_named_events(text, usable))
    usable = _of_what_was_said(draft, reading, usable)
    inside = [d for d in usable if clause[0] <= d.begin < clause[1]] or usable
    part_behind = draft.link.back_subset and draft.link.trigger > draft.link.count and draft.trigger.tag == "D"
    if draft.trigger.tag == "D" and is_one_of(draft.trigger, "conditions"):
        inside = [d for d in inside if d.stop <= draft.trigger.start and d.precision == "day"]  # "were in a critical condition last night"
    if any_of("old_deeds").search(text, max(0, draft.trigger.start - 40), draft.trigger.start):
        return  # "beheaded four men on Monday who were | convicted of | murdering a watchman"
    if not inside or (part_behind and all(d.begin > draft.chunk.start for d in inside)):
        return
    if any(d.first for d in inside):  # "in recent days … when it bombed the town at the weekend": what dates beats what does not
        inside = [d for d in inside if d.first or d.offset or not any_of("vague_times").match(d.text)]
    best = min(inside, key=lambda d: _distance(text, draft, d))
    if best.offset > 0 and best.first is not None and _told_by_statement(reading, best):
        best = replace(best, first=None, last=None, precision="none")  # "said on Monday it had killed a dozen the next day"
    draft.dates, draft.date_text = best, best.text
    draft.first, draft.last, draft.precision = best.first, best.last, best.precision
    draft.date_basis = best.basis if best.first else "none"
    if best.since or (best.first and best.last and best.first < best.last):
        draft.last = _told_on(reading, best) or draft.last
    when = _WHEN.match(text, best.stop) if best.since and draft.trigger.start > best.stop else None
    if when and best.first and "," not in text[when.end() : draft.trigger.start]:
        draft.last, draft.precision = best.first, "day"  # "since July 12, when they captured two soldiers"


_WHEN = re.compile(r"\s*,?\s+when\b")


def _of_what_was_said(draft: Draft, reading: Reading, phrases: list[DatePhrase]) -> list[DatePhrase]:
    """ "Villagers who crossed the river on Monday | said | soldiers had shot 130 on Sunday": of two days the one that was told of."""
    base = reading.sentence.start
    verbs = [r.verb_start - base for r in reading.reports if r.form == "before" and r.verb_start - base < draft.trigger.start]
    return [d for d in phrases if d.begin > max(verbs)] or phrases if verbs else phrases


NEXT_CLAUSE = 30
"""Characters that an "and" counts as between a date and the harm behind it: "killed 23 on Monday | and | found the bodies of nine"."""


def _distance(text: str, draft: Draft, phrase: DatePhrase) -> float:
    """How far a date stands from the harm, in characters; one before it is a little farther."""
    if phrase.begin >= draft.trigger.end:
        return phrase.begin - draft.trigger.end
    between = draft.trigger.start - phrase.stop
    return between * 1.2 + 2 + (NEXT_CLAUSE if re.search(r"\band\b|;", text[phrase.stop : draft.trigger.start]) else 0)


def _is_anothers(draft: Draft, reading: Reading, phrase: DatePhrase) -> bool:
    """Whether a date phrase dates another clause, victim or event than the harm of a claim."""
    text = reading.sentence.text
    return (
        (phrase.counts_back and phrase.stop > draft.trigger.start)
        or _of_a_victim(reading, draft, phrase)
        or _of_a_part(reading, draft, phrase)
        or (is_one_of(draft.trigger, "aftermath") and _behind_harm(reading, draft, phrase))
        or (phrase.since and _anothers(draft, reading, phrase))
        or _of_what_came_first(text, phrase, draft)
        or (phrase.since and draft.link.rule != "toll" and _of_the_toll(text, draft, phrase))
        or _opens_another(draft, reading, phrase)
    )


_FOLLOWING = re.compile(r"\bfollowing\b")


def _of_toll_or_finding(draft: Draft, reading: Reading, phrases: list[DatePhrase]) -> list[DatePhrase]:
    """The phrases that date a harm rather than its toll or its finding: "the toll rose to 39 on Tuesday", "were found dead on Friday"."""
    text, base = reading.sentence.text, reading.sentence.start
    if draft.link.rule == "toll":
        phrases = [d for d in phrases if d.begin < draft.chunk.start or d.since or d.text.startswith("in ")]
    if draft.trigger.tag not in "KD":
        return phrases
    between = [c for c in reading.chunks if draft.chunk.end <= c.start and c.end <= draft.trigger.start]
    told = [r for r in reading.reports if (r.verb,) in phrase_set("speech", "toll") and r.verb_end - base <= draft.chunk.start]
    put = told and "toll" in text[told[-1].verb_end - base : draft.chunk.start + 1]  # "had put the toll at 100 on Sunday"
    if put or any(is_one_of(c, "finding_verbs") for c in between):
        phrases = [d for d in phrases if d.begin < draft.chunk.start or d.since]
    return phrases


# "as" of time, not "as many as 80,000", "as well as"
_SUBORDINATE = re.compile(
    r"\b(?:after|where|when|while|(?<!many\s)(?<!much\s)(?<!well\s)(?<!high\s)(?<!few\s)as(?!\s+(?:many|much|well|high|few|of|part)\b))\b"
)


def _subordinate_from(text: str, draft: Draft, reading: Reading) -> int:
    """Where the clause of the harm begins, if a date before it belongs to something else: "police met on Friday after 12 died",
    "flags flew at half-mast Friday as Lebanon buried the victims of an attack that killed 43".
    """
    begin = 0
    for match in _SUBORDINATE.finditer(text, 0, draft.trigger.start):
        if any(d.stop == match.start() - 2 and text[d.stop] == "," for d in reading.dates):
            continue  # "Since 2006, | when the army was sent in, 300 have died"
        eventful = any(
            c.tag in "KGIT" or is_one_of(c, "event_nouns") or is_one_of(c, "event_verbs")
            for c in reading.chunks
            if begin <= c.start < match.start()
        )
        if match.group() == "after" and draft.trigger.tag == "G" and text[match.end() : draft.trigger.start].isspace():
            continue  # "took the town on Saturday after | killing scores": one day for both
        if match.group() in ("after", "where") or not eventful:
            begin = match.end()
    return begin


_ANOTHER_CLAUSE = re.compile(r";|\b(?:and\s+that|while|whereas|but)\b", re.IGNORECASE)


def _anothers(draft: Draft, reading: Reading, phrase: DatePhrase) -> bool:
    """Whether a "since" belongs to a later clause with its own subject: "31 were hurt and 260 have been killed since 19 September"."""
    chunks = reading.chunks
    behind = max(draft.trigger.end, draft.chunk.end)
    if (turn := _ANOTHER_CLAUSE.search(reading.sentence.text, behind, max(behind, phrase.begin))) and any(
        turn.end() <= chunks[link.trigger].start < phrase.begin for link in reading.links if link.trigger != draft.link.trigger
    ):
        return True  # "16 were martyred and that the coalition has killed hundreds since 2014"
    return any(
        link.count < link.trigger and max(draft.chunk.end, draft.trigger.end) <= chunks[link.count].start < phrase.begin
        for link in reading.links
        if link.count < len(chunks)
        and link.trigger != draft.link.trigger
        and any(chunk.tag in "bh" for chunk in chunks[link.count : link.trigger])  # but "31 were killed and 178 wounded since"
    )


def _opens_another(draft: Draft, reading: Reading, phrase: DatePhrase) -> bool:
    """Whether the next count stands right behind a date: "… killed dozens, and the year before | 49 children were killed"."""
    if phrase.begin < max(draft.trigger.end, draft.chunk.end):
        return False
    counts = [reading.chunks[link.count].start for link in reading.links if link.count != draft.link.count and link.count < link.trigger]
    return any(0 < start - phrase.stop <= 3 for start in counts)


def _of_the_toll(text: str, draft: Draft, phrase: DatePhrase) -> bool:
    between = text[max(draft.chunk.end, draft.trigger.end) : phrase.begin]
    return bool(between) and any_of("toll_bringers").search(between) is not None


_ENDED = re.compile(r"\bend(?:ed|ing|s)\s+(?:in\s+|on\s+)?(?:early\s+|late\s+)?$", re.IGNORECASE)
_CAME_FIRST = re.compile(r"\s*(?:after|following|since|before|despite)\b", re.IGNORECASE)


_AFTER_HEADLINE = re.compile(r"(?<=[a-z] )After\b")  # a headline without its stop: "… attacks town | After the militia left …"


def _of_what_came_first(text: str, phrase: DatePhrase, draft: Draft) -> bool:
    """ "After the militia took the town last month, raiders killed 17": the day of the clause that opens the sentence is not the harm's."""
    opens = _CAME_FIRST.match(text) or next(_AFTER_HEADLINE.finditer(text, 0, phrase.begin), None)
    if opens is None or phrase.begin - opens.end() < 8 or phrase.stop > min(draft.trigger.start, draft.chunk.start):
        return False
    return re.match(r"\s*(?:,|(?:the\s+|an?\s+)?[A-Z])", text[phrase.stop :]) is not None


@cache
def _deadline() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(english()['deadlines'])})\s+(?:(?:late|early|noon|midday)\s+)?(?:on\s+)?$", re.IGNORECASE)


def _is_deadline(text: str, phrase: DatePhrase) -> bool:
    """ "As of Monday 2,389 had been killed", "eight had arrived by Thursday": the day up to which was counted."""
    return not phrase.since and _deadline().search(text, max(0, phrase.begin - 20), phrase.begin) is not None


def told_day(reading: Reading) -> date | None:
    """The day on which a sentence says that it was told: "said on Tuesday", "as of Monday"."""
    days = (d for d in reading.dates if d.precision == "day" and (_is_deadline(reading.sentence.text, d) or dates_statement(reading, d)))
    return next((d.first for d in days if d.first is not None), None)


def _told_on(reading: Reading, since: DatePhrase) -> date | None:
    """The last day of a stretch told by somebody on a named day before publication (claim-spec.md, "Dates")."""
    day = told_day(reading)
    return day if day and since.first and since.last and since.first <= day < since.last else None


def _of_a_superlative(text: str, phrase: DatePhrase) -> bool:
    """ "the barrage was among the heaviest this year": what it is measured by, not when it was."""
    return (
        phrase.precision in ("period", "year", "month") and _SUPERLATIVE.search(text, max(0, phrase.begin - 40), phrase.begin) is not None
    )


_SUPERLATIVE = re.compile(r"\b(?:the|one\s+of\s+the|among\s+the)\s+(?:\w+\s+)?(?:\w+est|worst|most\s+\w+)\s+(?:\w+\s+)?$", re.IGNORECASE)


def _of_a_part(reading: Reading, draft: Draft, phrase: DatePhrase) -> bool:
    """ "left four dead, including a doctor who was shot on April 19": the day of one of them."""
    if draft.parent is not None or draft.link.subset_of is not None:
        return False
    end = max(draft.trigger.end, draft.chunk.end)
    part = next((k for k, c in enumerate(reading.chunks) if c.tag == "S" and end <= c.start < phrase.begin), None)
    return part is not None and any(c.start < phrase.begin and c.text.lower() in ("who", "whom") for c in reading.chunks[part + 1 :])


def _told_by_statement(reading: Reading, phrase: DatePhrase) -> bool:
    """Whether "the next day" was counted from a day that only dates what was said: the event's own day stands elsewhere."""
    days = [d for d in reading.dates if d.first is not None and not d.offset and d.precision == "day"]
    return bool(days) and all(dates_statement(reading, d) for d in days)


def _of_a_victim(reading: Reading, draft: Draft, phrase: DatePhrase) -> bool:
    """ "A woman | who had given birth on Sunday | was killed": a day in a clause about the victims that is not the harm's."""
    if not draft.chunk.end <= phrase.begin < phrase.stop <= draft.trigger.start:
        return False
    between = reading.sentence.text[draft.chunk.end : phrase.begin]
    aux = re.match(r"\s*,?\s*(?:was|were|is|are|has|have|had|died|later)\b", reading.sentence.text[phrase.stop :])
    return aux is not None and re.match(r"\s*,?\s*(?:who|whom|whose)\b", between) is not None


def _without_named_events(text: str, phrases: list[DatePhrase]) -> list[DatePhrase]:
    """ "In April, a bomb near the site of Tuesday's attack …": the day that names another event yields to one that opens the sentence."""
    opening = [d for d in phrases if d.begin <= OPENS and d.first is not None]
    named = [d for d in phrases if d.begin > OPENS and (re.match(r"['’]s\b", text[d.stop :]) or re.search(r"['’]s$", d.text))]
    return [d for d in phrases if d not in named] if opening else phrases


OPENS = 5
"""Characters before a date that opens its sentence: "In | April", "On | ", "Also | "."""


def _behind_harm(reading: Reading, draft: Draft, phrase: DatePhrase) -> bool:
    """Whether another harm stands between an arrest and a date: the day is that harm's."""
    begin = max(draft.trigger.end, draft.chunk.end)
    return any(
        chunk.entry is not None and chunk.entry.harm in ("killed", "injured") and begin <= chunk.start < phrase.begin
        for chunk in reading.chunks
    )
