"""Who is said to have done it. An armed party of a sentence plays one of three parts: it acts ("when gunmen stormed …"), it is the agent
of a passive ("by rebels"), or its name stands before the means ("Russian airstrikes", "a terrorist attack"). A claim takes the party whose
part reaches its harm; where its sentence has none, the article's event may lend one (carry/setting.py). claim-spec.md, field `actor`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from .chunks import Chunk, Word, is_one_of, split_words
from .lexicon import Entry, Phrases, alternatives, any_of, english, grammar, plural, speaking_kinds, weapons
from .lexicon import split_words as split_phrase
from .sources import load_countries

ACTING_TYPES = frozenset({"armed_group", "military", "police_security"})
"""Types of registered bodies that can be actors under their own name."""

MAX_MODIFIERS = 4
"""Words before an actor noun that belong to it: "suspected al-Qaeda-linked Islamist" militants."""
MAX_GAP = 9
"""Words between an actor and its verb: "gunmen | on motorcycles | opened fire", "militants, | some of them in uniform, | attacked"."""


SIDES = 100
"""Characters behind "fighting between" in which the two sides are named."""


@dataclass(frozen=True, slots=True)
class Party:
    """An armed party at [start, end) of a sentence. `part`: acts, agent or owner; `at`: where the verb, the "by" or the means stands.

    `opens`: the word before it begins a clause of circumstance ("when", "as", "after").
    """

    start: int
    end: int
    text: str
    part: str
    at: int
    opens: bool = False


@cache
def _heads() -> Phrases:
    """Actor nouns, tag A; countries, C; words that only say whose means they are ("Russian", "US"), O."""
    table = Phrases()
    for noun in english()["actors"]:
        table.add(Entry(split_phrase(noun), "A"))
    for country in load_countries():
        name = str(country["name"])
        table.add(Entry(split_phrase(name), "C"))
        for word in (*country.get("adjectives", ()), f"{name}'s", f"{name}s"):
            table.add(Entry(split_phrase(str(word)), "O"))
    for word in english()["owner_words"]:
        table.add(Entry(split_phrase(word), "O"))
    return table


@cache
def _means() -> Phrases:
    """What parties do harm with or by: tag M for military means, which any owner may have; E for other events, owned by parties only."""
    table = Phrases()
    for word in english()["military_means"]:
        for form in (word, plural(word)):
            table.add(Entry(split_phrase(form), "M"))
    for word in english()["event_nouns"]:
        table.add(Entry(split_phrase(word), "E"))
    for line in english()["weapons"]:
        for word in line["words"]:
            harm = grammar().match([*split_phrase(word)], 0)
            if harm is None or harm.tag not in "KGI":  # "executed", "beheaded" are what a party does
                table.add(Entry(split_phrase(word), "E"))
    return table


@cache
def _agent_markers() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:{alternatives(english()['agent_markers'])})\s+(?:(?:a|an|the|some|what\s+\w+\s+\w+)\s+)?$", re.IGNORECASE
    )


@cache
def _backed() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(english()['backing'])})(?:\s+\w+)?\s+$", re.IGNORECASE)


_OPENING = re.compile(r"\b(?:when|as|after)\s+(?:(?:a|an|the|some|up\s+to|at\s+least|about|around)\s+)*(?:[\w,-]+\s+)?$", re.IGNORECASE)
_NAME_BEHIND = re.compile(  # "fighters | from the Rapid Support Forces", "members | of Boko Haram"
    r"\s+(?:from|of|belonging\s+to|loyal\s+to|linked\s+to|affiliated\s+(?:to|with))\s+(?:the\s+)?\W{0,3}(?:(?:al|el)-)?[A-Z][\w’'-]*(?:[\s-]+(?:(?:al|of|and)\s+)?(?:(?:al|el|as|ash)-)?[A-Z][\w’'-]*){0,4}(?:\s+(?:coalition|militia|group|army|forces|movement)\b)?"
)


def find_parties(
    text: str, words: list[Word], chunks: Sequence[Chunk], bodies: Sequence[tuple[int, int]], taken: Sequence[tuple[int, int]]
) -> list[Party]:
    """The parties of a sentence with the part that each plays, in order. `bodies`, `taken`: spans of armed bodies and of speakers."""
    lowers = [word.lower for word in words]
    tag_at = {chunk.start: chunk.tag for chunk in chunks}
    parties: list[Party] = []
    sides = [m.end() for m in any_of("two_sides").finditer(text)]  # "fighting between A and B": neither is said to have done it
    taken = [*taken, *((c.start, c.end) for c in chunks if c.tag == "D")]  # "50 | military deaths" are those of the military, not by it
    heads, begun = _heads().by_first, {start for start, _ in bodies}
    i = 0
    while i < len(words):
        if lowers[i] not in heads and words[i].start not in begun:
            i += 1
            continue
        head_end, tag = _head_at(words, lowers, i, bodies)
        if head_end <= i or any(a <= words[i].start < b for a, b in taken):
            i += 1
            continue
        floor = parties[-1].end if parties else 0
        first = _first_modifier(text, words, lowers, i, floor)
        start, end = words[first].start, words[head_end - 1].end
        if tag == "A" and (behind := _NAME_BEHIND.match(text, end)):
            end = behind.end()
        if (joined := _joined(text, words, lowers, end, bodies)) > end:
            end, tag = joined, "A"
        part = _part(text, words, lowers, tag_at, (start, end), head_end, tag)
        name = _cleaned(text[start:end])
        between = any(0 <= start - side < SIDES for side in sides)
        if part is not None and name and not between and not any(a < end and start < b for a, b in taken):
            parties.append(Party(start, end, name, *part, opens=_OPENING.search(text, max(0, start - 40), start) is not None))
        i = next((k for k in range(head_end, len(words)) if words[k].start >= end), len(words))
    return parties


_AND_OR = re.compile(r"\s+(?:and|or)\s+")


def _joined(text: str, words: list[Word], lowers: list[str], end: int, bodies: Sequence[tuple[int, int]]) -> int:
    """The end of "police | and border guards": where another party follows an "and"."""
    and_ = _AND_OR.match(text, end)
    if and_ is None:
        return end
    first = next((k for k in range(len(words)) if words[k].start >= and_.end()), len(words))
    for k in range(first, min(first + 3, len(words))):
        behind, tag = _head_at(words, lowers, k, bodies)
        if tag == "A" or (tag == "O" and _means_at(words, lowers, behind, text, False) is not None):
            return words[behind - 1].end  # "Syrian or Russian | warplanes", "regime and Russian | bombing"
        if grammar().match(lowers, k) is not None and tag != "O":
            return end
    return end


def _head_at(words: list[Word], lowers: list[str], i: int, bodies: Sequence[tuple[int, int]]) -> tuple[int, str]:
    """The word index behind the actor noun or body that begins at word i (i itself: none), and its tag in `_heads`."""
    if words[i].glued:
        return i, ""
    body = next((end for start, end in bodies if start == words[i].start), None)
    if body is not None:
        behind = next((k for k in range(i, len(words)) if words[k].start >= body), len(words))
        noun = _heads().match(lowers, behind) if behind < len(words) else None
        return (behind + len(noun.words) if noun is not None and noun.tag == "A" else behind), "A"
    entry = _heads().match(lowers, i)
    if entry is None or (lowers[i] == "us" and not words[i].acronym):
        return i, ""
    behind = i + len(entry.words)
    if behind < len(words) and words[behind].glued:
        return i, ""  # "government-held", "Russian-made"
    weapon = weapons().match(lowers, i)
    if weapon is not None and len(weapon.words) > len(entry.words) and entry.tag != "O":
        return i, ""  # "sniper fire", "tank shells", but "Israeli | strikes"
    following = _heads().match(lowers, behind) if behind < len(words) else None
    if following is not None and following.tag == "A":  # "Syrian | government", "rebel | fighters"
        return _head_at(words, lowers, behind, bodies)[0], "A"
    return behind, entry.tag


def _first_modifier(text: str, words: list[Word], lowers: list[str], i: int, floor: int) -> int:
    """The index of the first word of the noun phrase whose head begins at word i."""
    first = i
    for k in range(i - 1, max(-1, i - 1 - MAX_MODIFIERS), -1):
        word = words[k]
        if word.start < floor or not re.fullmatch(r"[\s-]+", text[word.end : words[k + 1].start]) or not word.lower[0].isalpha():
            break
        entry = grammar().match(lowers, k)
        tag = entry.tag if entry is not None and len(entry.words) == 1 and not (word.glued or words[k + 1].glued) else ""
        if tag == "x" or lowers[k] in english()["phrase_openers"]:
            return k
        if lowers[k] not in english()["actor_modifiers"] and (
            (tag and tag != "N")
            or _DOES_PAST.fullmatch(text, word.start, word.end)  # "militia | expelled | jihadists"
            or lowers[k] in english()["clause"]
            or lowers[k] in _stops()
        ):
            break
        first = k
    return first


_DOES_PAST = re.compile(r"[a-z]+ed")


@cache
def _stops() -> frozenset[str]:
    """Words that never belong to an actor though no role of the grammar is theirs."""
    lexicon = english()
    return frozenset([*lexicon["weekdays"], *lexicon["months"], *lexicon["event_nouns"], *lexicon["event_verbs"], *lexicon["elsewhere"]])


def _part(
    text: str, words: list[Word], lowers: list[str], tag_at: dict[int, str], span: tuple[int, int], behind: int, tag: str
) -> tuple[str, int] | None:
    """The part that the noun phrase at `span` plays and where; null for none. `behind`: the index of the word after its head."""
    start, end = span
    while behind < len(words) and words[behind].start < end:
        behind += 1
    means = _means_at(words, lowers, behind, text, tag != "A")
    if means is not None:
        return "owner", means
    marker = _agent_markers().search(text, max(0, start - 40), start)
    if marker and marker.group().lower().startswith("from") and not _is_fired_from(lowers, words, marker.start()):
        marker = None  # "cross from rebel into government territory"
    if (
        marker
        and tag == "A"
        and behind < len(words)
        and text[words[behind].start].isupper()
        and text[words[behind - 1].end : words[behind].start] == " "
    ):
        marker = None if tag_at.get(words[behind].start) == "w" else marker  # "from Government Secondary School"
    if marker and tag == "A":
        return None if _backed().search(text, max(0, start - 40), marker.start()) else ("agent", marker.start())
    first = next(k for k in range(len(words)) if words[k].start >= start)
    if tag != "O" and first and lowers[first - 1] in english()["accusing_verbs"] and lowers[behind : behind + 1] in (["of"], ["for"]):
        return "acts", words[behind].start  # "accused | soldiers | of killing"
    if tag == "O" or (first and tag_at.get(words[first - 1].start, "") in ("V", "v", "G", "o", "p")):
        return None  # "a bus carrying | police", "the arrest of | rebels"
    verb = _verb_behind(words, lowers, behind, tag_at, text, tag == "C")
    return ("acts", verb) if verb is not None else None


def _is_fired_from(lowers: list[str], words: list[Word], start: int) -> bool:
    """Whether the "from" at `start` follows what is fired: "shelling | from | government troops"."""
    i = next(k for k in range(len(words)) if words[k].start >= start)
    return any(
        (entry := table.match(lowers, k)) is not None and k + len(entry.words) == i
        for table in (_means(), weapons())
        for k in range(max(0, i - 3), i)
    )


def _means_at(words: list[Word], lowers: list[str], behind: int, text: str, owner_only: bool) -> int | None:
    """Where the means begin that the words before `behind` own: "rebel | rocket fire", "Russian | air strikes"."""
    for k in (behind, behind + 1):
        if k >= len(words) or not re.fullmatch(r"['’s]*[\s-]+", text[words[k - 1].end : words[k].start] or " "):
            return None
        entry = _means().match(lowers, k)
        if entry is not None and (entry.tag == "M" or not owner_only or _then_means(lowers, k)):
            return words[k].start
        if not _is_modifier(lowers, k):
            return None
    return None


def _is_modifier(lowers: list[str], k: int) -> bool:
    """Whether word k may stand between an owner and its means: "Russian | cluster | munitions", not "police | confirm | massacre"."""
    return lowers[k].isalpha() and lowers[k] in english()["means_modifiers"]


def _then_means(lowers: list[str], k: int) -> bool:
    """ "Israeli | drone strike": a weapon word that goes on to military means."""
    return any(k < j < len(lowers) and (e := _means().match(lowers, j)) is not None and e.tag == "M" for j in (k + 1, k + 2)) or (
        (weapon := weapons().match(lowers, k)) is not None and weapon.weapon in ("drone", "airstrike", "shelling", "rocket", "barrel_bomb")
    )


def _verb_behind(words: list[Word], lowers: list[str], behind: int, tag_at: dict[int, str], text: str, at_once: bool) -> int | None:
    """Where the active verb of a noun phrase stands whose words end before `behind`; null where it has none or suffers it.

    `at_once`: nothing may stand between them ("North Korea fired …").
    """
    aside = _aside_behind(words, lowers, behind)
    for k in range(aside, min(len(words), aside + (1 if at_once else MAX_GAP))):
        tag = tag_at.get(words[k].start, "")
        if tag in ("b", "h", "V", "v") and k + 1 < len(words) and any_of("culprit_of").match(text, words[k + 1].start):
            return words[k].start  # "soldiers were | responsible for the deaths of"
        if tag == "b":
            following = next((w for w in lowers[k + 1 : k + 3] if w not in english()["adverbs"]), "")
            if following.endswith("ing"):
                continue  # "the gunmen are still holding …"
            return None
        if lowers[k] == "and" and k + 2 < len(words) and tag_at.get(words[k + 2].start, "") in ("G", "K", "V", "v"):
            continue  # "militiamen armed with guns | and machetes | killed"
        if lowers[k] in _GAP_ENDS or tag in ("c", "T", "D", "I") or (tag == "R" and k <= behind + 1):
            return None
        if lowers[k] in english()["actor_gaps"]:
            continue  # "gunmen | riding motorcycles | opened fire"
        if at_once and ((tag not in ("K", "G") and not _is_attack(lowers, k)) or lowers[k] in _one_event()):
            return None  # "Burkina Faso massacre toll", "Saudi Arabia called for"
        if k == behind and text[words[k].start].isupper() and tag == "w":
            return None  # "Government Secondary School"
        if tag in ("G", "K", "V", "v") or _is_attack(lowers, k) or (k == behind and tag == "w" and _ENDS_PAST.search(lowers[k])):
            return words[k].start
        if k == behind and tag not in (",", "(", "p", "a", "h", "d") and lowers[k] not in ("who", "which"):
            return None  # "a police | checkpoint"
    return None


@cache
def _one_event() -> frozenset[str]:
    """Nouns of one event, which behind a country are no verb: "Kenya | attack", but "Israel | strikes"."""
    return frozenset(noun for noun in english()["event_nouns"] if plural(noun) in english()["event_nouns"])


def _aside_behind(words: list[Word], lowers: list[str], behind: int) -> int:
    """The word index behind what only adds to a party: "(Qaeda's branch) | and several other groups | fired"."""
    k = behind
    if k < len(words) and lowers[k] == "(":
        k = next((n + 1 for n in range(k, min(len(words), k + MAX_ASIDE)) if lowers[n] == ")"), k)
    if k + 1 < len(words) and lowers[k] == "and" and lowers[k + 1] in english()["joined_others"]:
        k += 2
        while k < len(words) and (lowers[k] in english()["joined_others"] or _heads().match(lowers, k) is not None):
            k += 1
    return k


MAX_ASIDE = 14
"""Words in brackets behind a party's name."""


