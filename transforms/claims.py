"""One article → its casualty claims: the table of contents of the extraction.

Per sentence: chunks → counts linked to harms (harms.py) → source (attribution.py), dates (dates.py), place, actor, weapon (setting.py).
Then over the article: what a sentence leaves unsaid is taken from the sentences about the same event, repeats and subsets are tied up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from .article import Article, content_hash
from .attribution import Report, Speakers, find_reports, find_speakers, headline_speaker, source_of
from .chunks import Chunk, chunk_sentence, is_one_of, split_words
from .claim import Claim
from .dates import DatePhrase
from .harms import Link, link_counts
from .lexicon import english, phrase_set
from .sentences import Sentence, split_sentences
from .setting import Found, acting, actor_of, claimed_by, find_places, find_weapons, narrowest, weapon_at
from .sources import article_country, find_mentions, registry, resolve


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
    actor: str | None = None
    weapon: str | None = None
    parent: Draft | None = field(default=None, repr=False)
    repeat: Draft | None = field(default=None, repr=False)

    @property
    def trigger(self) -> Chunk:
        return self.chunks[self.link.trigger]


@dataclass(slots=True)
class Reading:
    """One sentence as read: its chunks, links and reports, and what of the event's setting it tells."""

    sentence: Sentence
    chunks: list[Chunk]
    links: list[Link]
    reports: list[Report]
    dates: list[DatePhrase]
    places: list[Found]
    weapons: list[Found]
    speaker_spans: list[tuple[int, int]]
    quoted: bool
    fresh: bool  # opens another event: "Elsewhere …", "In a separate attack …"
    other_time: bool  # and at another time: "An earlier attack …"
    claimed_by: str | None
    quantity_ends: list[int] = field(default_factory=list)


_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


def _opens_elsewhere(places: list[Found], readings: list[Reading]) -> bool:
    """Whether a new paragraph begins at another place: "In Istanbul, police used teargas …"."""
    if len(readings) < 3 or not places or places[0].start > 4:
        return False
    told = [p.text for r in readings for p in r.places]
    return not any(places[0].text in t or t in places[0].text for t in told)


def _opens_with(section: str, text: str) -> bool:
    """Whether one of those phrases stands among the first words of a sentence that does not point back ("the attack …")."""
    head = " ".join(text.lower().split()[:5])
    if re.search(rf"\b(?:the|this|that)\s+(?:{'|'.join(english()['event_nouns'])})\b", text.lower()):
        return False
    return any(re.search(rf"\b{re.escape(phrase)}\b", head) for phrase in english()[section])


def extract(article: Article) -> list[Claim]:
    """All claims of an article in the order of the text. Pure: the same article and the same data files give the same claims."""
    readings = _read(article)
    drafts = [draft for reading_index, reading in enumerate(readings) for draft in _drafts(reading_index, reading, article.published)]
    _tie_subsets(drafts)
    drafts = _with_harm(drafts)
    _fill_sources(drafts, readings)
    _fill_dates(drafts, readings, article.published)
    _fill_setting(drafts, readings)
    _tie_repeats(drafts)
    return _finish(article, drafts)


