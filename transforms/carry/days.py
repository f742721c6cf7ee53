"""Dates that another sentence tells about the same event: the same toll, the claim before, for a headline the next."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import MAXYEAR, date
from functools import cache, lru_cache

from ..chunks import is_one_of
from ..dates import DatePhrase, moved
from ..dating import told_day
from ..draft import Draft, stated_number
from ..event import LEAD, MENTIONS, Account, goes_on, many_places, refers_back
from ..lexicon import alternatives, any_of, english
from ..reading import Reading, dates_statement, event_behind


def fill_dates(account: Account, published: date | None) -> None:
    """Dates that another sentence tells about the same event: the same toll, the claim before, for a headline the next."""
    drafts = account.drafts
    for draft in drafts:
        if draft.first is None and draft.parent is not None and draft.parent.first is not None and draft.dates is None:
            _take_date(draft, draft.parent)
    for i, draft in enumerate(drafts):
        twin = next((d for d in drafts[max(0, i - 4) : i] if _is_twin(draft, d)), None)
        if draft.first is None and twin is not None:  # the other number of "… left 10 dead and 28 injured"
            draft.first, draft.last, draft.precision, draft.date_basis = twin.first, twin.last, twin.precision, twin.date_basis
        if draft.dates is not None and draft.dates.offset_years and draft.first is None:
            _years_from(i, account)
        if draft.dates is not None and draft.dates.counts_back and draft.first is None:
            ref = _span_before(i, account) or _span_after(i, account)  # "came a day after gunmen killed …"
            if ref and ref[0] is not None and ref[2] == "day":
                draft.first = draft.last = moved(ref[0], draft.dates.offset)
                draft.precision, draft.date_basis = "day", "relative"
        if draft.dates is not None and draft.dates.offset and draft.first is None and not draft.dates.counts_back:
            days = (drafts[k] for k in range(i - 1, max(-1, i - MENTIONS), -1) if _is_dated(drafts[k]) and drafts[k].precision == "day")
            earlier = next(days, None)
            if earlier is not None and draft.index - earlier.index <= (
                3 if draft.dates.offset > 0 else 1
            ):  # "The next day a bomb killed six"
                draft.first = draft.last = moved(earlier.first, draft.dates.offset)
                draft.precision, draft.date_basis = "day", "relative"
        if draft.first is not None or draft.dates is not None:
            continue
        if draft.scope == "cumulative":
            before = drafts[i - 1] if i else None
            if before is not None and before.scope == "cumulative" and before.first is not None and _beside(draft, before):
                _take_date(draft, before)  # "2,472 have been killed since 1999. The Union believes 6,000 or more have died."
            else:
                _cumulative_date(draft, account.readings, published)
            continue
        if day := _that_day(i, account):
            draft.first = draft.last = day
            draft.precision, draft.date_basis = "day", "context"
            continue
        if i and _same_period(draft.sentence.text) and _beside(draft, drafts[i - 1]):
            draft.scope = drafts[i - 1].scope
            _take_date(draft, drafts[i - 1])
            continue
        if _goes_on_adding(i, account):
            continue
        beside = next((d for d in drafts[max(0, i - 4) : i] if d.index == draft.index and d.first is not None), None)
        if is_one_of(draft.trigger, "aftermath") and beside is not None and beside.scope == "event" and not beside.date_text:
            _take_date(draft, beside)  # "Police killed one of the attackers and arrested two": told of one day
            continue
        if _of_the_whole(draft):
            continue
        if is_one_of(draft.trigger, "aftermath") or _came_before(draft) or _has_own_stretch(draft.sentence.text):
            continue  # arrests come later than what they answer
        told = (drafts[k] for k in account.mentions(i))
        donor = next((d for d in told if _may_date(draft, d, account.readings)), None)
        span = _span(donor) if donor else _span_before(i, account) or _span_after(i, account) or _day_named_later(i, account)
        if span is not None:
            draft.first, draft.last, draft.precision, draft.date_basis = *span, "context"
    _narrow(account)


def _narrow(account: Account) -> None:
    """ "… were killed last week. … after Tuesday's executions": the one day within the lead's stretch on which it happened."""
    lead = next((d for d in account.drafts if d.index <= LEAD and d.scope == "event" and d.first is not None), None)
    if lead is None or lead.first is None or lead.last is None or lead.date_basis == "explicit" or many_places(lead.sentence.text):
        return
    if not 1 <= (lead.last - lead.first).days <= 7:
        return
    days = set()
    for reading in account.readings[lead.index + 1 : lead.index + 1 + LATER]:
        if reading.other_time or reading.fresh:
            break
        named = [_event_phrase(reading)] if not any(link.harm for link in reading.links) else []
        named += [phrase for phrase in reading.dates if _owns_event(reading, phrase)]
        days |= {
            phrase.first for phrase in named if phrase is not None and phrase.first is not None and phrase.precision in ("day", "night")
        }
    within = [day for day in days if lead.first <= day <= lead.last]
    told_apart = any(d.index > lead.index and d.date_text and d.first != lead.first for d in account.drafts)
    if len(within) == 1 and len(days) == 1 and not told_apart:
        stretch = lead.first, lead.last
        for draft in account.drafts:
            if (draft.first, draft.last) == stretch:
                draft.first = draft.last = within[0]
                draft.precision = "day"


