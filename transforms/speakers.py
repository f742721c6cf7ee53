"""Who could speak in a sentence: a body of the registry, a kind of person ("a medical source"), or a name unknown to both beside a verb of
speech; and who has spoken so far in the article, to whom "he", "the centre" and a bare surname point back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from .lexicon import Entry, PerWord, alternatives, english, grammar, phrase_set, speaking_kinds
from .sentences import Sentence
from .sources import Mention, government_of, registry


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who can make claims, at [start, end) of the article's text. `type` is null where nothing is known of them."""

    start: int
    end: int
    text: str
    source_id: str
    type: str | None
    kind: str  # name, acronym, person, surname, contextual, metonym (sources.Mention), kind (a lexicon kind), unknown


_WORD = re.compile(r"[a-zA-Z]++(?![\w'’.-])|[^\W_]+(?:['’.][^\W_]+)*(?:-[^\W_]+(?:['’][^\W_]+)*)*")
NAME = r"[A-Z][\w’'-]*"
PARTICLE = r"(?:al|el|bin|bint|ben|abu|abd|de|del|der|van|von|da|dos|la|le|ould|ul|ur)"
# capitalised words that make a name: "Majed Abboud", "Zouhir al-Shimale", "the Center for Policy Research", "Maj. Gen. Igor Konashenkov"
PROPER = re.compile(
    rf"(?:(?P<det>[Tt]he|[Aa]n?)\s+)?(?P<name>{NAME}\.?(?:\s+(?:{PARTICLE}[\s-])?(?:(?:for|of|and|in|on|the)\s+(?:the\s+)?(?={NAME})|[a-z]{{2}}-)?{NAME}){{0,7}})"
)
_OF = re.compile(r"\s+(?:for|of|at|from|in|with|to|on behalf of)\s+", re.IGNORECASE)


_IN_PLACE = re.compile(r"\b(?:in|at|near|of|outside|around|from)\s+$", re.IGNORECASE)


@cache
def section(*path: str) -> frozenset[str]:
    return frozenset(" ".join(words) for words in phrase_set(*path))


def _extend_left(text: str, words: list[re.Match[str]], i: int, floor: int) -> int:
    """The start of the noun phrase whose head is word i: up to three modifiers and the determiner."""
    start, modifiers = words[i].start(), 0
    for j in range(i - 1, -1, -1):
        word = words[j]
        if word.start() < floor or not text[word.end() : start].isspace():
            break
        entry = grammar().match([word.group().lower()], 0)
        tag = entry.tag if entry else "w"
        if tag == "x" or word.group().lower() in ("a", "an", "two", "three", "several", "multiple", "another", "one", "some", "other"):
            return word.start()
        if (
            tag not in ("wNX" if modifiers == 0 else "wN")
            or modifiers == 4
            or word.group()[0].isdigit()
            or word.group().endswith("ing")
            or word.group().lower() in _according_words()
            or word.group().lower() in english()["weekdays"]
            or word.group().lower() in english()["times_before_speakers"]
        ):
            break
        start, modifiers = word.start(), modifiers + 1
    return start


@cache
def _according_words() -> frozenset[str]:
    return frozenset(p.split()[0] for p in english()["according"])


