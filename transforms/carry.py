"""What a claim's own sentence leaves unsaid and another sentence about the same event gives: source, date, place, weapon, actor
(claim-spec.md: basis `context`). Everything here is carried only where the words do not speak against it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from .attribution import Report
from .chunks import is_one_of
from .dates import DatePhrase
from .draft import Draft
from .event import MENTIONS, Account, many_places, goes_on, refers_back, same_toll
from .lexicon import any_of
from .reading import Reading, dates_statement
from .setting import countries_in, is_country

LEAD = 4
"""Sentences that can be a headline or lead, which borrows from the body."""


def fill_sources(account: Account) -> None:
    """Sources that another sentence names: the running quotation, the sentence before about the same event, the body for a headline."""
    drafts = account.drafts
    _quotations(account)
    for i, draft in enumerate(drafts):
        if draft.report is None and draft.scope != "cumulative" and (carried := _carried(i, account)):
            draft.report, draft.source_basis = carried, "context"
    _from_the_only_speaker(account)
    for draft in drafts:  # "… killed on Saturday. Six of those killed were …, police said": the part names the source of the whole
        whole = draft.parent
        if (
            whole is not None
            and whole.report is None
            and draft.report is not None
            and draft.link.back_subset
            and draft.index - whole.index == 1
        ):
            whole.report, whole.source_basis = draft.report, "context"
    for i, draft in enumerate(drafts):  # a headline or lead takes the source that the body gives for the same toll, if it gives one
        if draft.report is None and draft.scope != "cumulative":
            near = LEAD if draft.index > LEAD else len(account.readings)
            later = [drafts[k].report for k in account.mentions(i) if k > i and drafts[k].scope == "event" and drafts[k].index - draft.index <= near]
            named = [report for report in later if report is not None]
            if len({report.speaker.source_id for report in named}) == 1:
                draft.report, draft.source_basis = named[0], "context"


_OWN_VOICE = frozenset({"monitor", "military", "government", "ngo", "un_body", "rescue_service", "health_ministry", "armed_group", "medics"})
"""Types of bodies that publish reports of their own."""


def _from_the_only_speaker(account: Account) -> None:
    """A body's own report, a monitor's daily round or an army's communiqué: it opens by naming the body, which then speaks as "we", or
    nobody else speaks in it.
    """
    told = [(index, report) for index, reading in enumerate(account.readings) for report in reading.reports if not report.carried]
    if not told or told[0][0] > 2 or told[0][1].speaker.type not in _OWN_VOICE :
        return
    own_voice = any(not reading.quoted and any_of("own_voice").search(reading.sentence.text) for reading in account.readings)
    if len({report.speaker.source_id for _, report in told}) > 1 and not own_voice:
        return
    first, report = told[0]
    for draft in account.drafts:
        if draft.report is None and draft.index > first and (draft.scope == "event" or own_voice) and not account.readings[draft.index].other_time:
            draft.report, draft.source_basis = report, "context"


def _quotations(account: Account) -> None:
    """A quotation that runs on over sentences keeps its speaker; one that has none yet takes the next sentence's."""
    spoken: list[Report | None] = [None]
    for reading in account.readings:
        spoken.append(reading.reports[-1] if reading.reports else spoken[-1])
    for i, draft in enumerate(account.drafts):
        reading, index = account.reading(i), draft.index
        if draft.report is not None or not reading.quoted or reading.reports:
            continue
        following = next((r for rd in account.readings[index + 1 : index + 2] if rd.quoted for r in rd.reports[:1]), None)
        goes_on_quoting = index > 0 and account.readings[index - 1].quoted and spoken[index] is not None
        donor = spoken[index] if goes_on_quoting else following or spoken[index]
        if donor:
            draft.report, draft.source_basis = donor, "context"