def _owns_event(reading: Reading, phrase: DatePhrase) -> bool:
    """ "Monday's blast", "Tuesdays executions"."""
    owner = re.search(r"['’]?s$", phrase.text) or re.match(r"['’]s\b", reading.sentence.text[phrase.stop :])
    return owner is not None and event_behind(reading.sentence.text, phrase.stop)


def _of_the_whole(draft: Draft) -> bool:
    """ "The army says 400 people have died in the violence": no day of an event, where none is told."""
    many = (stated_number(draft) or 0) >= 100
    perfect = any(
        c.text.lower() in ("has", "have") for c in draft.chunks[max(0, draft.link.trigger - 4) : draft.link.trigger] if c.tag == "h"
    )
    return many and perfect and draft.index > 0 and any_of("conflict_nouns").search(draft.sentence.text) is not None


def _that_day(i: int, account: Account) -> date | None:
    """ "… since 7 October. 1,200 people were killed on that day": the day told last, in the sentence before."""
    draft = account.drafts[i]
    if draft.index == 0 or not any_of("that_day").search(draft.sentence.text, draft.chunk.start):
        return None
    told = [d.first for d in account.readings[draft.index - 1].dates if d.first is not None and d.precision in ("day", "period")]
    return told[-1] if told else None


@lru_cache(maxsize=64)  # asked for each claim of a sentence
def _same_period(text: str) -> bool:
    return any_of("same_period").search(text) is not None


@lru_cache(maxsize=64)
def _has_own_stretch(text: str) -> bool:
    return _own_stretch().search(text) is not None


@cache
def _own_stretch() -> re.Pattern[str]:
    """ "in a week of intense bombing", "two months of fighting": a time of its own that no day of another sentence tells."""
    lexicon = english()
    number = alternatives([*lexicon["numbers"]["units"], *lexicon["numbers"]["tens"]])
    events = alternatives([*lexicon["event_nouns"], *lexicon["conflict_nouns"]])
    return re.compile(rf"\b(?:an?|\d+|{number})\s+(?:weeks?|months?|years?)\s+of\s+(?:[\w-]+\s+){{0,3}}(?:{events})\b", re.IGNORECASE)


def _beside(draft: Draft, before: Draft) -> bool:
    """Whether a claim stands in the same paragraph right behind another."""
    return draft.index - before.index <= 1 and draft.sentence.paragraph == before.sentence.paragraph


def _came_before(draft: Draft) -> bool:
    """ "The raid came weeks after a bomb killed six": the bomb was another day's."""
    end = _came_after_end(draft.sentence.text)
    return end is not None and end <= min(draft.trigger.start, draft.chunk.start)


@lru_cache(maxsize=64)  # asked for each claim of a sentence
def _came_after_end(text: str) -> int | None:
    found = any_of("came_after").search(text)
    return found.end() if found else None


def _may_date(draft: Draft, mention: Draft, readings: list[Reading]) -> bool:
    """Whether another mention of the same number dates a claim: told of a day, and neither opens another event."""
    if mention.first is None or mention.scope != "event" or mention.date_basis == "context":
        return False
    apart = readings[draft.index].other_time or (readings[mention.index].other_time and mention.index > draft.index)
    return not apart and (mention.precision in ("day", "night", "days") or mention.index <= draft.index)


