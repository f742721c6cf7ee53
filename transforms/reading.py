"""An article read sentence by sentence: chunks, counts linked to harms, reports, dates, places and weapons of each sentence on its own."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property, lru_cache

from .actors import ACTING_TYPES, Party, claimed_by, find_parties
from .article import Article
from .attribution import Report, find_reports, headline_speaker, leads_to_verb
from .chunks import Chunk, Word, chunk_sentence, is_one_of, split_words
from .dates import DatePhrase
from .harms import Link, link_counts, speaking_counts
from .lexicon import alternatives, any_of, english, grammar, letters_of, may_hold, speaking_kinds
from .sentences import Sentence, credit, split_sentences
from .setting import Found, find_places, find_weapons, leading_places
from .sources import Mention, article_country, find_mentions, registry, resolve
from .speakers import Speaker, Speakers, find_speakers
from .triggers import may_count, may_link

Linked = tuple[list[Chunk], list[Link]]


@dataclass(eq=False)
class Reading:
    """One sentence as read: its links and reports; and, read when first asked for, what of the event's setting it tells."""

    sentence: Sentence
    published: date | None
    linked: Linked | None  # null where by its words it links nothing
    reports: list[Report]
    quoted: bool
    bodies: list[tuple[int, int]]  # spans of registered bodies, which are no places
    armed: list[tuple[int, int]]  # those of them that can be actors
    index: int
    article: list[Reading] = field(repr=False)  # all of the article; those before `index` are complete

    @property
    def links(self) -> list[Link]:
        return self.linked[1] if self.linked else []

    @cached_property
    def chunks(self) -> list[Chunk]:
        return self.linked[0] if self.linked else _unlinked(self.sentence, self.published)

    @cached_property
    def dates(self) -> list[DatePhrase]:
        return _dates_of(self.sentence, self.chunks, self.published)

    @cached_property
    def words(self) -> list[Word]:
        return split_words(self.sentence.text)

    @cached_property
    def speaker_spans(self) -> list[tuple[int, int]]:
        base = self.sentence.start
        return [(report.speaker.start - base, report.speaker.end - base) for report in self.reports]

    @cached_property
    def places(self) -> list[Found]:
        found = find_places(self.sentence.text, [(d.begin, d.stop) for d in self.dates] + self.speaker_spans + self.bodies)
        spoken = self._told_until()
        return [
            replace(place, aside=True) if place.start >= spoken else place
            for place in found
            if not place.unsure or self._is_told(place.text)
        ]

    def _told_until(self) -> int:
        """Where a sentence ends to tell what happened and goes on about who says so: '"…," | said a teacher who lives in Goma.'"""
        base, text = self.sentence.start, self.sentence.text
        verbs = [min(r.verb_start, r.speaker.start) - base for r in self.reports if r.form == "behind" and not r.carried]
        last = max(verbs, default=len(text))
        after_quote = re.search(r"[\"”]\s*$", text[:last]) is not None
        return last if after_quote and not any(c.tag in "KGI" and c.start > last for c in self.chunks) else len(text)

    def _is_told(self, name: str) -> bool:
        """Whether another sentence of the article has these words within, capitalised: no word that only opens a sentence."""
        within = re.compile(rf"\w[ ,]+{re.escape(name)}(?!\w)")
        near = self.article[max(0, self.index - NEAR) : self.index + NEAR]
        return any(reading is not self and within.search(reading.sentence.text) for reading in near)

    @cached_property
    def leading_places(self) -> list[Found]:
        return leading_places(self.chunks, self.places)

    @cached_property
    def weapons(self) -> list[Found]:
        return find_weapons(self.words)

    @cached_property
    def parties(self) -> list[Party]:
        return find_parties(self.sentence.text, self.words, self.chunks, self.armed, self.speaker_spans)

    @cached_property
    def fresh(self) -> bool:
        """Whether it opens another event: "Elsewhere …", "In a separate attack …"."""
        return _opens_with("elsewhere", self.sentence.text)

    @cached_property
    def meanwhile(self) -> bool:
        """Whether it opens another event of the same time: "Meanwhile, four civilians were killed in …"."""
        return _opens_with("meanwhile", self.sentence.text)

    @cached_property
    def other_time(self) -> bool:
        """Whether it opens another event of another time or place: "An earlier attack …", "In Istanbul, …"."""
        return self.past or self._opens_elsewhere()

    @cached_property
    def past(self) -> bool:
        """Whether it opens another event by its words: "An earlier attack …", "In a separate …"."""
        return _opens_with("other_time", self.sentence.text)

    @cached_property
    def claimed_by(self) -> str | None:
        return claimed_by(self.sentence.text)

    def _opens_elsewhere(self) -> bool:
        """Whether a new paragraph begins at another place than any told before: "In Istanbul, police used teargas …"."""
        if self.index < 3 or self.article[self.index - 1].sentence.paragraph == self.sentence.paragraph:
            return False
        if not self.places or not self.places[0].frame:
            return False
        here, told = self.places[0].text, (p.text for reading in self.article[: self.index] for p in reading.places)
        return not any(here in place or place in here for place in told)


