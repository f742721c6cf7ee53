"""The extraction, through readers and tables, against articles annotated by hand (outside the project), by the annotators' own scorer."""

from __future__ import annotations

import importlib.util
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import a_run
from transforms.article import Article, Record, build_article
from transforms.claims import extract
from transforms.readers import read
from transforms.store import commit, extracted, open_tables

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
FLOORS = {
    # (set, figure): the least that is let through; raised when the extraction gets better, never lowered
    ("dev", "found"): 0.975,
    ("dev", "strict"): 0.81,
    ("world", "found"): 0.985,
    ("world", "strict"): 0.92,
    ("undated", "published"): 1.0,
}

pytestmark = pytest.mark.skipif(not (SHARED / "gold").is_dir(), reason="the annotated articles lie outside the project, in ../shared")


def articles_of(path: Path) -> list[Article]:
    articles = [build_article(item) for item in read(path) if isinstance(item, Record)]
    assert all(isinstance(article, Article) for article in articles), [a for a in articles if not isinstance(a, Article)]
    return [article for article in articles if isinstance(article, Article)]


@cache
def scorer() -> Any:
    spec = importlib.util.spec_from_file_location("score", SHARED / "eval" / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["dev", "world"])
def test_annotated_claims_are_found(name: str, tmp_path: Path) -> None:
    gold = SHARED / "gold" / name
    found = [(article, extract(article)) for article in articles_of(gold / "articles.jsonl")]
    commit(open_tables(tmp_path / "t"), a_run(), [extracted(found, a_run())], [])
    result, _ = scorer().score(gold, tmp_path / "t")
    figures = {figure: round(result[figure]["f1"], 3) for figure in ("found", "strict")}
    print(name, figures, {field: round(share, 3) for field, share in result["fields"].items()})
    assert result["missing_articles"] == 0 and not math.isnan(result["found"]["f1"])
    assert {figure: share for figure, share in figures.items() if share < FLOORS[name, figure]} == {}


def test_publication_dates_are_found_in_the_texts() -> None:
    gold = SHARED / "gold" / "dev"
    wanted = {str(row["id"]): row["published"] for row in map(json.loads, (gold / "claims.jsonl").read_text(encoding="utf-8").splitlines())}
    got = {article.external_id: str(article.published) for article in articles_of(gold / "articles-undated.jsonl")}
    wrong = {key: (got.get(key), day) for key, day in wanted.items() if got.get(key) != str(day)}
    assert 1 - len(wrong) / len(wanted) >= FLOORS["undated", "published"], wrong
