"""The publication date: told > metadata > dateline > address > unknown, and never a guess."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from transforms.article import Record
from transforms.published import address_date, dateline_date, metadata_date, settle_published

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
OCT_1 = date(2016, 10, 1)


def record(body: str = "Two men were shot.", **fields: str) -> Record:
    return Record("a.txt", 1, body, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "told", "expected"),
    [
        ({"published": "2016-10-01", "url": "http://a.example/2015/01/01/"}, date(2017, 1, 1), (date(2017, 1, 1), "told")),
        ({"published": "2016-10-01", "body": "3 May 2015 Two men were shot."}, None, (OCT_1, "metadata")),
        ({"published": "2016-13-45", "body": "1 October 2016 Two men were shot."}, None, (OCT_1, "dateline")),
        ({"body": "1 October 2016 Two men were shot.", "url": "http://a.example/2015/01/01/"}, None, (OCT_1, "dateline")),
        ({"url": "http://a.example/2016/10/01/shots"}, None, (OCT_1, "address")),
        ({"published": "soon", "url": "http://a.example/shots"}, None, (None, "none")),
    ],
)
def test_order_of_trust(fields: dict[str, str], told: date | None, expected: tuple[date | None, str]) -> None:
    assert settle_published(record(**fields), told) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2016-10-01",
        "2016-10-01T23:30:00-11:00",  # the day as written in its own zone, not in UTC
        "Sat, 01 Oct 2016 00:10:00 +0300",
        "1475280000",
        "1475280000000",
        "1475280000.25",
        "20161001",
        "20161001120000",
        "2016/10/1",
        "October 1, 2016",
        "01 Oct 2016 14:05 GMT",
        "Oct. 1st, 2016",
        "Published: 14:05 GMT, 1 October 2016",
        "Sat Oct 01 12:00:00 +0000 2016",
        "01.10.2016",
    ],
)
def test_metadata_in_many_shapes(text: str) -> None:
    assert metadata_date(text) == OCT_1


@pytest.mark.parametrize(
    "text", ["2016-02-30", "0", "1970-01-01T00:00:00Z", "0001-01-01", "2016", "October 2016", "yesterday", "9999999999999", ""]
)
def test_metadata_that_names_no_day(text: str) -> None:
    assert metadata_date(text) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("KABUL, Oct. 1, 2016 (AP) - A bomb killed two.", OCT_1),
        ("Published October 1 2016 A bomb killed two.", OCT_1),
        ("Last updated at Oct 012016 A bomb killed two.", OCT_1),
        ("Date of publication 1 October 2016 A bomb killed two.", OCT_1),
        ("Posted on October 1 2016 by Jane Roe A bomb killed two.", OCT_1),
        ("01-10-2016 A bomb killed two.", OCT_1),
        ("10-23-2016 A bomb killed two.", date(2016, 10, 23)),  # day first, unless impossible
        ("01.10.2016Get short link A bomb killed two.", OCT_1),
        ("Sat 01 Oct 2016 at 0914 A bomb killed two.", OCT_1),
        ("Friday 1 October 2016 A bomb killed two.", OCT_1),  # it was a Saturday: the date's words win
        ("Print this page Saturday 01 October 2016 16:45 A bomb killed two.", OCT_1),
        ("Updated: 3 Oct 2016 | Published: 1 Oct 2016\n\nA bomb killed two.", OCT_1),
        ("A bomb killed two, sending people running home, witnesses say AFP Saturday 1 Oct 2016 A bomb", OCT_1),
        ("BEIRUT, Oct 1 (Reuters) - A bomb killed two.", None),  # no year
        ("On August 21 2013 an attack killed two.", None),
        ("Ghouta: On August 21 2013 rockets killed two.", None),
        ("The bombing of 21 August 2013 killed two.", None),
        ("A bomb killed two people in the town October 1 2016 and wounded four.", None),
        ("ALEPPO - Since January 5, 2015, the army has lost two men.", None),
        ("The network, in a report released on 1 October 2016, counted two.", None),
        ("31 February 2016 A bomb killed two.", None),
        ("x" * 400 + " 1 October 2016", None),
    ],
)
def test_dateline(body: str, expected: date | None) -> None:
    assert dateline_date(body) == expected


@pytest.mark.parametrize(
    "title", ["Bomb kills two in town", "Bomb kills two in town - World - Daily Mail Online", "Bomb: kills two, in town!"]
)
def test_dateline_after_the_headline(title: str) -> None:
    assert dateline_date("Bomb kills two in town 1 October 2016 A bomb", title) == OCT_1
    assert dateline_date("Bomb kills two in town A bomb on 1 October 2016", title) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.example/2016/10/01/x", OCT_1),
        ("http://a.example/world-2016-10-01-x", OCT_1),
        ("http://a.example/20161001/x", OCT_1),
        ("http://a.example/world/2016/oct/01/x", OCT_1),
        ("http://a.example/2016/10/", None),
        ("http://a.example/20161399", None),
        ("http://a.example/news/1201610011", None),
        ("http://2016-10-01.example/x", None),
    ],
)
def test_address(url: str, expected: date | None) -> None:
    assert address_date(url) == expected


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpus is not here")
def test_dates_of_the_annotated_articles() -> None:
    gold = {row["id"]: row["published"] for row in map(json.loads, (SHARED / "gold/dev/claims.jsonl").open(encoding="utf-8"))}
    wrong = {}
    for row in map(json.loads, (SHARED / "gold/dev/articles-undated.jsonl").open(encoding="utf-8")):
        found, _ = settle_published(record(row["text"], title=row["title"]), None)
        if str(found) != gold[row["id"]]:
            wrong[row["id"]] = (found, gold[row["id"]])
    assert not wrong


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpus is not here")
def test_most_of_the_corpus_has_a_dateline() -> None:
    rows = [json.loads(line) for line in (SHARED / "corpus/syria.jsonl").open(encoding="utf-8")]
    dated = sum(dateline_date(row["text"], row["title"]) is not None for row in rows)
    assert dated >= 600  # of 614; the others bear no date