def _kind_speakers(text: str, sentence: Sentence, mentions: Sequence[Mention]) -> list[Speaker]:
    """Kinds of people named in a sentence: "a Chadian military source", "a spokesman for the French interior ministry"."""
    if not any(map(_MAY_BE_KIND.__getitem__, sentence.text.split())):
        return []
    words = list(_WORD.finditer(text, sentence.start, sentence.end))
    lowers = [word.group().lower().replace("-", " ") for word in words]
    opening = [i for i, lower in enumerate(lowers) if lower in _kind_words()]
    speakers: list[Speaker] = []
    taken = 0
    for i in opening:
        if i < taken:
            continue
        surname = i > 0 and words[i].group()[0].isupper() and words[i - 1].group()[0].isupper()  # "Bayan | Baker"
        entry = speaking_kinds().match(lowers, i) or (None if surname else _person_kind(lowers, i))
        if entry is None or not _one_piece(text, words, i, len(entry.words)) or _is_adjective(text, words, lowers, i):
            continue
        last = i + len(entry.words) - 1
        while last + 1 < len(words) and lowers[last + 1] in section("person_roles") and _one_piece(text, words, last, 2):
            last += 1  # "the local police | chief"
        start, end = _extend_left(text, words, i, speakers[-1].end if speakers else sentence.start), words[last].end()
        body_within = any(start <= m.start < words[i].start() for m in mentions if m.kind != "metonym")
        placed = re.search(r"\b[A-Z]", text[start : words[i].start()]) and not body_within
        if placed and _IN_PLACE.search(text, max(sentence.start, start - 9), start):
            start = words[i].start()  # "raided a house in Mleiha | activists | said"
        source_id, kind_type, end_of_name = str(entry.harm), entry.weapon, None
        named = next((m for m in mentions if m.start <= words[i].start() and end <= m.end and m.kind != "metonym"), None)
        if named is None:
            tail = _OF.match(text, end)
            inside = next((m for m in mentions if tail and tail.end() - 1 <= m.start <= tail.end() + 5 and m.end <= sentence.end), None)
            if inside is None and source_id == "local_source" and (host := _host(text, words, lowers, last)):
                (source_id, kind_type), last = host[0], host[1]  # "a source at the police command"
                end = words[last].end()
            # "the spokesman, SANA's", "the rights group Amnesty", but not "abducting 15 girls, the Sudan Doctors Network said"
            gap = r"[\s,]*" if entry.words[-1] in section("person_roles") else r"\s*"
            listed = speaking_kinds().match(lowers, i) is not None
            behind = (m for m in mentions if listed and source_id not in _PRIVATE and m.start >= end and m.end <= sentence.end)
            beside = next((m for m in behind if re.fullmatch(gap, text[end : m.start])), None)
            within = next((m for m in mentions if start <= m.start and m.end <= end and m.kind in ("name", "acronym")), None)
            holder = inside or beside
            if holder and holder.kind not in ("metonym",) and registry()[holder.source_id].type != "news_agency":
                source_id, kind_type, end_of_name = holder.source_id, registry()[holder.source_id].type, holder.end
            elif within and source_id in ("media", "journalists"):  # "the Anadolu news agency", "SANA reports", "a SANA reporter"
                kind = "name" if source_id == "media" else "kind"
                speakers.append(Speaker(start, end, text[start:end], within.source_id, registry()[within.source_id].type, kind))
                taken = last + 1
                continue
            elif (
                within
                and registry()[within.source_id].type != "news_agency"
                and (entry.words[-1] in section("person_roles") or source_id in _OF_BODIES)
            ):
                source_id, kind_type = within.source_id, registry()[within.source_id].type
            governs = named is None and source_id == "officials" and entry.words[-1] in section("governments")
            if governs and (government := _owned_government(text, start, end, lowers[max(0, i - 4) : last])):
                source_id, kind_type = government, "government"
            speakers.append(Speaker(start, end_of_name or end, text[start : end_of_name or end], source_id, kind_type, "kind"))
        taken = last + 1
    return speakers


_OWNER = re.compile(r"(?:[Tt]he\s+)?(?P<country>[A-Z]\w*(?:\s[A-Z]\w*){0,3})['’]s\s")


def _owned_government(text: str, start: int, end: int, within: Sequence[str]) -> str | None:
    """The id of "Libya's UN-backed government"; null where it is nobody's or a part's of the state. `within`: its words before the noun."""
    owner = _OWNER.match(text, start, end)
    return government_of(owner["country"]) if owner and section("parts_of_states").isdisjoint(within) else None


def _is_adjective(text: str, words: list[re.Match[str]], lowers: list[str], i: int) -> bool:
    """Whether a word for a speaker only says what the next word is: "a local | commander", but "a local said"."""
    if lowers[i] not in english()["adjectives_too"] or not _one_piece(text, words, i, 2):
        return False
    return lowers[i + 1] not in section("speech", "strong")


