"""The vocabulary: data/lexicons/en.yaml read once, with every phrase in a table by its first word.

Whoever wants a new verb, victim noun or weapon edits the YAML; nothing here knows a word of English but the names of its sections.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

# In an installed wheel the data lies beside this module, in a checkout one level up.
_BESIDE = Path(__file__).parent / "data"
DATA = _BESIDE if _BESIDE.is_dir() else Path(__file__).parent.parent / "data"

T = TypeVar("T")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """A data file, parsed; a broken one is an error that names it."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: {error}. Restore the file or mend its YAML.") from error


@cache
def english() -> dict[str, Any]:
    """The English lexicon as written."""
    return dict(read_yaml(DATA / "lexicons" / "en.yaml"))


@cache
def lexicon_version() -> str:
    """Twelve hex digits over every data file that decides what a claim is: they change when, and only when, the vocabulary does."""
    digest = hashlib.sha256()
    for path in sorted([*(DATA / "lexicons").glob("*.yaml"), DATA / "sources.yaml"]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase of the lexicon: the role it plays (a tag, one letter) and what else is known of it."""

    words: tuple[str, ...]
    tag: str
    harm: str | None = None
    weapon: str | None = None
    person: bool = False
    voice: str = "both"
    victim_class: str | None = None
    victim_group: str | None = None
    head: bool = False
    count_after: bool = False
    nationality: bool = False  # "Afghan": a noun only where no other noun follows
    objects: tuple[str, ...] = ()  # words of which one must follow soon: "suffered … burns"


@dataclass(slots=True)
class Phrases:
    """Phrases by first word, longest first, so that one pass over the words of a sentence finds the longest at each place."""

    by_first: dict[str, list[Entry]] = field(default_factory=dict)
    single: dict[str, Entry] = field(default_factory=dict)  # those of one word
    longer: dict[str, dict[str, list[Entry]]] = field(default_factory=dict)  # the others by their first and second word

    def add(self, entry: Entry) -> None:
        """An entry already known by these words keeps its place: sections are added in the order of their precedence."""
        first, *rest = entry.words
        known = self.by_first.setdefault(first, [])
        if any(other.words == entry.words for other in known):
            return
        for group in (known, self.longer.setdefault(first, {}).setdefault(rest[0], [])) if rest else (known,):
            group.append(entry)
            group.sort(key=lambda e: -len(e.words))
        if not rest:
            self.single[first] = entry

    def match(self, words: Sequence[str], at: int) -> Entry | None:
        """The longest phrase that begins with word number `at`."""
        first = words[at]
        if (longer := self.longer.get(first)) is not None and (found := longest(longer, words, at)) is not None:
            return found
        return self.single.get(first)


def longest(longer: Mapping[str, Sequence[Entry]], words: Sequence[str], at: int) -> Entry | None:
    """The longest phrase of more than one word at word number `at`, of those that begin so, by their second word."""
    for entry in longer.get(words[at + 1], ()) if at + 1 < len(words) else ():
        if tuple(words[at : at + len(entry.words)]) == entry.words:
            return entry
    return None


class PerWord(dict[str, T]):
    """What a room knows of each word as written, found out when it is first met. Bounded: an archive has millions of misspellings."""

    MOST, LONGEST = 50_000, 60

    def __init__(self, tell: Callable[[str], T]) -> None:
        super().__init__()
        self.tell = tell

    def __missing__(self, word: str) -> T:
        told = self.tell(word)
        if len(word) <= self.LONGEST:
            if len(self) >= self.MOST:
                self.clear()
            self[word] = told
        return told


def split_words(phrase: str) -> tuple[str, ...]:
    """The words of a lexicon phrase as the word splitter would give them (hyphens separate)."""
    return tuple(phrase.lower().replace("-", " ").split())


def plural(noun: str) -> str:
    """The regular English plural of a noun phrase's last word."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if noun.endswith("man") and not noun.endswith(("human", "roman")):
        return noun[:-3] + "men"
    return noun + "s"


def verb_forms(verb: dict[str, Any]) -> dict[str, str]:
    """base, third, past, participle and ing of a lexicon verb; what it does not say is regular. A phrase bends in its first word."""
    base: str = verb.get("base") or verb["past"]
    first, _, rest = base.partition(" ")
    tail = f" {rest}" if rest else ""
    stem = first[:-1] if first.endswith("e") else first
    past = verb.get("past") or (first[:-1] + "ied" if first.endswith("y") else stem + "ed") + tail
    third = first + ("es" if first.endswith(("s", "x", "z", "ch", "sh")) else "s") + tail
    return {
        "base": base,
        "third": verb.get("third") or third,
        "past": past,
        "participle": verb.get("participle") or past,
        "ing": verb.get("ing") or stem + "ing" + tail,
    }


def _add_verbs(table: Phrases, lexicon: dict[str, Any]) -> None:
    for verb in lexicon["harm_verbs"]:
        voice = verb.get("voice", "both")
        for form, text in sorted(
            verb_forms(verb).items(), key=lambda item: item[0] not in ("past", "participle")
        ):  # "hurt" is rather a participle
            tag = {"both": "K" if form in ("past", "participle") else "G", "active": "G", "passive": "K", "intransitive": "I"}[voice]
            table.add(
                Entry(
                    split_words(text),
                    tag,
                    harm=verb["harm"],
                    weapon=verb.get("weapon"),
                    person=verb.get("person", False),
                    voice=voice,
                    objects=tuple(verb.get("object", ())),
                )
            )


def _noun_entry(noun: dict[str, Any]) -> Entry:
    return Entry(
        split_words(noun["word"]), "D", harm=noun["harm"], weapon=noun.get("weapon"), head=noun.get("head", False),
        count_after=noun.get("count_after", False),
    )  # fmt: skip


def _add_peoples(table: Phrases) -> None:
    """Nationals: "a Palestinian", "three South Sudanese", "40 Afghans"."""
    for country in read_yaml(DATA / "lexicons" / "countries.yaml"):
        for demonym in map(str, country.get("adjectives", ())):
            for form in (demonym,) if demonym.endswith(("ese", "ish", "s", "ch")) else (demonym, plural(demonym)):
                table.add(Entry(split_words(form), "N", victim_class="unknown", nationality=form == demonym))


def _add_victims(table: Phrases, lexicon: dict[str, Any]) -> None:
    for line in lexicon["victims"]:
        for word in line["words"]:
            for form in (word, plural(word)) if line.get("plural") else (word,):
                table.add(Entry(split_words(form), "N", victim_class=line["class"], victim_group=line["group"]))


@cache
def grammar() -> Phrases:
    """Every phrase that plays a role in linking a number to a harm, with its tag.

    K harm verb, past or participle (f: words like "found" that lead up to one) · G harm verb, active · I harm verb whose subject suffers ·
    D harm noun or adjective · T toll noun · N victim noun · X thing · b be · h have · R speech verb · S subset word · m among · & and ·
    p preposition · o of · x determiner · c clause word · v other verb · a adverb · u word of unreality · e pronoun
    """
    lexicon, table = english(), Phrases()
    _add_verbs(table, lexicon)
    for noun in lexicon["harm_nouns"]:
        table.add(_noun_entry(noun))
    for noun in lexicon["toll_nouns"]:
        table.add(Entry(split_words(noun["word"]), "T", harm=noun["harm"]))
    for section, tag in (
        ("subset", "S"),
        ("among", "m"),
        ("conjunctions", "&"),
        ("of", "o"),
        ("be", "b"),
        ("have", "h"),
        ("determiners", "x"),
        ("adverbs", "a"),
    ):
        for phrase in lexicon[section]:
            table.add(Entry(split_words(phrase), tag))
    _add_victims(table, lexicon)
    _add_peoples(table)
    for thing in lexicon["things"]:
        for form in (thing, plural(thing)):
            table.add(Entry(split_words(form), "X"))
    for phrase in lexicon["speech"]["strong"]:
        table.add(Entry(split_words(phrase), "R"))
    for section, tag in (("report_passive", "f"), ("clause", "c"), ("prepositions", "p"), ("pronouns", "e"), ("other_verbs", "v")):
        for phrase in lexicon[section]:
            table.add(Entry(split_words(phrase), tag))
    return table


@cache
def weapons() -> Phrases:
    """Weapon phrases; `weapon` is the value of the column, null for words that only look like one. Tag W, or w for weak ones."""
    table = Phrases()
    for words in english()["no_weapon"]:
        table.add(Entry(split_words(words), "W"))
    weak = {split_words(word) for word in english()["weak_weapons"]}
    for line in english()["weapons"]:
        for word in map(split_words, line["words"]):
            table.add(Entry(word, "w" if word in weak else "W", weapon=line["weapon"]))
    return table


@cache
def _harm_firsts() -> frozenset[str]:
    """The words with which harm phrases begin."""
    lexicon = english()
    phrases = [form for verb in lexicon["harm_verbs"] for form in verb_forms(verb).values()]
    phrases += [str(noun["word"]) for section in ("harm_nouns", "toll_nouns") for noun in lexicon[section]]
    phrases += [word for split in lexicon["split_verbs"] for word in split["verb"]]
    return frozenset(split_words(phrase)[0] for phrase in (*phrases, *lexicon["toll_heads"], "victims"))


@cache
def harm_words() -> re.Pattern[str]:
    """Any word with which a harm phrase begins."""
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _harm_firsts()), key=len, reverse=True))})\b", re.IGNORECASE)