def _read(article: Article) -> list[Reading]:
    """Every sentence read on its own, with who spoke before it known."""
    text = article.text
    found = find_mentions(text)
    mentions = resolve(found, article_country(found, text))
    monitors = {m.source_id for m in mentions if m.kind != "contextual" and registry()[m.source_id].type == "monitor"}
    monitor = next(iter(monitors)) if len(monitors) == 1 else None
    known, readings = Speakers(), []
    open_quote = False
    for index, sentence in enumerate(split_sentences(text)):
        chunks, links = link_counts(sentence.text, chunk_sentence(sentence.text, article.published))
        here = [m for m in mentions if sentence.start <= m.start < sentence.end]
        speakers = find_speakers(text, sentence, here, monitor)
        reports = find_reports(text, sentence, chunks, speakers, known)
        if index == 0 or sentence.paragraph == 0:
            headline = headline_speaker(text, sentence, speakers)
            reports += [headline] if headline else []
        marks = sentence.text.translate(_QUOTES).count('"')
        began_open = open_quote
        if marks % 2:
            open_quote = not open_quote
        quoted = began_open or sentence.text.translate(_QUOTES).lstrip().startswith('"')
        if sentence.text.lstrip()[:1] in "“":
            open_quote = not re.search("”", sentence.text)
        dates = [c.date for c in chunks if c.date and not c.date.aside and not _in_dateline(sentence, c.date, article.published) and not _owned_by_other(sentence, c.date)]
        first_of_paragraph = not readings or readings[-1].sentence.paragraph != sentence.paragraph
        spans = [(s.start - sentence.start, s.end - sentence.start) for s in speakers]
        speaking = [(r.speaker.start - sentence.start, r.speaker.end - sentence.start) for r in reports]
        bodies = [(m.start - sentence.start, m.end - sentence.start) for m in here if m.kind != "metonym"]
        places = find_places(sentence.text, [(d.begin, d.stop) for d in dates] + speaking + bodies)
        readings.append(
            Reading(sentence, chunks, links, reports, dates, places, find_weapons(split_words(sentence.text)), speaking or spans[:0], quoted, _opens_with("elsewhere", sentence.text), _opens_with("other_time", sentence.text) or (first_of_paragraph and _opens_elsewhere(places, readings)), claimed_by(sentence.text))
        )
    return readings


def _owned_by_other(sentence: Sentence, phrase: DatePhrase) -> bool:
    """"Saturday's Sun newspaper", "last weekend's elections": a possessive date belongs to the next noun, and only an event's date counts."""
    tail = sentence.text[phrase.stop : phrase.stop + 60]
    owner = re.search(r"['’]s?$|[a-z]s$", phrase.text) is not None and not phrase.text.lower().endswith(("days", "hours", "weeks", "months", "years"))
    if phrase.text.lower().endswith("days") and not re.search(r"\d|past|last|recent", phrase.text.lower()):
        owner = True
    if re.match(r"['’]s\b", tail):
        owner, tail = True, tail[2:]
    return owner and not any(word in english()["event_nouns"] for word in re.findall(r"[a-z]+", tail.lower())[:4])


_WIRE_DATELINE = re.compile(r"\s*,?\s*(?:\([^)]{2,30}\)|\d{4})?\s*(?:\([^)]{2,30}\))?\s*[-–—:]")
DATELINE_HEAD = 400
"""Characters at the head of the text in which a date can be the dateline."""


def _in_dateline(sentence: Sentence, phrase: DatePhrase, published: date | None) -> bool:
    """Whether a date says when the article appeared, not when the harm befell: "Sun 16 Apr 2017 …", "KABUL, Oct. 1 (AP) —"."""
    if sentence.start + phrase.begin > DATELINE_HEAD:
        return False
    before, after = sentence.text[: phrase.begin], sentence.text[phrase.stop :]
    if re.search(r"\b(?:on|of|since|in|until|by|from|and|between|the)\s+$", before, re.IGNORECASE) or re.match(r"(?:on|in|since)\b", phrase.text, re.IGNORECASE):
        return False
    if phrase.basis == "explicit" and _WIRE_DATELINE.match(after) and (not before or re.search(r"[A-Z]{3,}[\w\s,/.]*$", before) or re.fullmatch(r"[A-Z][\w\s.'’/-]{1,40}[,:]?\s*", before)):
        return True
    whole = phrase.basis == "explicit" and phrase.first == phrase.last == published and re.search(r"\d{4}", phrase.text)
    weekday = phrase.basis == "relative" and re.match(r"\s*,?\s*(?:\d{1,2}\s+[A-Z]|[A-Z][a-z]+\.?\s+\d)", after) and re.fullmatch(r"\w+\.?", phrase.text)
    return bool(whole or weekday)