NEAR = 40
"""Sentences before and behind in which a name is looked for again, so that long texts stay linear."""


_ANY_QUOTE = re.compile(r"[\"“”„«»]")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


_DEFINITE = re.compile(r"\b(?:the|this|that|same)\s+(?:\w+\s+)?$", re.IGNORECASE)


@lru_cache(maxsize=64)  # asked for each claim of a sentence
def points_back(text: str) -> bool:
    """Whether a sentence speaks of an event as known: "the attack", "the same blast"."""
    return any(_DEFINITE.search(text, max(0, noun.start() - 30), noun.start()) for noun in any_of("event_nouns").finditer(text))


def _opens_with(section: str, text: str) -> bool:
    """Whether one of those phrases stands among the first words of a sentence that does not point back ("the attack …")."""
    head = " ".join(text.split(maxsplit=5)[:5]).lower()
    return any_of(section).search(head) is not None and not points_back(text)


def read_article(article: Article, lines: Sequence[str] | None = None) -> list[Reading]:
    """Every sentence read on its own, with who spoke before it known; none where no count is linked to a harm.

    `lines` are those of the text that have the words of a claim (triggers.harm_lines); null: look at all.
    """
    ahead = _read_ahead(article, lines)
    if ahead is None:
        return []
    text = article.text
    mentions, monitor = _bodies_of(text)
    own = _own_agencies(text, mentions) | _publisher(article.outlet)
    known = Speakers()
    known.publisher = own if article.outlet else None
    readings: list[Reading] = []
    quotation = Quotation()
    starts = [m.start for m in mentions]
    for index, sentence in enumerate(split_sentences(text)):
        letters = letters_of(sentence.text)
        here = mentions[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        named = [m for m in here if m.kind != "metonym"]
        reading = Reading(
            sentence,
            article.published,
            ahead.pop(sentence.text, None) or (_linked(sentence, article.published) if may_count(sentence.text, letters) else None),
            [],
            quotation.holds(sentence.text),
            [(m.start - sentence.start, m.end - sentence.start) for m in named],
            [
                (m.start - sentence.start, m.end - sentence.start)
                for m in named
                if m.source_id in registry() and registry()[m.source_id].type in ACTING_TYPES
            ],
            index,
            readings,
        )
        readings.append(reading)
        speaks = _speaks(reading, letters)
        placed = sentence.paragraph == 0 or sentence.start == 0 or "(" in sentence.text
        speakers = find_speakers(text, sentence, here, monitor) if here or speaks or placed or _opens_with_speaker(sentence) else []
        if speaks or (placed and _SOURCE_MARK.search(sentence.text)):
            able = [s for s in speakers if not _is_harmed(s, reading)] if reading.links else speakers
            chunks = reading.chunks if speaks else []
            reading.reports += [r for r in find_reports(text, sentence, chunks, able, known) if r.speaker.source_id not in own]
            if index == 0 or sentence.paragraph == 0:
                headline = headline_speaker(text, sentence, able)
                reading.reports += [headline] if headline and headline.speaker.source_id not in own else []
        known.named += [s for s in speakers if s.kind in ("name", "acronym")]
        known.hear_nothing(text, sentence, [] if reading.reports else speakers)
    return readings


def _is_harmed(speaker: Speaker, reading: Reading) -> bool:
    """Whether who could speak by their kind are the counted themselves: "killing four workers and a customer, said police"."""
    if speaker.kind != "kind":
        return False
    sentence, chunks, links = reading.sentence, reading.chunks, reading.links
    start, end = speaker.start - sentence.start, speaker.end - sentence.start
    verb = next((chunk.start for chunk in chunks if chunk.tag == "R" and chunk.start >= end), None)
    speaks = verb is not None and leads_to_verb(sentence.text[end:verb])
    if speaks or any_of("according").search(sentence.text, max(0, start - 20), start):
        return False
    counted = [(chunks[link.count].start, chunks[link.count].end) for link in links if link.count < len(chunks) and link.harm]
    return any((a < end and start < b) or re.fullmatch(r"\s+of\s+", sentence.text[b:start]) for a, b in counted)


def _read_ahead(article: Article, lines: Sequence[str] | None) -> dict[str, Linked] | None:
    """The sentences up to the first that links a count to a harm, by their text; null where none does, as in most articles."""
    ahead: dict[str, Linked] = {}
    for line in article.text.split("\n") if lines is None else lines:
        for sentence in split_sentences(line):
            if may_link(sentence.text):
                linked = ahead[sentence.text] = _linked(sentence, article.published)
                if any(link.harm for link in linked[1]):
                    return ahead
    return None


@cache
def _speech_words() -> frozenset[str]:
    """The letters with which verbs of speech begin: without any of them the chunks of a sentence need not be known to tell who speaks."""
    verbs = (entry for entries in grammar().by_first.values() for entry in entries if entry.tag == "R")
    return frozenset(letters_of(verb.words[0])[0] for verb in verbs) | frozenset(english()["finds"])


def _speaks(reading: Reading, letters: list[str]) -> bool:
    """Whether a sentence has words that tell who says something: a verb of speech, "according to"."""
    if may_hold(letters, "according") and any_of("according").search(reading.sentence.text):
        return True
    if "reports" in letters:
        return True  # "…, the agency reports."
    return not _speech_words().isdisjoint(letters) and any(chunk.tag == "R" or is_one_of(chunk, "finds") for chunk in reading.chunks)


_SOURCE_MARK = re.compile(r"[(:–—-]")  # "Blast kills 12: monitor", "26 killed (hospital director)"


def _own_agencies(text: str, mentions: list[Mention]) -> frozenset[str]:
    """The agencies that write the article, by its dateline ("BAGHDAD (AP) -"): who publishes is no source (claim-spec.md)."""
    return frozenset(
        m.source_id
        for m in mentions
        if m.end < DATELINE_HEAD
        and m.source_id in registry()
        and registry()[m.source_id].type in _AGENCY_TYPES
        and (
            re.match(r"\)?\s*[-–—]+\s", text[m.end : m.end + 6]) or (m.end < BYLINE and re.match(r"\)\s+[\"“A-Z]", text[m.end : m.end + 6]))
        )
        and re.search(r"(?:[A-Z]\w+|\d),?\s*\(?(?:[Tt]he\s)?$", text[max(0, m.start - 20) : m.start])
    )


@lru_cache(maxsize=1024)
def _publisher(outlet: str | None) -> frozenset[str]:
    """The ids of the body that an article's outlet is, by its name or its address: "Reuters", "sana"."""
    if not outlet:
        return frozenset()
    plain = re.sub(r"^www\.|\.\w+(?:\.\w+)?$|\W", "", outlet.lower())
    named = {m.source_id for m in find_mentions(outlet)} | {i for i in registry() if i.replace("_", "") == plain}
    return frozenset(i for i in named if i in registry() and registry()[i].type in _AGENCY_TYPES)


_AGENCY_TYPES = frozenset({"news_agency", "state_media", "independent_media"})


def _opens_with_speaker(sentence: Sentence) -> bool:
    """Whether a kind of speaker is the subject: "Military spokesman …", "The governor …"."""
    words = sentence.text[:60].lower().split()[:4]
    return any(speaking_kinds().match(words, at) is not None for at in (0, 1) if at < len(words))


def _linked(sentence: Sentence, published: date | None) -> Linked:
    return link_counts(sentence.text, chunk_sentence(sentence.text, published))


def _unlinked(sentence: Sentence, published: date | None) -> list[Chunk]:
    return speaking_counts(chunk_sentence(sentence.text, published))


def _bodies_of(text: str) -> tuple[list[Mention], str | None]:
    """The registered bodies that an article names, and the id of its one monitor, meant by "the monitoring group"; null where not one."""
    found = find_mentions(text)
    mentions = resolve(found, article_country(found, text))
    monitors = {m.source_id for m in mentions if m.kind != "contextual" and registry()[m.source_id].type == "monitor"}
    return mentions, next(iter(monitors)) if len(monitors) == 1 else None


class Quotation:
    """Whether a quotation runs on from one sentence into the next."""

    def __init__(self) -> None:
        self.open = False

    def holds(self, sentence: str) -> bool:
        """Whether a sentence, the next in the text, is quoted from its beginning."""
        if not _ANY_QUOTE.search(sentence):
            return self.open
        flat = sentence.translate(_QUOTES)
        quoted = self.open or flat.lstrip().startswith('"')
        if flat.count('"') % 2:
            self.open = not self.open
        if sentence.lstrip()[:1] in "“":
            self.open = not re.search("”", sentence)
        return quoted


def _dates_of(sentence: Sentence, chunks: list[Chunk], published: date | None) -> list[DatePhrase]:
    """The dates of a sentence that can date a harm."""
    return [
        c.date
        for c in chunks
        if c.date and not c.date.aside and not _in_dateline(sentence, c.date, published) and not _owned_by_other(sentence, c.date)
    ]


def _owned_by_other(sentence: Sentence, phrase: DatePhrase) -> bool:
    """ "Saturday's Sun newspaper", "last weekend's elections": a possessive date is the next noun's; only an event's counts."""
    if _ON_THE_OCCASION.search(sentence.text, max(0, phrase.begin - 12), phrase.begin):
        return False  # "during Sunday's ceremony"
    if _NAMED_AFTER_DAY.search(sentence.text, 0, phrase.begin) and (noun := re.match(r"\s+([a-z]{3,})", sentence.text[phrase.stop :])):
        known = grammar().match([noun[1]], 0)
        return noun[1] not in english()["event_nouns"] and (known is None or known.tag == "N")  # "ahead of the February 9 vote"
    tail, words = sentence.text[phrase.stop : phrase.stop + 60], phrase.text.lower()
    plural_day = any(words.endswith(f"{day}s") for day in english()["weekdays"] if day.endswith("day"))  # apostrophe lost
    owner = plural_day or re.search(r"['’]s?$", words) is not None
    if _POSSESSIVE.match(tail):
        owner, tail = True, tail[2:]
    return owner and not any(word in english()["event_nouns"] for word in re.findall(r"[a-z]+", tail.lower())[:4])


_NAMED_AFTER_DAY = re.compile(r"\bthe\s+$", re.IGNORECASE)
_ON_THE_OCCASION = re.compile(r"\b(?:during|at|in)\s+$", re.IGNORECASE)
_WIRE_DATELINE = re.compile(r"\s*,?\s*(?:[A-Z][A-Za-z.]{1,15}\s+(?=[-–—]))?(?:\([^)]{2,30}\)|\d{4})?\s*(?:\([^)]{2,30}\))?\s*[-–—:]")
DATELINE_HEAD = 400
"""Characters at the head of the text in which a date can be the dateline."""


BYLINE = 250
"""Characters within which an agency in brackets writes the article: "DAMASCUS (Sputnik) Earlier in the day …"."""
_CREDITED = re.compile(r"\.?\s*")
LATE = 3
"""Days that an article may appear after the day of its dateline."""


def _in_dateline(sentence: Sentence, phrase: DatePhrase, published: date | None) -> bool:
    """Whether a date says when the article appeared, not when the harm befell: "Sun 16 Apr 2017 …", "KABUL, Oct. 1 (AP) —"."""
    gap = _CREDITED.match(sentence.text, phrase.stop)
    if gap and credit().match(sentence.text, gap.end()) and phrase.basis == "explicit":
        return True  # a picture's day: "… in Idlib, Syria August 6 2016 (Reuters)"
    if sentence.start + phrase.begin > DATELINE_HEAD:
        return False
    if phrase.first and published and (published - phrase.first).days > LATE:
        return False  # "Sept. 18 - Gunmen ambushed …" in a round-up of a week
    before, after = sentence.text[: phrase.begin], sentence.text[phrase.stop :]
    if re.search(r"\b(?:on|of|since|in|until|by|from|and|between|the)\s+$", before, re.IGNORECASE) or re.match(
        r"(?:on|in|since)\b", phrase.text, re.IGNORECASE
    ):
        return False
    if (
        phrase.basis == "explicit"
        and _WIRE_DATELINE.match(after)
        and (not before or re.search(r"[A-Z]{3,}[\w\s,/.]*$", before) or re.fullmatch(r"[A-Z][\w\s.'’/-]{1,40}[,:]?\s*", before))
    ):
        return True
    whole = phrase.basis == "explicit" and phrase.first == phrase.last == published and re.search(r"\d{4}", phrase.text)
    weekday = (
        phrase.basis == "relative"
        and re.match(r"\s*,?\s*(?:\d{1,2}\s+[A-Z]|[A-Z][a-z]+\.?\s+\d)", after)
        and re.fullmatch(r"\w+\.?", phrase.text)
    )
    return bool(whole or weekday)


_POSSESSIVE = re.compile(r"['’]s\b")


def _opens_report(reading: Reading, phrase: DatePhrase, i: int) -> bool:
    """Whether a day opens the sentence and the one who speaks stands right behind it."""
    if any(chunk.tag not in "&ca,p" for chunk in reading.chunks[:i]) or phrase.precision not in ("day", "night", "days", "month"):
        return False
    return any(
        r.form == "before"
        and re.fullmatch(
            r"\s*,?\s*(?:the\s+|an?\s+)?", reading.sentence.text[phrase.stop : max(phrase.stop, r.speaker.start - reading.sentence.start)]
        )
        and r.speaker.start - reading.sentence.start >= phrase.stop
        for r in reading.reports
    )


_TALKED_ABOUT = re.compile(r"\s+(?:about|over)\s+(?:who|what|whether|how|the|an?)\b")


@cache
def _in_statement() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:in|by|at|told)\s+(?:an?|the)\s+(?:\w+\s+){{0,2}}(?:{alternatives(english()['statements'])}|conference)\s+(?:\w+\s+)?$",
        re.IGNORECASE,
    )


