"""What the report says of the tables, without a browser."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import html

from tests.conftest import a_claim, a_run, an_article
from tests.test_docs import sample_tables
from transforms.article import Reject
from transforms.ledger import SHEET, ledger, web_address
from transforms.outlines import outlines, window
from transforms.report import make_page, read_tables
from transforms.schema import from_rows, names
from transforms.store import NewerTables, commit, extracted, open_tables, record_run

HOSTILE = "</script><script>document.title='stolen'</script><img src=x onerror=alert(1)>"


def unpack(packed: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def recorded(root: Path, number: int = 1, **figures: Any) -> None:
    blank = {"seconds": 1.0, "code_version": "0.1.0", "paths": "a.txt"}
    counts = dict.fromkeys(("files", "articles_new", "articles_changed", "articles_known", "articles_duplicate", "claims", "rejects"), 0)
    record_run(open_tables(root), a_run(number), blank | counts | figures)


def page_of(root: Path) -> tuple[Any, html.HtmlElement]:
    page = make_page(read_tables(root))
    return page.report, html.document_fromstring(page.html)


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    root = tmp_path / "tables"
    sample_tables(root)
    recorded(root, files=12, articles_new=13, claims=102)
    return root


def test_the_same_tables_give_the_same_page(samples: Path) -> None:
    assert make_page(read_tables(samples)).html == make_page(read_tables(samples)).html


def test_the_page_counts_what_the_tables_hold(samples: Path) -> None:
    tables = read_tables(samples)
    report, page = page_of(samples)
    assert dict((figure.label, figure.value) for figure in report.figures)["Claims"] == str(tables["claims"].num_rows)
    assert sum(row.n for row in report.sources) == tables["claims"].num_rows - tables["claims"]["source_id"].null_count
    assert report.title == "Casualty claims in the news, 2016–2022"
    assert unpack(page.get_element_by_id("ledger-head").text)["rows"] == tables["claims"].num_rows


def test_without_tables_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="tollbook ingest"):
        read_tables(tmp_path)


def test_tables_of_a_later_tollbook_are_refused(samples: Path) -> None:
    (samples / ".tollbook.json").write_text('{"version": 99}')
    with pytest.raises(NewerTables, match="table version 99"):
        read_tables(samples)


def test_empty_tables_make_a_page_that_says_so(tmp_path: Path) -> None:
    commit(open_tables(tmp_path), a_run(), [extracted([], a_run())], [])
    report, page = page_of(tmp_path)
    assert report.title == "Casualty claims in the news" and report.news is None and not report.timeline.harms and report.map is None
    assert len(page.find_class("empty")) >= 5 and page.find(".//table[@id='ledger']") is None


def test_what_is_new_is_what_the_last_run_wrote(tmp_path: Path) -> None:
    store = open_tables(tmp_path)
    texts = ("Rebels shelled Harra on Monday. Two people were killed.", "On Tuesday in Zaba two people were killed.")
    for number, text in enumerate(texts, 1):
        article = an_article(text, published=date(2016, 10, 2 + number))
        commit(store, a_run(number), [extracted([(article, [a_claim(article)])], a_run(number))])
        recorded(tmp_path, number, files=1, articles_new=1, articles_known=number - 1, claims=1)
    report, page = page_of(tmp_path)
    assert "1 new article, 0 changed, 1 known already; 1 claim new" in report.news.sentence and "first run" not in report.news.sentence
    assert [claim.what for claim in report.news.claims] == ["2 people killed"]
    assert unpack(page.get_element_by_id("ledger-head").text)["new"] == [1, 0]  # the latest published stands first


def test_a_run_that_changed_claims_tells_how_many_went(tmp_path: Path) -> None:
    article = an_article()
    commit(open_tables(tmp_path), a_run(1), [extracted([(article, [a_claim(article), a_claim(article, 20)])], a_run(1))])
    other = an_article(outlet="herald")
    commit(open_tables(tmp_path), a_run(2), [extracted([(other, [a_claim(other)])], a_run(2))])
    recorded(tmp_path, 2, files=1, articles_changed=1)
    assert "earlier claim" in page_of(tmp_path)[0].news.sentence


def test_claims_are_not_added_up_where_there_are_no_incidents(tmp_path: Path) -> None:
    article = an_article()
    said = {"source": "a monitor", "source_id": "sohr", "source_type": "monitor", "source_basis": "sentence"}
    claims = [a_claim(article, 10 * n, count=n, count_min=n, count_max=n if n < 5 else None, **said) for n in (3, 5, 4)]
    claims += [a_claim(article, 90, count=70, count_min=70, count_max=70, summable=False, scope="cumulative", **said)]
    commit(open_tables(tmp_path), a_run(), [extracted([(article, claims)], a_run())])
    timeline = page_of(tmp_path)[0].timeline
    assert timeline.counted == "claims" and "not added up" in timeline.caption
    [harm] = timeline.harms
    [panel] = harm.panels
    assert panel.name == "Syrian Observatory for Human Rights"
    assert [(point.start, point.said, point.n) for point in panel.points] == [("2016-10-03", "5 or more", 3)]


# count, count_min, count_max
NUMBERS = [
    ((12, None, None), "12"), ((12, 12, None), "12 or more"), ((12, None, 12), "0 to 12"), ((None, 12, 15), "12 to 15"),
    ((None, 24, None), "24 or more"), ((12, 12, 12), "12"),
]  # fmt: skip


@pytest.mark.parametrize(("numbers", "said"), NUMBERS)
def test_a_claim_is_drawn_as_its_words_have_it(tmp_path: Path, numbers: tuple[int | None, ...], said: str) -> None:
    article = an_article()
    facts = dict(zip(("count", "count_min", "count_max"), numbers, strict=True)) | {"source": "a monitor", "source_basis": "sentence"}
    claim = a_claim(article, source_id="sohr", source_type="monitor", **facts)
    commit(open_tables(tmp_path), a_run(), [extracted([(article, [claim])], a_run())])
    assert [point.said for point in page_of(tmp_path)[0].timeline.harms[0].panels[0].points] == [said]


@pytest.mark.parametrize(("numbers", "said"), NUMBERS)
def test_a_toll_is_drawn_as_its_words_have_it(tmp_path: Path, numbers: tuple[int | None, ...], said: str) -> None:
    _, least, most = numbers
    number = next(n for n in numbers if n is not None)
    page = report_with(
        tmp_path, incidents=[an_incident("i1")], tolls=[a_toll("i1", "sohr", number, toll_min=least, toll_max=most)], estimates=[]
    )
    assert [point.said for point in page.report.timeline.harms[0].panels[0].points] == [said]


def test_rejects_are_counted_by_reason_with_its_meaning(tmp_path: Path) -> None:
    rejects = [Reject("a.bin", None, "binary", None), Reject("b.bin", None, "binary", None), Reject("c.txt", 1, "no_text", None)]
    commit(open_tables(tmp_path), a_run(), [], rejects)
    recorded(tmp_path, rejects=3)
    report, _ = page_of(tmp_path)
    assert [(row.name, row.n, row.share) for row in report.rejects] == [("binary", 2, 100.0), ("no text", 1, 50.0)]
    assert report.rejected == "3 files and records could not be read, 3 of them first met in the last run."


def test_nothing_of_an_article_stands_in_the_page_as_markup(tmp_path: Path) -> None:
    article = an_article(f"{HOSTILE} Two people were killed.", title=HOSTILE, outlet=HOSTILE, url="javascript:alert(1)")
    claim = a_claim(article, victims=HOSTILE, source=HOSTILE, source_id=HOSTILE, source_type="other", place=HOSTILE, sentence=HOSTILE)
    commit(open_tables(tmp_path), a_run(), [extracted([(article, [claim])], a_run())], [Reject(HOSTILE, 1, "no_text", HOSTILE)])
    recorded(tmp_path)
    page = make_page(read_tables(tmp_path)).html
    document = html.document_fromstring(page)
    assert "<script>document.title" not in page and document.findall(".//img") == []
    scripts = [node.text for node in document.iter("script") if node.get("type") is None]
    assert len(scripts) == 3
    head = unpack(document.get_element_by_id("ledger-head").text)
    assert head["articles"] == {"title": [HOSTILE], "url": [None]}


def test_the_policy_allows_the_scripts_of_the_page_and_no_request(samples: Path) -> None:
    _, page = page_of(samples)
    policy = page.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    for node in page.iter("script"):
        if node.get("type") is None:
            assert base64.b64encode(hashlib.sha256(node.text.encode()).digest()).decode() in policy
    assert "default-src 'none'" in policy and "connect" not in policy and "unsafe-eval" not in policy
    outside = [node.get("src") or node.get("href") for node in page.xpath("//*[@src or @href]")]
    assert [link for link in outside if not link.startswith(("#", "data:,"))] == []


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://news.example.com/a?b=1", True),
        ("http://news.example.com", True),
        ("javascript:alert(1)", False),
        ("data:text/html,hello", False),
        ("//news.example.com/a", False),
        ("https://", False),
        ("http://[", False),
        ("file:///etc/passwd", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, kept: bool) -> None:
    assert web_address(url) == (url if kept else None)


def test_the_list_of_claims_gives_back_every_claim_and_its_marks(samples: Path) -> None:
    tables = read_tables(samples)
    packed = ledger(tables, None)
    head, rows = unpack(packed.head), {row["claim_id"]: row for row in tables["claims"].to_pylist()}
    quotes = unpack(packed.sheets[0])
    assert len(packed.sheets) == 1 and head["rows"] == len(rows) <= SHEET
    for number, claim_id in enumerate(head["claim_id"]):
        sentence = quotes["sentences"][quotes["which"][number]]
        assert sentence == rows[claim_id]["sentence"]
        flat = quotes["marks"][number]
        counts = [sentence[a:b] for a, b, kind in zip(flat[::3], flat[1::3], flat[2::3], strict=True) if kind == "c"]
        assert [re.sub(r"\s+", " ", text) for text in counts] == [rows[claim_id]["count_text"]]
        code = head["words"]["harm"]["codes"][number]
        assert head["words"]["harm"]["values"][code] == rows[claim_id]["harm"]


def test_offsets_are_those_of_a_browser(tmp_path: Path) -> None:
    article = an_article("😀 Two people were killed.")
    claim = a_claim(article, 2, sentence=article.text, sentence_end=len(article.text))
    commit(open_tables(tmp_path), a_run(), [extracted([(article, [claim])], a_run())])
    tables = read_tables(tmp_path)
    assert unpack(ledger(tables, None).sheets[0])["marks"][0][:3] == [3, 6, "c"]


def test_outlines_are_those_of_the_countries_in_view() -> None:
    view = window([(36.3, 33.5), (37.1, 36.2)])
    names = {feature["properties"]["name"] for feature in outlines(view)["features"]}
    assert {"Syria", "Lebanon"} <= names and "Chile" not in names
    assert view.west < 36.3 and view.east > 37.1 and view.south < 33.5 and view.north > 36.2
    for feature in outlines(view)["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            assert all(ring[0] == ring[-1] and len(ring) > 3 for ring in polygon)


def test_one_town_is_shown_within_its_surroundings() -> None:
    view = window([(37.1, 36.2)])
    assert view.east - view.west >= 3 and view.north - view.south > 1


# --- with incidents ------------------------------------------------------------------------------------------------------------------

DAY = pd.Timestamp("2016-10-03")


def an_incident(incident_id: str, **told: Any) -> dict[str, Any]:
    return dict.fromkeys(names("incidents")) | {
        "incident_id": incident_id, "date_start": DAY, "date_end": DAY, "date_basis": "claims", "harms": "killed", "claims": 1,
        "articles": 1, "outlets": 1, "syndication_groups": 1, "independent_sources": 2, "sources": "sana sohr",
        "first_claim_id": "c", "revisions": 0, "grade": "fair",
    } | told  # fmt: skip


def a_toll(incident_id: str, source_id: str, toll: int, **told: Any) -> dict[str, Any]:
    return dict.fromkeys(names("tolls")) | {
        "incident_id": incident_id, "harm": "killed", "source_key": source_id, "source_id": source_id, "source_type": "monitor",
        "article_id": "a", "published": DAY, "revision": 0, "change": "first", "latest": True, "toll": toll, "toll_min": toll,
        "toll_max": toll, "victim_class": "unknown", "loss": "unknown", "claim_ids": "c",
    } | told  # fmt: skip


def a_range(incident_id: str, low: int, high: int, **told: Any) -> dict[str, Any]:
    return dict.fromkeys(names("estimates")) | {
        "incident_id": incident_id, "harm": "killed", "method": "range", "low": low, "high": high, "high_open": False,
        "independent_sources": 2, "grade": "fair", "victim_class": "unknown", "claim_ids": "c",
    } | told  # fmt: skip


def a_disagreement(incident_id: str, ratio: float, **told: Any) -> dict[str, Any]:
    return dict.fromkeys(names("disagreements")) | {
        "incident_id": incident_id, "harm": "killed", "source_a": "sana", "source_b": "sohr", "type_a": "state_media", "type_b": "monitor",
        "loss_a": "unknown", "loss_b": "unknown", "toll_a": int(100 * ratio), "toll_b": 100, "ratio": ratio, "agree": False,
        "claim_ids_a": "c", "claim_ids_b": "c",
    } | told  # fmt: skip


def report_with(root: Path, **derived: list[dict[str, Any]]) -> Any:
    """The report of one article's tables with these derived rows."""
    article = an_article()
    commit(open_tables(root), a_run(), [extracted([(article, [a_claim(article)])], a_run())])
    return make_page(read_tables(root) | {table: from_rows(table, rows) for table, rows in derived.items()})