# --- one sentence ---------------------------------------------------------------------------------------------------------------------


def _drafts(index: int, reading: Reading, published: date | None) -> list[Draft]:
    """The claims of one sentence with what the sentence itself tells."""
    drafts: dict[int, Draft] = {}
    for link in reading.links:
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
        report = source_of_claim(reading, draft)
        if report:
            draft.report, draft.via = report, report.via
            draft.source_basis = "context" if report.carried else "sentence"
        _own_setting(draft, reading, clause)
    return list(drafts.values())


def source_of_claim(reading: Reading, draft: Draft) -> Report | None:
    sentence = reading.sentence
    return source_of(
        _Text(sentence), sentence, reading.reports, sentence.start + draft.chunk.start, reading.chunks  # type: ignore[arg-type]
    )


class _Text(str):
    """The sentence's text addressed with the article's offsets."""

    __slots__ = ("offset",)

    def __new__(cls, sentence: Sentence) -> _Text:
        made = super().__new__(cls, sentence.text)
        made.offset = sentence.start  # type: ignore[attr-defined]
        return made

    def __getitem__(self, key: object) -> str:  # type: ignore[override]
        if isinstance(key, slice):
            start = None if key.start is None else max(0, key.start - self.offset)  # type: ignore[attr-defined]
            stop = None if key.stop is None else max(0, key.stop - self.offset)  # type: ignore[attr-defined]
            return str.__getitem__(self, slice(start, stop))
        return str.__getitem__(self, key)  # type: ignore[index]


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


def is_one_of_words(word: str, *path: str) -> bool:
    return tuple(word.lower().split()) in phrase_set(*path)


_POSSESSIVE = re.compile(r"['’]s\b")
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


def _dates_statement(reading: Reading, phrase: DatePhrase) -> bool:
    """Whether a date only dates what was said: "said on Thursday", "Human Rights Watch on Wednesday said", "told AFP on Monday"."""
    chunks = reading.chunks
    i = next(k for k, c in enumerate(chunks) if c.date is phrase)
    if _POSSESSIVE.match(reading.sentence.text, phrase.stop) or re.search(r"[a-z]['’]?s$", phrase.text):
        return False  # "claimed Thursday's bombing"
    before = chunks[max(0, i - 9) : i]
    for back, chunk in enumerate(reversed(before)):
        if back <= 1 and is_one_of(chunk, "statement_verbs"):
            return True
        if chunk.tag == "R" and chunk.text.lower() in english()["speech"]["nouns"] and i - back - 2 >= 0 and chunks[i - back - 2].tag in "wxpN":
            continue  # "according to western estimates, since …"
        if chunk.tag == "R":
            return back == 0 or all(c.tag in "wpaxXN,\"e-" for c in before[len(before) - back :]) and back <= 7 and not (chunk.tag == "R" and i - back - 2 >= 0 and chunks[i - back - 2].tag == "b")
        if chunk.tag in "QqKGIDTbhvV.d&":
            break
    after = chunks[i + 1 : i + 3]
    if after and after[0].tag == "R" and not (i + 2 < len(chunks) and any(r.form == "behind" and r.speaker.start - reading.sentence.start > phrase.stop for r in reading.reports)):
        speaker_before = any(r.speaker.end - reading.sentence.start <= phrase.begin and phrase.begin - (r.speaker.end - reading.sentence.start) <= 3 for r in reading.reports)
        return speaker_before or i == 0
    return False


def _subordinate_from(text: str, draft: Draft, reading: Reading) -> int:
    """Where the clause of the harm begins, if a date before it belongs to something else: "police met on Friday after 12 died",
    "flags flew at half-mast Friday as Lebanon buried the victims of an attack that killed 43".
    """
    begin = 0
    for match in re.finditer(r"\b(?:after|where|as|when|while)\b", text[: draft.trigger.start]):
        eventful = any(c.tag in "KGIT" or is_one_of(c, "event_nouns") or is_one_of(c, "event_verbs") for c in reading.chunks if begin <= c.start < match.start())
        if match.group() in ("after", "where") or not eventful:
            begin = match.end()
    return begin


