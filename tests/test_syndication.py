"""Near-duplicate articles: what is one report, whatever the order in which its copies come."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Collection, Iterator, Mapping
from datetime import date

import pytest

from transforms.syndication import Sketched, group_articles, prints, sequences, shared, sketches

WORDS = ("road", "river", "market", "bridge", "doctor", "winter", "letter", "garden", "school", "window", "mountain", "paper", "station")


def prose(seed: int, words: int = 220) -> str:
    """A text that shares no eight words in a row with that of another seed."""
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) + str(chance.randrange(40)) for _ in range(words))


def groups_of(texts: Mapping[str, str], known: Mapping[str, str] | None = None) -> dict[str, str]:
    """article_id -> group; `known` are groups of an earlier search."""
    articles = [
        Sketched(key, date(2016, 10, 1), sketch, (known or {}).get(key))
        for key, sketch in zip(texts, sketches(texts.values()), strict=True)
    ]

    def texts_of(ids: Collection[str]) -> Iterator[tuple[str, str]]:
        return ((key, texts[key]) for key in ids)

    return {key: member.group for key, member in group_articles(articles, texts_of).items()}


def store() -> dict[str, str]:
    report, other = prose(1), prose(2)
    words = report.split()
    return {
        "a-report": report,
        "b-whole": report.upper() + " Copyright.",
        "c-cut": " ".join(words[: len(words) // 2]),
        "d-with-own-paragraph": report + " " + prose(3, 150),
        "e-other": other,
        "f-quotes": " ".join(words[:20]) + " " + prose(4),
        "g-short": "Eight killed.",
        "h-a-quarter": " ".join(words[-60:]) + " " + prose(5, 160),
    }


def test_a_report_whole_cut_or_with_a_paragraph_more_is_one() -> None:
    groups = groups_of(store())
    assert {groups[key] for key in ("a-report", "b-whole", "c-cut", "d-with-own-paragraph")} == {"a-report"}
    assert groups["e-other"] == "e-other"
    assert groups["f-quotes"] == "f-quotes", "a quotation of twenty words makes no reprint"
    assert groups["g-short"] == "g-short"
    assert groups["h-a-quarter"] == "h-a-quarter", "less than three tenths are background, not a reprint"


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_arrival_does_not_matter(seed: int) -> None:
    texts, whole = store(), groups_of(store())
    keys = sorted(texts)
    random.Random(seed).shuffle(keys)
    known: dict[str, str] = {}
    for count in range(1, len(keys) + 1):
        known = groups_of({key: texts[key] for key in keys[:count]}, known)
    assert known == whole


def test_a_group_is_named_after_its_first_article() -> None:
    texts = {"late": prose(1), "early": prose(1)}
    articles = [
        Sketched(key, day, sketch)
        for key, day, sketch in zip(texts, (date(2016, 10, 2), date(2016, 10, 1)), sketches(texts.values()), strict=True)
    ]
    found = group_articles(articles, lambda ids: ((key, texts[key]) for key in ids))
    assert {member.group for member in found.values()} == {"early"}
    assert (found["late"].similar_to, found["late"].shared, found["late"].size) == ("early", 1.0, 2)


def test_no_articles() -> None:
    assert group_articles([], lambda ids: []) == {}


def test_sketches_are_the_same_today_and_tomorrow() -> None:
    assert sketches(["one two three four five six seven eight nine"])[0].startswith(SKETCH)


def test_shared_counts_against_the_shorter() -> None:
    text = prose(1, 40)
    assert shared(prints(text), prints(text + " " + prose(2, 400))) == 1.0


def test_hashes_share_what_words_share() -> None:
    texts = list(store().values())
    for a, b in ((a, b) for a in texts for b in texts):
        one, other = sequences(a), sequences(b)
        assert shared(prints(a), prints(b)) == len(one & other) / min(len(one), len(other))


def test_texts_are_not_held_at_once() -> None:
    """Of 60 reprints of a thousand words, whose texts take 0.6 MB and whose sequences 7 MB."""
    report = prose(1, 1000)
    articles = [Sketched(f"{n:02}", None, sketch) for n, sketch in enumerate(sketches([report]) * 60)]
    tracemalloc.start()
    try:
        found = group_articles(articles, lambda ids: ((key, f"{report} {key}") for key in sorted(ids)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found["59"].size == 60 and peak < 2_000_000


SKETCH = "yuGOH2PSZGCApMw/kKOa0db8"  # of rensa 0.5; stored sketches must be made anew where another version gives others
