"""Place, weapon and actor that another sentence about the same event tells, and what the article's main event lends."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache

from ..chunks import is_one_of
from ..draft import Draft
from ..event import LEAD, MENTIONS, Account, goes_on, many_places, refers_back, same_toll, tells_event
from ..lexicon import any_of
from ..reading import Reading
from ..setting import countries_in, is_coarse, is_country, is_healing

BLASTS = ("suicide_bomb", "car_bomb", "airstrike")
"""What "the bombing" or "the blasts" can turn out to have been, where the article tells it of the same event."""


STRIKES = ("airstrike", "rocket", "drone", "barrel_bomb", "shelling")
"""What "the strike" can turn out to have been."""


Setting = tuple[str | None, str | None, str | None]  # place, weapon and actor by the claim's own sentence


def fill_setting(account: Account) -> None:
    """Place, weapon and actor that another sentence about the same event tells: one before, or for a headline or lead one behind."""
    own: list[Setting] = [(d.place, d.weapon, d.actor) for d in account.drafts]
    main = _main_event(account)
    country = cache(lambda: _country_of(account.readings))  # counted once, where it is asked for
    for i, draft in enumerate(account.drafts):
        if draft.scope == "cumulative":
            if draft.place is None and not _is_unnamed_place(draft.sentence.text):
                own_countries = countries_in(draft.sentence.text)  # "Syria's conflict", else the country that the article is about
                draft.place = draft.home or (own_countries[-1] if own_countries else country())
            continue
        donors, alike = _donors(i, account)
        if draft.place is None and any_of("countrywide").search(draft.sentence.text):
            draft.place = country()
        same = main if main is not None and _is_of(main, draft, account.readings) else None
        if draft.place is None and not _is_unnamed_place(draft.sentence.text):
            draft.place = _lent_place(i, account, own, alike, same)
        if own[i][0] is None and draft.place is not None and is_coarse(draft.place) and not _spans_places(draft):
            draft.place = _narrower(i, account, own, donors) or draft.place
        if draft.actor is None and draft.link.harm != "missing" and not is_one_of(draft.trigger, "aftermath"):
            lent = [k for k in donors if own[k][2] and not _harms(own[k][2], draft)]
            beside = next((own[k][2] for k in lent if abs(account.drafts[k].index - draft.index) <= 1), None)
            draft.actor = beside or _actor_near(draft, account.readings) or next((own[k][2] for k in lent), None)
        draft.weapon = _lent_weapon(i, account, own, donors, same)
    _claimed(account)


def _lent_place(i: int, account: Account, own: list[Setting], alike: list[int], same: MainEvent | None) -> str | None:
    """The place told of the same days nearby, before a country the narrower one; else where somebody in the sentence is at home."""
    draft = account.drafts[i]
    lent = [(abs(account.drafts[k].index - draft.index), account.drafts[k].place if k < i else own[k][0]) for k in alike]
    beside = [place for far, place in lent if far <= 1]
    farther = [place for far, place in lent if far > 1]
    told = [p for p in (*beside, _place_near(draft, account.readings), *farther, same.place if same else None) if p]
    narrow = next((place for place in told if not is_country(place) and not is_healing(place)), None)
    return narrow or draft.home or next(iter(told), None)


def _spans_places(draft: Draft) -> bool:
    """Whether a claim is told of a whole country or province: "across Syria", "in all of the province"."""
    return many_places(draft.sentence.text)


def _narrower(i: int, account: Account, own: list[Setting], donors: list[int]) -> str | None:
    """The narrower place of the same event: what its other mentions tell, or for a headline or lead the sentences right behind."""
    draft, readings = account.drafts[i], account.readings
    for k in donors:
        place = own[k][0]
        if place is not None and not is_coarse(place) and not is_healing(place):
            return place
    if draft.index > 1:
        return None
    for reading in readings[draft.index + 1 : draft.index + 1 + NARROWER]:
        if reading.fresh or reading.other_time or (reading.dates and not reading.links):
            return None
        told = [place.text for place in reading.leading_places if not place.weak and not place.aside]
        narrow = [place for place in told if not is_coarse(place) and not is_healing(place)]
        if narrow and tells_event(reading):
            return narrow[0]
    return None


NARROWER = 3
"""Sentences behind a headline or lead in which the event's narrower place may be told."""