def _own_date(draft: Draft, reading: Reading, clause: tuple[int, int]) -> None:
    """The date phrase of the claim's own sentence: in its clause, nearest to the harm, and not one that dates the statement."""
    text = reading.sentence.text
    after = _subordinate_from(text, draft, reading)
    following = re.search(r"\bfollowing\b", text[draft.trigger.end :])  # "tortured to death following their arrest last week"
    limit = draft.trigger.end + following.start() if following else len(text)
    usable = [d for d in reading.dates if not _dates_statement(reading, d) and not d.stop < after and d.begin < limit]  # "police met on Friday after 12 died"
    if draft.link.rule == "toll":  # "the toll rose to 39 on Tuesday" dates the toll
        usable = [d for d in usable if d.begin < draft.chunk.start or d.since]
    if draft.trigger.tag in "KD":
        aux = [c for c in reading.chunks if draft.chunk.end <= c.start and c.end <= draft.trigger.start]
        if any(is_one_of(c, "finding_verbs") for c in aux):
            usable = [d for d in usable if d.begin < draft.chunk.start]
        told = [r for r in reading.reports if is_one_of_words(r.verb, "speech", "toll") and r.verb_end - reading.sentence.start <= draft.chunk.start]
        if told and "toll" in text[told[-1].verb_end - reading.sentence.start : draft.chunk.start + 1]:
            usable = [d for d in usable if d.begin < draft.chunk.start]  # "had put the toll at 100 on Sunday"
    inside = [d for d in usable if clause[0] <= d.begin < clause[1]] or usable
    if not inside or (draft.link.back_subset and draft.link.trigger > draft.link.count and all(d.begin > draft.chunk.start for d in inside) and draft.trigger.tag == "D"):
        return
    anchor = draft.trigger.end
    best = min(inside, key=lambda d: (d.begin - anchor) if d.begin >= anchor else (draft.trigger.start - d.stop) * 1.2 + 2)
    draft.dates, draft.date_text = best, best.text
    draft.first, draft.last, draft.precision = best.first, best.last, best.precision
    draft.date_basis = best.basis if best.first else "none"


def _scope(draft: Draft, reading: Reading) -> None:
    """cumulative: a running total since some start, or over a war."""
    text = reading.sentence.text.lower()
    if draft.dates is not None and draft.dates.since:
        draft.scope = "cumulative"
        return
    if _so_far(draft):
        draft.scope = "cumulative"
        return
    count = draft.chunk.quantity.count_min or draft.chunk.quantity.count or 0 if draft.chunk.quantity else 0
    phrases = english()["cumulative"]["phrases"]
    if any(re.search(rf"\b{re.escape(p)}\b", text) for p in phrases if p != "since") and (count >= 100 or draft.dates is None) and (draft.dates is None or draft.precision in ("year", "month", "none", "period")):
        draft.scope = "cumulative"


MANY = 400
"""A number of victims that one event rarely has: "has killed some 1,400 people in the country" is a running total."""


def _so_far(draft: Draft) -> bool:
    """Present perfect, no day of its own and a large number, beyond the lead: a total of a war told as background."""
    number = _number(draft) or 0
    if number < MANY or draft.index < 3 or (draft.dates is not None and draft.precision in ("day", "night", "days")):
        return False
    trigger, chunks = draft.link.trigger, draft.chunks
    before = [c for c in chunks[max(0, trigger - 4) : trigger] if c.tag == "h"]
    return any(c.text.lower() in ("has", "have") for c in before)