def test_tolls_are_added_up_over_incidents_and_not_over_revisions(tmp_path: Path) -> None:
    page = report_with(
        tmp_path,
        incidents=[an_incident("i1"), an_incident("i2"), an_incident("i3", date_basis="published")],
        tolls=[
            a_toll("i1", "sohr", 15, latest=False),
            a_toll("i1", "sohr", 20, revision=1, change="raised"),
            a_toll("i2", "sohr", 7, toll_max=None),
            a_toll("i1", "sana", 15),
            a_toll("i3", "sana", 900),
        ],
        estimates=[a_range("i1", 15, 20), a_range("i2", 7, 7, high_open=True), a_range("i3", 900, 900)],
    )
    [harm] = page.report.timeline.harms
    assert [(panel.name, [(point.said, point.n) for point in panel.points]) for panel in harm.panels] == [
        ("All sources together", [("22 to 27 or more", 2)]),
        ("Syrian Observatory for Human Rights", [("27 or more", 2)]),
        ("Syrian Arab News Agency", [("15", 1)]),
    ]
    assert "Not drawn: 1 incident without a date" in page.report.timeline.caption


def test_what_is_new_tells_new_and_known_incidents(tmp_path: Path) -> None:
    article, later = an_article(), an_article("On Tuesday two people were killed in Harra.")
    claims = [a_claim(article), a_claim(later), a_claim(later, 20)]
    commit(open_tables(tmp_path), a_run(1), [extracted([(article, claims[:1])], a_run(1))])
    commit(open_tables(tmp_path), a_run(2), [extracted([(later, claims[1:])], a_run(2))])
    recorded(tmp_path, 1)
    recorded(tmp_path, 2)
    link = {"article_id": "a", "syndication_group": "g", "role": "toll", "source_key": "sohr", "method": "founder", "score": 1.0}
    rows = [
        link | {"incident_id": incident, "claim_id": claim.claim_id, "linked_to": None, "why": "test"}
        for incident, claim in zip(("known", "known", "new"), claims, strict=True)
    ]
    tables = read_tables(tmp_path) | {"incident_claims": from_rows("incident_claims", rows)}
    assert "They make 1 new incident and add to 1 known before." in make_page(tables).report.news.sentence