def _is_attack(lowers: list[str], k: int) -> bool:
    """Whether word k begins a verb of attack: "fired", "carried out"."""
    return (lowers[k],) in _event_verbs() or tuple(lowers[k : k + 2]) in _event_verbs()


_GAP_ENDS = frozenset({".", ";", ":", "and", "or", "but", '"'})
_ENDS_PAST = re.compile(r"[^e]ed$")


@cache
def _event_verbs() -> frozenset[tuple[str, ...]]:
    return frozenset(split_phrase(verb) for verb in (*english()["event_verbs"], *english()["acting_verbs"]))


@cache
def _monitoring() -> re.Pattern[str]:
    kinds = [" ".join(e.words) for entries in speaking_kinds().by_first.values() for e in entries if e.harm in ("monitor", "media", "ngo")]
    return re.compile(rf"(?<!\w)(?:{alternatives([*kinds, 'monitoring', 'rights', 'aid'])})(?!\w)", re.IGNORECASE)


def _cleaned(text: str) -> str | None:
    """The words of an actor without what only leads up to it; null where they name none."""
    words = _AT_LEAST.sub("", text.strip(" ,-–—")).split()
    while words and (words[0].lower() in _leads() or words[0][0].isdigit()):
        words.pop(0)
    cleaned = re.sub(r"['’]s?$", "", " ".join(words))
    if not words or words[0].lower() == "no" or len(cleaned) < 2 or _monitoring().search(cleaned) or re.search(r"\d{4}", cleaned):
        return None
    return cleaned


