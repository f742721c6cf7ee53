"""Where, by whom and with what: place, actor and weapon of a claim, from its own sentence, as far as its words tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from .chunks import Chunk, Word
from .lexicon import alternatives, any_of, english, grammar, plural, weapons
from .sources import load_countries


@dataclass(frozen=True, slots=True)
class Found:
    """Words of the setting at [start, end) of a sentence; for a weapon `text` is the value of the column."""

    start: int
    end: int
    text: str
    weak: bool = False


_NAME = r"[A-Z][\w’'-]*"
_PARTICLES = frozenset(
    {"al", "el", "de", "del", "la", "le", "bin", "abu", "ash", "as", "ad", "ar", "et", "um", "umm", "tel", "tal", "di", "los", "das"}
)
_TOKEN = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*|[^\w\s]")
MAX_LEAD = 7
"""Words between the preposition and the name: "in the volatile northern Nigerian town of" Chibok."""


@cache
def _prepositions() -> re.Pattern[str]:
    return re.compile(rf"(?:^|(?<=[\s(“\"]))(?i:{alternatives(english()['place_prepositions'])})\s+")


@cache
def _nationalities() -> frozenset[str]:
    """Words that tell whose and not where: "Syrian", "Brazilian", and "Syria's", "Syrias" before another name."""
    words = set()
    for country in load_countries():
        words |= set(country.get("adjectives", ())) | {plural(str(a)) for a in country.get("adjectives", ())}
        name = str(country["name"])
        words |= {f"{name}'s", f"{name}’s", f"{name}s"}
    return frozenset(words)


@cache
def _no_place_words() -> frozenset[str]:
    lexicon = english()
    return frozenset([*lexicon["weekdays"], *lexicon["months"], *lexicon["not_in_place_names"]])


MAX_ACTOR = 7
"""Words of an actor; more are a stretch of headline without commas."""


def _ends_name(word: str) -> bool:
    """Whether a capitalised word is no part of a name: a harm, an attack, a number, a day ("Syria Kills Five")."""
    lower = word.lower()
    entry = grammar().match([lower], 0)
    return (
        lower in _no_place_words()
        or weapons().match([lower], 0) is not None
        or (entry is not None and entry.tag in "KGIDTRSbhcemxa")
        or lower in english()["numbers"]["units"]
        or word[0].isdigit()
    )


def _name_at(tokens: list[re.Match[str]], i: int) -> int:
    """The index behind the name that begins at token i; i itself where none does."""
    j = i
    while j < len(tokens) and j - i < 5:
        word = tokens[j].group()
        particle = word.lower() in _PARTICLES and j + 1 < len(tokens) and tokens[j + 1].group()[0].isupper()
        hyphened = re.match(r"[a-z]{2}-[A-Z]", word) is not None
        if not (word[0].isupper() or particle or hyphened) or _ends_name(word):
            break
        j += 1
    return j


@cache
def _naming_kind() -> re.Pattern[str]:
    """ "the Red Sea | port of | Hodeidah", but not "Shantou city of China's"."""
    return re.compile(rf"\s+(?:{alternatives(english()['naming_kinds'])})\s+of\s+(?=[A-Z][\w-]*(?![\w’'-]))")


def _owner_at(tokens: list[re.Match[str]], i: int) -> int:
    """How many words at token i say whose: "Syrian", "South Africa's"; 0 where the next word does not go on."""
    for length in (3, 2, 1):
        words = [token.group() for token in tokens[i : i + length + 1]]
        if len(words) == length + 1 and " ".join(words[:-1]) in _nationalities() and words[-1][:1].isalpha():
            return length
    return 0


def _by_country(tokens: list[re.Match[str]], owner: int, kind: int) -> tuple[int, int]:
    """ "the Afghan capital" by these words, unless its name follows: "Iraq's capital, | Baghdad"."""
    at = kind + 1 + (kind + 1 < len(tokens) and tokens[kind + 1].group() == ",")
    stop = _name_at(tokens, at)
    return (tokens[at].start(), tokens[stop - 1].end()) if stop > at else (tokens[owner].start(), tokens[kind].end())


def _read_place(sentence: str, begin: int) -> tuple[int, int] | None:
    """The span of the place words behind a preposition: "in | the volatile | PK5 neighborhood"."""
    lexicon = english()
    tokens = list(_TOKEN.finditer(sentence, begin, min(len(sentence), begin + 160)))
    kinds, directions, i, kept, owner = set(lexicon["place_kinds"]), set(lexicon["directions"]), 0, None, (-1, -1)
    while i < len(tokens) and i <= MAX_LEAD:
        word = tokens[i].group()
        lower = word.lower()
        nextword = tokens[i + 1].group() if i + 1 < len(tokens) else ""
        if not word[0].isalnum():
            return None
        if whose := _owner_at(tokens, i):  # "South Africa's | northern province of"
            owner, i = (i, i + whose), i + whose
            continue
        nationality = re.fullmatch(r"[A-Z]\w+-[a-z]+", word) is not None
        if (word[0].isupper() and not nationality) or re.match(r"[a-z]{2}-[A-Z]", word) or (lower in _PARTICLES and nextword[:1].isupper()):
            break
        entry = grammar().match([lower], 0)
        if owner[1] == i and lower in lexicon["places_by_country"] and nextword.lower() not in kinds:
            return _by_country(tokens, owner[0], i)
        if lower in lexicon["kept_place_words"]:
            kept = tokens[i].start() if kept is None else kept
        elif (
            lower == "of"
            and i
            and (tokens[i - 1].group().lower() in kinds | directions or tokens[i - 1].group().lower() in lexicon["kept_place_words"])
        ):
            if tokens[i - 1].group().lower() not in lexicon["kept_place_words"]:
                kept = None  # "the northern province of | Limpopo"
        elif (
            entry is not None
            and entry.tag in "poKGIRvVbhc&e"
            and lower not in kinds
            and lower not in directions
            and not nationality
            and not lower.endswith(("-held", "-controlled", "ed"))
        ):
            return None
        i += 1
    stop = _name_at(tokens, i)
    if stop == i or i > MAX_LEAD or any_of("not_in_place_names").match(sentence, tokens[i].start()):
        return None
    if renamed := _naming_kind().match(sentence, tokens[stop - 1].end()):
        return _read_place(sentence, renamed.end()) or (tokens[i].start(), tokens[stop - 1].end())
    start = tokens[i].start() if kept is None else kept
    while stop < len(tokens) and tokens[stop].group().lower() in kinds:
        stop += 1
    if stop + 1 < len(tokens) and tokens[stop].group() == "and" and _name_at(tokens, stop + 1) > stop + 1:
        last = _name_at(tokens, stop + 1)
        stop = last + 1 if last < len(tokens) and tokens[last].group().lower() in kinds else last
    return start, tokens[stop - 1].end()


def _is_placed(sentence: str, preposition: int, span: tuple[int, int]) -> bool:
    """ "the town of Omagh", "the shelling of Lysychansk", "to al-Thawra hospital", but not "the procession of Benazir Bhutto"."""
    kind = sentence[span[0] : span[1]].split()[-1].lower()
    return kind in english()["place_kinds"] or _place_of().search(sentence, max(0, preposition - 25), preposition) is not None


@cache
def _place_of() -> re.Pattern[str]:
    lexicon = english()
    heads = [*lexicon["place_kinds"], *lexicon["directions"], *lexicon["kept_place_words"], *lexicon["event_nouns"]]
    return re.compile(rf"(?<!\w)(?:{alternatives(heads)})\s+$", re.IGNORECASE)


def find_places(sentence: str, taken: list[tuple[int, int]]) -> list[Found]:
    """Places named with a preposition; `taken` are the spans of dates, speaking bodies and other organisations, which are none."""
    places: list[Found] = []
    for match in _prepositions().finditer(sentence):
        span = _read_place(sentence, match.end())
        if span is not None and match.group().lower().startswith(("of", "to")) and not _is_placed(sentence, match.start(), span):
            continue
        if span and match.group().lower().startswith("to") and sentence[span[0] : span[1]].endswith(tuple(english()["places_by_country"])):
            continue  # "so close to the Afghan capital"
        if span is None or any(a < span[1] and span[0] < b for a, b in taken):
            continue
        text = re.sub(r"['’]s?$", "", sentence[span[0] : span[1]])
        if not places or span[0] >= places[-1].end:
            places.append(Found(span[0], span[0] + len(text), text))
    return places


def leading_places(chunks: list[Chunk], places: list[Found]) -> list[Found]:
    """The narrowest place of each chain: in "in Manbij in Aleppo province" the first one leads."""
    leaders: list[Found] = []
    previous: Found | None = None
    at = 0
    for place in places:
        between = set()
        while at < len(chunks) and chunks[at].start < place.start:
            if previous and previous.end <= chunks[at].start:
                between.add(chunks[at].tag)
            at += 1
        if previous is None or place.start - previous.end > MAX_CHAIN or between & set("KGIRvhb.QqT"):
            leaders.append(place)
        previous = place
    return leaders


MAX_CHAIN = 60
"""Characters between two places of one chain."""


def narrowest(leaders: list[Found], anchor: int, clause: tuple[int, int]) -> Found | None:
    """The place that the words at `anchor` are tied to: of those in the clause the nearest, one behind before one ahead."""
    inside = [p for p in leaders if clause[0] <= p.start < clause[1]] or leaders
    if not inside:
        return None
    return min(inside, key=lambda p: (p.start - anchor) if p.start >= anchor else (anchor - p.end) * 1.5 + 10)


def find_weapons(words: list[Word]) -> list[Found]:
    """Every weapon word, in order, the longest phrase at each place; `text` is the weapon."""
    lowers = [w.lower for w in words]
    found, i = [], 0
    while i < len(words):
        entry = weapons().match(lowers, i)
        if entry is None:
            i += 1
            continue
        if entry.weapon:
            found.append(Found(words[i].start, words[i + len(entry.words) - 1].end, entry.weapon, entry.tag == "w"))
        i += len(entry.words)
    return [w for w in found if not w.weak] or found


def weapon_at(found: list[Found], anchor: int, clause: tuple[int, int]) -> str | None:
    """The weapon nearest to the harm in its clause, the one before it first; else in the sentence. A suicide car bomb is a suicide bomb."""
    inside = [w for w in found if clause[0] <= w.start < clause[1]] or found
    if not inside:
        return None
    if any(w.text == "suicide_bomb" for w in inside) and all(w.text in ("suicide_bomb", "car_bomb", "ied") for w in inside):
        return "suicide_bomb"
    if any(w.text == "car_bomb" for w in inside) and all(w.text in ("car_bomb", "ied") for w in inside):
        return "car_bomb"
    for special in ("chemical", "barrel_bomb"):
        if any(w.text == special for w in inside):
            return special
    return min(inside, key=lambda w: (anchor - w.end) if w.end <= anchor else (w.start - anchor) + 4).text


@cache
def _actor_patterns() -> dict[str, re.Pattern[str]]:
    nouns = alternatives(english()["actors"])
    noun_phrase = (
        r"(?:\b(?:the|a|an|two|three|four|some|suspected|unidentified|unknown|armed)\s+)?"
        rf"(?:[\w’'-]+\s+){{0,4}}?\b(?i:{nouns})\b(?!-)(?:\s+(?:or|and)\s+[\w-]+\s+(?i:{nouns})\b)?"
    )
    named = rf"(?:the\s+)?{_NAME}(?:[\s-]+(?:(?:and|or|of|al)\s+)?{_NAME}){{0,4}}(?:\s+(?i:{nouns}|jihadists|group)\b(?!-))?"
    weapon_words = alternatives(
        [
            w
            for line in english()["weapons"]
            if line["weapon"] in ("airstrike", "shelling", "rocket", "drone", "gunfire", "barrel_bomb")
            for w in line["words"]
            if w.isalpha() or " " in w
        ]
    )
    return {
        "by": re.compile(rf"\b(?:by|from|of)\s+(?P<who>{noun_phrase}|{named})"),
        "owner": re.compile(
            rf"(?P<who>(?:[A-Z][\w’'-]*(?:\s+(?:and|or)\s+|[\s-]))*(?:[A-Z][\w’'-]*|regime|rebel|coalition|government|militant|army|insurgent|separatist|military)(?:\s+(?:regime|government|coalition|army|forces))?)\s+(?:(?:{weapon_words}))\b"
        ),
        "subject": re.compile(rf"(?P<who>{noun_phrase}|{named})"),
        "doing": re.compile(
            rf"(?P<who>{noun_phrase}|(?:[Gg]unmen|[Ss]oldiers|[Mm]ilitants)(?:\s+(?:of|from)\s+(?:the\s+)?{_NAME}(?:\s+{_NAME}){{0,3}})?)(?:\s+(?:in|on|from|of|near|dressed)\s+[\w’'-]+(?:\s+[\w’'-]+){{0,2}}?)?\s+(?P<verb>[a-z]+)"
        ),
        "claimed": re.compile(
            rf"(?P<who>{named}|{noun_phrase})\s+(?:later\s+|has\s+|have\s+)?claimed\s+(?:responsibility|the\s+attack)|claimed\s+by\s+(?P<whom>{named}|{noun_phrase})|responsibility[^.]{{0,30}}\bby\s+(?P<whom2>{named})"
        ),
    }


def claimed_by(sentence: str) -> str | None:
    """Who claimed the attack, if this sentence says so: a claim of responsibility makes the actor."""
    if "claim" not in sentence.lower() and "responsib" not in sentence.lower():
        return None
    match = _actor_patterns()["claimed"].search(sentence)
    found = next((g for g in match.groups() if g), None) if match else None
    return _clean_actor(found) if found else None


@lru_cache(maxsize=16)  # asked for each claim of a sentence, and for those of the next
def acting(sentence: str, taken: tuple[tuple[int, int], ...]) -> str | None:
    """Who does something in a sentence: an actor noun as subject of a verb ("when militants fired on their bus")."""
    for match in _actor_patterns()["doing"].finditer(sentence):
        span = match.span("who")
        verb = grammar().match([match["verb"].lower()], 0)
        if verb is None or verb.tag not in "vKGV" or any(a < span[1] and span[0] < b for a, b in taken):
            continue
        if found := _clean_actor(match["who"]):
            return found
    return None


def _plain_subject(stretch: str) -> str | None:
    """Whatever stands as subject right before an active verb, if it is neither a weapon nor a thing: "A religious cult | killed seven"."""
    words = re.split(r"[,;:]", stretch)[-1].split()
    if not 1 <= len(words) <= 6:
        return None
    entry = grammar().match([words[-1].lower()], 0)
    if (entry is not None and entry.tag not in "N") or not words[-1][0].isalpha() or any(weapons().match([w.lower()], 0) for w in words):
        return None
    if any((e := grammar().match([w.lower()], 0)) is not None and e.tag in "vVKGRbhpcS&e" for w in words):
        return None
    return _clean_actor(" ".join(words))


def _clean_actor(text: str) -> str | None:
    """The actor's words without what only leads up to them ("Meanwhile", "Of", "Elsewhere"); null where no actor is left."""
    words = text.strip(" ,-–—").split()
    while words:
        lower = words[0].lower().strip(",.-")
        entry = grammar().match([lower], 0)
        leads_up = any(lower in english()[section] for section in ("clause", "elsewhere", "weekdays", "months"))
        if leads_up or not lower or any(c.isdigit() for c in lower) or (entry is not None and entry.tag in "aopc&vVRbhT"):
            words.pop(0)
        else:
            break
    inner = [grammar().match([word.lower()], 0) for word in words[1:]]
    if any(entry is not None and entry.tag == "p" for entry in inner):
        return None  # "a chemical attack on rebel": the noun is where it happened, not who did it
    breaks = [words[i] in english()["clause"] or (entry is not None and entry.tag in "RcvKGbh") for i, entry in enumerate(inner, 1)]
    said = [i for i, clause_ends in enumerate(breaks, 1) if clause_ends and words[i].islower()]
    if said:
        return _clean_actor(" ".join(words[said[-1] + 1 :]))  # "a monitor said warplanes", "a reporter that militants"
    cleaned = " ".join(words)
    if words and (words[0].lower() == "no" or cleaned.lower() in english()["numbers"]["units"]):
        return None  # "no group claimed it", "two rockets"
    if len(words) > MAX_ACTOR or len(cleaned) < 3 or cleaned.lower() in ("air", "the", "an") or re.search(r"\d{4}", cleaned):
        return None
    return None if any(w.lower().strip(",.") in english()["weekdays"] for w in words) else cleaned