def _from_start_of_war(draft: Draft, reading: Reading, published: date | None) -> None:
    """"… killed in the conflict, which started in 2011": a running total from then to publication."""
    phrase = draft.dates
    if draft.scope != "cumulative" or phrase is None or phrase.since or phrase.first is None or published is None or phrase.precision not in ("year", "month", "day"):
        return
    before = reading.sentence.text[: phrase.begin].lower()
    if any(re.search(rf"\b{w}\b", before) for w in english()["conflict_starts"]) and any(re.search(rf"\b{w}\b", before) for w in english()["conflict_nouns"]):
        draft.last, draft.precision = published, "period"


def _own_setting(draft: Draft, reading: Reading, clause: tuple[int, int]) -> None:
    text, trigger = reading.sentence.text, draft.trigger
    place = narrowest(reading.chunks, reading.places, max(trigger.end, draft.chunk.end), clause)
    draft.place = place.text if place else None
    draft.weapon = draft.link.weapon or weapon_at(reading.weapons, trigger.start, clause)
    active = trigger.tag == "G" or (trigger.start < draft.chunk.start and trigger.tag == "K")
    draft.actor = actor_of(text, (trigger.start, trigger.end), active, (draft.chunk.start, draft.chunk.end), clause, reading.speaker_spans)


# --- the article ----------------------------------------------------------------------------------------------------------------------


def _count_key(draft: Draft) -> tuple[int | None, int | None, int | None, str | None]:
    q = draft.chunk.quantity
    return (q.count, q.count_min, q.count_max, q.vague) if q else (None, None, None, None)


def _number(draft: Draft) -> int | None:
    q = draft.chunk.quantity
    return (q.count if q.count is not None else q.count_min) if q else None


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


def _tie_subsets(drafts: list[Draft]) -> None:
    """Parts whose total stands in an earlier sentence: "Among the dead were four staff"."""
    for i, draft in enumerate(drafts):
        if not draft.link.back_subset or draft.parent is not None:
            continue
        own = _number(draft)
        for earlier in reversed(drafts[:i]):
            total = _number(earlier)
            if earlier.index == draft.index and earlier.link.back_subset:
                continue
            if draft.index - earlier.index > 4:
                break
            if draft.link.harm in (earlier.link.harm, "") and earlier.scope == "event" and earlier.parent is None and (total or 0) >= (own or 0):
                draft.parent = earlier
                break


def _with_harm(drafts: list[Draft]) -> list[Draft]:
    """"Eighteen of them were children" takes the harm of its total; without one it is no claim."""
    for draft in drafts:
        if not draft.link.harm and draft.parent is not None:
            draft.link = replace(draft.link, harm=draft.parent.link.harm)
    return [d for d in drafts if d.link.harm]


def _fill_sources(drafts: list[Draft], readings: list[Reading]) -> None:
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
        if whole is not None and whole.report is None and draft.report is not None and draft.link.back_subset and draft.index - whole.index == 1:
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


def _fill_dates(drafts: list[Draft], readings: list[Reading], published: date | None) -> None:
    """Dates that another sentence tells about the same event: the same toll, the claim before, for a headline the first one that follows."""
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
        donor = next((d for d in drafts if d is not draft and _same_toll(d, draft) and d.first is not None and d.scope == "event" and d.date_basis != "context"), None)
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
        d for d in reading.dates
        if d.first is not None and not d.since and d.precision in ("day", "night", "days") and not _dates_statement(reading, d) and _beside_event(reading, d)
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
    """"The attack also wounded 12": the same event again."""
    return re.search(rf"\b(?:the|this|that|same)\s+(?:\w+\s+)?(?:{'|'.join(english()['event_nouns'])})\b", reading.sentence.text.lower()) is not None


