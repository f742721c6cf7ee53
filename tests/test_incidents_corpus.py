"""On 615 real articles outside the project: one wire text is never two independent sources, and nothing is invented on the way."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import a_run
from transforms.article import Article, Record, build_article
from transforms.claims import extract
from transforms.derive import derive
from transforms.load import load_claims
from transforms.readers import read
from transforms.store import commit, extracted, open_tables, replace_derived
from transforms.syndication import SHARED as THRESHOLD
from transforms.syndication import sequences

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus lies outside the project, in ../shared")]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("corpus")
    seed = sorted((CORPUS / "seed").glob("*.txt"))
    records = [item for path in (CORPUS / "syria.jsonl", *seed) for item in read(path) if isinstance(item, Record)]
    told = {str(path): date(2016, 10, 1) for path in seed}
    built = [build_article(record, told=told.get(record.source_file)) for record in records]
    found = {article.article_id: (article, extract(article)) for article in built if isinstance(article, Article)}
    commit(open_tables(root), a_run(), [extracted(list(found.values()), a_run())])
    replace_derived(root, derive(root, datetime(2026, 1, 1, tzinfo=UTC)).tables)
    return root


def _shared(a: set[str], b: set[str]) -> float:
    return len(a & b) / min(len(a), len(b))


def test_articles_that_share_their_text_are_one_group(tables: Path) -> None:
    """Against all pairs compared word by word, which the sketches spare us elsewhere."""
    articles = pd.read_parquet(tables / "articles").set_index("article_id")["text"]
    group = pd.read_parquet(tables / "syndication").set_index("article_id")["syndication_group"]
    runs = {key: sequences(text) for key, text in articles.items()}
    holders = defaultdict(list)
    for key, found in runs.items():
        for run in found:
            holders[run].append(key)
    met = {pair for keys in holders.values() for pair in combinations(sorted(keys), 2)}
    alike = [pair for pair in met if _shared(runs[pair[0]], runs[pair[1]]) >= THRESHOLD]
    assert len(alike) > 100
    missed = [pair for pair in alike if group[pair[0]] != group[pair[1]]]
    assert len(missed) <= 0.03 * len(alike)


def test_one_wire_text_is_never_two_independent_sources(tables: Path) -> None:
    tolls = pd.read_parquet(tables / "tolls").merge(pd.read_parquet(tables / "syndication"), on="article_id")
    for _, rows in tolls.groupby(["incident_id", "harm", "syndication_group", "toll"], observed=True):
        assert rows["article_id"].nunique() == 1, "a statement of one wire text stands once, whatever the number of its copies"
    unnamed = tolls[tolls["source_id"].isna()]
    named = tolls[tolls["source_id"].notna()]
    both = unnamed.merge(named, on=["incident_id", "harm", "syndication_group"])
    assert both.empty, "a copy that names nobody is no source beside one that does"


def test_every_claim_of_an_event_is_in_one_incident_and_every_number_leads_back(tables: Path) -> None:
    claims = load_claims(tables).set_index("claim_id")
    assert claims.index.is_unique
    assert (claims["incident_id"].notna() == (claims["scope"] == "event")).all()
    estimates = pd.read_parquet(tables / "estimates")
    for column in ("low", "best", "high"):
        assert (estimates[column].notna() == estimates[f"{column}_claim_ids"].notna()).all()
    behind = estimates.assign(claim_id=estimates["claim_ids"].str.split(" ")).explode("claim_id")
    behind = behind.join(claims[["summable", "incident_id", "harm"]].astype("string").add_suffix(" of the claim"), on="claim_id")
    assert (behind["summable of the claim"].fillna("no such claim") == "True").all()
    for column in ("incident_id", "harm"):
        assert (behind[f"{column} of the claim"] == behind[column].astype("string")).fillna(False).all()
    ranges = estimates[estimates["method"] == "range"].dropna(subset=["low", "high"])
    assert (ranges["low"] <= ranges["high"]).all()
    best = estimates[estimates["method"] == "low_best_high"].dropna(subset=["low", "high"])
    assert ((best["low"] <= best["best"]) & (best["best"] <= best["high"])).all()


def test_no_point_without_a_city_or_district(tables: Path) -> None:
    for name in ("places", "incidents"):
        rows = pd.read_parquet(tables / name)
        assert (rows["lat"].notna() == rows["place_precision"].isin(["city", "district"])).all()