def _carried(i: int, account: Account) -> Report | None:
    """The source of the claim before, where this one goes on about the same event in the next sentence without naming any."""
    draft, reading = account.drafts[i], account.reading(i)
    if reading.reports and any(r.form == "before" for r in reading.reports):
        return None
    if draft.parent is not None and draft.parent.report is not None:
        return draft.parent.report
    before = [account.drafts[k] for k in account.around(i, 2, 0) if k < i]
    for earlier in reversed(before):
        if earlier.index == draft.index and earlier.report is not None:
            return earlier.report
    if reading.fresh or reading.other_time or (reading.dates and not draft.link.back_subset):
        return None
    if told := _told_before(draft, account):
        return told
    for earlier in reversed(before):
        if earlier.index < draft.index and earlier.report is not None and earlier.scope == "event":
            other_weapon = draft.weapon and earlier.weapon and draft.weapon != earlier.weapon
            return earlier.report if goes_on(draft, earlier, account.readings) and not other_weapon else None
    return None


def _told_before(draft: Draft, account: Account) -> Report | None:
    """Who told the sentence before, where that states no number: "Police said a bomb went off in a market. Twelve people died." """
    if draft.index == 0:
        return None
    before, reading = account.readings[draft.index - 1], account.readings[draft.index]
    if before.links or not before.reports or before.fresh or reading.reports or before.sentence.paragraph != reading.sentence.paragraph:
        return None
    return before.reports[-1] if _tells_event(before) and not reading.places else None


def fill_dates(account: Account, published: date | None) -> None:
    """Dates that another sentence tells about the same event: the same toll, the claim before, for a headline the next."""
    drafts = account.drafts
    for draft in drafts:
        if draft.first is None and draft.parent is not None and draft.parent.first is not None and draft.dates is None:
            _take_date(draft, draft.parent)
    for i, draft in enumerate(drafts):
        twin = next((d for d in drafts[max(0, i - 4) : i] if d.dates is draft.dates and draft.dates is not None and d.first is not None), None)
        if draft.first is None and twin is not None:  # the other number of "… left 10 dead and 28 injured"
            draft.first, draft.last, draft.precision, draft.date_basis = twin.first, twin.last, twin.precision, twin.date_basis
        if draft.dates is not None and draft.dates.offset_years and draft.first is None:
            _years_from(i, account)
        if draft.dates is not None and draft.dates.offset and draft.first is None and draft.dates.text.lower().endswith("after"):
            ref = _span_before(i, account)  # "came a day after gunmen killed …"
            if ref and ref[0] is not None and ref[2] == "day":
                draft.first = draft.last = ref[0] + timedelta(days=draft.dates.offset)
                draft.precision, draft.date_basis = "day", "relative"
        if draft.dates is not None and draft.dates.offset and draft.first is None and not draft.dates.text.lower().endswith("after"):
            days = (drafts[k] for k in range(i - 1, max(-1, i - MENTIONS), -1) if _is_dated(drafts[k]) and drafts[k].precision == "day")
            earlier = next(days, None)
            if earlier is not None and draft.index - earlier.index <= (3 if draft.dates.offset > 0 else 1):  # "The next day a bomb killed six"
                draft.first = draft.last = (earlier.first or date.min) + timedelta(days=draft.dates.offset)
                draft.precision, draft.date_basis = "day", "relative"
        if draft.first is not None or draft.dates is not None:
            continue
        if draft.scope == "cumulative":
            _cumulative_date(draft, account.readings, published)
            continue
        if _goes_on_adding(i, account):
            continue
        if is_one_of(draft.trigger, "aftermath") or _came_before(draft):
            continue  # arrests come later than what they answer
        told = (drafts[k] for k in account.mentions(i))
        donor = next((d for d in told if _may_date(draft, d, account.readings)), None)
        span = _span(donor) if donor else _span_before(i, account) or _span_after(i, account) or _day_named_later(i, account)
        if span is not None:
            draft.first, draft.last, draft.precision, draft.date_basis = *span, "context"