def _goes_on(draft: Draft, donor: Draft, readings: list[Reading]) -> bool:
    """Whether a claim is about the event of an earlier one. A weapon or a place of its own that differs speaks against it."""
    if draft.index == donor.index or _same_toll(draft, donor) or draft.link.back_subset or draft.chunk.more:
        return True
    if re.search(r"\b(?:a second|a third|another|also)\b", readings[draft.index].sentence.text.lower()[:60]):
        return True
    if draft.weapon and donor.weapon:
        return draft.weapon == donor.weapon or _refers_back(readings[draft.index])
    if _refers_back(readings[draft.index]):
        return True
    if any(re.search(rf"\b{p}\b", donor.sentence.text.lower()) for p in english()["many_places"]):
        return True
    if draft.place and donor.place and draft.place not in donor.place and donor.place not in draft.place:
        return False
    if draft.weapon is None and draft.place is None and draft.report is None:
        return True
    return draft.index - donor.index <= 3 and not (draft.weapon and not donor.weapon and readings[draft.index].sentence.paragraph != readings[donor.index].sentence.paragraph)


def _span_before(i: int, drafts: list[Draft], readings: list[Reading]) -> DateSpan | None:
    """The date of the nearest sentence before that tells of the same event."""
    draft = drafts[i]
    for index in range(draft.index, max(-1, draft.index - BACK - 1), -1):
        if readings[min(index + 1, draft.index)].other_time:
            return None
        dated = [d for d in drafts[:i] if d.index == index and d.scope == "event" and d.first is not None]
        if dated:
            return _span(dated[-1]) if _goes_on(draft, dated[-1], readings) else None
        phrase = _event_phrase(readings[index]) if index < draft.index and draft.index - index <= 6 else None
        if phrase is None and index == draft.index - 1 and readings[index].sentence.paragraph == readings[draft.index].sentence.paragraph:
            days = [d for d in readings[index].dates if d.first and d.precision in ("day", "night") and not _dates_statement(readings[index], d)]
            bare = draft.place is None and draft.weapon is None and not readings[index].reports and not re.search(r"\bafter\b", readings[index].sentence.text)
            phrase = days[0] if days and bare else None  # "Gunmen came to the village on 9 June. Twelve people died."
        if phrase is not None:
            elsewhere = draft.place and readings[index].places and not any(p.text in draft.place or draft.place in p.text for p in readings[index].places)
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
        if readings[index].other_time:
            return None
        dated = [d for d in drafts[i + 1 :] if d.index == index and d.scope == "event" and d.first is not None and d.precision in ("day", "night", "days")]
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
            if phrase.first is not None and (phrase.since or phrase.precision in ("month", "year")) and re.search(r"\b(?:began|begun|erupted|started|broke out|since|outbreak|uprising|start)\b", text):
                draft.first, draft.last, draft.precision, draft.date_basis = phrase.first, published, "period", "context"
                return


def _fill_setting(drafts: list[Draft], readings: list[Reading]) -> None:
    """Place, weapon and actor that another sentence about the same event tells: one before, or for a headline or lead one behind."""
    own = [(d.place, d.weapon, d.actor) for d in drafts]
    for i, draft in enumerate(drafts):
        donors, alike = _donors(i, drafts, readings)
        if draft.place is None and not _UNNAMED_PLACE.search(draft.sentence.text):
            draft.place = next((own[k][0] for k in alike if own[k][0]), None) or _place_near(draft, readings)
        if draft.scope == "cumulative":
            continue
        if draft.link.harm in ("captured", "missing"):
            draft.weapon = None
        elif draft.weapon == "ied":
            draft.weapon = next((own[k][1] for k in donors if own[k][1] in ("suicide_bomb", "car_bomb")), "ied")  # "the blasts" of the car bombs
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


_UNNAMED_PLACE = re.compile(r"\bin\s+the\s+(?:[\w-]+\s+){1,3}of\s+the\s+(?:\w+\s+)?(?:city|town|village|country|capital|province)\b", re.IGNORECASE)