_AT_LEAST = re.compile(r"^(?:at\s+)?least\s+[\w-]+\s+", re.IGNORECASE)  # "at least five | coalition air strikes"


@cache
def _leads() -> frozenset[str]:
    lexicon = english()
    return frozenset([*lexicon["clause"], *lexicon["elsewhere"], *lexicon["weekdays"], *lexicon["months"], "meanwhile", "of", "and", "by"])


def actor_of(
    text: str,
    parties: Sequence[Party],
    verb: tuple[int, int],
    active: bool,
    victims: Sequence[tuple[int, int]],
    clause: tuple[int, int],
    armed: bool,
) -> str | None:
    """The party that did the harm whose verb is at `verb`: subject of an active one, agent of a passive one, or the owner of the means.

    `victims`: spans of everybody harmed in the sentence, who are no actors; `clause`: the stretch between the clause breaks around the
    harm; `armed`: a weapon is named in that clause, so that means outside of it are another's.
    """
    free = [p for p in parties if not any(a < p.end and p.start < b for a, b in victims)]
    inside = [p for p in free if clause[0] <= p.start < clause[1]]
    before = [p for p in inside if p.part == "acts" and p.end <= verb[0] and p.at <= verb[0]]
    before = [p for p in before if not p.opens] or before  # "After the militia left, raiders killed 17"
    if active and before and not any_of("two_sides").search(text, clause[0], verb[0]):
        return before[0].text if before[0].at < verb[0] or len(before) == 1 else before[-1].text
    agents = [p for p in inside if p.part == "agent"]
    behind = [p for p in agents if p.at >= verb[1] and p.at - verb[1] < REACH]
    if not active and behind:
        return behind[0].text
    owners = [p for p in inside if p.part == "owner"]
    if owners:
        return min(owners, key=lambda p: abs(p.start - verb[0])).text
    if agents and (active or not behind):
        return agents[-1].text
    acting = [p for p in free if p.part == "acts"]
    opening = [p for p in acting if p.opens]
    if not active or not before:
        for found in (
            [p for p in opening if p.start >= verb[0]],
            [p for p in opening if p.end <= verb[0]],
            [p for p in acting if p.end <= verb[0] and _did(text, p)],
        ):
            if found:
                return found[0].text
    rest = [] if armed else [p for p in free if p.part in ("owner", "agent")]
    return rest[0].text if rest else None