def _came_before(draft: Draft) -> bool:
    """ "The raid came weeks after a bomb killed six": the bomb was another day's."""
    found = any_of("came_after").search(draft.sentence.text)
    return found is not None and found.end() <= min(draft.trigger.start, draft.chunk.start)


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
    before = (phrase.first for k in range(draft.index, max(-1, draft.index - 3), -1) for phrase in reversed(account.readings[k].dates) if phrase.first)
    if draft.dates is not None and (year := next((d.year for d in before), None)) is not None:
        year += draft.dates.offset_years
        draft.first, draft.last, draft.precision, draft.date_basis = date(year, 1, 1), date(year, 12, 31), "year", "relative"


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
        and _beside_event(reading, d)
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
    if any(c.tag in "KGIDT" for c in inside) or any_of("event_nouns").search(text, 0, stop) or any_of("event_verbs").search(text, 0, stop):
        return True
    return any(w.start < stop for w in reading.weapons)


def _span_before(i: int, account: Account) -> DateSpan | None:
    """The date of the nearest sentence before that tells of the same event."""
    draft, drafts, readings = account.drafts[i], account.drafts, account.readings
    for index in range(draft.index, max(-1, draft.index - BACK - 1), -1):
        crossed = readings[min(index + 1, draft.index)]
        if crossed.other_time or (crossed.fresh and index < draft.index and not any(many_places(r.sentence.text) for r in readings[:3])):
            return None
        dated = [drafts[k] for k in account.around(i, draft.index - index, index - draft.index) if k < i and _is_dated(drafts[k])]
        if dated:
            span = _span(dated[-1])
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
    if draft.index > 3:
        return None
    for index in range(draft.index, min(len(readings), draft.index + AHEAD + 1)):
        opens = index > max(1, draft.index) and any(p.begin <= 4 for p in readings[index].dates)
        if readings[index].other_time or opens:
            return None  # "On Sunday more than 35 people …" is the next event
        dated = [drafts[k] for k in account.of_sentence.get(index, ()) if i < k <= i + MENTIONS and _is_dated(drafts[k])]
        dated = [d for d in dated if d.precision in ("day", "night", "days")]
        if dated:
            return _span(dated[0]) if draft.index <= 1 or goes_on(dated[0], draft, readings) else None
        phrase = _event_phrase(readings[index]) if index > draft.index else None
        if phrase is not None:
            return _span(phrase)
    return None


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
    near = range(max(0, draft.index - 3), min(len(readings), draft.index + 4))
    for index in sorted(near, key=lambda k: abs(k - draft.index))[:6]:
        for phrase in readings[index].dates:
            text = readings[index].sentence.text.lower()
            if (
                phrase.first is not None
                and (phrase.since or phrase.precision in ("month", "year"))
                and any_of("conflict_starts").search(text)
            ):
                draft.first, draft.last, draft.precision, draft.date_basis = phrase.first, published, "period", "context"
                return


BLASTS = ("suicide_bomb", "car_bomb", "airstrike")
"""What "the bombing" or "the blasts" can turn out to have been, where the article tells it of the same event."""


STRIKES = ("airstrike", "rocket", "drone", "barrel_bomb", "shelling")
"""What "the strike" can turn out to have been."""


