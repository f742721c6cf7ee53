"""Where, by whom and with what: place, actor and weapon of a claim, from its sentence first and else from the sentences about the same event."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .chunks import Word
from .lexicon import english, weapons


@dataclass(frozen=True, slots=True)
class Found:
    """Words of the setting at [start, end) of a sentence; for a weapon `text` is the value of the column."""

    start: int
    end: int
    text: str


_NAME = r"[A-Z][\w’'-]*"
_PARTICLE = r"(?:al|el|de|del|la|le|bin|abu|ash|as|ad|ar|et|um|umm|tel|tal)"


def _either(words: list[str]) -> str:
    return "|".join(re.escape(str(w)).replace(r"\ ", r"\s+").replace(r"\-", "[-\\s]") for w in sorted(set(words), key=lambda w: -len(str(w))))


@cache
def _place() -> re.Pattern[str]:
    lexicon = english()
    kinds, directions = _either(lexicon["place_kinds"]), _either(lexicon["directions"])
    name = rf"(?:(?:{_PARTICLE})[\s-])?{_NAME}(?:[\s-](?:(?:{_PARTICLE})[\s-])?{_NAME}){{0,3}}"
    return re.compile(
        rf"""(?:^|(?<=[\s(“"]))(?:(?i:{_either(lexicon["place_prepositions"])}))\s+
        (?P<place>
            (?:(?:the|a|an|its|his|their)\s+)?
            (?:(?:[a-z][\w’'-]*\s+){{0,4}}?(?:(?i:{kinds}|{directions}))(?:,)?\s+(?:of\s+)?(?:(?:the|in|of)\s+)?){{0,3}}
            {name}
            (?:\s+(?:{kinds})\b){{0,2}}
            (?:\s+and\s+(?:the\s+)?{name}(?:\s+(?:{kinds})\b)?)?
        )""",
        re.VERBOSE,
    )


_TITLES = re.compile(r"^(?:President|Mr|Mrs|Gen|Colonel|Prime|Minister|Sheikh|King|General|Islam|Muslim|Shiite|Sunni|Christian|Arab)\b")


def find_places(sentence: str, taken: list[tuple[int, int]]) -> list[Found]:
    """Places named with a preposition; `taken` are the spans of dates and speaking bodies, which are none."""
    places = []
    lexicon = english()
    for match in _place().finditer(sentence):
        start, end = match.span("place")
        text = re.sub(r"^(?:the|a|an|its|his|their)\s+", "", match["place"])
        start = end - len(text)
        text = re.sub(r"['’]s$", "", text)
        bare = text.split()[-1].lower().rstrip(".")
        if any(a < end and start < b for a, b in taken) or bare in lexicon["weekdays"] or bare in lexicon["months"] or _TITLES.match(text):
            continue
        places.append(Found(start, start + len(text), text))
    return places


def narrowest(sentence: str, places: list[Found], anchor: int, clause: tuple[int, int]) -> Found | None:
    """The place that the words at `anchor` are tied to. In "in Manbij in Aleppo province" the first, narrower one leads the chain."""
    leaders: list[Found] = []
    for place in places:
        previous = leaders[-1] if leaders else None
        chained = previous and re.fullmatch(r"[\s,]*(?:(?:a|the|in|of|on|near|at|town|city|province|\w+ern)\s*|,\s*){0,6}(?:\([^)]*\))?\s*", sentence[previous.end : place.start])
        if not chained:
            leaders.append(place)
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
            found.append(Found(words[i].start, words[i + len(entry.words) - 1].end, entry.weapon))
        i += len(entry.words)
    return found


_VAGUE_WEAPONS = ("gunfire", "ied", "shelling", "rocket")


def weapon_at(found: list[Found], anchor: int, clause: tuple[int, int]) -> str | None:
    """The weapon nearest to the harm in its clause, the one before it first; else in the sentence. A suicide car bomb is a suicide bomb."""
    inside = [w for w in found if clause[0] <= w.start < clause[1]] or found
    if not inside:
        return None
    if any(w.text == "suicide_bomb" for w in inside) and all(w.text in ("suicide_bomb", "car_bomb", "ied") for w in inside):
        return "suicide_bomb"
    if any(w.text == "car_bomb" for w in inside) and all(w.text in ("car_bomb", "ied") for w in inside):
        return "car_bomb"
    if any(w.text == "chemical" for w in inside):
        return "chemical"
    return min(inside, key=lambda w: (anchor - w.end) if w.end <= anchor else (w.start - anchor) + 4).text


@cache
def _actor_patterns() -> dict[str, re.Pattern[str]]:
    nouns = _either(english()["actors"][0])
    noun_phrase = rf"(?:(?:the|a|an|two|three|four|some|suspected|unidentified|unknown|armed)\s+)?(?:[\w’'-]+\s+){{0,4}}?(?i:{nouns})\b(?:\s+(?:or|and)\s+[\w-]+\s+(?i:{nouns})\b)?"
    named = rf"(?:the\s+)?{_NAME}(?:[\s-]+(?:(?:and|or|of|al)\s+)?{_NAME}){{0,4}}(?:\s+(?i:{nouns}|jihadists|group))?"
    weapon_words = _either([w for line in english()["weapons"] if line["weapon"] in ("airstrike", "shelling", "rocket", "drone", "gunfire", "barrel_bomb") for w in line["words"] if w.isalpha() or " " in w])
    return {
        "by": re.compile(rf"\b(?:by|from|of)\s+(?P<who>{noun_phrase}|{named})"),
        "owner": re.compile(rf"(?P<who>(?:[A-Z][\w’'-]*(?:\s+(?:and|or)\s+|[\s-]))*(?:[A-Z][\w’'-]*|regime|rebel|coalition|government|militant|army|insurgent|separatist|military)(?:\s+(?:regime|government|coalition|army|forces))?)\s+(?:(?:{weapon_words}))\b"),
        "subject": re.compile(rf"(?P<who>{noun_phrase}|{named})"),
        "claimed": re.compile(rf"(?P<who>{named}|{noun_phrase})\s+(?:later\s+|has\s+|have\s+)?claimed\s+(?:responsibility|the\s+attack)|claimed\s+by\s+(?P<whom>{named}|{noun_phrase})|responsibility[^.]{{0,30}}\bby\s+(?P<whom2>{named})"),
    }


def claimed_by(sentence: str) -> str | None:
    """Who claimed the attack, if this sentence says so: a claim of responsibility makes the actor."""
    match = _actor_patterns()["claimed"].search(sentence)
    return next((g for g in match.groups() if g), None) if match else None


def actor_of(sentence: str, verb: tuple[int, int], active: bool, victims: tuple[int, int], clause: tuple[int, int], taken: list[tuple[int, int]]) -> str | None:
    """Who is said to have done it: the subject of an active verb, the agent of a passive one, or the owner of the weapon.

    `verb`, `victims`, `clause` and `taken` (speakers of the sentence, who are no actors) are spans of the sentence.
    """
    patterns = _actor_patterns()

    def free(start: int, end: int) -> bool:
        return not (start < victims[1] and victims[0] < end) and not any(a < end and start < b for a, b in taken)

    if not active:
        for match in patterns["by"].finditer(sentence, verb[1], min(clause[1], verb[1] + 120)):
            if match.group().startswith("by") and free(*match.span("who")) and re.search(r"[a-z]{3}", match["who"]):
                return match["who"].strip()
    stretch = (clause[0], verb[0]) if active else clause
    for name in ("owner", "by"):
        for match in patterns[name].finditer(sentence, *stretch):
            if free(*match.span("who")) and (name == "owner" or match.group().startswith("by")):
                return match["who"].strip()
    if active:
        best = None
        for match in patterns["subject"].finditer(sentence, *stretch):
            if free(*match.span("who")) and re.search(rf"(?i:\b(?:{_either(english()['actors'][0])})\b)", match["who"]):
                best = match["who"].strip()
                break
        return best
    return None