def _did(text: str, party: Party) -> bool:
    """Whether what the party does is an attack, not "went", "regained control"."""
    return any_of("event_verbs").match(text, party.at) is not None


REACH = 120
"""Characters behind a passive verb in which its agent is looked for."""


def subject_before(text: str, chunks: Sequence[Chunk], at: int, taken: Sequence[tuple[int, int]]) -> str | None:
    """Whoever stands as subject right before the active harm verb at chunk `at`: "A religious cult | killed seven"; no weapon, no thing."""
    k = at - 1
    while k >= 0 and chunks[k].tag in "ahd":
        k -= 1
    if k > 0 and chunks[k].tag == "&":
        return _opening_subject(text, chunks, k, taken)
    last = k
    while k >= 0 and chunks[k].tag in "wNx-" and last - k < 6:
        k -= 1
    if k >= 0 and chunks[k].tag in "yQ" and last - k < 6:
        k -= 1
    words = chunks[k + 1 : last + 1]
    if not words or (k >= 0 and chunks[k].tag in "poXvVGKRbIDTuqe"):
        return None
    start, end = words[0].start, words[-1].end
    lowers = [word.lower for word in split_words(text[start:end])]
    person = words[-1].tag in "NyQ" or words[-1].text[:1].isupper()
    if not person or any(weapons().match(lowers, n) or _means().match(lowers, n) for n in range(len(lowers))):
        return None
    return None if any(a < end and start < b for a, b in taken) else _cleaned(text[start:end])


