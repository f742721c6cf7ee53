"""Whom a number counts, where its own noun phrase does not say: "a fourth wounded", "another died", "a boy of nine", '"a few" people'.

Each function takes the chunks of a sentence (chunks.py) and sets the tags of counts right, before any count is linked to a harm.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .chunks import Chunk, is_one_of, tags
from .lexicon import english, speaking_kinds, split_words
from .numbers import Quantity


def settle_counts(chunks: list[Chunk]) -> list[Chunk]:
    """The chunks with every count that these rules know; the same list where there is none."""
    row = tags(chunks)
    if "y" in row or "x" in row:
        _ordinals(chunks)
        _others(chunks)
    if "R" in row:
        _accused(chunks)
        _speakers(chunks)
    if '"' in row:
        chunks = _quoted(chunks)
    if _AGE.search(row):
        _ages(chunks)
    for aside in _AGE_ASIDE.finditer(row):
        _age_apart(chunks, aside.start())
    if "X" in row:
        _rates(chunks)
    _couples(chunks)
    return _one_apart(chunks)


_AGE = re.compile(r"[QNy]oq")
_AGE_ASIDE = re.compile(r".,(?=q(?:[,.&]|\Z))")
OLD = 110
"""Years: from here on a number behind a person is no age."""


def is_next_one(chunk: Chunk) -> bool:
    """Whether a count is of one more of those counted before: "a third", "an eighth"."""
    return chunk.text.lower().split()[-1] in english()["ordinals"]


def _ordinals(chunks: list[Chunk]) -> None:
    """ "Three were killed and | a fourth | wounded" counts one; "a third of the dead" is a share."""
    counted = False
    for i, chunk in enumerate(chunks):
        if chunk.tag == "y" and is_next_one(chunk):
            share = i + 1 < len(chunks) and chunks[i + 1].tag in "oS"
            if not share and (counted or chunk.text.lower().split()[-1] not in english()["shares"]):
                chunk.tag, chunk.victims = "q", None
                chunk.quantity = replace(chunk.quantity, end=chunk.end, text=chunk.text, bare_article=False) if chunk.quantity else None
        counted = counted or chunk.tag in "Qq"


_HARMED_BEHIND = re.compile(r"a*(?:h?a*ba*[KD]|h?a*I|K(?!a*[xwNQq]))")  # "another was shot", "another died", "another wounded in"


def _others(chunks: list[Chunk]) -> None:
    """ "One died on the spot and | another | succumbed": one more of those counted before."""
    row = tags(chunks)
    for i, chunk in enumerate(chunks):
        if chunk.tag == "x" and chunk.text.lower() == "another" and _HARMED_BEHIND.match(row, i + 1):
            chunk.tag, chunk.quantity = "q", Quantity(chunk.start, chunk.end, chunk.text, "exact", 1, 1, 1)


def _accused(chunks: list[Chunk]) -> None:
    """ "Three drivers | accused of being informers | were shot": no verb of speech, and no other subject."""
    for i, chunk in enumerate(chunks[:-1]):
        if chunk.tag == "R" and chunks[i + 1].tag == "o" and is_one_of(chunk, "accusing_verbs") and i and chunks[i - 1].tag in "QqN":
            for word in chunks[i : i + 3]:
                word.tag = "w" if word.tag in "Rb" else word.tag


def _speakers(chunks: list[Chunk]) -> None:
    """ "left eight people injured | a source | at the police command said": who speaks is not the next victim."""
    for i, chunk in enumerate(chunks):
        if chunk.tag not in "yQ" or chunk.quantity is None or not chunk.quantity.bare_article or not i or chunks[i - 1].tag not in "KDI":
            continue
        kind = speaking_kinds().match(list(split_words((chunk.victims or "").lower())), 0)
        says = next((c.tag for c in chunks[i + 1 : i + 10] if c.tag not in "powXNxad"), "")
        if kind is not None and says == "R":
            chunk.tag = "N"


def _quoted(chunks: list[Chunk]) -> list[Chunk]:
    """'that "a few" people had died': quotation marks around a number do not part it from its noun."""
    settled: list[Chunk] = []
    i = 0
    while i < len(chunks):
        marked = [c.tag for c in chunks[i : i + 4]] == ['"', "q", '"', "N"]
        if marked:
            count, noun = chunks[i + 1], chunks[i + 3]
            group = noun.entry.victim_group if noun.entry else None
            kind = (noun.entry.victim_class if noun.entry else None) or "unknown"
            settled.append(replace(count, tag="Q", victims=noun.text, victim_class=kind, victim_group=group))
            i += 4
        else:
            settled.append(chunks[i])
            i += 1
    return settled


def _ages(chunks: list[Chunk]) -> None:
    """ "a boy of | nine": a number behind one person is their age."""
    for i in range(len(chunks) - 2):
        person, of, number = chunks[i : i + 3]
        if (person.victims or person.text).lower().split()[-1] in english()["wholes"]:
            continue  # "a family of five"
        if number.text.lower().startswith("under"):
            continue
        one = person.tag in "Ny" or (person.quantity is not None and person.quantity.bare_article)
        if one and of.tag == "o" and number.tag == "q" and number.quantity and (number.quantity.count or OLD) < OLD and not number.victims:
            number.tag = "w"


def _age_apart(chunks: list[Chunk], i: int) -> None:
    """ "the driver, | 34 | , was killed": digits set apart behind one person or before a verb of one; not "the dead, 34, were"."""
    person, number = chunks[i], chunks[i + 2]
    if not number.text.isdigit() or int(number.text) >= OLD:
        return
    last = (person.victims or person.text).lower().split()[-1]
    several = last.endswith(tuple(english()["plural_endings"])) or last in english()["plural_nouns"] or not last.isalpha()
    one = person.tag == "N" or (person.quantity is not None and person.quantity.bare_article)
    verb = chunks[i + 4].text.lower() if i + 4 < len(chunks) else ""
    if (one and not several) or (verb in english()["verbs_of_one"] and int(number.text) > 1):
        number.tag = "w"


def _rates(chunks: list[Chunk]) -> None:
    """ "| eight people | a day have been killed": a rate counts nobody; in "killed eight people a day after" the day is another matter."""
    for i, chunk in enumerate(chunks[:-2]):
        if chunk.tag in "Qq":
            time, following = " ".join(c.text for c in chunks[i + 1 : i + 3]).lower(), chunks[i + 3 : i + 4]
            if time in english()["rates"] and not (following and following[0].text.lower() in english()["rates_not_before"]):
                chunk.tag = "w"


def _couples(chunks: list[Chunk]) -> None:
    """ "| A couple | and their three children": two people, where "of" does not follow."""
    for i, chunk in enumerate(chunks):
        if chunk.tag == "q" and chunk.text.lower() in english()["pairs"] and not (i + 1 < len(chunks) and chunks[i + 1].tag in "ow"):
            chunk.tag, chunk.victims, chunk.victim_class, chunk.victim_group = "Q", chunk.text.split()[-1], "civilian", "other"


def _one_apart(chunks: list[Chunk]) -> list[Chunk]:
    """ "five of the slain, | one a schoolgirl |": the article behind "one" counts nobody else."""
    settled: list[Chunk] = []
    for chunk in chunks:
        before = settled[-1] if settled else None
        apart = chunk.tag in "Qy" and chunk.quantity is not None and chunk.quantity.bare_article
        if apart and before is not None and before.tag == "q" and before.text.lower() == "one":
            settled[-1] = replace(before, tag="Q", victims=chunk.victims, victim_class=chunk.victim_class, victim_group=chunk.victim_group)
        else:
            settled.append(chunk)
    return settled