@cache
def harm_nouns() -> Phrases:
    """The harm nouns alone: "murder" and "arrests" are verbs too, and the grammar table holds them as such."""
    table = Phrases()
    for noun in english()["harm_nouns"]:
        table.add(_noun_entry(noun))
    return table


@cache
def victim_nouns() -> Phrases:
    """The victim nouns alone: "prisoner" and "martyrs" are harm words too."""
    table = Phrases()
    _add_victims(table, english())
    return table


@cache
def phrase_set(*path: str) -> frozenset[tuple[str, ...]]:
    """The phrases of one list of the lexicon as word tuples, for membership tests."""
    node: Any = english()
    for key in path:
        node = node[key]
    return frozenset(split_words(str(phrase)) for phrase in node)


@cache
def listed(*path: str) -> frozenset[str]:
    """The phrases of one list of the lexicon as they are written there."""
    node: Any = english()
    for key in path:
        node = node[key]
    return frozenset(map(str, node))


_LETTERS = re.compile(r"[a-z]++(?![^\W\d_])|[^\W\d_]+")


def letters_of(text: str) -> list[str]:
    """The runs of letters of a text in lower case, whatever stands between them."""
    return _LETTERS.findall(text.lower())


@dataclass(frozen=True, slots=True)
class Runs:
    """Some phrases as runs of letters, whatever stands between them in a text."""

    single: frozenset[str]
    longer: dict[str, tuple[tuple[str, ...], ...]]  # those of more than one, by their first

    def stand_in(self, letters: list[str]) -> bool:
        """Whether one of them stands in a text of these runs of letters."""
        if not self.single.isdisjoint(letters):
            return True
        if self.longer.keys().isdisjoint(letters):
            return False
        for at, first in enumerate(letters):
            if first in self.longer and any(tuple(letters[at : at + len(run)]) == run for run in self.longer[first]):
                return True
        return False