def test_running_totals_that_fall_are_told_with_the_earlier_one(tmp_path: Path) -> None:
    blank = dict.fromkeys(names("series")) | {"series_id": "s", "article_id": "a", "source_key": "sohr", "harm": "killed"}
    blank |= {"victim_class": "unknown", "since": DAY, "falls": False}
    rows = [
        blank | {"claim_id": "first", "published": DAY, "toll": 300_000},
        blank | {"claim_id": "then", "published": DAY + pd.Timedelta(days=9), "toll": 280_000, "falls": True, "previous_claim_id": "first"},
    ]
    [fall] = report_with(tmp_path, series=rows).report.falls
    assert (fall.source, fall.total) == ("Syrian Observatory for Human Rights", "280,000 killed since 2016-10-03 (2016-10-12)")
    assert fall.earlier == "300,000 killed since 2016-10-03 (2016-10-03)"


def test_a_pair_is_told_from_the_side_of_who_says_more(tmp_path: Path) -> None:
    found = [a_disagreement("i1", 0.5, agree=True), a_disagreement("i2", 0.25), a_disagreement("i3", 0.5), a_disagreement("i4", 20.0)]
    [pair] = report_with(tmp_path, incidents=[an_incident("i1")], disagreements=found).report.pairs
    assert (pair.more, pair.less) == ("Syrian Observatory for Human Rights", "Syrian Arab News Agency")
    assert (pair.ratio, pair.n, pair.agree, pair.at) == ("2.0", 4, 1, 65.1)
    assert pair.dots == [0.0, 65.1, 65.1, 80.1]  # a twentieth stands at the end of the axis