def _lent_weapon(i: int, account: Account, own: list[Setting], donors: list[int], same: MainEvent | None) -> str | None:
    """The claim's weapon as the sentences about its event tell it: "the blasts" of car bombs, "the strike" that was a missile's."""
    draft, main = account.drafts[i], same.weapon if same else None
    if draft.link.harm in ("captured", "missing"):
        return None
    if draft.weapon == "ied":
        bombed = draft.actor is not None and any_of("air_powers").search(draft.actor)  # "the coalition bombed the village"
        lent = main if main in BLASTS else "airstrike" if bombed else "ied"
        return next((own[k][1] for k in donors if own[k][1] in BLASTS), lent)
    if draft.weapon_hinted and draft.weapon == "airstrike":
        told = (own[k][1] for k in donors if not account.drafts[k].weapon_hinted and own[k][1] in STRIKES)
        return next(told, None) or (main if main in STRIKES else draft.weapon)
    if draft.weapon is None:
        sure = (k for k in donors if not account.drafts[k].weapon_hinted or account.drafts[k].index == draft.index)
        return next((own[k][1] for k in sure if own[k][1]), None) or _weapon_near(draft, account.readings) or main
    return draft.weapon


def _claimed(account: Account) -> None:
    """A claim of responsibility makes the group the actor (claim-spec.md, small print) of the event that the article tells right before it.

    Not where the sentence tells of another event itself ("a similar attack in April, claimed by …, killed 40").
    """
    for reading in account.readings:
        if reading.claimed_by is None or reading.links or reading.past or reading.fresh:
            continue
        for draft in account.drafts:
            if draft.actor is None and draft.scope == "event" and _leads_to(draft.index, reading.index, account.readings):
                draft.actor = reading.claimed_by


def _leads_to(index: int, claim: int, readings: list[Reading]) -> bool:
    """Whether nothing opens another event between sentence `index` and the claim of responsibility, or a little behind it."""
    first, last = sorted((index, claim))
    if index > claim + CLAIMED_BEHIND or readings[index].other_time or readings[index].fresh:
        return False
    return not any(reading.other_time or reading.fresh for reading in readings[first + 1 : last + 1])


CLAIMED_BEHIND = 3
"""Sentences behind a claim of responsibility that may still tell of what was claimed."""


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
    if (
        draft.scope != "event"
        or draft.index <= main.lead.index
        or reading.fresh
        or reading.other_time
        or is_one_of(draft.trigger, "aftermath")
    ):
        return False
    if draft.first is not None and main.lead.first is not None:
        return (draft.first, draft.last) == (main.lead.first, main.lead.last)
    return same_toll(draft, main.lead) or (draft.dates is None and (draft.link.rule == "toll" or refers_back(reading)))


def _donors(i: int, account: Account) -> tuple[list[int], list[int]]:
    """The numbers of the claims about the same event, nearest first; and with them those of the same days shortly before."""
    drafts, readings, draft = account.drafts, account.readings, account.drafts[i]
    if len(account.of_sentence[draft.index]) > MENTIONS:
        return [], []  # no sentence that people write
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
        if places and (tells_event(readings[index]) or _only_leads_up(draft, readings, index)):
            return places[0]
    return None


def _country_of(readings: list[Reading]) -> str | None:
    """The country that an article names most."""
    told = Counter(name for reading in readings for name in countries_in(reading.sentence.text)).most_common(1)
    return told[0][0] if told else None


def _only_leads_up(draft: Draft, readings: list[Reading], index: int) -> bool:
    """Whether the sentence before states no number and stands in the same paragraph: "The post at Inata was overrun. Fifty died." """
    before = readings[index]
    return index < draft.index and not before.links and before.sentence.paragraph == draft.sentence.paragraph


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
            if not any(a < party.end and party.start < b for a, b in harmed) and not _harms(party.text, draft):
                return party.text
    return None


def _weapon_near(draft: Draft, readings: list[Reading]) -> str | None:
    """A weapon in the sentence before, or for a headline behind."""
    order = (draft.index - 1, draft.index + 1) if draft.index <= 1 else (draft.index - 1,)
    for index in order:
        if 0 <= index < len(readings) and readings[index].weapons and not readings[draft.index].fresh and not readings[index].links:
            return readings[index].weapons[0].text
    return None
