"""The article that the project began with, and one like it in own words: every claim, in order, every field; and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from transforms.article import Article, Record, build_article
from transforms.claim import Claim
from transforms.claims import extract
from transforms.readers import read

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
FIELDS = (
    "harm", "count_text", "count", "qualifier", "count_min", "count_max", "vague", "victims", "victim_class", "date_start", "date_end",
    "date_text", "scope", "source_id", "source_basis", "place", "actor", "weapon", "assertion",
)  # fmt: skip

SEPTEMBER = (date(2016, 9, 1), date(2016, 9, 30), "last month")
FRIDAY = (date(2016, 9, 30), date(2016, 9, 30), "on Friday")
OFFENSIVE = (date(2016, 9, 22), date(2016, 10, 1), "since the government launched its offensive on September 22")
WEST = ("west Aleppo", "rebel", "rocket")
SEED = [
    ("killed", "18", 18, "exact", 18, 18, None, "people", "unknown", *SEPTEMBER, "event", None, "none", "outskirts of Aleppo", None, None),
    ("killed", "Six", 6, "exact", 6, 6, None, "children", "civilian", *FRIDAY, "event", "sohr", "sentence", None, None, None),
    ("killed", "20", 20, "exact", 20, 20, None, "civilians", "civilian", *FRIDAY, "event", "sohr", "sentence", None, None, None),
    ("killed", "More than 220", 220, "more_than", 221, None, None, "people", "unknown", *OFFENSIVE, "cumulative", "sohr", "sentence",
     None, None, None),
    ("killed", "15", 15, "exact", 15, 15, None, "civilians", "civilian", *FRIDAY, "event", "syria_state_tv", "sentence", *WEST),
    ("injured", "40", 40, "exact", 40, 40, None, "civilians", "civilian", *FRIDAY, "event", "syria_state_tv", "sentence", *WEST),
    ("casualties", "many", None, "vague", 2, None, "many", None, "unknown", date(2016, 9, 30), date(2016, 9, 30), "today [Friday]",
     "event", "residents", "context", "Suleiman al-Halabi and Al-Midan", None, "rocket"),
]  # fmt: skip

# Written for this test: a month of yore, a part before its total, a running total by the same body, called the group, two harms of one
# attack, a private person who is quoted over several lines; and numbers that are no casualties.
OWN = "\n\n".join(
    (
        "Mortar and tank fire shook Benghazi for a second night as army units closed in on the port, a correspondent reported on Sunday.",
        "About 90,000 residents remain in the old districts, and some 1.4 million depend on food aid. The 27-year war of words "
        "over the port's revenue goes on.",
        "The United Nations mission opened an inquiry into the shelling of a clinic on the outskirts of Tripoli last month that "
        "killed nine people.",
        "Four children were among 13 civilians killed in the besieged half of the port city on Saturday, the Libyan Crimes Watch "
        "said. More than 310 people have been killed in the city since the army began its push on May 12, the group said.",
        "In east Benghazi, militia rocket fire killed seven civilians and wounded 25 on Saturday, state television reported.",
        "“We had hoped for a quiet night,” said Salem Faraj, a 41-year-old baker who lives nearby.",
        "“They fired rockets at us and there were many casualties on Saturday in Sabri and Al-Laithi.”",
        "Troops had not entered the area since 2014, and the port has been closed since 2013.",
    )
)
MAY = (date(2017, 5, 1), date(2017, 5, 31), "last month")
SATURDAY = (date(2017, 6, 3), date(2017, 6, 3), "on Saturday")
PUSH = (date(2017, 5, 12), date(2017, 6, 4), "since the army began its push on May 12")
EAST = ("east Benghazi", "militia", "rocket")
OWN_CLAIMS = [
    ("killed", "nine", 9, "exact", 9, 9, None, "people", "unknown", *MAY, "event", None, "none", "outskirts of Tripoli", None, "shelling"),
    ("killed", "Four", 4, "exact", 4, 4, None, "children", "civilian", *SATURDAY, "event", "libyan_crimes_watch", "sentence",
     None, None, None),
    ("killed", "13", 13, "exact", 13, 13, None, "civilians", "civilian", *SATURDAY, "event", "libyan_crimes_watch", "sentence",
     None, None, None),
    ("killed", "More than 310", 310, "more_than", 311, None, None, "people", "unknown", *PUSH, "cumulative", "libyan_crimes_watch",
     "context", None, None, None),
    ("killed", "seven", 7, "exact", 7, 7, None, "civilians", "civilian", *SATURDAY, "event", "libya_state_tv", "sentence", *EAST),
    ("injured", "25", 25, "exact", 25, 25, None, "civilians", "civilian", *SATURDAY, "event", "libya_state_tv", "sentence", *EAST),
    ("casualties", "many", None, "vague", 2, None, "many", None, "unknown", *SATURDAY, "event", "residents", "context",
     "Sabri and Al-Laithi", None, "rocket"),
]  # fmt: skip


def rows(claims: list[Claim]) -> list[dict[str, Any]]:
    return [{field: getattr(claim, field) for field in FIELDS} for claim in claims]


def wanted(table: list[tuple[Any, ...]], dated: bool) -> list[dict[str, Any]]:
    """The table as dictionaries; without a date of publication nothing in it can be resolved, and the words stay."""
    expected = [dict(zip(FIELDS, (*row, "asserted"), strict=True)) for row in table]
    return expected if dated else [row | {"date_start": None, "date_end": None} for row in expected]


def check(article: Article, table: list[tuple[Any, ...]], dated: bool) -> None:
    claims = extract(article)
    for got, want in zip(rows(claims), wanted(table, dated), strict=True):
        assert got == want
    assert [claim.subset_of for claim in claims] == [None, claims[2].claim_id, None, None, None, None, None]
    assert [claim.summable for claim in claims] == [True, False, True, False, True, True, True]
    assert {claim.repeat_of for claim in claims} == {None}


@pytest.mark.parametrize("told", [date(2016, 10, 1), None])
@pytest.mark.skipif(not (SHARED / "corpus" / "seed").is_dir(), reason="the seed article lies outside the project, in ../shared")
def test_seed_article(told: date | None) -> None:
    (record,) = read(next((SHARED / "corpus" / "seed").glob("*.txt")))
    assert isinstance(record, Record)
    article = build_article(record, told=told)
    assert isinstance(article, Article)
    assert (article.published, article.published_basis) == ((told, "told") if told else (None, "none"))
    assert (article.meta_1, article.meta_2) == (90, 9)
    check(article, SEED, told is not None)


@pytest.mark.parametrize("told", [date(2017, 6, 4), None])
def test_an_article_of_the_same_kind(told: date | None) -> None:
    article = build_article(Record("own.txt", 1, OWN), told=told)
    assert isinstance(article, Article)
    check(article, OWN_CLAIMS, told is not None)