_PRIVATE = frozenset({"residents", "medics", "journalists", "local_source"})
"""Kinds of persons, of whom a name behind tells nothing: "children and medical staff | a monitoring group said"."""
_OF_BODIES = frozenset({"medics", "officials", "ngo", "monitor"})
"""Kinds whose words can only say what a named body is: "the Magen David Adom | ambulance service"."""


@cache
def _kind_words() -> frozenset[str]:
    """The words with which a kind of speaker begins."""
    persons = {first for first, entries in grammar().by_first.items() if any(entry.victim_class == "civilian" for entry in entries)}
    return frozenset(persons | speaking_kinds().by_first.keys())


_MAY_BE_KIND = PerWord(lambda piece: any(word.lower().replace("-", " ") in _kind_words() for word in _WORD.findall(piece)))
"""Whether a kind of speaker can begin in what stands between two spaces."""


def _host(text: str, words: list[re.Match[str]], lowers: list[str], last: int) -> tuple[tuple[str, str | None], int] | None:
    """The kind that a source belongs to, (id, type) and the index of its last word: "a source | at the city's main hospital"."""
    if last + 1 >= len(words) or lowers[last + 1] not in section("within"):
        return None
    for k in range(last + 2, min(last + 8, len(words))):
        if not re.fullmatch(r"[\s-]+", text[words[k - 1].end() : words[k].start()]):
            return None
        kind = speaking_kinds().match(lowers, k)
        if kind is not None and kind.harm not in ("local_source", "media"):
            return (str(kind.harm), kind.weapon), k + len(kind.words) - 1
        if (entry := grammar().match([lowers[k]], 0)) is not None and entry.tag not in "wNXx":
            return None
    return None


def _person_kind(lowers: list[str], i: int) -> Entry | None:
    """A private person by their trade: "a fisherman said" is a resident, "a nurse said" a medic."""
    noun = grammar().match(lowers, i)
    if noun is None or noun.tag != "N" or noun.victim_class != "civilian":
        return None
    kind = english()["kind_of_group"].get(noun.victim_group or "none", "residents")
    return Entry(noun.words, "k", harm=kind, weapon=english()["kinds"][kind]["type"])


def _one_piece(text: str, words: list[re.Match[str]], i: int, n: int) -> bool:
    return i + n <= len(words) and all(text[words[k].end() : words[k + 1].start()] in (" ", "-", "\u00a0") for k in range(i, i + n - 1))


def _named_speakers(text: str, sentence: Sentence, mentions: Sequence[Mention]) -> list[Speaker]:
    return [
        Speaker(
            m.start, m.end, text[m.start : m.end], m.source_id, registry()[m.source_id].type if m.source_id in registry() else None, m.kind
        )
        for m in mentions
        if sentence.start <= m.start and m.end <= sentence.end
    ]


def find_speakers(text: str, sentence: Sentence, mentions: Sequence[Mention], monitor: str | None) -> list[Speaker]:
    """All who could speak in a sentence, in order, none overlapping; a named body swallows the kind words that lead up to it.

    `monitor` is the id of the one monitor that the article names, meant by "a monitoring group" wherever that stands.
    """
    speakers: list[Speaker] = []
    every = _named_speakers(text, sentence, mentions) + _kind_speakers(text, sentence, mentions)
    for speaker in sorted(every, key=lambda s: (s.start, -s.end, s.kind == "kind")):
        if speaker.source_id == "monitor" and monitor:
            speaker = replace(speaker, source_id=monitor, type="monitor")
        previous = speakers[-1] if speakers else None
        if previous and speaker.start < previous.end:
            if speaker.end > previous.end and speaker.kind == "kind":
                # "Gaza health ministry spokesman", "the Observatory for Human Rights monitor": the role speaks for the body
                body = previous if previous.kind != "kind" and previous.type != "news_agency" else speaker
                speakers[-1] = replace(body, start=previous.start, end=speaker.end, text=text[previous.start : speaker.end])
            continue
        speakers.append(speaker)
    return speakers


def snake(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"^(?:the|an?)\s+", "", name.lower()).replace("'s", "").replace("’s", "")).strip("_")


