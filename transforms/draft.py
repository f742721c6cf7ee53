"""A claim in the making: what its own sentence tells of victims, dates, scope, source, place, actor and weapon."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, lru_cache

from .actors import ACTING_TYPES, actor_of, pronoun_before, subject_before
from .attribution import Report, source_of
from .chunks import Chunk, is_one_of
from .dates import DatePhrase
from .harms import Link
from .lexicon import alternatives, any_of, english, phrase_set
from .reading import Reading, dates_statement
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
        one = counted.quantity is not None and counted.quantity.bare_article
        if any(a == counted.start and counted.end <= b and (one or form == "according") for a, b, form in speaking):
            continue  # "according to two residents, and at least 23 have been detained", "12 injured a source said"
        draft = Draft(reading.sentence, index, reading.chunks, link, reading.chunks[link.count])
        drafts[link.count] = draft
    for count, draft in drafts.items():
        if draft.link.subset_of in drafts:
            draft.parent = drafts[draft.link.subset_of]
        _victims(draft, drafts, count)
        clause = _clause(reading, draft)
        _own_date(draft, reading, clause)
        _scope(draft, reading)
        _from_start_of_war(draft, reading, published)
        report = source_of(text, reading.sentence, reading.reports, reading.sentence.start + draft.chunk.start, reading.chunks)
        if report:
            draft.report, draft.via = report, report.via
            draft.source_basis = "context" if report.carried else "sentence"
        _own_setting(draft, reading, clause)
    return list(drafts.values())


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


def _is_one_of_words(word: str, *path: str) -> bool:
    return tuple(word.lower().split()) in phrase_set(*path)


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


def _subordinate_from(text: str, draft: Draft, reading: Reading) -> int:
    """Where the clause of the harm begins, if a date before it belongs to something else: "police met on Friday after 12 died",
    "flags flew at half-mast Friday as Lebanon buried the victims of an attack that killed 43".
    """
    begin = 0
    for match in re.finditer(r"\b(?:after|where|as|when|while)\b", text[: draft.trigger.start]):
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
    behind = [c for c in reading.chunks if max(draft.trigger.end, draft.chunk.end) <= c.start < phrase.begin]
    part = next((c.end for c in behind if c.tag == "S"), None)
    return part is not None and any(c.start >= part and c.text.lower() in ("who", "whom") for c in behind)


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


def _own_date(draft: Draft, reading: Reading, clause: tuple[int, int]) -> None:
    """The date phrase of the claim's own sentence: in its clause, nearest to the harm, and not one that dates the statement."""
    text = reading.sentence.text
    if not reading.dates:
        return
    after = _subordinate_from(text, draft, reading)
    following = re.search(r"\bfollowing\b", text[draft.trigger.end :])  # "tortured to death following their arrest last week"
    limit = draft.trigger.end + following.start() if following else len(text)
    usable = [
        d for d in reading.dates if not dates_statement(reading, d) and not d.stop < after and d.begin < limit
    ]  # "police met on Friday after 12 died"
    usable = [d for d in usable if not _is_deadline(text, d) and not _of_a_victim(reading, draft, d)]
    usable = [d for d in _without_named_events(text, usable) if not _of_a_superlative(text, d) and not _of_a_part(reading, draft, d)]
    if is_one_of(draft.trigger, "aftermath"):  # "arrested three men over the killing of an elder last week"
        usable = [d for d in usable if not _behind_harm(reading, draft, d)]
    usable = [d for d in usable if not (d.since and _anothers(draft, reading, d)) and not _of_what_came_first(text, d, draft)]
    if draft.link.rule != "toll":  # "killed 16, bringing the toll since October to 2,464": that day is the toll's
        usable = [d for d in usable if not (d.since and _of_the_toll(text, draft, d))]
    usable = [d for d in usable if not _opens_another(draft, reading, d)]
    usable = [
        d for d in usable if not _ENDED.search(text, max(0, d.begin - 20), d.begin)
    ]  # "the war, which ended in May 2009, killed 100,000"
    if draft.link.rule == "toll":  # "the toll rose to 39 on Tuesday" dates the toll
        usable = [d for d in usable if d.begin < draft.chunk.start or d.since or d.text.startswith("in ")]
    if draft.trigger.tag in "KD":
        aux = [c for c in reading.chunks if draft.chunk.end <= c.start and c.end <= draft.trigger.start]
        if any(is_one_of(c, "finding_verbs") for c in aux):
            usable = [d for d in usable if d.begin < draft.chunk.start]
        told = [
            r
            for r in reading.reports
            if _is_one_of_words(r.verb, "speech", "toll") and r.verb_end - reading.sentence.start <= draft.chunk.start
        ]
        if told and "toll" in text[told[-1].verb_end - reading.sentence.start : draft.chunk.start + 1]:
            usable = [d for d in usable if d.begin < draft.chunk.start]  # "had put the toll at 100 on Sunday"
    inside = [d for d in usable if clause[0] <= d.begin < clause[1]] or usable
    if not inside or (
        draft.link.back_subset
        and draft.link.trigger > draft.link.count
        and all(d.begin > draft.chunk.start for d in inside)
        and draft.trigger.tag == "D"
    ):
        return
    if any(d.first for d in inside):  # "in recent days … when it bombed the town at the weekend": what dates beats what does not
        inside = [d for d in inside if d.first or d.offset or not any_of("vague_times").match(d.text)]
    anchor = draft.trigger.end
    best = min(inside, key=lambda d: (d.begin - anchor) if d.begin >= anchor else (draft.trigger.start - d.stop) * 1.2 + 2)
    if best.offset > 0 and best.first is not None and _told_by_statement(reading, best):
        best = replace(best, first=None, last=None, precision="none")  # "said on Monday it had killed a dozen the next day"
    draft.dates, draft.date_text = best, best.text
    draft.first, draft.last, draft.precision = best.first, best.last, best.precision
    draft.date_basis = best.basis if best.first else "none"
    if best.since:
        draft.last = _told_on(reading, best) or draft.last


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
        if spoken and spoken[-1].type in ACTING_TYPES and not reading.reports[0].carried:
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