def _opening_subject(text: str, chunks: Sequence[Chunk], joint: int, taken: Sequence[tuple[int, int]]) -> str | None:
    """Who opens the sentence whose second verb, behind "and", did the harm: "A machinist walked into a depot | and | shot four"."""
    end = next((k for k, chunk in enumerate(chunks[:joint]) if chunk.tag not in "wNxyQ-"), joint)
    if (
        not 0 < end < joint
        or chunks[end].tag not in "vVhcw(po"
        or not any(chunk.tag in "vVKG" or chunk.text.endswith("ed") for chunk in chunks[end:joint])
    ):
        return None
    if any(chunk.tag in "R.;" for chunk in chunks[end:joint]):
        return None
    words = chunks[:end]
    person = words[-1].tag in "NyQ"
    if not person or any(a < words[-1].end and words[0].start < b for a, b in taken):
        return None
    return _cleaned(text[words[0].start : words[-1].end])


def can_act(kind: str | None, words: str) -> bool:
    """Whether who says "we killed 12" can have done so: an army, an armed group, a government; or, unknown, forces by their noun."""
    return kind in ACTING_TYPES or kind == "government" or (kind is None and any_of("actors").search(words) is not None)


def pronoun_before(chunks: Sequence[Chunk], at: int) -> bool:
    """Whether the harm verb at chunk `at` has a pronoun for its subject, or none but that of a verb of speech right before:
    "the army said it shot …", "the army denied killing …", "rebels claimed to have killed …".
    """
    k = at - 1
    while k >= 0 and (chunks[k].tag in "ah" or chunks[k].text.lower() == "to"):
        k -= 1
    said = k >= 0 and (chunks[k].tag == "R" or is_one_of(chunks[k], "denial"))
    doing = chunks[at].text.lower().split()[0].endswith("ing") or (k + 1 < at and chunks[k + 1].text.lower() == "to")
    return k >= 0 and ((said and doing) or (chunks[k].tag == "e" and chunks[k].text.lower() in english()["speaking_pronouns"]))


