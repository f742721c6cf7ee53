"""A claim in the making: what its own sentence tells of victims, dates, scope, source, place, actor and weapon."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache

from .actors import actor_of, can_act, pronoun_before, subject_before
from .attribution import Report, source_of
from .chunks import Chunk, is_one_of
from .dates import DatePhrase
from .dating import harm_dates, own_date
from .harms import Link
from .lexicon import alternatives, any_of, english
from .reading import Reading
from .sentences import Sentence
from .setting import narrowest, weapon_at


@dataclass(slots=True)
class Draft:
    """A claim in the making: the link with what has been found out about it so far. Offsets count in the sentence."""

    sentence: Sentence
    index: int  # of the sentence
    chunks: list[Chunk]
    link: Link
    chunk: Chunk
    victims: str | None = None
    victim_class: str = "unknown"
    victim_group: str | None = None
    dates: DatePhrase | None = None
    date_basis: str = "none"
    first: date | None = None
    last: date | None = None
    precision: str = "none"
    date_text: str | None = None
    scope: str = "event"
    report: Report | None = None
    source_basis: str = "none"
    via: str | None = None
    place: str | None = None
    home: str | None = None  # whence somebody in the sentence is: the place where no other is told
    actor: str | None = None
    weapon: str | None = None
    weapon_hinted: bool = False  # "the strike", "the bombing": another sentence may say what it was
    parent: Draft | None = field(default=None, repr=False)
    repeat: Draft | None = field(default=None, repr=False)

    @property
    def trigger(self) -> Chunk:
        return self.chunks[self.link.trigger]


def stated_number(draft: Draft) -> int | None:
    q = draft.chunk.quantity
    return (q.count if q.count is not None else q.count_min) if q else None


def drafts_of(text: str, index: int, reading: Reading, published: date | None) -> list[Draft]:
    """The claims of one sentence with what the sentence itself tells."""
    drafts: dict[int, Draft] = {}
    base = reading.sentence.start
    speaking = [(r.speaker.start - base, r.speaker.end - base, r.form) for r in reading.reports if r.speaker.kind == "kind"]
    for link in reading.links:
        counted = reading.chunks[link.count]
        form = next((form for a, b, form in speaking if a == counted.start and counted.end <= b), None)
        if form is not None and _only_speaks(reading, link, form):
            continue  # "according to two residents, and at least 23 have been detained", "12 injured a source said"
        draft = Draft(reading.sentence, index, reading.chunks, link, reading.chunks[link.count])
        drafts[link.count] = draft
    dates = harm_dates(reading) if drafts else []
    for count, draft in drafts.items():
        if draft.link.subset_of in drafts:
            draft.parent = drafts[draft.link.subset_of]
        _victims(draft, drafts, count)
        clause = _clause(reading, draft)
        own_date(draft, reading, clause, dates)
        _scope(draft, reading)
        _from_start_of_war(draft, reading, published)
        report = source_of(text, reading.sentence, reading.reports, reading.sentence.start + draft.chunk.start, reading.chunks)
        if report:
            draft.report, draft.via = report, report.via
            draft.source_basis = "context" if report.carried else "sentence"
        _own_setting(draft, reading, clause)
    return list(drafts.values())


def _only_speaks(reading: Reading, link: Link, form: str) -> bool:
    """Whether who speaks is not harmed as well, as in "according to a resident wounded in the attack"."""
    counted, trigger = reading.chunks[link.count], reading.chunks[link.trigger]
    if form == "according":
        return any(chunk.tag in "Qq" and counted.end <= chunk.start < trigger.start for chunk in reading.chunks)
    return counted.quantity is not None and counted.quantity.bare_article and trigger.start < counted.start


def _victims(draft: Draft, drafts: dict[int, Draft], count: int) -> None:
    """Victims as written behind the number; else understood from the claim before in the same sentence, or from "of them children"."""
    chunk, chunks = draft.chunk, draft.chunks
    draft.victims, draft.victim_class, draft.victim_group = chunk.victims, chunk.victim_class, chunk.victim_group
    if draft.trigger.entry and draft.trigger.entry.head and chunk.victims is None and draft.link.trigger == count + 1:
        draft.victims = draft.trigger.text
    if chunk.tag == "Q" or chunk.victims:
        return
    following = count + 1
    if following < len(chunks) and chunks[following].tag in "So":
        noun = _noun_after(chunks, following)
        if noun:
            draft.victims, draft.victim_class, draft.victim_group = noun
            return
    earlier = [d for k, d in drafts.items() if k < count and d.victims and d.link.subset_of is None]
    if earlier and draft.victims is None and chunk.quantity and not chunk.more and draft.trigger.tag in "KGI":
        donor = earlier[-1]
        draft.victims, draft.victim_class, draft.victim_group = donor.victims, donor.victim_class, donor.victim_group
    elif draft.parent is not None and draft.victims is None:
        draft.victims, draft.victim_class = draft.parent.victims, draft.parent.victim_class


def _noun_after(chunks: list[Chunk], i: int) -> tuple[str, str, str | None] | None:
    """The victims of "seven of them children", "one of the attackers", "six of those killed were farmers"."""
    words: list[Chunk] = []
    for chunk in chunks[i : i + 12]:
        if chunk.tag == "N" and chunk.entry:
            lead = [w for w in words if w.tag in "wX"][-3:] if words and words[-1].tag in "wX" else []
            text = " ".join([*(w.text for w in lead), chunk.text])
            return text, chunk.entry.victim_class or "unknown", chunk.entry.victim_group
        if chunk.tag == "Q" and chunk.victims and chunk.quantity and chunk.quantity.bare_article:
            return chunk.victims, chunk.victim_class, chunk.victim_group
        if chunk.tag not in "SoxewXKDba":
            return None
        words.append(chunk)
    return None


_CLAUSE_BREAK = re.compile(r"[;]|,?\s+(?:while|whereas|but)\s+|,\s+(?:and|as|after|when)\s+", re.IGNORECASE)


def _clause(reading: Reading, draft: Draft) -> tuple[int, int]:
    """The stretch of the sentence between the clause breaks around the harm."""
    anchor, begin, stop = draft.trigger.start, 0, len(reading.sentence.text)
    for match in _CLAUSE_BREAK.finditer(reading.sentence.text):
        if match.end() <= anchor and match.end() <= draft.chunk.start:
            begin = match.end()
        elif match.start() >= max(anchor, draft.chunk.end):
            stop = match.start()
            break
    return begin, stop


@cache
def _long_war() -> re.Pattern[str]:
    """ "the five-month campaign", "its 14-year-old insurgency"."""
    return re.compile(
        rf"\b\w+-(?:day|week|month|year|decade)(?:-old|-long)?\s+(?:\w+\s+)?(?:{alternatives(english()['conflict_nouns'])})\b",
        re.IGNORECASE,
    )


@lru_cache(maxsize=64)
def _is_background(text: str) -> bool:
    """Whether a sentence speaks of a war as a whole: "since the conflict began", but not "the heaviest loss since the war began"."""
    found = any_of("cumulative", "phrases").search(text) or _long_war().search(text)
    return found is not None and any_of("superlatives").search(text, max(0, found.start() - 70), found.start()) is None


def _scope(draft: Draft, reading: Reading) -> None:
    """cumulative: a running total since some start, or over a war."""
    text = reading.sentence.text.lower()
    if draft.dates is not None and draft.dates.since:
        draft.scope = "cumulative"
        return
    if draft.precision in ("year", "period") and (stated_number(draft) or 0) >= YEARLY and not any_of("event_nouns").search(text):
        draft.scope = "cumulative"  # "6,878 civilians were killed in 2016", but "the 1982 massacre that killed 10,000"
        return
    started = any_of("since_start").search(text, draft.chunk.start) if draft.dates is None else None
    if started is not None and not any(
        text[m.end() : m.end() + 4] != " of " for m in any_of("superlatives").finditer(text, 0, started.start())
    ):
        draft.scope = "cumulative"  # "more than 5,000 have been wounded since the offensive began"
        return
    if _so_far(draft, reading) or (draft.dates is None and (stated_number(draft) or 0) >= A_WARS):
        draft.scope = "cumulative"
        return
    count = draft.chunk.quantity.count_min or draft.chunk.quantity.count or 0 if draft.chunk.quantity else 0
    if (
        _is_background(text)
        and (count >= 100 or draft.dates is None)
        and (draft.dates is None or draft.precision in ("year", "month", "none", "period"))
    ):
        draft.scope = "cumulative"


YEARLY = 50
"""Victims of a whole year, told without an event: from here on it is a sum."""
A_WARS = 10_000
"""Victims told without a day: from here on it is the toll of a war."""
MANY = 400
"""A number of victims that one event rarely has: "has killed some 1,400 people in the country" is a running total."""


def _after_war(draft: Draft, reading: Reading) -> bool:
    """Whether the sentence before tells how a war began: "The war broke out in April. It has killed 7,500 people." """
    before = reading.article[draft.index - 1].sentence.text if draft.index else ""
    return any_of("conflict_starts").search(before) is not None and any_of("conflict_nouns").search(before) is not None


def _so_far(draft: Draft, reading: Reading) -> bool:
    """Present perfect, no day of its own and a large number, beyond the lead: a total of a war told as background."""
    number = stated_number(draft) or 0
    if (
        number < MANY
        or (draft.index < 3 and not _after_war(draft, reading))
        or (draft.dates is not None and draft.precision in ("day", "night", "days"))
    ):
        return False
    trigger, chunks = draft.link.trigger, draft.chunks
    before = [c for c in chunks[max(0, trigger - 4) : trigger] if c.tag == "h"]
    return any(c.text.lower() in ("has", "have") for c in before)


def _from_start_of_war(draft: Draft, reading: Reading, published: date | None) -> None:
    """ "… killed in the conflict, which started in 2011": a running total from then to publication."""
    phrase = draft.dates
    if (
        draft.scope != "cumulative"
        or phrase is None
        or phrase.since
        or phrase.first is None
        or published is None
        or phrase.precision not in ("year", "month", "day")
    ):
        return
    before = reading.sentence.text[: phrase.begin].lower()
    if any_of("conflict_starts").search(before) and any_of("conflict_nouns").search(before):
        draft.last, draft.precision = published, "period"


HOME = 8
"""Characters from the victims to their home: "ten men from | al-Arish"."""


def _own_setting(draft: Draft, reading: Reading, clause: tuple[int, int]) -> None:
    trigger = draft.trigger
    place = narrowest(reading.leading_places, max(trigger.end, draft.chunk.end), clause, draft.scope == "cumulative")
    draft.place = place.text if place and not (place.weak or place.aside) else None
    if place and (place.aside or (place.weak and 0 <= place.start - draft.chunk.end <= HOME)):
        draft.home = place.text
    named = weapon_at(reading.weapons, trigger.start, clause)
    draft.weapon = draft.link.weapon or (named.text if named else None)
    draft.weapon_hinted = draft.link.weapon is None and named is not None and named.weak
    draft.actor = _actor(draft, reading, clause)


def _actor(draft: Draft, reading: Reading, clause: tuple[int, int]) -> str | None:
    """Who did it, by the claim's own sentence. Who dies, falls or loses men did not do it."""
    text, trigger = reading.sentence.text, draft.trigger
    active = trigger.tag == "G" or (trigger.start < draft.chunk.start and trigger.tag == "K")
    harmed = [(reading.chunks[link.count].start, reading.chunks[link.count].end) for link in reading.links]
    suffers = is_one_of(trigger, "suffering_verbs")
    armed = any(clause[0] <= weapon.start < clause[1] for weapon in reading.weapons)
    if active and not suffers and pronoun_before(reading.chunks, draft.link.trigger):
        spoken = [r.speaker for r in reading.reports if r.verb_end - reading.sentence.start <= trigger.start]
        if spoken and can_act(spoken[-1].type, spoken[-1].text) and not reading.reports[0].carried:
            return spoken[-1].text.removeprefix("that ")
    between_sides = any_of("two_sides").search(text, clause[0], trigger.start) is not None
    if active and not suffers and not between_sides:
        subject = subject_before(text, reading.chunks, draft.link.trigger, reading.speaker_spans)
        own = [p for p in reading.parties if p.end <= trigger.start and p.part == "acts" and clause[0] <= p.start]
        if subject is not None and not own:
            return subject
    if reading.claimed_by is not None:
        return reading.claimed_by  # "…, in an attack claimed by the group"
    losers = [p for p in reading.parties if suffers and p.part == "acts" and p.end <= trigger.start][-1:]  # "the army … and lost three men"
    parties = [p for p in reading.parties if p not in losers]
    return actor_of(text, parties, (trigger.start, trigger.end), active and not suffers, harmed, clause, armed)
