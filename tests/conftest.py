"""Shared by the tests: articles and claims to put into tables, and Prefect's server, started once for all the tests that run a flow."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from transforms.article import Article, content_hash
from transforms.claim import Claim
from transforms.store import Run, run_id_at

if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # several at once share no folder of Prefect's
    home = Path(os.environ.get("PREFECT_HOME", Path.home() / ".prefect")) / worker
    home.mkdir(parents=True, exist_ok=True)  # Prefect makes no parents, and its server then no database
    os.environ["PREFECT_HOME"] = str(home)
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are no name of a test: packed ones hold the time, and the processes of pytest-xdist must give every test one name."""
    return "bytes" if isinstance(val, bytes) else None


def an_article(text: str = "Rebels shelled Harra on Monday. Two people were killed.", **told: Any) -> Article:
    """An article of 3 October 2016 unless told otherwise; the id depends on the text alone."""
    article = Article(
        article_id=content_hash(text),
        text=text,
        published=date(2016, 10, 3),
        published_basis="metadata",
        outlet="gazette",
        language="en",
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        source_file="a.txt",
    )
    return replace(article, **told)


def a_claim(article: Article, at: int = 10, **said: Any) -> Claim:
    """A claim of two killed at that place in the article, all else null where it may be."""
    claim = Claim(
        claim_id=content_hash(article.article_id, "killed", at),
        harm="killed",
        count=2,
        count_min=2,
        count_max=2,
        qualifier="exact",
        vague=None,
        count_text="Two",
        victims="people",
        victim_class="unknown",
        victim_group=None,
        date_start=article.published,
        date_end=article.published,
        date_precision="day",
        date_basis="relative",
        date_text="Monday",
        scope="event",
        source=None,
        source_id=None,
        source_type=None,
        source_basis="none",
        via=None,
        place=None,
        actor=None,
        weapon=None,
        subset_of=None,
        repeat_of=None,
        summable=True,
        assertion="asserted",
        sentence=article.text[:40],
        sentence_start=0,
        sentence_end=40,
        count_start=at,
        count_end=at + 3,
        rule="test",
    )
    return replace(claim, **said)


def a_run(number: int = 1, lexicon: str = "lex1") -> Run:
    """The nth run: runs of higher numbers begin later."""
    started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    return Run(run_id_at(started, f"{number:04x}"), started, lexicon)


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    """Time of change and content of every table file."""
    return {str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes()) for path in sorted(root.glob("*/*.parquet"))}


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """The address of its API. It ends with this process, however that ends."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, get_current_settings, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    from flows.server import tie_temporary_server

    tie_temporary_server()
    no_heartbeat = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})  # a run waits up to a second for its thread to end
    with no_heartbeat, prefect_test_harness(server_startup_timeout=180):
        yield str(get_current_settings().api.url)