@cache
def _backing() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(english()['backing'])})\s+$", re.IGNORECASE)


REACH = 400
"""Characters around a verb in which its subject or agent is looked for."""


def actor_of(
    sentence: str, verb: tuple[int, int], active: bool, victims: tuple[int, int], clause: tuple[int, int], taken: list[tuple[int, int]]
) -> str | None:
    """Who is said to have done it: the subject of an active verb, the agent of a passive one, or the owner of the weapon.

    `verb`, `victims`, `clause` and `taken` (speakers of the sentence, who are no actors) are spans of the sentence.
    """
    patterns = _actor_patterns()

    def free(start: int, end: int) -> bool:
        return not (start < victims[1] and victims[0] < end) and not any(a < end and start < b for a, b in taken)

    if not active:
        for match in patterns["by"].finditer(sentence, verb[1], min(clause[1], verb[1] + 120)):
            if match.group().startswith("by") and free(*match.span("who")) and re.search(r"[a-z]{3}", match["who"]):
                return _clean_actor(match["who"])
    stretch = (max(clause[0], verb[0] - REACH), verb[0]) if active else (clause[0], min(clause[1], verb[1] + REACH))
    for name in ("owner", "by"):
        for match in patterns[name].finditer(sentence, *stretch):
            if name == "by" and _backing().search(sentence, stretch[0], match.start()):
                continue
            if free(*match.span("who")) and (name == "owner" or match.group().startswith("by")):
                found = _clean_actor(match["who"])
                if found:
                    return found
    if active and not any_of("two_sides").search(sentence, *stretch):
        best = None
        behind_speaker = max([stretch[0], *(end for _, end in taken if end <= stretch[1])])  # "a monitor said | warplanes killed"
        for match in patterns["subject"].finditer(sentence, behind_speaker, stretch[1]):
            if free(*match.span("who")) and any_of("actors").search(match["who"]):
                best = _clean_actor(match["who"])
                if best:
                    break
        return best or _plain_subject(sentence[stretch[0] : stretch[1]])
    return None