def _goes_on_adding(i: int, account: Account) -> bool:
    """A running total goes on in the next sentence: "508 Palestinians have been killed since July 8. 18 soldiers have died." """
    draft, drafts, reading = account.drafts[i], account.drafts, account.reading(i)
    before = next((drafts[k] for k in range(i - 1, -1, -1) if drafts[k].scope == "cumulative" or drafts[k].index < draft.index), None)
    perfect = any(c.tag == "h" for c in draft.chunks[max(0, draft.link.trigger - 4) : draft.link.trigger])
    if (
        before is None
        or before.scope != "cumulative"
        or before.first is None
        or draft.index - before.index > 1
        or not perfect
        or draft.place is not None
        or reading.weapons
        or before.sentence.paragraph != draft.sentence.paragraph
    ):
        return False
    draft.scope = "cumulative"
    _take_date(draft, before)
    return True


def _years_from(i: int, account: Account) -> None:
    """ "Kenya sent troops in October 2011. Two years later, gunmen …": that year."""
    draft = account.drafts[i]
    before = (
        phrase.first
        for k in range(draft.index, max(-1, draft.index - 3), -1)
        for phrase in reversed(account.readings[k].dates)
        if phrase.first
    )
    if draft.dates is not None and (year := next((d.year for d in before), None)) is not None:
        year = min(max(year + draft.dates.offset_years, 1), MAXYEAR)
        draft.first, draft.last, draft.precision, draft.date_basis = date(year, 1, 1), date(year, 12, 31), "year", "relative"


def _is_twin(draft: Draft, other: Draft) -> bool:
    """Whether another number is told of the same day: by the same date words, "… left 10 dead and 28 injured", or by the same verb."""
    if other.first is None or other.index != draft.index:
        return False
    return (draft.dates is not None and other.dates is draft.dates) or (draft.dates is None and other.link.trigger == draft.link.trigger)


DateSpan = tuple[date | None, date | None, str]
BACK, AHEAD = 10, 3
"""Sentences: how far a date is carried to later claims of the same event, and back to a headline or lead."""


def _span(donor: Draft | DatePhrase) -> DateSpan:
    return donor.first, donor.last, donor.precision


def _event_phrase(reading: Reading) -> DatePhrase | None:
    """The day that a sentence without a count gives for what happened."""
    days = [
        d
        for d in reading.dates
        if d.first is not None
        and not d.since
        and d.precision in ("day", "night", "days")
        and not dates_statement(reading, d)
        and ((reading.index == 0 and not reading.reports) or _beside_event(reading, d))  # an article opens with what happened
    ]
    return days[0] if days else None


def _beside_event(reading: Reading, phrase: DatePhrase) -> bool:
    """Whether a date stands with what happened: a harm, a weapon, "the attack". "Rescuers dug on Tuesday after a missile …" does not."""
    marker = re.search(r"\b(?:after|where|as|when|while)\b", reading.sentence.text[phrase.stop :])
    if marker and marker.group() == "when" and marker.start() <= 2:
        marker = None  # "on Friday when they met heavy resistance"
    stop = phrase.stop + marker.start() if marker else len(reading.sentence.text)
    inside = [c for c in reading.chunks if c.start < stop]
    text = reading.sentence.text
    if any_of("answers_to").search(text, 0, phrase.begin):
        return False  # "the strike was a response to the gas attack in Idlib on Tuesday"
    if any_of("actors").search(text, 0, phrase.begin) and any_of("arrival_verbs").search(text, 0, phrase.begin):
        return True  # "The attackers came at around 9 p.m. on Monday"
    if any(c.tag in "KGIDT" for c in inside) or any_of("event_nouns").search(text, 0, stop) or any_of("event_verbs").search(text, 0, stop):
        return True
    return any(w.start < stop for w in reading.weapons)


