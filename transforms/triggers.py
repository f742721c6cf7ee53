"""Which texts and sentences can make a claim, by their words: a test far cheaper than the extraction, that whatever makes one passes.

The rule is read off the lexicon. A claim needs a whole harm phrase, not only its first word ("died", "taken hostage", not "taken"), and
some phrases need more: "lost" a noun for people, "suffered" its wounds. Arrow asks that of thousands of texts at once, `may_link` of one
sentence. Where it errs it lets pass: what is let through has its counts linked by harms.py, which decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from .chunks import MAX_PHRASE
from .lexicon import Entry, Runs, any_of, english, grammar, harm_nouns, letters_of, may_hold, runs_of, split_words, victim_nouns

# Words so long, or so far apart, that a sentence or noun phrase may be cut within one (sentences.MAX_SENTENCE, chunks.MAX_PHRASE).
_ABSURD = r"[^ \n]{28}|\s{28}"
# A full stop that ends a sentence whatever abbreviations there are (sentences.py): behind a word too long, or not long enough, for one.
_SURE_END = r"""((?: (?:[a-z]{2}[a-su-z]|[a-z]{4,5}|[a-z]{5}[a-wyz])|[a-z]{7}|[0-9])[.!?]["”’)\]]*) ([A-Z])"""
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _AnyOf:
    """Some phrases, whatever stands between their words: as a pattern for RE2, and as runs of letters."""

    pattern: str
    runs: Runs


def harm_lines(texts: Sequence[str]) -> list[list[str]]:
    """Of each text the lines that have the words of a claim; where there are none it makes none. Some fifty MB a second.

    A line is cut where a sentence surely ends, since the words of two sentences make no claim together. Texts that come by the thousand
    share the price of making the patterns ready, 8 ms.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.split_pattern(pa.array(texts, pa.large_string()), "\n")
    lines, text_of = text.flatten(), pc.list_parent_indices(text)
    lines, text_of = lines.filter(written := pc.greater(pc.binary_length(lines), 0)), text_of.filter(written)
    held = _have_words(lines)
    cut = pc.split_pattern(pc.replace_substring_regex(lines.filter(held), _SURE_END, r"\1" + "\n" + r"\2"), "\n")
    lines, text_of = cut.flatten(), text_of.filter(held).take(pc.list_parent_indices(cut))
    held = _have_words(lines)
    found: list[list[str]] = [[] for _ in texts]
    for number, line in zip(text_of.filter(held).to_pylist(), lines.filter(held).to_pylist(), strict=True):
        found[number].append(line)
    return found


def _have_words(lines: Any) -> Any:
    """Of a column of lines, which have the words of a claim."""
    import pyarrow.compute as pc

    lower = pc.utf8_lower(lines)
    plain, *others = _patterns()
    held: Any = pc.match_substring_regex(lower, f"{_ABSURD}|{plain}")
    for pattern in others:
        held = pc.or_(held, pc.match_substring_regex(lower, pattern))
    return held


def may_link(sentence: str, letters: list[str] | None = None) -> bool:
    """Whether by its words a count can be linked to a harm in a sentence. `letters`: its runs of letters, where they are known."""
    letters = letters_of(sentence) if letters is None else letters
    for first, *others in _kinds():
        if first.runs.stand_in(letters) and all(words.runs.stand_in(letters) for words in others):
            return True
    return is_absurd(sentence)


def is_absurd(sentence: str) -> bool:
    """Whether its words can be cut anywhere."""
    return len(sentence) > MAX_PHRASE and re.search(_ABSURD, sentence) is not None


_PART_ALONE = re.compile(r"\W*(?:[\w-]+\s+){1,3}(?:was|were|are)\b")  # "Four were women."


def may_count(sentence: str, letters: list[str]) -> bool:
    """Whether a sentence can tell a number of harmed: linked to a harm, or as a part of a total told before ("Eighteen of them …")."""
    if may_link(sentence, letters) or (may_hold(letters, "subset") and any_of("subset").search(sentence)):
        return True
    if may_hold(letters, "bare_tolls") and may_hold(letters, "speech", "toll"):
        return True  # "lowered the figure to 103"
    return _PART_ALONE.match(sentence) is not None


@cache
def _patterns() -> tuple[str, ...]:
    """One for each kind of claim: people whom alone a verb harms stand behind it, and so do its objects, or the rest of a split verb."""
    (plain,), (peopled, people), (heads, tails) = _kinds()
    then = "[^a-z](?:.*[^a-z])?"
    return tuple(
        f"(?:^|[^a-z]){words}(?:$|[^a-z])"
        for words in (plain.pattern, f"{peopled.pattern}{then}{people.pattern}", f"{heads.pattern}{then}{tails.pattern}")
    )


@cache
def _kinds() -> tuple[tuple[_AnyOf, ...], ...]:
    """The kinds of claims, by what they need: a harm phrase; one with people; one with its objects, or the other half of a split verb."""
    harmful, lexicon = list(_harmful()), english()
    plain = [entry.words for entry in harmful if not entry.objects and not _needs_people(entry)]
    peopled = [entry.words for entry in harmful if _needs_people(entry)]
    heads = [entry.words for entry in harmful if entry.objects]
    heads += [split_words(word) for split in lexicon["split_verbs"] for word in split["verb"]]
    tails = [split_words(word) for entry in harmful for word in entry.objects]
    tails += [split_words(word) for split in lexicon["split_verbs"] for word in split["tail"]]
    return (_any_of(plain),), (_any_of(peopled), _any_of(_people())), (_any_of(heads), _any_of(tails))


def _harmful() -> Iterator[Entry]:
    """Every entry of which a link can take its harm; "victims" are dead where the text says no more of them."""
    for table in (grammar(), harm_nouns()):
        yield from (entry for entries in table.by_first.values() for entry in entries if entry.harm)
    yield from (Entry((word,), "N") for word in ("victim", "victims"))


def _needs_people(entry: Entry) -> bool:
    """Whether it harms only what the lexicon knows for people: "lost two soldiers", not "lost two games" (harms._usable); or, without
    its objects, is at most an adjective of theirs: "12 taken villagers" (chunks._noun_phrase)."""
    return (entry.person and entry.tag == "G") or (bool(entry.objects) and entry.tag == "K")


def _people() -> list[Phrase]:
    """The nouns for people, nationals among them."""
    tables = (grammar(), victim_nouns())
    return [entry.words for table in tables for entries in table.by_first.values() for entry in entries if entry.tag == "N"]


def _any_of(phrases: Iterable[Phrase]) -> _AnyOf:
    every = {tuple(letters_of(" ".join(words))) for words in phrases}
    runs = sorted(run for run in every if not any(part in every for part in _parts(run)))  # "killed" tells of "shot and killed" too
    # RE2 takes letters beyond ASCII for no letters, and so lets more pass.
    return _AnyOf(rf"(?:{'|'.join(map('[^a-z]+'.join, runs))})", runs_of(map(" ".join, runs)))


def _parts(run: Phrase) -> Iterator[Phrase]:
    """The shorter runs of words within one."""
    return (run[i:j] for i in range(len(run)) for j in range(i + 1, len(run) + 1) if j - i < len(run))
