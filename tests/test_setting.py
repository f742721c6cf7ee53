"""Who did it: the words of an actor, without what only stands before them, and never a weapon, a number or a place."""

from __future__ import annotations

from datetime import date

import pytest

from transforms.article import Article
from transforms.claims import extract


@pytest.mark.parametrize(
    ("sentence", "actor"),
    [
        ("A monitor said warplanes killed 12 people in Harra.", "warplanes"),
        ("The attack on rebel lines killed 12 people in Harra.", None),
        ("Two rockets killed 12 people in Harra.", None),
        ("No group has claimed the blast, which killed 12 people in Harra.", None),
        ("Twelve people were killed by a drone in Harra.", None),
        ("Twelve people were killed by government troops in Harra.", "government troops"),
        ("Two suicide bombers killed 12 people in Harra.", "Two suicide bombers"),
    ],
)
def test_the_actor(sentence: str, actor: str | None) -> None:
    (claim, *_) = extract(Article("a", sentence, date(2016, 10, 1)))
    assert claim.actor == actor


@pytest.mark.parametrize(
    ("sentence", "victims"),
    [
        ("Gunmen shot dead 12 job seekers near Kirkuk.", "job seekers"),
        ("Three contract workers were killed in the blast.", "contract workers"),
        ("The strike killed 12 people per official figures.", "people"),
        ("'Mortars killed 12 people' the mayor said.", "people"),
    ],
)
def test_words_of_things_and_rates_take_no_victims_away(sentence: str, victims: str) -> None:
    (claim,) = extract(Article("a", sentence, date(2016, 10, 1)))
    assert claim.victims == victims
