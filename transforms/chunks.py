"""A sentence as a row of chunks, each with a one-letter tag: the alphabet in which the rules of harms.py are written.

A count expression and the noun phrase behind it make one chunk: Q where the noun is known to be people, q where there is none or an unknown
one. What counts things ("five air raids") is X. The other tags are those of the lexicon (lexicon.grammar), plus d date, w other word,
"," "." and "(" for punctuation.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache, partial
from typing import NamedTuple

from .dates import DatePhrase, find_dates
from .lexicon import Entry, PerWord, english, grammar, harm_nouns, longest, phrase_set, speaking_kinds, victim_nouns
from .lexicon import split_words as split_phrase
from .numbers import Quantity, find_quantities, requalified

_WORD = re.compile(r"[^\W\d_]++(?!['’.])|[^\W\d_]+(?:['’.][^\W\d_]+)*\.?(?<=[A-Z]\.)|[^\W\d_]+(?:['’.][^\W\d_]+)*|\d[\d.,]*[^\W_]*|[^\w\s]")
_PUNCTUATION = {
    ",": ",",
    ";": ".",
    ":": ":",
    **dict.fromkeys("\"'“”‘’«»", '"'),
    "—": ",",
    "–": ",",
    "-": "-",
    "(": "(",
    ")": "(",
    "[": "(",
    "]": "(",
    ".": ".",
    "!": ".",
    "?": ".",
    "&": "&",
}
MAX_PHRASE = 400
"""Characters behind a number in which its noun phrase ends."""
MAX_MODIFIERS = 6
"""Words between a number and its noun: "22 suspected foreign Islamic State group fighters"."""


@dataclass(slots=True)
class Chunk:
    """One chunk at [start, end) of its sentence. `quantity` and what follows it are set for counts only."""

    tag: str
    start: int
    end: int
    text: str
    entry: Entry | None = None
    date: DatePhrase | None = None
    quantity: Quantity | None = None
    victims: str | None = None
    victim_class: str = "unknown"
    victim_group: str | None = None
    adjective: Entry | None = None  # the harm word inside the noun phrase: "12 wounded soldiers"
    more: bool = False  # "12 more", "dozens more"


class Word(NamedTuple):
    """A word of the sentence; `glued` where a hyphen ties it to the one before."""

    start: int
    end: int
    lower: str
    glued: bool
    acronym: bool  # "IS", "WHO" in a sentence that is not all capitals: a name, not the little word


class _Form(NamedTuple):
    """What is known of a word, wherever it stands. `offset` counts in what stands between two spaces."""

    offset: int
    written: str
    lower: str
    glued: bool
    acronym: bool
    entry: Entry | None  # the lexicon's, of this word alone; null for a part of a hyphenated word
    longer: Mapping[str, Sequence[Entry]]  # the lexicon's phrases that can begin here, by their second word
    tag: str  # of the chunk that the word makes alone; "" where that hangs on the words behind it


@dataclass(slots=True)
class _Row:
    """The words of a stretch without dates and numbers, for phrase look-ups."""

    sentence: str
    forms: list[_Form]
    starts: list[int]
    lowers: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lowers = [form.lower for form in self.forms]

    def end(self, i: int) -> int:
        return self.starts[i] + len(self.forms[i].written)

    def text(self, i: int, behind: int) -> str:
        """The words i to `behind`, that one excluded, as written."""
        return self.sentence[self.starts[i] : self.end(behind - 1)]

    def entry_at(self, i: int) -> tuple[Entry, int] | None:
        """The lexicon phrase that begins at word i and the index behind it; a part of a hyphenated word is no word."""
        forms = self.forms
        form = forms[i]
        entry = (form.longer and longest(form.longer, self.lowers, i)) or form.entry
        if not entry or (form.acronym and entry.tag in _LITTLE):
            return None
        behind = i + len(entry.words)
        return None if behind < len(forms) and forms[behind].glued else (entry, behind)

    def whole_word_end(self, i: int) -> int:
        """The index behind word i and what hyphens tie to it."""
        j = i + 1
        while j < len(self.forms) and self.forms[j].glued:
            j += 1
        return j


_LITTLE = "bpcxeaovh&"
"""Tags of little words, which an acronym only looks like."""


def _plain_tag(entry: Entry, lower: str) -> str:
    """The tag of a lexicon phrase where it stands for itself."""
    if entry.nationality:
        return "w"
    return "V" if entry.tag == "v" and lower.endswith(("ing", "ed")) else entry.tag  # "people travelling in a bus": within a noun phrase


def _form(offset: int, text: str, glued: bool, acronym: bool) -> _Form:
    lower = text.lower().replace("’", "'")
    entry = None if glued else grammar().single.get(lower)
    longer = {} if glued else grammar().longer.get(lower, {})
    if entry is not None and acronym and entry.tag in _LITTLE:
        entry = None
    if longer:
        tag = ""
    elif entry is None:
        tag = "w" if lower[0].isalnum() else _PUNCTUATION.get(lower, "-")
    else:
        tag = "" if entry.objects else _plain_tag(entry, lower)
    return _Form(offset, text if lower[0].isalnum() or entry is not None or longer else lower, lower, glued, acronym, entry, longer, tag)


def _forms_in(piece: str, shouted: bool = False) -> list[_Form]:
    """The words of what stands between two spaces. `shouted`: in a sentence all in capitals."""
    forms: list[_Form] = []
    end, glue = -1, False
    for match in _WORD.finditer(piece):
        text = match.group()
        if text == "-" and end == match.start() and piece[match.end() : match.end() + 1].isalnum():
            glue = True
            continue
        forms.append(_form(match.start(), text, glue, not shouted and len(text) > 1 and text.isupper()))
        end, glue = match.end(), False
    return forms


_FORMS, _SHOUTED_FORMS = PerWord(_forms_in), PerWord(partial(_forms_in, shouted=True))


def _words(text: str, start: int, shouted: bool) -> tuple[list[_Form], list[int]]:
    """The words of a text and where each starts, counted from `start`."""
    known = _SHOUTED_FORMS if shouted else _FORMS
    forms: list[_Form] = []
    starts: list[int] = []
    for piece in text.split(" "):
        for form in known[piece]:
            forms.append(form)
            starts.append(start + form.offset)
        start += len(piece) + 1
    return forms, starts


def _is_shouted(sentence: str) -> bool:
    return sentence.upper() == sentence


def split_words(sentence: str) -> list[Word]:
    """Words and punctuation marks of a sentence; the parts of a hyphenated word are words, glued."""
    forms, starts = _words(sentence, 0, _is_shouted(sentence))
    return [Word(start, start + len(form.written), form.lower, form.glued, form.acronym) for form, start in zip(forms, starts, strict=True)]


def _count_modifiers(text: str, heads: str) -> tuple[str | None, str | None]:
    """(class, group) that the modifiers of a noun give where the noun alone does not."""
    lexicon = english()
    flat = f" {re.sub(r'[^a-z]+', ' ', text.lower())} "
    group = next((g for g, words in lexicon["group_modifiers"].items() if any(f" {w} " in flat for w in words)), None)
    if heads in lexicon["combatant_heads"] and any(f" {w.replace('-', ' ')} " in flat for w in lexicon["combatant_modifiers"]):
        return "combatant", group
    if any(f" {w} " in flat for w in lexicon["civilian_modifiers"]):
        return "civilian", group
    return None, group


def _describe(chunk: Chunk, phrase: str, noun: Entry) -> None:
    """Victims, class and group of a count from its noun phrase."""
    chunk.victims = phrase.strip(" ,") or None
    chunk.victim_class = noun.victim_class or "unknown"
    chunk.victim_group = noun.victim_group
    by_modifier, group = _count_modifiers(phrase, " ".join(noun.words))
    if chunk.victim_class == "unknown" and by_modifier:
        chunk.victim_class = by_modifier
    if chunk.victim_group is None and chunk.victim_class != "combatant":
        chunk.victim_group = group if group != "man" or chunk.victim_class == "unknown" else chunk.victim_group


_POSSESSIVE = frozenset({"his", "her", "their", "its", "our", "my", "the", "whose"})
_LATE_QUALIFIER = re.compile(r"\s+(at least|or more|at the least|at most|or so)\b", re.IGNORECASE)  # "35 people at least"
_AGE = re.compile(r"\d+-(?:year|month|week|day)s?-old", re.IGNORECASE)
_NOUNLIKE = re.compile(r"(?:[A-Z][\w’'-]*|[\w-]+(?:s|en|ese|ish|men|folk|nel|staff))$")
_NO_NOUN = re.compile(r"(?:ing|ed|ly|ously|ern)$")


def _says(entry: Entry) -> bool:
    """Whether the noun before it speaks: "a monitor | said", but not "killed 50 rebels | according to a monitor"."""
    return entry.tag == "R" and entry.words[0] not in english()["no_verbs_of_speech"]


def _leads_to_noun(row: _Row, i: int) -> bool:
    """Whether a participle before word i is an adjective of people: up to three modifiers, a victim noun, and that noun does not speak."""
    for j in range(i, min(i + 4, len(row.forms))):
        found = row.entry_at(j)
        if found is None and row.lowers[j][0].isalpha():
            continue
        if found is None or found[0].tag != "N":
            return False
        after = row.entry_at(found[1]) if found[1] < len(row.forms) else None
        return not (after and (after[0].tag == "N" or _says(after[0])))
    return False


def _bracket_end(row: _Row, i: int) -> int | None:
    """The index behind a short bracket that opens at word i and has more of the noun phrase behind it."""
    close = next((k for k in range(i + 1, min(i + 5, len(row.forms))) if row.lowers[k] == ")"), None)
    return close + 1 if close is not None and _leads_to_noun(row, close + 1) else None


def _is_speaker(entry: Entry) -> bool:
    """Whether one of a kind that speaks, not several: "activist", "monitor"."""
    return not entry.words[-1].endswith("s") and speaking_kinds().match(list(entry.words), 0) is not None


def _ends_or_says(row: _Row, behind: int) -> bool:
    """Whether nothing but a verb of speech follows: "blast kills six | state television | .", "kills 30 | monitoring group | says"."""
    if behind >= len(row.forms) or not row.lowers[behind][0].isalnum():
        return True
    after = row.entry_at(behind)
    return after is not None and _says(after[0])


@cache
def _media_heads() -> frozenset[str]:
    """The last words of those who speak without being people: "news agency", "television"."""
    return frozenset(
        entry.words[-1] for entries in speaking_kinds().by_first.values() for entry in entries if entry.harm in ("media", "monitor")
    )


def _noun_phrase(row: _Row, i: int, quantity: Quantity) -> tuple[str, int, Entry | None, Entry | None, bool]:
    """What the words from i on are counted by `quantity`: (tag, index behind, noun, harm adjective, "more").

    Reads modifiers, then a run of nouns; the last of the run decides ("police officers", but "police vehicles").
    """
    j, noun, noun_end, adjective, more = i, None, i, None, False
    unknown_end = i
    while j < len(row.forms) and j - i <= MAX_MODIFIERS + 2:
        lower = row.lowers[j]
        if lower == "(" and (noun is None or noun.tag == "X") and j > i and (close := _bracket_end(row, j)):
            j = close  # "23 ISIS (Daesh) militants"
            continue
        found = row.entry_at(j)
        if lower in english()["doubts"] and noun is None and row.lowers[j + 1 : j + 2] and row.lowers[j + 1].isalpha():
            j += 1  # "nine alleged dealers"
            continue
        if lower == "more" and j == i:
            more, j, unknown_end = True, j + 1, j + 1
            i = j
            continue
        if found is None:
            behind = row.whole_word_end(j)
            if noun is not None and noun.words[-1] in english()["sexes"] and _leads_to_noun(row, behind):
                j = behind  # "two women polio vaccinators"
                continue
            if noun is not None or not (lower[0].isalpha() or _AGE.fullmatch(row.text(j, behind))):
                break
            j = behind
            if not _NO_NOUN.search(row.text(j - 1, j)):
                unknown_end = j
            continue
        entry, behind = found
        person = victim_nouns().match(row.lowers, j) if entry.tag in "DG" and noun is None and j == i else None
        if person is not None and (quantity.count == 1 or person.words[-1].endswith("s")):  # but "took four | prisoner"
            entry, behind = person, j + len(person.words)  # "killed one prisoner", "buried three martyrs"
        if (
            entry.nationality
            and noun is None
            and behind < len(row.forms)
            and row.entry_at(behind) is None
            and row.lowers[behind].isalpha()
            and not row.forms[behind].glued
        ):
            j = unknown_end = behind
            continue
        if entry.tag in "NX":
            after = row.entry_at(behind) if behind < len(row.forms) else None
            if after and _says(after[0]) and noun is not None and entry.tag == "N" and not quantity.bare_article:
                break  # "killed 17 people activists said": the second noun speaks
            if entry.tag == "X" and noun is None and entry.words[-1] in _media_heads() and (more or _ends_or_says(row, behind)):
                unknown_end = i
                break  # "wounding dozens more Syrias state-run news agency reported"
            if noun is not None and entry.tag == "N" and noun.words[-1].endswith("s") and _is_speaker(entry):
                break  # "killing at least 10 civilians activist group Lens said"
            if entry.tag == "N" and after and _says(after[0]) and j > i and adjective:
                adjective = None
                break  # "left 12 dead police said"
            if (
                noun is not None
                and entry.tag == "X"
                and noun.words[-1].endswith(("s", "people", "men", "women", "children", "other"))
                and noun.words[-1] != "police"
            ):
                break  # a plural is no modifier: "40 others state news agency SANA reported"
            noun, noun_end, j = entry, behind, behind
            continue
        if noun is None and entry.tag in "KDVvR" and (entry.tag in "KD" or lower.endswith(("ed", "ing"))) and _leads_to_noun(row, behind):
            adjective = entry if entry.tag in "KD" else adjective
            j = behind
            continue
        if noun is None and entry.tag == "a" and entry.words[0] in ("mostly", "mainly", "badly", "seriously", "critically", "severely"):
            j = behind
            continue
        break
    if noun is not None:
        return ("Q" if noun.tag == "N" else "X"), noun_end, noun, adjective, more
    return "q", unknown_end, None, None, more


@cache
def _split_verbs() -> frozenset[str]:
    return frozenset(verb for split in english()["split_verbs"] for verb in split["verb"])


def _count_chunk(row: _Row, quantity: Quantity) -> Chunk | None:
    """The chunk for a quantity and the words behind it, which make the row; null where it counts nothing."""
    i = 0
    scale = quantity.vague or quantity.text.lower().endswith(("dozen", "million", "couple", "thousand", "number"))
    if scale and i < len(row.forms) and row.lowers[i] == "of":
        follows = row.entry_at(i + 1) if i + 1 < len(row.forms) else None
        if follows is None or follows[0].tag not in "xeDK":
            i += 1
    if quantity.vague and quantity.text.lower().endswith(" of") and i + 1 < len(row.forms) and row.lowers[i] in _POSSESSIVE:
        owned = _noun_phrase(row, i + 1, quantity)  # "scores of | the terrorists"
        if owned[0] == "Q" and owned[3] is None:
            i += 1
    if (
        i + 2 < len(row.forms)
        and row.lowers[i] == "of"
        and row.lowers[i + 1] in _POSSESSIVE
        and not quantity.bare_article
        and quantity.count != 0
    ):
        owned = _noun_phrase(row, i + 2, quantity)  # "404 of their servicemen", "five of the soldiers"
        if owned[0] == "Q" and owned[3] is None:
            i += 2
    tag, behind, noun, adjective, more = _noun_phrase(row, i, quantity)
    if quantity.bare_article and tag == "q" and behind - i > 1 and row.lowers[behind - 1] in _split_verbs():
        behind -= 1  # "a mob | beat six men to death"
    phrase_end = row.end(behind - 1) if behind > i else quantity.end
    chunk = Chunk(
        tag, quantity.start, phrase_end, row.sentence[quantity.start : phrase_end], quantity=quantity, adjective=adjective, more=more
    )
    words = row.text(i, behind) if behind > i else ""
    if more and words.lower().startswith("more "):
        words = words[5:]
    if quantity.bare_article:
        if tag == "q" and chunk.end > quantity.end and _single_unknown(words):
            chunk.tag, chunk.victims = "y", words.strip()
            return chunk
        if tag != "Q" or _trails(row, behind):
            return None
    if tag == "Q" and noun is not None:
        _describe(chunk, words, noun)
        if noun.words[-1] in english()["combatant_heads"]:
            _of_phrase(chunk, row, behind)
    elif tag == "q" and behind > i:
        text = words.strip()
        if more and text.lower() == "more":
            chunk.victims = "more"
        elif _NOUNLIKE.search(text) and not _NO_NOUN.search(text):
            chunk.victims = text
        else:
            chunk.end, chunk.text = quantity.end, quantity.text
            if more:
                chunk.victims = "more"
    if more and chunk.victims is None:
        chunk.victims = "more"
    if (
        (late := _LATE_QUALIFIER.match(row.sentence, chunk.end))
        and quantity.qualifier == "exact"
        and quantity.count is not None
        and not quantity.bare_article
    ):
        chunk.quantity = requalified(quantity, late.group(1))
    needs_people = (
        quantity.count == 0
        and quantity.text.lower().startswith(("no ", "no", "without"))
        and quantity.text.lower() not in ("nobody", "none", "no one", "no-one")
    )
    if needs_people and tag == "q":
        harmed = next((k for k in range(i, min(i + 3, len(row.forms))) if (f := row.entry_at(k)) and f[0].tag in "DK"), None)
        if harmed is None or any((f := row.entry_at(k)) and f[0].tag not in "NDK" for k in range(i, harmed)):
            return None
        chunk.end, chunk.text, chunk.victims = quantity.end, quantity.text, None
    return chunk


def _trails(row: _Row, behind: int) -> bool:
    """Whether a word goes on with the noun phrase: "a police station", but not "a lawyer representing …" or "a journalist Browne"."""
    if behind >= len(row.forms) or row.entry_at(behind) is not None:
        return False
    text = row.text(behind, behind + 1)
    return text.isalpha() and text.islower() and not text.endswith(("ing", "ed", "ly"))


def _single_unknown(words: str) -> bool:
    """ "a baker", "a Chechen blogger": a noun that the lexicon does not know, to be believed only right beside a harm verb."""
    parts = words.split()
    return 1 <= len(parts) <= 4 and parts[-1].isalpha() and not _NO_NOUN.search(parts[-1])


def _of_phrase(chunk: Chunk, row: _Row, behind: int) -> None:
    """ "members of the Islamic State group": what they are members of makes the class."""
    if behind < len(row.forms) and row.lowers[behind] == "of":
        by_modifier, _ = _count_modifiers(row.text(behind, min(behind + 8, len(row.forms))), "members")
        if by_modifier:
            chunk.victim_class = by_modifier


def _next_words(sentence: str, end: int) -> list[str]:
    """The words that follow soon, numbers and dates among them."""
    return re.findall(r"[a-z]+", sentence[end : end + 70].lower())[:8]


def _plain_chunk(row: _Row, i: int) -> tuple[Chunk, int]:
    """The chunk that begins at word i, outside dates and quantities."""
    lower, found = row.lowers[i], row.entry_at(i)
    if found is None and not lower[0].isalnum():
        return Chunk(_PUNCTUATION.get(lower, "-"), row.starts[i], row.end(i), lower), i + 1
    entry, behind = found or (None, row.whole_word_end(i))
    end = row.end(behind - 1)
    tag = "w" if entry is None else _plain_tag(entry, lower)
    if entry is not None and entry.objects and not any(w in entry.objects for w in _next_words(row.sentence, end)):
        tag = "V" if lower.endswith("ing") else "v"  # "two officers | rushing to | the scene were hurt"
    return Chunk(tag, row.starts[i], end, row.text(i, behind), entry), behind


def _names(sentence: str, chunk: Chunk) -> bool:
    """ "the | Free | Syrian Army": a verb's letters between "the" and another capital are a name's."""
    return sentence[chunk.start].isupper() and sentence[chunk.end : chunk.end + 2].strip()[:1].isupper()


def chunk_sentence(sentence: str, published: date | None) -> list[Chunk]:
    """All chunks of a sentence, in order."""
    dates = find_dates(sentence, published)
    quantities = find_quantities(sentence, [(d.begin, d.stop) for d in dates])
    marks: list[tuple[int, int, DatePhrase | Quantity]] = [(d.begin, d.stop, d) for d in dates] + [(q.start, q.end, q) for q in quantities]
    marks.sort(key=lambda m: m[0])
    chunks: list[Chunk] = []
    shouted = _is_shouted(sentence)
    forms, starts = _words(sentence, 0, shouted)

    def row(start: int, end: int) -> _Row:
        """The words within a stretch, as if it stood alone: a word cut by its edge ("103|, police") is split anew."""
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        inside, places = forms[first:last], starts[first:last]
        cut = min(end, starts[first - 1] + len(forms[first - 1].written)) if first else start
        if cut > start:
            more = _words(sentence[start:cut], start, shouted)
            inside, places = more[0] + inside, more[1] + places
        if inside and places[-1] + len(inside[-1].written) > end:
            more = _words(sentence[places[-1] : end], places[-1], shouted)
            inside[-1:], places[-1:] = more
        if inside and inside[0].glued:
            inside[0] = _form(inside[0].offset, inside[0].written, False, inside[0].acronym)
        return _Row(sentence, inside, places)

    at = 0
    for n, (start, stop, mark) in enumerate([*marks, (len(sentence), len(sentence), None)]):
        if start < at:
            continue
        _chunk_words(row(at, start), chunks)
        if mark is None:
            break
        following = marks[n + 1][0] if n + 1 < len(marks) else len(sentence)
        if isinstance(mark, DatePhrase):
            chunks.append(Chunk("d", start, stop, sentence[start:stop], date=mark))
            at = stop
            continue
        chunk = _count_chunk(row(stop, min(following, stop + MAX_PHRASE)), mark)
        if chunk is None:
            tag = "x" if mark.bare_article else "w"
            chunks.append(Chunk(tag, start, stop, sentence[start:stop]))
            at = stop
        else:
            chunks.append(chunk)
            at = max(stop, chunk.end)
    return chunks


def _noun_or_verb(chunk: Chunk, before: Chunk, following: str) -> None:
    """ "the murder of two nurses", "made 30 arrests" name a harm, "of their wounds" none; "Gunmen murder 12" stays a verb."""
    after_count = before.quantity is not None
    after_determiner = before.tag in "xpo" and before.text.lower() not in ("to", "that")
    if not after_count and not after_determiner and following != "of":
        return
    noun = harm_nouns().match(list(split_phrase(chunk.text)), 0)
    if noun is not None and (after_count or following == "of"):
        chunk.tag, chunk.entry = "D", noun
    elif after_determiner:
        chunk.tag = "w"


def _chunk_words(row: _Row, chunks: list[Chunk]) -> None:
    """Chunks of a stretch that holds neither dates nor quantities, appended."""
    forms, starts = row.forms, row.starts
    i, last = 0, len(forms) - 1
    while i <= last:
        form = forms[i]
        if form.tag and not (i < last and forms[i + 1].glued):
            chunk, i = Chunk(form.tag, starts[i], starts[i] + len(form.written), form.written, form.entry), i + 1
        else:
            chunk, i = _plain_chunk(row, i)
        if chunk.tag in "vV" and chunks and chunks[-1].text.lower() == "the" and _names(row.sentence, chunk):
            chunk.tag = "w"
        if chunk.tag == "G" and chunks and not chunk.text.lower().split()[0].endswith("ing"):
            _noun_or_verb(chunk, chunks[-1], row.lowers[i] if i <= last else "")
        if chunk.tag == "R" and chunks and chunks[-1].tag in "xpo" and chunk.text.lower().endswith("ed"):
            chunk.tag = "w"  # "in alleged revenge attacks"
        chunks.append(chunk)


def tags(chunks: list[Chunk]) -> str:
    """The row of tags: one letter a chunk."""
    return "".join([chunk.tag for chunk in chunks])


@lru_cache(maxsize=4096)
def _phrase_of(text: str) -> tuple[str, ...]:
    return split_phrase(text)


def is_one_of(chunk: Chunk, *path: str) -> bool:
    """Whether the chunk's words stand in that list of the lexicon."""
    return _phrase_of(chunk.text) in phrase_set(*path)
