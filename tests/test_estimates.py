"""Tolls by independent source, estimates by method, grades, disagreements, sides and running totals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.test_incidents import DAY, says
from transforms.disagreements import agree, disagreements_of
from transforms.estimates import METHODS, Estimate, estimates_of, grade
from transforms.incidents import Statement
from transforms.series import find_series
from transforms.sides import loss_of, side_of, sides_of, source_side
from transforms.tolls import Toll, tolls_of


def by_method(*statements: Statement) -> dict[str, Estimate]:
    found = {estimate.method: estimate for estimate in estimates_of(tolls_of(statements))}
    assert tuple(found) == METHODS
    return found


def latest(*statements: Statement) -> dict[str, Toll]:
    return {toll.source_key: toll for toll in tolls_of(statements) if toll.latest}


def vague(name: str, key: str, words: str, least: int, **said: Any) -> Statement:
    return replace(says(name, **said), vague=key, count_text=words, count=None, count_min=least, count_max=None)


# --- independence ----------------------------------------------------------------------------------------------------------------------


def test_a_source_quoted_by_three_outlets_is_one() -> None:
    tolls = tolls_of([says(name, source_id="sohr") for name in "abc"])
    assert [toll.change for toll in tolls] == ["first", "same", "same"]
    assert len(latest(*[says(name, source_id="sohr") for name in "abc"])) == 1


def test_a_reprint_without_the_name_is_no_second_source() -> None:
    wire, reprint = says("a", source_id="sohr"), replace(says("b"), group="group-a")
    assert list(latest(wire, reprint)) == ["sohr"]
    other_name = replace(says("c", source_id="monitor"), group="group-a")
    assert len(latest(wire, reprint, other_name)) == 1, "of copies of one sentence one name stands"
    other_number = replace(says("d", number=14), group="group-a")
    assert list(latest(wire, other_number)) == ["sohr"], "what the report says without a name is no voice beside the one it names"


def test_who_names_nobody_counts_only_with_a_number_of_their_own() -> None:
    assert list(latest(says("a", source_id="sohr"), says("b"))) == ["sohr"]
    assert sorted(latest(says("a", source_id="sohr"), says("b", number=14))) == ["sohr", "unnamed:group-b"]
    assert len(latest(says("a"), says("b"))) == 1


def test_two_sources_of_one_article_are_two() -> None:
    assert len(latest(says("a", source_id="sohr"), says("b", article="a", source_id="sana", number=9))) == 2


# --- the timeline ----------------------------------------------------------------------------------------------------------------------


def test_a_timeline_of_revisions() -> None:
    told = [says(str(n), source_id="police", number=number) for n, number in enumerate((15, 32, 32, 30))]
    days = [replace(statement, published=DAY + timedelta(n)) for n, statement in enumerate(told)]
    assert [(toll.revision, toll.toll, toll.change, toll.latest) for toll in tolls_of(days)] == [
        (0, 15, "first", False), (1, 32, "raised", False), (2, 32, "same", False), (3, 30, "lowered", True),
    ]  # fmt: skip


def test_portions_of_one_sentence_add_up_and_rival_numbers_do_not() -> None:
    civilians = says("a", source_id="sohr", number=12, victim_class="civilian", victims="civilians")
    fighters = says("b", article="a", source_id="sohr", number=5, victim_class="combatant", victims="fighters")
    (toll,) = tolls_of([civilians, fighters])
    assert (toll.toll, toll.victim_class, toll.claim_ids) == (17, "mixed", ("claim-a", "claim-b"))
    (toll,) = tolls_of([says("a", number=15), says("b", article="a", number=18)])
    assert (toll.toll, toll.claim_ids) == (18, ("claim-b",))
    (toll,) = tolls_of([says("a", number=20), says("b", article="a", number=6, victim_class="civilian")])
    assert toll.toll == 20, "children among people are a part, said so or not"


def test_parts_repeats_and_denials_never_enter() -> None:
    said = [says("a", subset_of="claim-x"), says("b", repeat_of="claim-x"), says("c", assertion="denied")]
    assert tolls_of(said) == [] and estimates_of([]) == []


# --- estimates -------------------------------------------------------------------------------------------------------------------------


def test_the_three_methods() -> None:
    said = [
        says("a", source_id="sohr", number=20),
        says("b", source_id="sana", number=15),
        says("c", source_id="lcc", number=20),
        replace(says("d", source_id="un"), count=30, count_min=30, count_max=None),
    ]
    found = by_method(*said)
    assert (found["range"].low, found["range"].best, found["range"].high) == (15, None, 30)
    assert found["range"].high_open and found["range"].low_claims == ("claim-b",) and found["range"].high_claims == ("claim-d",)
    assert (found["conservative"].low, found["conservative"].best, found["conservative"].high) == (None, 15, None)
    best = found["low_best_high"]
    assert (best.low, best.best, best.high) == (15, 20, 30) and set(best.best_claims) == {"claim-a", "claim-c"}
    assert best.independent_sources == 4 and set(best.claims) == {f"claim-{name}" for name in "abcd"}


def test_of_equals_best_is_the_lower() -> None:
    assert by_method(says("a", source_id="sohr", number=20), says("b", source_id="sana", number=15))["low_best_high"].best == 15


def test_at_most_gives_no_low_end() -> None:
    found = by_method(replace(says("a"), count=12, count_min=None, count_max=12))
    assert (found["range"].low, found["range"].high, found["range"].low_claims) == (None, 12, ())
    assert (found["conservative"].best, found["conservative"].best_claims) == (None, ())


def test_at_most_is_never_the_lowest() -> None:
    most, told = replace(says("a", source_id="sohr"), count=12, count_min=None, count_max=12), says("b", source_id="sana", number=15)
    found = by_method(most, told)["conservative"]
    assert (found.best, found.best_claims) == (15, ("claim-b",)) and found.independent_sources == 2


@pytest.mark.parametrize(
    ("key", "words", "least", "number"),
    [("dozens", "dozens of", 24, 12), ("dozens", "tens of", 24, 10), ("hundreds", "hundreds", 200, 100), ("several", "several", 2, 2)],
)
def test_vague_words_by_the_profile_and_only_there(key: str, words: str, least: int, number: int) -> None:
    found = by_method(vague("a", key, words, least, source_id="sohr"))
    assert found["conservative"].best == number
    assert found["conservative"].vague_profile == (None if number == least else "acled")
    assert (found["range"].low, found["range"].vague_profile) == (least, None)


def test_best_prefers_a_number_to_a_vague_word() -> None:
    said = [vague("a", "several", "several", 2, source_id="sohr"), says("b", source_id="sana", number=15)]
    assert by_method(*said)["low_best_high"].best == 15


# --- grades ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ([says("a", source_id="sohr")], "weak"),
        ([says("a", source_id="sohr"), says("b", source_id="sana")], "fair"),
        ([says("a", source_id="sohr", victim_class="combatant")], "discounted"),
        ([says("a", source_id="russia_mod", victim_class="civilian", actor="Russian warplanes")], "confirmed"),
        ([says("a", source_id="sohr", actor="rebels"), says("b", source_id="un", actor="Syrian army")], "contested"),
        ([], "weak"),
    ],
)
def test_airwars_five_words(said: list[Statement], word: str) -> None:
    assert grade(list(latest(*said).values())) == word


# --- sides and disagreement ------------------------------------------------------------------------------------------------------------


def test_parties_by_words() -> None:
    assert side_of("Islamic State fighters", "SY") == "isis"
    assert side_of("soldiers", "SY") == source_side("syria_army")
    assert side_of("Russian pilots", "SY") == source_side("russia_mod")
    assert side_of("rebels", "SY") == "syrian_opposition" and side_of("rebels", "ML") is None
    assert side_of("civilians", "SY") is None and side_of(None, "SY") is None
    assert len(sides_of("the Assad regime and Daesh", "SY")) == 2
    assert side_of("isolated villagers", "SY") is None, "whole words only"


def test_whose_loss() -> None:
    assert loss_of("russia_mod", "Russian pilots", "combatant", "SY") == "own"
    assert loss_of("sana", "terrorists", "combatant", "SY") == "enemy"
    assert loss_of("sana", "Islamic State fighters", "combatant", "SY") == "enemy"
    assert loss_of("sohr", "civilians", "civilian", "SY") == "third_party"
    assert loss_of("sohr", "fighters", "combatant", "SY") == "unknown"


def test_disagreements_are_pairs_of_named_sources() -> None:
    said = [says("a", source_id="sohr", number=20), says("b", source_id="sana", number=15), says("c", number=9)]
    ((a, b),) = list(disagreements_of(tolls_of(said)))
    assert (a.source_id, a.toll, b.source_id, b.toll) == ("sana", 15, "sohr", 20) and not agree(a, b)
    open_toll = replace(b, toll_min=12, toll_max=None)
    assert agree(a, open_toll) and not agree(replace(a, toll_min=None, toll_max=None), b)


# --- running totals --------------------------------------------------------------------------------------------------------------------


def total(name: str, number: int, published: date, since: date = date(2011, 3, 15), **said: Any) -> Statement:
    plain = says(name, source_id="sohr", number=number, place=None, **said)
    return replace(plain, published=published, date_start=since, date_end=published)


def test_a_total_that_goes_down_is_told() -> None:
    lines = [total("a", 250_000, date(2015, 8, 1)), total("b", 280_000, date(2016, 6, 1)), total("c", 208_000, date(2016, 9, 1))]
    found = find_series(lines)
    assert [t.falls for t in found] == [False, False, True] and len({t.series_id for t in found}) == 1
    assert found[2].previous == "claim-b"


def test_rounding_is_no_fall() -> None:
    exact = total("a", 256, date(2016, 9, 1))
    rounded = replace(total("b", 250, date(2016, 9, 2)), count_max=None)
    assert [t.falls for t in find_series([exact, rounded])] == [False, False]
    assert [t.falls for t in find_series([exact, total("c", 250, date(2016, 9, 2))])] == [False, True]


def test_another_start_is_another_series() -> None:
    lines = [total("a", 280_000, date(2016, 6, 1)), total("b", 220, date(2016, 10, 1), since=date(2016, 9, 22))]
    assert len({t.series_id for t in find_series(lines)}) == 2
    same = [total("a", 280_000, date(2016, 6, 1), since=date(2011, 1, 1)), total("b", 281_000, date(2016, 7, 1))]
    assert len({t.series_id for t in find_series(same)}) == 1