def _span_before(i: int, account: Account) -> DateSpan | None:
    """The date of the nearest sentence before that tells of the same event."""
    draft, drafts, readings = account.drafts[i], account.drafts, account.readings
    for index in range(draft.index, max(-1, draft.index - BACK - 1), -1):
        crossed = readings[min(index + 1, draft.index)]
        apart = crossed.fresh and not crossed.meanwhile and index < draft.index
        if crossed.other_time or (apart and not any(many_places(r.sentence.text) for r in readings[:3])):
            return None
        dated = [drafts[k] for k in account.around(i, draft.index - index, index - draft.index) if k < i and _is_dated(drafts[k])]
        dated = [d for d in dated if d.sentence.paragraph == draft.sentence.paragraph or not _came_before(d)]
        if not dated and _is_left_undated(draft, index, account):
            return None
        if index == draft.index and (named := _of_that_attack(draft, readings)):
            return named
        if index == draft.index - 1 and (year := _year_told(draft, account.of_sentence.get(index, ()), account)):
            return year
        if dated:
            span = next((_span(d) for d in reversed(dated) if goes_on(draft, d, readings)), _span(dated[-1]))
            if span[2] in ("month", "year", "period") and draft.source_basis == "sentence" and not draft.link.back_subset:
                return None  # "In May shelling killed 40. The rebels said they took 30 prisoner."
            alike = (drafts[k] for k in account.around(i, BACK, 0) if k < i and _is_dated(drafts[k]) and _span(drafts[k]) == span)
            if any(goes_on(draft, d, readings) for d in alike):
                return span
            return span if _day_goes_on(draft, span, account) else None
        phrase = _event_phrase(readings[index]) if index < draft.index and draft.index - index <= 6 else None
        if phrase is None and index == draft.index - 1:
            phrase = _bare_phrase(draft, readings)
        if phrase is not None:
            return None if _set_apart(draft, readings, index) else _span(phrase)
    return None


def _of_that_attack(draft: Draft, readings: list[Reading]) -> DateSpan | None:
    """ "Sarin was used in 2013. The U.S. blamed Damascus for that attack, which killed 1,429": the date told right before."""
    if not draft.index or not _that_attack().search(draft.sentence.text):
        return None
    told = [phrase for phrase in readings[draft.index - 1].dates if phrase.first is not None and not phrase.since]
    return _span(told[-1]) if told and not dates_statement(readings[draft.index - 1], told[-1]) else None


@cache
def _that_attack() -> re.Pattern[str]:
    return re.compile(rf"\bthat\s+(?:{alternatives(english()['event_nouns'])})\b", re.IGNORECASE)


def _year_told(draft: Draft, before: Iterable[int], account: Account) -> DateSpan | None:
    """ "In the war of 2014, 2,251 were killed. Six civilians died on the other side": the year of the sum before."""
    sums = [account.drafts[k] for k in before]
    if not sums or any(d.scope != "cumulative" or d.dates is None or d.dates.since for d in sums):
        return None
    last = sums[-1]
    near = last.sentence.paragraph == draft.sentence.paragraph and not account.readings[draft.index].dates
    return _span(last) if near and last.precision in ("year", "month") else None


def _is_left_undated(draft: Draft, index: int, account: Account) -> bool:
    """Whether sentence `index`, of the same paragraph, tells claims of one event that nothing dates: what follows it goes on undated."""
    before = [account.drafts[k] for k in account.of_sentence.get(index, ())]
    return (
        index < draft.index
        and account.readings[index].sentence.paragraph == draft.sentence.paragraph
        and any(d.scope == "event" and d.first is None and d.parent is None and d.source_basis == "sentence" for d in before)
        and not refers_back(account.readings[index])
    )


def _day_goes_on(draft: Draft, span: DateSpan, account: Account) -> bool:
    """Whether the article still tells of its main event's day, and nothing says that this claim is of another place or time."""
    lead = next((d for d in account.drafts if d.index <= LEAD and _is_dated(d)), None)
    reading = account.readings[draft.index]
    if lead is None or (lead.first, lead.last) != span[:2] or reading.fresh or reading.other_time or _came_before(draft):
        return False
    head = " ".join(r.sentence.text for r in account.readings[: lead.index + 1])
    return draft.place is None or draft.place in head or any(place.text in head for place in reading.places)


def _is_dated(draft: Draft) -> bool:
    return draft.scope == "event" and draft.first is not None


def _bare_phrase(draft: Draft, readings: list[Reading]) -> DatePhrase | None:
    """ "Gunmen came to the village on 9 June. Twelve people died.": the day right before a sentence that tells only a number."""
    before = readings[draft.index - 1]
    if before.sentence.paragraph != readings[draft.index].sentence.paragraph or draft.place is not None or draft.weapon is not None:
        return None
    if before.reports or re.search(r"\bafter\b", before.sentence.text):
        return None
    return next((d for d in before.dates if d.first and d.precision in ("day", "night") and not dates_statement(before, d)), None)


def _set_apart(draft: Draft, readings: list[Reading], index: int) -> bool:
    """Whether a claim stands in another paragraph and at another place than sentence `index`."""
    if draft.link.back_subset or refers_back(readings[draft.index]) or not draft.place or not readings[index].places:
        return False
    elsewhere = not any(p.text in draft.place or draft.place in p.text for p in readings[index].places)
    return elsewhere and readings[index].sentence.paragraph != readings[draft.index].sentence.paragraph