@cache
def _claiming() -> re.Pattern[str]:
    nouns = alternatives(english()["actors"])
    name = r"[A-Z][\w’'-]*"
    who = rf"(?:the\s+)?(?:(?:al|el)-)?{name}(?:[\s-]+(?:(?:and|or|of|al)\s+)?{name}){{0,4}}(?:\s+(?i:{nouns}|jihadists|group)\b(?!-))?"
    party = rf"(?:\b(?:the|a|an)\s+)?(?:[\w’'-]+\s+){{0,3}}?\b(?i:{nouns})\b"
    return re.compile(
        rf"(?P<subject>{who}|{party})\s+(?:\([^)]{{1,30}}\)\s+)?(?:later\s+|has\s+|have\s+|had\s+)?claimed\s+(?:responsibility|the\s+(?!lives?\b)\w+)"
        rf"|claimed\s+by\s+(?P<agent>{who}|{party})|responsibility[^.]{{0,30}}\bby\s+(?P<whose>{who})"
        rf"|(?:attributed\s+to|blamed\s+on)\s+(?:[A-Z]\w+['’]s\s+)?(?P<blamed>{who}|{party})"
    )


_CLAIMS = re.compile(  # what the pattern above needs, far cheaper to look for
    r"claimed\s+(?:responsibility|the\s+\w|by\s)|responsibility[^.]{0,30}\bby\s|(?:attributed\s+to|blamed\s+on)\s"
)


def claimed_by(sentence: str) -> str | None:
    """Who claimed the attack, if this sentence says so: a claim of responsibility makes the actor (claim-spec.md, small print)."""
    if not _CLAIMS.search(sentence):
        return None
    match = _claiming().search(sentence)
    found = next((group for group in match.groups() if group), None) if match else None
    return _cleaned(found) if found else None