def _donors(i: int, drafts: list[Draft], readings: list[Reading]) -> tuple[list[int], list[int]]:
    """The numbers of the claims about the same event, nearest first; and with them those of the same days shortly before."""
    draft = drafts[i]
    found, alike = [], []
    for k, other in enumerate(drafts):
        if k == i or other.scope != draft.scope or readings[draft.index].other_time != readings[other.index].other_time:
            continue
        if draft.place and other.place and k != i and draft.place not in other.place and other.place not in draft.place and not _same_toll(draft, other):
            continue
        dated_alike = (draft.first, draft.last) == (other.first, other.last) or None in (draft.first, other.first)
        if other.index <= draft.index:
            near = draft.index - other.index <= 5 and not readings[draft.index].fresh
            same = near and _goes_on(draft, other, readings)
            if near and draft.first is not None and (draft.first, draft.last) == (other.first, other.last):
                alike.append(k)
        else:
            same = draft.index <= 1 and _goes_on(other, draft, readings) and not readings[other.index].fresh and other.index - draft.index <= 3
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
    return bool(reading.weapons) or any(c.tag in "KGIDT" or is_one_of(c, "event_nouns") or is_one_of(c, "event_verbs") for c in reading.chunks)


def _actor_near(draft: Draft, readings: list[Reading]) -> str | None:
    """Who acts in the claim's own sentence or the one before: "Gunmen stormed the village. Twelve people died." """
    for index in (draft.index, draft.index - 1):
        if 0 <= index and not (index < draft.index and (readings[draft.index].fresh or readings[draft.index].weapons)):
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


def _tie_repeats(drafts: list[Draft]) -> None:
    """`repeat_of`: the first mention in the article of the same toll, of the same date or of none told otherwise."""
    for i, draft in enumerate(drafts):
        for earlier in drafts[:i]:
            same_day = None in (draft.first, earlier.first) or (draft.first, draft.last) == (earlier.first, earlier.last)
            if _same_toll(earlier, draft) and same_day and earlier.scope == draft.scope and earlier.repeat is None and earlier.link.assertion == draft.link.assertion:
                if (earlier.parent is None) == (draft.parent is None):
                    draft.repeat = earlier
                    break


def _finish(article: Article, drafts: list[Draft]) -> list[Claim]:
    drafts = sorted(drafts, key=lambda d: (d.sentence.start + d.chunk.start, d.link.harm))
    ids = {id(d): content_hash(article.article_id, d.link.harm, d.sentence.start + d.chunk.start, d.sentence.start + _count_end(d)) for d in drafts}
    return [_claim(article, d, ids) for d in drafts]


def _count_end(draft: Draft) -> int:
    return draft.chunk.quantity.end if draft.chunk.quantity else draft.chunk.end


def _claim(article: Article, d: Draft, ids: dict[int, str]) -> Claim:
    q = d.chunk.quantity
    assert q is not None
    source_id = d.report.speaker.source_id if d.report else None
    source_type = d.report.speaker.type if d.report else None
    return Claim(
        claim_id=ids[id(d)],
        harm=d.link.harm,
        count=q.count,
        count_min=q.count_min,
        count_max=q.count_max,
        qualifier=q.qualifier,
        vague=q.vague,
        count_text=q.text,
        victims=d.victims,
        victim_class=d.victim_class,
        victim_group=d.victim_group,
        date_start=d.first,
        date_end=d.last,
        date_precision=d.precision if d.first else "none",
        date_basis=d.date_basis if d.first else "none",
        date_text=d.date_text,
        scope=d.scope,
        source=d.report.speaker.text if d.report else None,
        source_id=source_id,
        source_type=source_type or ("other" if source_id else None),
        source_basis=d.source_basis,
        via=d.via,
        place=d.place,
        actor=d.actor,
        weapon=d.weapon,
        subset_of=ids[id(d.parent)] if d.parent else None,
        repeat_of=ids[id(d.repeat)] if d.repeat else None,
        summable=d.link.assertion == "asserted" and d.scope == "event" and d.parent is None and d.repeat is None,
        assertion=d.link.assertion,
        sentence=d.sentence.text,
        sentence_start=d.sentence.start,
        sentence_end=d.sentence.end,
        count_start=d.sentence.start + q.start,
        count_end=d.sentence.start + q.end,
        rule=d.link.rule,
    )