@cache
def opens_clause() -> re.Pattern[str]:
    """Words that open a clause before a name: "However | the Centre …"."""
    lexicon = english()
    return re.compile(rf"(?:{alternatives([*lexicon['clause'], *lexicon['elsewhere'], *lexicon['adverbs']])})\s+", re.IGNORECASE)


def unknown_before(text: str, floor: int, stop: int) -> Speaker | None:
    """A name that neither registry nor lexicon knows, right before a verb of speech at `stop`."""
    stretch = text[max(floor, stop - 140) : stop]
    trimmed = re.sub(r"(?:\s+(?:later|also|earlier|then|has|have|had|on\s+\w+|\w+day))*[\s,]*$", "", stretch)
    trimmed = re.sub(
        r",\s(?!where\b|when\b|while\b|and\b|but\b|as\b|which\b|who\b)(?:(?:the|an?)\s[^,]{2,80}\s[a-z][\w-]+|(?!(?:the|an?)\s)[a-z][^,]{2,90}|\d\d)$",
        "",
        trimmed,
    )  # "Khaled el-Khateeb, head of the emergency department, said"
    trimmed = re.sub(
        r",\s(?:which|who|whose)\s(?:[^,.;:\"“”]|(?<=\d),(?=\d)){3,100}$", "", trimmed
    )  # "the Truce Mission, which oversees the ceasefire, says"
    best = next((match for match in PROPER.finditer(trimmed) if match.end() == len(trimmed)), None)
    if best is not None and (opening := opens_clause().match(best.group())):  # "However the Centre …"
        best = PROPER.match(trimmed, best.start() + opening.end())
    if best is None or len(best["name"]) < 3:
        return None
    entry = grammar().match([best["name"].split()[0].lower().strip(".")], 0)
    if entry and (entry.tag == "p" or (entry.tag not in "wNX" and " " not in best["name"])):
        return None  # "In Aleppo, rebel groups said"
    if best["name"].lower() in {*english()["weekdays"], *english()["months"], *english()["no_names"]}:
        return None
    start = max(floor, stop - 140) + best.start()
    if re.search(
        r"\b(?:in|at|of|near|from|to|on|by|with|for|outside|around|across|inside|against|into|over|and)\s+(?:the\s+)?$",
        text[max(0, start - 16) : start],
        re.IGNORECASE,
    ):
        return None  # a place: "a bomb in Idlib reported …"
    if re.match(r"Dr\.?\s|Doctor\s", best["name"]):
        return Speaker(start, start + len(best.group()), best.group(), "medics", "medics", "unknown")
    if government := government_of(best["name"]):
        return Speaker(start, start + len(best.group()), best.group(), government, "government", "metonym")  # "Israel says"
    return Speaker(start, start + len(best.group()), best.group(), snake(best["name"]), None, "unknown")


def unknown_behind(text: str, begin: int, ceiling: int) -> Speaker | None:
    """A name behind "said" or "according to"."""
    match = PROPER.match(text, begin, ceiling)
    if match is None or len(match["name"]) < 3:
        return None
    first = match["name"].split()[0].lower().rstrip(".")
    if first in english()["weekdays"] or first in english()["months"]:
        return None  # "Published | October 3"
    if match["name"].lower().endswith("-based"):
        return None  # "said the Britain-based organisation"
    return Speaker(match.start(), match.end(), match.group(), snake(match["name"]), None, "unknown")


_SPLIT = re.compile(r"[^\w-]+")
_MEDIA_TYPES = frozenset({"news_agency", "independent_media", "state_media", "partisan_media"})


def _may_be(pronoun: str, speaker: Speaker) -> bool:
    """Whether a pronoun can mean the subject of the sentence before: "it" a body, "he" somebody named."""
    if pronoun == "it":
        return speaker.kind in ("name", "acronym")
    named = speaker.kind in ("person", "surname") or (
        speaker.kind == "kind" and re.search(r"\s(?:[a-z]{2}-)?[A-Z][\w’'-]+$", speaker.text) is not None
    )
    return pronoun in ("he", "she") and named


