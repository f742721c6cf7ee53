"""What the sentences of one article tell about the same event: parts and repeats, and the source, date and setting that a sentence leaves
unsaid and another one gives (claim-spec.md: basis `context`). Everything here is carried only where the words do not speak against it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from .attribution import Report
from .chunks import is_one_of
from .dates import DatePhrase
from .draft import Draft, stated_number
from .lexicon import any_of
from .reading import Reading, dates_statement, points_back
from .setting import acting


def _count_key(draft: Draft) -> tuple[int | None, int | None, int | None, str | None]:
    q = draft.chunk.quantity
    return (q.count, q.count_min, q.count_max, q.vague) if q else (None, None, None, None)


def _same_toll(a: Draft, b: Draft) -> bool:
    """The same harm with the same number: another mention of one toll. "16" in a headline is "at least 16" in the lead."""
    qa, qb = a.chunk.quantity, b.chunk.quantity
    if a.link.harm != b.link.harm or qa is None or qb is None or qa.count == 0:
        return False
    if {a.victim_class, b.victim_class} == {"civilian", "combatant"}:
        return False
    if qa.count is not None and qb.count is not None:
        return qa.count == qb.count
    return _count_key(a) == _count_key(b) and a.victim_class == b.victim_class


def tie_subsets(drafts: list[Draft]) -> None:
    """Parts whose total stands in an earlier sentence: "Among the dead were four staff"."""
    for i, draft in enumerate(drafts):
        if not draft.link.back_subset or draft.parent is not None:
            continue
        own = stated_number(draft)
        for earlier in reversed(drafts[:i]):
            total = stated_number(earlier)
            if earlier.index == draft.index and earlier.link.back_subset:
                continue
            if draft.index - earlier.index > 4:
                break
            if (
                draft.link.harm in (earlier.link.harm, "")
                and earlier.scope == "event"
                and earlier.parent is None
                and (total or 0) >= (own or 0)
            ):
                draft.parent = earlier
                break


def with_harm(drafts: list[Draft]) -> list[Draft]:
    """ "Eighteen of them were children" takes the harm of its total; without one it is no claim."""
    for draft in drafts:
        if not draft.link.harm and draft.parent is not None:
            draft.link = replace(draft.link, harm=draft.parent.link.harm)
    return [d for d in drafts if d.link.harm]


def fill_sources(drafts: list[Draft], readings: list[Reading]) -> None:
    """Sources that another sentence names: the running quotation, the sentence before about the same event, the body for a headline."""
    last_spoken: dict[int, Report] = {}
    current: Report | None = None
    for index, reading in enumerate(readings):
        last_spoken[index] = current  # type: ignore[assignment]
        if reading.reports:
            current = reading.reports[-1]
    for draft in drafts:
        if draft.report is not None:
            continue
        reading = readings[draft.index]
        if reading.quoted and not reading.reports:
            following = next((r for rd in readings[draft.index + 1 : draft.index + 2] if rd.quoted for r in rd.reports[:1]), None)
            spoken = last_spoken.get(draft.index)
            previous = readings[draft.index - 1] if draft.index else None
            donor = spoken if previous and previous.quoted and spoken else following or spoken
            if donor:
                draft.report, draft.source_basis = donor, "context"
    for i, draft in enumerate(drafts):
        if draft.report is not None or draft.scope == "cumulative":
            continue
        donor_report = _carried(i, drafts, readings)
        if donor_report:
            draft.report, draft.source_basis = donor_report, "context"
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
    for i, draft in enumerate(drafts):
        if draft.report is not None or draft.scope == "cumulative":
            continue
        later = [d for d in drafts[i + 1 :] if _same_toll(draft, d) and d.report is not None and d.scope == "event"]
        bodies = {d.report.speaker.source_id for d in later if d.report}
        if len(bodies) == 1 and draft.index <= 4:
            draft.report, draft.source_basis = later[0].report, "context"


def _carried(i: int, drafts: list[Draft], readings: list[Reading]) -> Report | None:
    """The source of the claim before, where this one goes on about the same event in the next sentence without naming any."""
    draft, reading = drafts[i], readings[drafts[i].index]
    if reading.reports and any(r.form == "before" for r in reading.reports):
        return None
    if draft.parent is not None and draft.parent.report is not None:
        return draft.parent.report
    for earlier in reversed(drafts[:i]):
        if earlier.index == draft.index and earlier.report is not None:
            return earlier.report
    if reading.fresh or reading.other_time or (reading.dates and not draft.link.back_subset):
        return None
    for earlier in reversed(drafts[:i]):
        if draft.index - earlier.index > 2:
            break
        if earlier.index < draft.index and earlier.report is not None and earlier.scope == "event":
            other_weapon = draft.weapon and earlier.weapon and draft.weapon != earlier.weapon
            return earlier.report if _goes_on(draft, earlier, readings) and not other_weapon else None
    return None


def fill_dates(drafts: list[Draft], readings: list[Reading], published: date | None) -> None:
    """Dates that another sentence tells about the same event: the same toll, the claim before, for a headline the next."""
    for draft in drafts:
        if draft.first is None and draft.parent is not None and draft.parent.first is not None and draft.dates is None:
            _take_date(draft, draft.parent)
    for i, draft in enumerate(drafts):
        if draft.dates is not None and draft.dates.offset and draft.first is None and draft.dates.text.lower().endswith("after"):
            ref = _span_before(i, drafts, readings)  # "came a day after gunmen killed …"
            if ref and ref[0] is not None and ref[2] == "day":
                draft.first = draft.last = ref[0] + timedelta(days=draft.dates.offset)
                draft.precision, draft.date_basis = "day", "relative"
        if draft.first is not None or draft.dates is not None:
            continue
        if draft.scope == "cumulative":
            _cumulative_date(draft, readings, published)
            continue
        donor = next(
            (
                d
                for d in drafts
                if d is not draft and _same_toll(d, draft) and d.first is not None and d.scope == "event" and d.date_basis != "context"
            ),
            None,
        )
        span = _span(donor) if donor else _span_before(i, drafts, readings) or _span_after(i, drafts, readings)
        if span is not None:
            draft.first, draft.last, draft.precision, draft.date_basis = *span, "context"


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
    stop = phrase.stop + marker.start() if marker else len(reading.sentence.text)
    inside = [c for c in reading.chunks if c.start < stop]
    if any(c.tag in "KGIDT" or is_one_of(c, "event_nouns") or is_one_of(c, "event_verbs") for c in inside):
        return True
    return any(w.start < stop for w in reading.weapons)


def _refers_back(reading: Reading) -> bool:
    """ "The attack also wounded 12": the same event again."""
    return points_back(reading.sentence.text)


def _goes_on(draft: Draft, donor: Draft, readings: list[Reading]) -> bool:
    """Whether a claim is about the event of an earlier one. A weapon or a place of its own that differs speaks against it."""
    another = draft.chunk.quantity is not None and draft.chunk.quantity.text.lower().startswith("another ")
    if draft.index == donor.index or _same_toll(draft, donor) or draft.link.back_subset or draft.chunk.more or another:
        return True
    if re.search(r"\b(?:a second|a third|another|also)\b", readings[draft.index].sentence.text.lower()[:60]):
        return True
    if draft.weapon and donor.weapon:
        return draft.weapon == donor.weapon or _refers_back(readings[draft.index])
    if _refers_back(readings[draft.index]):
        return True
    if any_of("many_places").search(donor.sentence.text):
        return True
    if draft.place and donor.place and draft.place not in donor.place and donor.place not in draft.place:
        return False
    if draft.weapon is None and draft.place is None and draft.report is None:
        return True
    return draft.index - donor.index <= 3 and not (
        draft.weapon and not donor.weapon and readings[draft.index].sentence.paragraph != readings[donor.index].sentence.paragraph
    )


def _span_before(i: int, drafts: list[Draft], readings: list[Reading]) -> DateSpan | None:
    """The date of the nearest sentence before that tells of the same event."""
    draft = drafts[i]
    for index in range(draft.index, max(-1, draft.index - BACK - 1), -1):
        if readings[min(index + 1, draft.index)].other_time:
            return None
        dated = [d for d in drafts[:i] if d.index == index and d.scope == "event" and d.first is not None]
        if dated:
            alike = [d for d in drafts[:i] if d.scope == "event" and _span(d) == _span(dated[-1]) and draft.index - d.index <= BACK]
            return _span(dated[-1]) if any(_goes_on(draft, d, readings) for d in alike) else None
        phrase = _event_phrase(readings[index]) if index < draft.index and draft.index - index <= 6 else None
        if phrase is None and index == draft.index - 1 and readings[index].sentence.paragraph == readings[draft.index].sentence.paragraph:
            days = [
                d for d in readings[index].dates if d.first and d.precision in ("day", "night") and not dates_statement(readings[index], d)
            ]
            bare = (
                draft.place is None
                and draft.weapon is None
                and not readings[index].reports
                and not re.search(r"\bafter\b", readings[index].sentence.text)
            )
            phrase = days[0] if days and bare else None  # "Gunmen came to the village on 9 June. Twelve people died."
        if phrase is not None:
            elsewhere = (
                draft.place
                and readings[index].places
                and not any(p.text in draft.place or draft.place in p.text for p in readings[index].places)
            )
            apart = readings[index].sentence.paragraph != readings[draft.index].sentence.paragraph
            same = draft.link.back_subset or _refers_back(readings[draft.index])
            return None if elsewhere and apart and not same else _span(phrase)
    return None


def _span_after(i: int, drafts: list[Draft], readings: list[Reading]) -> DateSpan | None:
    """For a headline or lead: the date of the first sentence behind that tells of the event."""
    draft = drafts[i]
    if draft.index > 3:
        return None
    for index in range(draft.index, min(len(readings), draft.index + AHEAD + 1)):
        opens = index > max(1, draft.index) and any(p.begin <= 4 for p in readings[index].dates)
        if readings[index].other_time or opens:
            return None  # "On Sunday more than 35 people …" is the next event
        dated = [
            d
            for d in drafts[i + 1 :]
            if d.index == index and d.scope == "event" and d.first is not None and d.precision in ("day", "night", "days")
        ]
        if dated:
            return _span(dated[0]) if draft.index <= 1 or _goes_on(dated[0], draft, readings) else None
        phrase = _event_phrase(readings[index]) if index > draft.index else None
        if phrase is not None:
            return _span(phrase)
    return None


def _take_date(draft: Draft, donor: Draft) -> None:
    draft.first, draft.last, draft.precision = donor.first, donor.last, donor.precision
    draft.date_basis = "context"


def _cumulative_date(draft: Draft, readings: list[Reading], published: date | None) -> None:
    """A war's running total runs from the war's start, where the article tells it, to publication."""
    if published is None:
        return
    order = sorted(range(len(readings)), key=lambda k: abs(k - draft.index))
    for index in order[:6]:
        for phrase in readings[index].dates:
            text = readings[index].sentence.text.lower()
            if (
                phrase.first is not None
                and (phrase.since or phrase.precision in ("month", "year"))
                and re.search(r"\b(?:began|begun|erupted|started|broke out|since|outbreak|uprising|start)\b", text)
            ):
                draft.first, draft.last, draft.precision, draft.date_basis = phrase.first, published, "period", "context"
                return


def fill_setting(drafts: list[Draft], readings: list[Reading]) -> None:
    """Place, weapon and actor that another sentence about the same event tells: one before, or for a headline or lead one behind."""
    own = [(d.place, d.weapon, d.actor) for d in drafts]
    for i, draft in enumerate(drafts):
        donors, alike = _donors(i, drafts, readings)
        if draft.place is None and not _UNNAMED_PLACE.search(draft.sentence.text):
            told = [drafts[k].place if k < i else own[k][0] for k in alike]
            draft.place = next((place for place in told if place), None) or _place_near(draft, readings)
        if draft.scope == "cumulative":
            continue
        if draft.link.harm in ("captured", "missing"):
            draft.weapon = None
        elif draft.weapon == "ied":
            draft.weapon = next(
                (own[k][1] for k in donors if own[k][1] in ("suicide_bomb", "car_bomb")), "ied"
            )  # "the blasts" of the car bombs
        elif draft.weapon is None:
            draft.weapon = next((own[k][1] for k in donors if own[k][1]), None) or _weapon_near(draft, readings)
        if draft.actor is None:
            draft.actor = next((own[k][2] for k in donors if own[k][2]), None) or _actor_near(draft, readings)
    claimants = {r.claimed_by for r in readings if r.claimed_by}
    if len(claimants) == 1:
        claimant = claimants.pop()
        for draft in drafts:
            if draft.actor is None and draft.scope == "event" and not readings[draft.index].other_time and not readings[draft.index].fresh:
                draft.actor = claimant


_UNNAMED_PLACE = re.compile(
    r"\bin\s+the\s+(?:[\w-]+\s+){1,3}of\s+the\s+(?:\w+\s+)?(?:city|town|village|country|capital|province)\b", re.IGNORECASE
)


def _donors(i: int, drafts: list[Draft], readings: list[Reading]) -> tuple[list[int], list[int]]:
    """The numbers of the claims about the same event, nearest first; and with them those of the same days shortly before."""
    draft = drafts[i]
    found, alike = [], []
    for k, other in enumerate(drafts):
        if k == i or other.scope != draft.scope or readings[draft.index].other_time != readings[other.index].other_time:
            continue
        if (
            draft.place
            and other.place
            and k != i
            and draft.place not in other.place
            and other.place not in draft.place
            and not _same_toll(draft, other)
        ):
            continue
        if draft.dates and other.dates and draft.first is None and other.first is None and draft.date_text != other.date_text:
            continue  # without a date of publication the words alone tell two days apart
        dated_alike = (draft.first, draft.last) == (other.first, other.last) or None in (draft.first, other.first)
        if other.index <= draft.index:
            near = draft.index - other.index <= 5 and not readings[draft.index].fresh
            same = near and _goes_on(draft, other, readings)
            if near and draft.first is not None and (draft.first, draft.last) == (other.first, other.last):
                alike.append(k)
        else:
            same = (
                draft.index <= 1 and _goes_on(other, draft, readings) and not readings[other.index].fresh and other.index - draft.index <= 3
            )
        if dated_alike and (same or _same_toll(draft, other)):
            found.append(k)

    def distance(k: int) -> tuple[bool, int, bool]:
        return not _same_toll(draft, drafts[k]), abs(drafts[k].index - draft.index), k > i

    return sorted(found, key=distance), sorted({*found, *alike}, key=distance)


def _place_near(draft: Draft, readings: list[Reading]) -> str | None:
    """A place in the sentence before, or for a headline behind, that tells of the event without a number."""
    order = (draft.index - 1, draft.index + 1) if draft.index <= 1 else (draft.index - 1,)
    for index in order:
        if 0 <= index < len(readings) and readings[index].places and not readings[draft.index].fresh and _tells_event(readings[index]):
            return readings[index].places[0].text
    return None


def _tells_event(reading: Reading) -> bool:
    return bool(reading.weapons) or any(
        c.tag in "KGIDT" or is_one_of(c, "event_nouns") or is_one_of(c, "event_verbs") for c in reading.chunks
    )


def _actor_near(draft: Draft, readings: list[Reading]) -> str | None:
    """Who acts in the claim's own sentence or the one before: "Gunmen stormed the village. Twelve people died." """
    for index in (draft.index, draft.index - 1):
        if index >= 0 and not (index < draft.index and (readings[draft.index].fresh or readings[draft.index].weapons)):
            victims = [(c.start, c.end) for c in readings[index].chunks if c.tag in "Qqy"]
            if actor := acting(readings[index].sentence.text, readings[index].speaker_spans + victims):
                return actor
    return None


def _weapon_near(draft: Draft, readings: list[Reading]) -> str | None:
    """A weapon in the sentence before, or for a headline behind."""
    order = (draft.index - 1, draft.index + 1) if draft.index <= 1 else (draft.index - 1,)
    for index in order:
        if 0 <= index < len(readings) and readings[index].weapons and not readings[draft.index].fresh and not readings[index].links:
            return readings[index].weapons[0].text
    return None


def tie_repeats(drafts: list[Draft]) -> None:
    """`repeat_of`: the first mention in the article of the same toll, of the same date or of none told otherwise."""
    for i, draft in enumerate(drafts):
        for earlier in drafts[:i]:
            same_day = None in (draft.first, earlier.first) or (draft.first, draft.last) == (earlier.first, earlier.last)
            if (
                _same_toll(earlier, draft)
                and same_day
                and earlier.scope == draft.scope
                and earlier.repeat is None
                and earlier.link.assertion == draft.link.assertion
                and (earlier.parent is None) == (draft.parent is None)
            ):
                draft.repeat = earlier
                break