def fill_setting(account: Account) -> None:
    """Place, weapon and actor that another sentence about the same event tells: one before, or for a headline or lead one behind."""
    drafts, readings = account.drafts, account.readings
    own = [(d.place, d.weapon, d.actor) for d in drafts]
    main = _main_event(account)
    for i, draft in enumerate(drafts):
        if draft.scope == "cumulative":
            draft.place = draft.place or _country_told(draft, readings)
            continue
        donors, alike = _donors(i, account)
        if draft.place is None and not _is_unnamed_place(draft.sentence.text):
            places = [drafts[k].place if k < i else own[k][0] for k in alike]
            lent = main.place if main is not None and _is_of(main, draft, readings) else None
            told = [place for place in (*places, _place_near(draft, readings), lent) if place]
            draft.place = next((place for place in told if not is_country(place)), None) or next(iter(told), None) or draft.home
        if draft.link.harm in ("captured", "missing"):
            draft.weapon = None
        elif draft.weapon == "ied":
            if main is not None and main.weapon in BLASTS and _is_of(main, draft, readings):
                draft.weapon = main.weapon
            elif draft.actor is not None and any_of("air_powers").search(draft.actor):
                draft.weapon = "airstrike"  # "the coalition bombed the village"
            draft.weapon = next((own[k][1] for k in donors if own[k][1] in BLASTS), draft.weapon)  # "the blasts" of the car bombs
        elif draft.weapon_hinted and draft.weapon == "airstrike":  # "the strike" that was a missile's
            told = (own[k][1] for k in donors if not drafts[k].weapon_hinted and own[k][1] in STRIKES)
            lent = main.weapon if main is not None and main.weapon in STRIKES and _is_of(main, draft, readings) else None
            draft.weapon = next(told, None) or lent or draft.weapon
        elif draft.weapon is None:
            draft.weapon = next((own[k][1] for k in donors if own[k][1]), None) or _weapon_near(draft, readings)
            if draft.weapon is None and main is not None and _is_of(main, draft, readings):
                draft.weapon = main.weapon
        if draft.actor is None and draft.link.harm != "missing" and not is_one_of(draft.trigger, "aftermath"):
            actors = (own[k][2] for k in donors if own[k][2] and not _harms(own[k][2], draft))
            draft.actor = next(actors, None) or _actor_near(draft, readings)
    claimants = {r.claimed_by for r in readings if r.claimed_by}
    if len(claimants) == 1:
        claimant = claimants.pop()
        for draft in drafts:
            if draft.actor is None and draft.scope == "event" and not readings[draft.index].other_time and not readings[draft.index].fresh:
                draft.actor = claimant


_UNNAMED_PLACE = re.compile(
    r"\bin\s+the\s+(?:[\w-]+\s+){1,3}of\s+the\s+(?:\w+\s+)?(?:city|town|village|country|capital|province)\b", re.IGNORECASE
)


@lru_cache(maxsize=64)
def _is_unnamed_place(text: str) -> bool:
    """ "in the rebel-held sector of the city": a place of its own without a name, for which no other is borrowed."""
    return _UNNAMED_PLACE.search(text) is not None


@dataclass(frozen=True, slots=True)
class MainEvent:
    """What headline and lead tell of the event that the article is about."""

    lead: Draft
    place: str | None
    weapon: str | None
    actor: str | None


def _main_event(account: Account) -> MainEvent | None:
    leads = [d for d in account.drafts if d.index <= LEAD and d.scope == "event" and not account.readings[d.index].other_time]
    if not leads:
        return None
    lead = leads[0]
    same = [d for d in leads if (d.first, d.last) == (lead.first, lead.last) or None in (d.first, lead.first)]
    places = [d.place for d in same if d.place]
    narrow = [place for place in places if not is_country(place)]
    return MainEvent(
        lead,
        next(iter(narrow or places), None),
        next((d.weapon for d in same if d.weapon), None),
        next((d.actor for d in same if d.actor), None),
    )


def _harms(actor: str | None, draft: Draft) -> bool:
    """Whether the victims of a claim are the actors themselves: "four militants were killed" in an attack by militants."""
    heads = set((actor or "").lower().split()) & set((draft.victims or "").lower().split())
    return bool(heads)


def _is_of(main: MainEvent, draft: Draft, readings: list[Reading]) -> bool:
    """Whether a claim further on goes on about the article's main event: told of its day, its toll, or pointing back to it."""
    reading = readings[draft.index]
    if draft.scope != "event" or draft.index <= main.lead.index or reading.fresh or reading.other_time or is_one_of(draft.trigger, "aftermath"):
        return False
    if draft.first is not None and main.lead.first is not None:
        return (draft.first, draft.last) == (main.lead.first, main.lead.last)
    return same_toll(draft, main.lead) or (draft.dates is None and (draft.link.rule == "toll" or refers_back(reading)))