def test_a_region_is_no_point_and_what_lies_far_away_is_named(tmp_path: Path) -> None:
    aleppo = {"place_name": "Aleppo", "place_key": "SY/city/Aleppo", "country": "SY", "lat": 36.2, "lon": 37.2, "place_precision": "city"}
    syria = {"place_name": "Syria", "place_key": "SY/country/Syria", "country": "SY", "place_precision": "country"}
    perth = {"place_name": "Perth", "place_key": "AU/city/Perth", "country": "AU", "lat": -31.9, "lon": 115.9, "place_precision": "city"}
    rows = [an_incident(f"i{n}", **aleppo) for n in range(60)] + [an_incident("s", **syria), an_incident("p", **perth)]
    page = report_with(tmp_path, incidents=rows)
    assert page.report.map.caption.startswith("61 of 62 incidents") and "Outside the map: Perth." in page.report.map.caption
    drawn = unpack(html.document_fromstring(page.html).get_element_by_id("map-packed").text)
    assert [place[0] for place in drawn["places"]] == ["Aleppo", "Perth"] and drawn["window"][2] < 60
    told = [(place.name, place.precision) for place in page.report.map.places]
    assert told == [("Aleppo", "town"), ("Perth", "town"), ("Syria", "country")]


def test_an_incident_carries_who_said_what_in_order(tmp_path: Path) -> None:
    article = an_article()
    claim = a_claim(article)
    later = a_toll("i1", "sohr", 20, revision=1, change="raised", published=DAY + pd.Timedelta(days=1), claim_ids=claim.claim_id)
    page = report_with(
        tmp_path,
        incidents=[an_incident("i1")],
        tolls=[later, a_toll("i1", "sohr", 15, latest=False)],
        estimates=[a_range("i1", 3, 4, harm="injured"), a_range("i1", 15, 20)],
    )
    book = unpack(html.document_fromstring(page.html).get_element_by_id("casebook-packed").text)
    assert book["ranges"] == [[["killed", 15, 20, 0], ["injured", 3, 4, 0]]]
    assert [(toll[1], toll[2], toll[3], toll[5], toll[6]) for toll in book["tolls"][0]] == [
        ("Syrian Observatory for Human Rights", "2016-10-03", 15, "first", []),
        ("Syrian Observatory for Human Rights", "2016-10-04", 20, "raised", [0]),
    ]