_ATTRIBUTIVE = re.compile(r"\b(?:the|this|that|an?)\s+$", re.IGNORECASE)


def _names_event(text: str, phrase: DatePhrase) -> bool:
    """Whether a date says which event is meant: "claimed responsibility for the | April 12 | suicide bombing"."""
    if not _ATTRIBUTIVE.search(text, max(0, phrase.begin - 6), phrase.begin):
        return False
    return event_behind(text, phrase.stop)


def event_behind(text: str, at: int) -> bool:
    """Whether one of the next three words is an event: "Monday's | deadly suicide bombing"."""
    return any(word in english()["event_nouns"] for word in re.findall(r"[a-z]+", text[at : at + 40].lower())[:3])


def dates_statement(reading: Reading, phrase: DatePhrase) -> bool:
    """Whether a date only dates what was said: "said on Thursday", "Human Rights Watch on Wednesday said", "told AFP on Monday"."""
    chunks = reading.chunks
    i = next(k for k, c in enumerate(chunks) if c.date is phrase)
    if _POSSESSIVE.match(reading.sentence.text, phrase.stop) or re.search(r"[a-z]['’]?s$", phrase.text):
        return False  # "claimed Thursday's bombing"
    if _names_event(reading.sentence.text, phrase) or phrase.counts_back:
        return False
    if _TALKED_ABOUT.match(reading.sentence.text, phrase.stop):
        return True  # "were trading accusations Wednesday about who had launched the attack"
    before = chunks[max(0, i - 9) : i]
    if _in_statement().search(reading.sentence.text, max(0, phrase.begin - 40), phrase.begin):
        return True  # "the government in a statement on Tuesday put the toll at 15"
    if len(before) > 1 and before[-1].tag in "KD" and is_one_of(before[-2], "finding_verbs"):
        return True  # "were confirmed dead on Sunday"
    if not phrase.since and any(link.rule == "toll" and 0 <= phrase.begin - chunks[link.count].end <= 4 for link in reading.links):
        return True  # "the toll rose to 19 yesterday"
    for back, chunk in enumerate(reversed(before)):
        if back <= 1 and is_one_of(chunk, "statement_verbs"):
            return True
        if (
            chunk.tag == "R"
            and chunk.text.lower() in english()["speech"]["nouns"]
            and i - back - 2 >= 0
            and chunks[i - back - 2].tag in "wxpN"
        ):
            continue  # "according to western estimates, since …"
        if chunk.text.lower() == "that" or (chunk.tag == "X" and back <= 1 and chunk.text.lower().split()[-1] in english()["event_nouns"]):
            break  # "He says that on 12 February soldiers …", "said attacks on Sunday killed 20"
        if chunk.tag == "R":
            return back == 0 or (
                all(c.tag in 'wpaxXN,"e-' for c in before[len(before) - back :])
                and back <= 7
                and not (chunk.tag == "R" and i - back - 2 >= 0 and chunks[i - back - 2].tag == "b")
            )
        if chunk.tag in "QqKGIDTbhvV.d&":
            break
    if _opens_report(reading, phrase, i):
        return True  # "On Saturday, the ministry said 12 people …"
    after = chunks[i + 1 : i + 3]
    if (
        after
        and after[0].tag == "R"
        and not (
            i + 2 < len(chunks)
            and any(r.form == "behind" and r.speaker.start - reading.sentence.start > phrase.stop for r in reading.reports)
        )
    ):
        speaker_before = any(
            r.speaker.end - reading.sentence.start <= phrase.begin and phrase.begin - (r.speaker.end - reading.sentence.start) <= 3
            for r in reading.reports
        )
        return speaker_before or i == 0
    return False
