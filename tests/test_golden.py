"""The extraction against the project's own annotated passages: tests/golden (the rules were written with them) and tests/blind (not)."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.golden_gold import article_text, load
from tests.test_golden_data import readings
from transforms.article import Article, Record, build_article
from transforms.claim import Claim
from transforms.claims import extract
from transforms.lexicon import english

TESTS = Path(__file__).resolve().parent
FLOORS = {
    # (set, figure): the least that is let through; raised when the extraction gets better, never lowered
    ("golden", "found"): 0.97,
    ("golden", "strict"): 0.91,
    ("blind", "found"): 0.975,
    ("blind", "strict"): 0.87,
    ("later", "found"): 0.96,
    ("later", "strict"): 0.775,
}


def bounds(claim: dict[str, Any]) -> tuple[int | None, int | None, int | None]:
    """Count, least and most that the annotated words give."""
    n: int = claim["count"]
    match claim["qualifier"]:
        case "vague":
            return None, english()["vague_minimum"][claim["vague"]], None
        case "range":
            return None, n, claim["count_max"]
        case "exact":
            return n, n, n
        case "at_least":
            return n, n, None
        case "more_than":
            return n, n + 1, None
        case "at_most":
            return n, None, n
        case "less_than":
            return n, None, n - 1
        case _:
            return n, None, None


def same_value(gold: dict[str, Any], claim: Claim) -> bool:
    return bounds(gold) == (claim.count, claim.count_min, claim.count_max) and gold["vague"] == claim.vague


def same_dates(gold: dict[str, Any], claim: Claim) -> bool:
    days = [None if day is None else day.isoformat() for day in (claim.date_start, claim.date_end)]
    return days == [gold["date_start"], gold["date_end"]]


def same_source(gold: dict[str, Any], claim: Claim) -> bool:
    """The same id; or, where an id is a matter of taste, words of which one holds the other."""
    if gold["source_id"] is None or claim.source_id is None:
        return gold["source_id"] == claim.source_id
    if gold["source_id"] == claim.source_id:
        return True
    a, b = (str(words or "").lower().removeprefix("the ").strip() for words in (gold["source"], claim.source))
    return bool(a and b) and (f" {a} " in f" {b} " or f" {b} " in f" {a} ")


def is_right(gold: dict[str, Any], claim: Claim) -> bool:
    """Value, dates and source as annotated; where two careful readers differ, each of the three as one of them has it."""
    return all(any(same(reading, claim) for reading in readings(gold)) for same in (same_value, same_dates, same_source))


def article_of(passage: dict[str, Any]) -> Article:
    told = None if passage.get("dateline_only") or not passage["published"] else date.fromisoformat(passage["published"])
    article = build_article(Record(passage["id"], 1, article_text(passage)), told=told)
    assert isinstance(article, Article), (passage["id"], article)
    return article


def span_of(gold: dict[str, Any], text: str) -> tuple[int, int]:
    """Where the quote stands in the text."""
    start = text.index(gold["context"]) - 1
    for _ in range(gold.get("quote_occurrence", 1)):
        start = text.index(gold["quote"], start + 1)
    return start, start + len(gold["quote"])


def pair(passage: dict[str, Any], text: str, claims: list[Claim]) -> dict[int, int]:
    """Number of the annotated claim -> number of the extracted one: same harm, overlapping counts; each once, obligatory ones first."""
    candidates = []
    for g, gold in enumerate(passage["claims"]):
        start, end = span_of(gold, text)
        for c, claim in enumerate(claims):
            overlap = min(end, claim.count_end) - max(start, claim.count_start)
            if overlap > 0 and claim.harm == gold["harm"]:
                candidates.append((gold["optional"], -overlap, g, c))
    pairs: dict[int, int] = {}
    for _, _, g, c in sorted(candidates):
        if g not in pairs and c not in pairs.values():
            pairs[g] = c
    return pairs


LATER = {"sixth", "seventh", "eighth"}
"""The blind files that the rules have met last, with floors of their own."""


def files_of(name: str) -> list[Path]:
    if name == "golden":
        return sorted((TESTS / "golden").glob("*.yaml"))
    return sorted(path for path in (TESTS / "blind").glob("*.yaml") if (path.stem in LATER) == (name == "later"))


@cache
def figures(name: str) -> tuple[dict[str, float], list[str]]:
    """F1 of found and of strictly right claims over the set's passages, and a line for each fault."""
    wanted = given = found = strict = 0
    faults = []
    for passage in load(files_of(name)):
        article = article_of(passage)
        claims = extract(article)
        pairs = pair(passage, article.text, claims)
        optional = {c for g, c in pairs.items() if passage["claims"][g]["optional"]}
        given += len(claims) - len(optional)
        faults += [f"{passage['id']}: invented {c.harm} {c.count_text!r}" for n, c in enumerate(claims) if n not in pairs.values()]
        for g, gold in enumerate(passage["claims"]):
            if gold["optional"]:
                continue
            wanted += 1
            if g not in pairs:
                faults.append(f"{passage['id']}: missed {gold['harm']} {gold['context']!r}")
                continue
            right = is_right(gold, claims[pairs[g]])
            found, strict = found + 1, strict + right
            faults += [] if right else [f"{passage['id']}: wrong value, dates or source {gold['context']!r}"]
    return {"found": 2 * found / (wanted + given), "strict": 2 * strict / (wanted + given)}, faults


@pytest.mark.parametrize("name", ["golden", "blind", "later"])
def test_annotated_passages_are_read_right(name: str) -> None:
    shares, faults = figures(name)
    print(name, shares)
    assert {figure: share for figure, share in shares.items() if share < FLOORS[name, figure]} == {}, "\n".join(faults)


def test_passages_that_make_no_claim_give_none() -> None:
    invented = [
        (passage["id"], claim.harm, claim.sentence)
        for passage in load([TESTS / "golden" / "negatives.yaml"])
        if not passage["claims"]
        for claim in extract(article_of(passage))
    ]
    assert invented == []
