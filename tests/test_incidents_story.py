"""The article that the project began with and three dispatches of the same days, written for this test, from texts to estimates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import a_run
from transforms.article import Article, Record, build_article
from transforms.claims import extract
from transforms.derive import derive
from transforms.load import daily, incidents, load_claims, source_pairs, timeline
from transforms.readers import read
from transforms.store import commit, extracted, open_tables, replace_derived

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
NOW = datetime(2026, 1, 2, tzinfo=UTC)

# Stands in for the seed article where that is absent: the same two claims of the same day, in other words.
STAND_IN = (
    "Fighting went on for control of Syria's second city Aleppo on Saturday.\n\n"
    "Six children were among 20 civilians killed in the besieged sector of the city on Friday, the Syrian Observatory for Human Rights "
    "said.\n\nIn west Aleppo, rebel rocket fire killed 15 civilians and wounded 40 on Friday, state television reported.\n\n"
    "Aid convoys had not reached the city for weeks, and talks between the powers were said to be close to breaking down."
)
WIRE = (
    "Warplanes and guns struck the besieged half of Syria's second city again. At least 20 civilians were killed in eastern Aleppo on "
    "Friday, the Syrian Observatory for Human Rights said on Saturday. Ambulance crews spent the night at two collapsed houses beside "
    "a bakery, and hospitals asked for blood. Bread was short in the markets, where a bundle cost five times what it had in spring, and "
    "the last road to the countryside was under fire. Diplomats who met in Geneva ended their session without a joint statement."
)
REPRINT = (
    "From our agencies. "
    + WIRE.replace(" Bread was short in the markets,", " Bread was scarce in the markets,")
    + " Readers can follow the talks on our site."
)
REVISED = (
    "Hospitals in Aleppo, Syria, buried more of the dead on Sunday. The toll of Friday's rebel rocket fire on west Aleppo has risen to 18 "
    "civilians killed, state television reported, after three of the wounded died. Schools in the government-held west stay shut this week."
)


def article(name: str, text: str, outlet: str, published: date) -> Article:
    built = build_article(Record(f"{name}.txt", 1, text, outlet=outlet), told=published)
    assert isinstance(built, Article)
    return built


def seed() -> Article:
    for path in sorted((SHARED / "corpus" / "seed").glob("*.txt")):
        (record,) = read(path)
        assert isinstance(record, Record)
        built = build_article(record, told=date(2016, 10, 1))
        assert isinstance(built, Article)
        return built
    return article("seed", STAND_IN, "example-times", date(2016, 10, 1))


def story(first: Article) -> list[Article]:
    return [
        first,
        article("wire", WIRE, "example-wire", date(2016, 10, 1)),
        article("reprint", REPRINT, "example-daily", date(2016, 10, 1)),
        article("revised", REVISED, "example-radio", date(2016, 10, 2)),
    ]


def put(root: Path, articles: list[Article]) -> None:
    commit(open_tables(root), a_run(), [extracted([(one, extract(one)) for one in articles], a_run())])
    replace_derived(root, derive(root, NOW).tables)


@pytest.fixture(scope="module", params=["seed", "stand-in"])
def tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if request.param == "seed" and not (SHARED / "corpus" / "seed").is_dir():
        pytest.skip("the seed article lies outside the project, in ../shared")
    root = tmp_path_factory.mktemp("story")
    put(root, story(seed() if request.param == "seed" else article("seed", STAND_IN, "example-times", date(2016, 10, 1))))
    yield root


def incident_of(tables: Path, source: str, count: int, place: str | None = None) -> str:
    claims = load_claims(tables, source=source, summable=True)
    found = claims[claims["count"] == count]["incident_id"].unique()
    assert len(found) == 1, f"{source}'s {count} is in {len(found)} incidents"
    return str(found[0])


def test_east_and_west_of_one_day_are_two_incidents(tables: Path) -> None:
    east, west = incident_of(tables, "sohr", 20), incident_of(tables, "syria_state_tv", 15)
    assert east != west
    rows = incidents(tables).set_index("incident_id")
    assert (rows.loc[east, "place_name"], rows.loc[west, "place_name"]) == ("east Aleppo", "west Aleppo")
    assert (rows.loc[east, "date_start"], rows.loc[west, "date_start"]) == (pd.Timestamp("2016-09-30"),) * 2


def test_an_agency_reprint_counts_once(tables: Path) -> None:
    east = incident_of(tables, "sohr", 20)
    row = incidents(tables).set_index("incident_id").loc[east]
    assert (row["articles"], row["syndication_groups"], row["independent_sources"], row["grade"]) == (3, 2, 1, "weak")
    assert row["sources"] == "sohr"
    groups = pd.read_parquet(tables / "syndication")
    assert sorted(groups["group_size"]) == [1, 1, 2, 2]
    tolls = pd.read_parquet(tables / "tolls")
    assert len(tolls[(tolls["incident_id"] == east) & (tolls["harm"] == "killed")]) == 2, "one row the seed, one the wire, none the reprint"


def test_a_revised_toll_is_a_revision(tables: Path) -> None:
    west = incident_of(tables, "syria_state_tv", 15)
    assert incident_of(tables, "syria_state_tv", 18) == west
    told = timeline(tables, west)
    killed = told[told["harm"] == "killed"]
    assert killed["toll"].to_list() == [15, 18] and killed["change"].to_list() == ["first", "raised"]
    assert killed["latest"].to_list() == [False, True]
    assert killed["published"].dt.day.to_list() == [1, 2]
    assert "rebel rocket fire" in killed["sentence"].iloc[0]


def test_estimates_lead_back_to_their_sentences(tables: Path) -> None:
    west = incident_of(tables, "syria_state_tv", 15)
    estimates = pd.read_parquet(tables / "estimates")
    rows = estimates[(estimates["incident_id"] == west) & (estimates["harm"] == "killed")].set_index("method")
    assert (rows.loc["range", "low"], rows.loc["range", "high"]) == (18, 18), "the latest word stands, the earlier one is in the timeline"
    assert rows.loc["conservative", "best"] == 18 and rows.loc["low_best_high", "best"] == 18
    sentences = load_claims(tables).set_index("claim_id")["sentence"]
    for ids in estimates["claim_ids"]:
        assert all(claim in sentences.index for claim in ids.split(" "))
    assert "risen to 18" in sentences[rows.loc["range", "low_claim_ids"]]


def test_parts_and_running_totals_do_not_enter(tables: Path) -> None:
    claims = load_claims(tables).set_index("claim_id")
    entered = {claim for ids in pd.read_parquet(tables / "estimates")["claim_ids"] for claim in ids.split(" ")}
    assert claims.loc[sorted(entered), "summable"].all()
    running = claims.index[claims["scope"] == "cumulative"]
    assert claims.loc[running, "incident_id"].isna().all()


def test_a_day_counts_an_incident_once_a_source(tables: Path) -> None:
    days = daily(tables, by=["source_id"], victim_class="civilian")
    friday = days[days["day"] == "2016-09-30"].set_index("source_id")["toll"]
    assert friday.to_dict() == {"sohr": 20, "syria_state_tv": 18}
    assert source_pairs(tables).empty, "the two speak of different incidents"


def test_the_order_of_articles_changes_nothing_but_when_ids_were_given(tmp_path: Path) -> None:
    first = article("seed", STAND_IN, "example-times", date(2016, 10, 1))
    together, one_by_one = tmp_path / "together", tmp_path / "one_by_one"
    put(together, story(first))
    for one in reversed(story(first)):
        put(one_by_one, [one])
    for name in ("syndication", "places", "tolls", "estimates", "disagreements"):
        a, b = (pd.read_parquet(root / name).drop(columns="incident_id", errors="ignore") for root in (together, one_by_one))
        keys = [column for column in ("article_id", "claim_id", "harm", "method", "claim_ids") if column in a]
        pd.testing.assert_frame_equal(a.sort_values(keys, ignore_index=True), b.sort_values(keys, ignore_index=True))


def test_a_second_run_writes_nothing(tables: Path) -> None:
    assert replace_derived(tables, derive(tables, NOW).tables) == []
