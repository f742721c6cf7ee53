"""The golden and blind passages themselves are sound: every claim can be located and every value is one the specification knows."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.golden_gold import DEFAULTS, article_text, load, to_gold

TESTS = Path(__file__).resolve().parent
GOLDEN = sorted((TESTS / "golden").glob("*.yaml"))
BLIND = sorted((TESTS / "blind").glob("*.yaml"))
PASSAGES = load([*GOLDEN, *BLIND])

VOCABULARY: dict[str, set[Any]] = {
    "harm": {"killed", "injured", "missing", "captured", "casualties"},
    "qualifier": {"exact", "at_least", "more_than", "at_most", "less_than", "about", "range", "vague"},
    "vague": {"dozens", "scores", "hundreds", "thousands", "tens_of_thousands", "hundreds_of_thousands",
              "several", "some", "many", "few", "number_of", None},
    "victim_class": {"civilian", "combatant", "unknown"},
    "date_basis": {"explicit", "relative", "context", "none"},
    "scope": {"event", "cumulative"},
    "source_basis": {"sentence", "context", "none"},
    "weapon": {"airstrike", "barrel_bomb", "shelling", "rocket", "chemical", "car_bomb", "suicide_bomb", "ied", "gunfire", "execution",
               "drone", "other", None},
    "assertion": {"asserted", "denied"},
    "optional": {True, False},
}  # fmt: skip
KNOWN = {*DEFAULTS, "quote", "context", "quote_occurrence", "harm", "alt"}
every_passage = pytest.mark.parametrize("passage", PASSAGES, ids=lambda passage: passage["id"])


def day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def readings(claim: dict[str, Any]) -> list[dict[str, Any]]:
    """The claim as annotated, and as another careful reader would have it (`alt`)."""
    return [claim, *({**claim, **other} for other in claim.get("alt", []))]


def test_enough_passages_with_ids_of_their_own() -> None:
    ids = [p["id"] for p in PASSAGES]
    assert len(ids) == len(set(ids))
    assert len(load(GOLDEN)) >= 80
    assert len(load(BLIND)) >= 60


@every_passage
def test_passage_has_a_date_or_null_and_known_fields(passage: dict[str, Any]) -> None:
    assert set(passage) <= {"id", "published", "dateline_only", "title", "why", "text", "claims"}
    assert passage["text"].strip()
    day(passage["published"])


@every_passage
def test_quote_is_whole_words_in_a_context_that_occurs_once(passage: dict[str, Any]) -> None:
    text = article_text(passage)
    for claim in passage["claims"]:
        assert text.count(claim["context"]) == 1, claim["context"]
        start = -1
        for _ in range(claim.get("quote_occurrence", 1)):
            start = claim["context"].index(claim["quote"], start + 1)
        end = start + len(claim["quote"])
        around = claim["context"][max(0, start - 1) : start] + claim["context"][end : end + 1]
        assert not re.search(r"\w", around), claim


@every_passage
def test_no_two_claims_of_one_harm_share_a_count_expression(passage: dict[str, Any]) -> None:
    text, spans = article_text(passage), set()
    for claim in passage["claims"]:
        start = text.index(claim["context"]) + claim["context"].index(claim["quote"])
        assert (claim["harm"], start, claim.get("quote_occurrence")) not in spans, claim
        spans.add((claim["harm"], start, claim.get("quote_occurrence")))


@every_passage
def test_values_are_of_the_vocabularies(passage: dict[str, Any]) -> None:
    for claim in passage["claims"]:
        assert set(claim) <= KNOWN
        for reading in readings(claim):
            for field, allowed in VOCABULARY.items():
                assert reading[field] in allowed, (field, reading[field])


@every_passage
def test_bounds_and_dates_are_ordered_and_sources_have_ids(passage: dict[str, Any]) -> None:
    for claim in passage["claims"]:
        assert (claim["count"] is None) == (claim["qualifier"] == "vague") == (claim["vague"] is not None)
        assert (claim["count_max"] is not None) == (claim["qualifier"] == "range")
        assert claim["count_max"] is None or claim["count"] <= claim["count_max"]
        for reading in readings(claim):
            first, last = day(reading["date_start"]), day(reading["date_end"])
            assert (first is None) == (last is None) == (reading["date_basis"] == "none")
            assert first is None or last is None or first <= last
            assert (reading["source"] is None) == (reading["source_id"] is None) == (reading["source_basis"] == "none")


@every_passage
def test_words_are_the_articles_own_and_subset_is_another_claim(passage: dict[str, Any]) -> None:
    text = article_text(passage).lower()
    for index, claim in enumerate(passage["claims"]):
        for reading in readings(claim):
            for field in ("victims", "source", "place", "actor"):
                assert reading[field] is None or reading[field].lower() in text, (field, reading[field])
            assert reading["subset_of"] in {None, *range(len(passage["claims"]))} - {index}


def test_converter_writes_one_line_a_passage(tmp_path: Path) -> None:
    to_gold(GOLDEN, tmp_path)
    articles = [json.loads(line) for line in (tmp_path / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    claims = [json.loads(line) for line in (tmp_path / "claims.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [a["id"] for a in articles] == [c["id"] for c in claims] == [p["id"] for p in load(GOLDEN)]
    assert all(claim["context"] in a["text"] for a, c in zip(articles, claims, strict=True) for claim in c["claims"])