def _donors(i: int, account: Account) -> tuple[list[int], list[int]]:
    """The numbers of the claims about the same event, nearest first; and with them those of the same days shortly before."""
    drafts, readings, draft = account.drafts, account.readings, account.drafts[i]
    mentions = set(account.mentions(i))
    found, alike = [], []
    for k in sorted(mentions | set(account.around(i, 5, 3))):
        other = drafts[k]
        if not _may_lend(draft, other, readings, k in mentions):
            continue
        dated_alike = (draft.first, draft.last) == (other.first, other.last) or None in (draft.first, other.first)
        if other.index <= draft.index:
            near = draft.index - other.index <= 5 and not readings[draft.index].fresh
            same = near and goes_on(draft, other, readings)
            if near and draft.first is not None and (draft.first, draft.last) == (other.first, other.last):
                alike.append(k)
        else:
            lead = draft.index <= 1 and other.index - draft.index <= 3
            same = lead and goes_on(other, draft, readings) and not readings[other.index].fresh
        if dated_alike and (same or k in mentions):
            found.append(k)

    def distance(k: int) -> tuple[bool, int, bool]:
        return k not in mentions, abs(drafts[k].index - draft.index), k > i

    return sorted(found, key=distance), sorted({*found, *alike}, key=distance)


def _may_lend(draft: Draft, other: Draft, readings: list[Reading], mention: bool) -> bool:
    """Whether nothing speaks against one event: another scope, time or place of their own."""
    if other.scope != draft.scope or readings[draft.index].other_time != readings[other.index].other_time:
        return False
    if draft.place and other.place and draft.place not in other.place and other.place not in draft.place and not mention:
        return False
    # without a date of publication the words alone tell two days apart
    undated = draft.dates and other.dates and draft.first is None and other.first is None
    return not (undated and draft.date_text != other.date_text)


def _place_near(draft: Draft, readings: list[Reading]) -> str | None:
    """A place in the sentence before, or for a headline behind, that tells of the event without a number."""
    order = (draft.index - 1, draft.index + 1) if draft.index <= 1 else (draft.index - 1,)
    for index in order:
        if not 0 <= index < len(readings) or readings[draft.index].fresh:
            continue
        places = [place.text for place in readings[index].places if not place.weak]
        if places and (_tells_event(readings[index]) or _only_leads_up(draft, readings, index)):
            return places[0]
    return None


def _country_told(draft: Draft, readings: list[Reading]) -> str | None:
    """A war's running total is told of the country of its own sentence, "Syria's conflict", or of the one that the article is about."""
    if own := countries_in(draft.sentence.text):
        return own[-1]
    told = Counter(name for reading in readings for name in countries_in(reading.sentence.text)).most_common(1)
    return told[0][0] if told else None


def _only_leads_up(draft: Draft, readings: list[Reading], index: int) -> bool:
    """Whether the sentence before states no number and stands in the same paragraph: "The post at Inata was overrun. Fifty died." """
    before = readings[index]
    return index < draft.index and not before.links and before.sentence.paragraph == draft.sentence.paragraph


def _tells_event(reading: Reading) -> bool:
    return bool(reading.weapons) or any(
        c.tag in "KGIDT" or is_one_of(c, "event_nouns") or is_one_of(c, "event_verbs") for c in reading.chunks
    )


def _actor_near(draft: Draft, readings: list[Reading]) -> str | None:
    """Who acts in the sentence before, or for a headline behind: "Gunmen stormed the village. Twelve people died." """
    own = readings[draft.index]
    led_up_to = draft.index > 0 and _only_leads_up(draft, readings, draft.index - 1) and not own.places
    alone = not (own.dates or own.places or own.weapons or own.fresh) or refers_back(own) or led_up_to
    order = (draft.index - 1, draft.index + 1) if draft.index <= 1 else (draft.index - 1,)
    for index in order:
        if not 0 <= index < len(readings) or not alone or (index > draft.index and readings[index].fresh):
            continue
        reading = readings[index]
        harmed = [(reading.chunks[link.count].start, reading.chunks[link.count].end) for link in reading.links]
        for party in reading.parties:
            if not any(a < party.end and party.start < b for a, b in harmed):
                return party.text
    return None


def _weapon_near(draft: Draft, readings: list[Reading]) -> str | None:
    """A weapon in the sentence before, or for a headline behind."""
    order = (draft.index - 1, draft.index + 1) if draft.index <= 1 else (draft.index - 1,)
    for index in order:
        if 0 <= index < len(readings) and readings[index].weapons and not readings[draft.index].fresh and not readings[index].links:
            return readings[index].weapons[0].text
    return None