@cache
def _institution() -> re.Pattern[str]:
    return re.compile(rf"(?:the|an?|its|their)\s+(?:[\w’'-]+\s+){{0,5}}?(?:{alternatives(english()['institutions'])})(?!\w)", re.IGNORECASE)


def institution_behind(text: str, begin: int, ceiling: int) -> Speaker | None:
    """A body behind "according to" that only its noun shows: "the city's public health institute"."""
    match = _institution().match(text, begin, ceiling)
    return Speaker(match.start(), match.end(), match.group(), snake(match.group()), None, "unknown") if match else None


@cache
def _role_of() -> re.Pattern[str]:
    roles = alternatives(english()["person_roles"])
    return re.compile(
        rf"(?:an?|the|one|another)\s+(?:[\w’'-]+\s+){{0,3}}?(?i:{roles})\s+(?:of|for|in|from|with)\s+(?:the\s+)?(?:[a-z][\w’'-]*\s+){{0,2}}"
        rf"(?P<body>{NAME}(?:\s+(?:(?:of|for|and)\s+(?:the\s+)?)?{NAME}){{0,5}})"
    )


def role_behind(text: str, begin: int, ceiling: int) -> Speaker | None:
    """Somebody by their role in a body that no list knows: "a member of the local People's Defence Force"; the body is the source."""
    match = _role_of().match(text, begin, ceiling)
    return Speaker(match.start(), match.end(), match.group(), snake(match["body"]), None, "unknown") if match else None


class Speakers:
    """Who has spoken so far in an article: what pronouns, bare surnames and "the source" point back to."""

    def __init__(self) -> None:
        self.publisher: frozenset[str] | None = None  # the ids of the body that publishes the article; null where that is unknown
        self.last: Speaker | None = None
        self.spoken: list[Speaker] = []
        self.by_surname: dict[str, Speaker] = {}
        self.unheard: Speaker | None = None  # who is the subject of the sentence right before, which had no verb of speech
        self.named: list[Speaker] = []  # bodies that the article has named, whether they spoke or not

    def remember(self, speaker: Speaker) -> None:
        self.last = speaker
        self.spoken = [*self.spoken[-15:], speaker]

    def meant(self, words: str) -> Speaker | None:
        """Who "the centre", "the governor", "it" points back to: the last who was called so, else the last who spoke; a role that nobody
        had points to nobody.
        """
        head = words.lower().split()[-1]
        if head in english()["speaking_pronouns"] and self.unheard is not None and _may_be(head, self.unheard):
            return self.unheard
        named = next((s for s in reversed(self.spoken) if head in _SPLIT.split(s.text.lower())), None)
        if named is None and (self.last is None or head in english()["body_roles"]):
            named = next((s for s in reversed(self.named) if head in _SPLIT.split(registry()[s.source_id].name.lower())), None)
        return named or (None if head in english()["named_roles"] else self.last)

    def hear_nothing(self, text: str, sentence: Sentence, speakers: Sequence[Speaker]) -> None:
        """Nobody speaks in this sentence; a pronoun in the next may still mean its subject: "The spokesman did not deny it. He said"."""
        first = speakers[0] if speakers else None
        opens = first is not None and first.start - sentence.start <= 4 and first.type not in _MEDIA_TYPES
        self.unheard = first if opens else None
        if first is not None and opens and (behind := PROPER.match(text, first.end + 1, sentence.end)) and first.kind == "kind":
            self.unheard = replace(first, end=behind.end(), text=text[first.start : behind.end()])

    def introduce(self, name: str, speaker: Speaker) -> None:
        """A person's full name, tied to the body or kind they stand for."""
        surname = re.sub(r"^.*\s(?=(?:[A-Z]\w+|al-\w+|el-\w+)$)", "", name)
        self.by_surname[surname.lower()] = speaker

    def known(self, name: str) -> Speaker | None:
        flat = re.sub(r"^(?:mr|mrs|ms|dr|gen|col|maj|lt|capt)\.?\s+", "", name.lower())
        return self.by_surname.get(flat) or self.by_surname.get(flat.split()[-1] if flat else "")