def runs_of(phrases: Iterable[str]) -> Runs:
    every = {tuple(letters_of(phrase)) for phrase in phrases}
    longer: dict[str, tuple[tuple[str, ...], ...]] = {}
    for run in every:
        if len(run) > 1:
            longer[run[0]] = (*longer.get(run[0], ()), run)
    return Runs(frozenset(run[0] for run in every if len(run) == 1), longer)


@cache
def _runs(*path: str) -> Runs:
    return runs_of(listed(*path))


def may_hold(letters: list[str], *path: str) -> bool:
    """Whether a text of these runs of letters can hold a phrase of that list: far cheaper than looking for it."""
    return _runs(*path).stand_in(letters)


@cache
def any_of(*path: str) -> re.Pattern[str]:
    """One pattern for the phrases of a list of the lexicon, as whole words, whatever their case and spacing; the longest first."""
    node: Any = english()
    for key in path:
        node = node[key]
    return re.compile(rf"(?<!\w)(?:{alternatives(node)})(?!\w)", re.IGNORECASE)


def alternatives(phrases: Iterable[object]) -> str:
    """The phrases as alternatives of a pattern: longest first, so that "a number of" wins over "a", and always in the same order.

    Spaces match any white space, hyphens also a space.
    """
    ordered = sorted({str(phrase) for phrase in phrases}, key=lambda phrase: (-len(phrase), phrase))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+").replace(r"\-", r"[-\s]") for phrase in ordered)


@cache
def speaking_kinds() -> Phrases:
    """Nouns for those who make claims, "a medical source": `harm` of an entry holds the kind, `weapon` its type."""
    table = Phrases()
    for kind, line in english()["kinds"].items():
        for word in line["words"]:
            table.add(Entry(split_words(word), "k", harm=kind, weapon=line["type"]))
    return table