def _span_after(i: int, account: Account) -> DateSpan | None:
    """For a headline or lead: the date of the first sentence behind that tells of the event."""
    draft, drafts, readings = account.drafts[i], account.drafts, account.readings
    if draft.index > 3 or (draft.index and readings[draft.index].fresh):
        return None
    for index in range(draft.index, min(len(readings), draft.index + AHEAD + 1)):
        opens = index > max(1, draft.index) and any(p.begin <= 4 for p in readings[index].dates)
        if readings[index].other_time or opens:
            return None  # "On Sunday more than 35 people …" is the next event
        dated = [drafts[k] for k in account.of_sentence.get(index, ()) if i < k <= i + MENTIONS and _is_dated(drafts[k])]
        dated = [d for d in dated if d.precision in ("day", "night", "days")]
        if dated and index > draft.index and _had_been(dated[0], readings[index]):
            return None  # "The same unit had killed four on Monday"
        if dated:
            return _span(dated[0]) if draft.index <= 1 or goes_on(dated[0], draft, readings) else None
        phrase = _event_phrase(readings[index]) if index > draft.index else None
        if phrase is not None:
            return _span(phrase)
    return None


def _had_been(draft: Draft, reading: Reading) -> bool:
    """Whether a harm is told as of a time before: "had shot four dead", where nobody is said to have said so."""
    before = draft.chunks[max(0, draft.link.trigger - 5) : draft.link.trigger]
    return not reading.reports and any(chunk.tag == "h" and chunk.text.lower() == "had" for chunk in before)


LATER = 8
"""Sentences: how far behind a headline or lead the event's day may be told."""


def _day_named_later(i: int, account: Account) -> DateSpan | None:
    """For a headline or lead: the day by which the article calls what happened further on, "Monday's blast"."""
    draft, readings = account.drafts[i], account.readings
    if draft.index > 2 or draft.link.assertion == "denied":
        return None
    for reading in readings[draft.index + 1 : draft.index + 1 + LATER]:
        if reading.other_time:
            return None
        for phrase in reading.dates:
            owner = re.search(r"['’]?s$", phrase.text) or re.match(r"['’]s\b", reading.sentence.text[phrase.stop :])
            if phrase.first is not None and phrase.precision in ("day", "night") and owner:
                return _span(phrase)
    return None


def _take_date(draft: Draft, donor: Draft) -> None:
    draft.first, draft.last, draft.precision = donor.first, donor.last, donor.precision
    draft.date_basis = "context"


def _cumulative_date(draft: Draft, readings: list[Reading], published: date | None) -> None:
    """A war's running total runs from the war's start, where the article tells it, to publication."""
    if published is None:
        return
    if any_of("since_then").search(draft.sentence.text) and (start := _day_told_before(draft, readings)) is not None:
        draft.first, draft.last, draft.precision, draft.date_basis = start, published, "period", "context"
        return
    near = range(max(0, draft.index - 3), min(len(readings), draft.index + 4))
    for index in sorted(near, key=lambda k: abs(k - draft.index))[:6]:
        for phrase in readings[index].dates:
            text = readings[index].sentence.text.lower()
            if (
                phrase.first is not None
                and (
                    phrase.since
                    or phrase.precision in ("month", "year")
                    or any_of("conflict_nouns").search(text, 0, phrase.begin)
                    or (index < draft.index and any_of("since_start").search(draft.sentence.text))
                )
                and any_of("conflict_starts").search(text)
            ):
                told = told_day(readings[draft.index])
                last = told if told is not None and phrase.first <= told < published else published
                draft.first, draft.last, draft.precision, draft.date_basis = phrase.first, last, "period", "context"
                return


def _day_told_before(draft: Draft, readings: list[Reading]) -> date | None:
    """The first day of the date told last before "since then"; null where the sentences right before tell none."""
    dates = [
        phrase.first
        for reading in readings[max(0, draft.index - SINCE_THEN) : draft.index + 1]
        for phrase in reading.dates
        if phrase.first is not None and reading.sentence.start + phrase.begin < draft.sentence.start + draft.chunk.start
    ]
    return dates[-1] if dates else None


SINCE_THEN = 2
"""Sentences before "since then" in which the day may stand that it means."""
