"""Stored articles extracted again: what changes is told, what was done is not done again, and the table is as if made anew."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from flows import backfill as backfill_module
from flows import ingest as ingest_module
from flows import work
from flows.backfill import Backfilled, backfill, backfill_lines
from tests.conftest import a_claim, a_run, an_article, snapshot
from tests.test_cli import invoke
from tests.test_ingest_flow import record, run, write
from tests.test_store import frame, put, with_claims
from transforms.article import Article
from transforms.claim import Claim
from transforms.derive import derive
from transforms.store import Difference, commit, extracted, open_tables, replace_derived
from transforms.store.stored import Window, articles_of, months
from transforms.store.verify import verify

ROOT = Path(__file__).resolve().parents[1]
CLOCKS = ["run_id", "first_seen", "recorded_at", "retracted_at"]
TABLES = ("articles", "claims")


def rules(monkeypatch: pytest.MonkeyPatch, pattern: str, lexicon: str) -> None:
    """A stand-in for the extraction: a claim for each match, with the word for the harm as its rule, and a lexicon of that name."""

    def extract(article: Article, lines: list[str]) -> list[Claim]:
        if "ill-starred" in article.text and lexicon != "lex1":
            raise KeyError("no such verb")
        found, end = re.finditer(pattern, article.text), len(article.text)
        return [
            a_claim(article, m.start(), count_text=m[1], count_end=m.end(1), rule=m[2], sentence=article.text, sentence_end=end)
            for m in found
        ]

    monkeypatch.setattr(work, "extract", extract)
    for module in (ingest_module, backfill_module):
        monkeypatch.setattr(module, "lexicon_version", lambda: lexicon)


OLD, NEW = r"(\d+) (killed|hurt)", r"(\d+) (killed|slain)"


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: None) -> Path:
    """Four months and an undated article, extracted with the old rules."""
    rules(monkeypatch, OLD, "lex1")
    run([write(tmp_path, *ARTICLES)], tmp_path / "t")
    return tmp_path / "t"


ARTICLES = (
    *(record(n, f"{n} killed, 1{n} slain and 2{n} hurt", f"2016-{9 + n % 4:02}-04") for n in range(1, 9)),
    record(9, "9 slain", None),
)


def again(tables: Path, *window: object, dry_run: bool = False) -> Backfilled:
    done = backfill(*window, tables=str(tables), dry_run=dry_run)  # type: ignore[arg-type]
    assert isinstance(done, Backfilled)
    return done


def sums(done: Backfilled) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    return dict(done.difference.added), dict(done.difference.changed), dict(done.difference.withdrawn)


def same(one: Path, other: Path, *tables: str) -> None:
    for table in tables or TABLES:
        pair = [frame(root, table).drop(columns=CLOCKS, errors="ignore") for root in (one, other)]
        pd.testing.assert_frame_equal(*pair)


def test_a_backfill_gives_the_table_as_if_it_had_been_there_from_the_start(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules(monkeypatch, NEW, "lex2")
    before = snapshot(tables)
    dry = again(tables, dry_run=True)
    assert sums(dry) == ({"slain": 9}, {}, {"hurt": 8}) and snapshot(tables) == before
    assert "nothing written" in backfill_lines(dry)[-1]
    done = again(tables)
    assert (sums(done), done.articles, done.claims) == (sums(dry), 9, dry.claims)
    run([tables.parent / "articles.jsonl"], tables.parent / "fresh")
    same(tables, tables.parent / "fresh")
    history = frame(tables, "claims_history")
    assert history["reason"].tolist() == ["withdrawn"] * 8 and set(history["rule"]) == {"hurt"}
    assert not list(verify(tables))


def test_what_is_done_is_not_done_again(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules(monkeypatch, NEW, "lex2")
    assert again(tables, date(2016, 10, 1), date(2016, 11, 30)).articles == 4
    before = snapshot(tables)
    second = again(tables, date(2016, 10, 1), date(2016, 11, 30))
    after = snapshot(tables)
    assert (second.articles, second.passed) == (0, 4) and "nothing changed" in backfill_lines(second)[-1]
    assert {name: after[name] for name in before} == before
    assert again(tables).articles == 5
    assert again(tables, None, None, "courier").passed == 0


def test_a_killed_backfill_goes_on_where_it_was(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules(monkeypatch, NEW, "lex2")
    calls = 0
    real = backfill_module.commit

    def dying(*args: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(*args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(backfill_module, "commit", dying)
        with pytest.raises(BaseException):  # noqa: B017
            again(tables)
    rest = again(tables)
    assert rest.passed == 4 and rest.articles == 5
    run([tables.parent / "articles.jsonl"], tables.parent / "fresh")
    same(tables, tables.parent / "fresh")


def test_an_article_that_the_extraction_fails_on_keeps_its_claims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: None
) -> None:
    rules(monkeypatch, OLD, "lex1")
    run([write(tmp_path, record(1, "an ill-starred day, 3 killed"), record(2, "2 killed"))], tmp_path / "t")
    rules(monkeypatch, NEW, "lex2")
    done = again(tmp_path / "t")
    assert (done.articles, len(done.failed)) == (1, 1) and "no such verb" in (done.failed[0].detail or "")
    claims = frame(tmp_path / "t", "claims")
    assert len(claims) == 2 and sorted(claims["lexicon_version"]) == ["lex1", "lex2"]
    assert not list(verify(tmp_path / "t"))


def test_wrong_usage(tmp_path: Path) -> None:
    put(tmp_path / "t", a_run(), with_claims(an_article(), 10))
    for arguments, said in [
        (("--since", "2016-10-01", "--until", "2016-09-01"), "--until 2016-09-01 is before --since 2016-10-01"),
        (("--since", "October"), "--since October: not a date"),
        (("--tables", str(tmp_path / "none")), "has no tables"),
    ]:
        status, out, err = invoke("backfill", "--tables", str(tmp_path / "t"), *arguments)
        assert (status, out) == (2, "") and said in err and "starting" not in err


# --- the store's part ------------------------------------------------------------------------------------------------------------------


def test_the_window_is_by_day_and_outlet_and_only_of_what_stands(tmp_path: Path) -> None:
    days = (date(2016, 9, 30), date(2016, 10, 1), date(2016, 10, 31), None)
    some = [an_article(f"Article {n}. " + "x" * 60, published=day, outlet="courier" if n == 2 else "gazette") for n, day in enumerate(days)]
    revised = [an_article("Old. " * 20, url="u"), an_article("New. " * 20, url="u")]
    put(tmp_path, a_run(), *[with_claims(article, 10) for article in [*some, *revised]])
    tables = open_tables(tmp_path)

    def found(*window: object) -> set[str]:
        return {key for month in months(tables, Window(*window), "lex2.") for key in month.pending}  # type: ignore[arg-type]

    ids = [article.article_id for article in some]
    assert found() == {*ids, revised[1].article_id}
    assert found(date(2016, 10, 1), date(2016, 10, 31)) == {ids[1], ids[2], revised[1].article_id}
    assert found(None, None, "courier") == {ids[2]} and found(None, date(2016, 9, 30)) == {ids[0]}
    assert months(tables, Window(), "lex1.")[0].pending == ()


def test_articles_come_back_as_they_went_in(tmp_path: Path) -> None:
    some = [an_article(f"Article {n}. " + "x" * 60, external_id=str(n), meta_1=n, title="A title") for n in range(5)]
    put(tmp_path, a_run(), *[with_claims(article, 10) for article in some])
    tables = open_tables(tmp_path)
    wanted = {article.article_id for article in some[:3]}
    batches = list(articles_of(tables.place, "articles/2016-10.parquet", wanted, 2))
    assert [len(batch) for batch in batches] == [2, 1]
    assert {article.article_id: article for batch in batches for article in batch} == {a.article_id: a for a in some[:3]}


def test_what_another_run_changed_meanwhile_is_left_to_the_next_look(tmp_path: Path) -> None:
    article = an_article(published_basis="told")
    put(tmp_path, a_run(1), with_claims(article, 10))
    tables = open_tables(tmp_path)
    later = a_run(3, "lex2")
    parts = [extracted([with_claims(article, 10, 20)], later)]
    put(tmp_path, a_run(2), with_claims(replace(article, outlet="courier"), 10))
    assert commit(tables, later, parts, again=True).changed == 0
    assert frame(tmp_path, "articles")["outlet"].tolist() == ["courier"] and len(frame(tmp_path, "claims")) == 1


def test_a_backfill_that_changed_claims_tells_that_incidents_are_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    article = an_article()
    commit(open_tables(tmp_path), a_run(), [extracted([(article, [a_claim(article)])], a_run())])
    monkeypatch.setattr("flows.cli._start_prefect", lambda: None)

    def told(*options: str, **difference: Counter[str]) -> bool:
        done = Backfilled("r", str(tmp_path), (None, None, None), "--dry-run" in options, difference=Difference(**difference))
        monkeypatch.setattr("flows.cli._outcome", lambda run: done)
        status, out, _ = invoke("backfill", "--tables", str(tmp_path), *options)
        assert status == 0
        return "run: tollbook incidents" in out

    assert not told(changed=Counter(killed=1))  # no incidents were made yet
    replace_derived(tmp_path, derive(tmp_path, datetime(2026, 1, 2, tzinfo=UTC)).tables)
    assert told(changed=Counter(killed=1)) and told(added=Counter(killed=1)) and told(withdrawn=Counter(killed=1))
    assert not told() and not told("--dry-run", changed=Counter(killed=1))


# --- the whole of it -------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_new_verb_and_a_new_source_backfilled_are_as_if_there_from_the_start(tmp_path: Path, prefect_server: str) -> None:
    """Two checkouts that differ in two lines of data; the sample articles, and some that need the new lines, by the real commands."""
    said = "Gunmen defenestrated 14 villagers in Harra on Sunday, the Harra Tally Office said. Three soldiers were killed."
    lines = [json.dumps({"id": str(n), "text": f"{said} It was report {n}.", "published": f"2016-{n:02}-04"}) for n in range(1, 10)]
    extra = write(tmp_path / "in", *lines)
    for side in ("old", "new"):
        for folder in ("flows", "transforms", "data"):
            shutil.copytree(ROOT / folder, tmp_path / side / folder, ignore=shutil.ignore_patterns("tables"))
    lexicon = tmp_path / "new" / "data" / "lexicons" / "en.yaml"
    verb = '- {harm: killed, base: defenestrate, person: true, example: "Rebels defenestrated nine soldiers."}'
    text = lexicon.read_text(encoding="utf-8")
    at = re.search(r"^harm_verbs:\n(?:\s*#.*\n)*(?P<indent>\s*)(?=- )", text, re.MULTILINE)
    assert at is not None
    lexicon.write_text(f"{text[: at.end()]}{verb}\n{at['indent']}{text[at.end() :]}", encoding="utf-8")
    with (tmp_path / "new" / "data" / "sources.yaml").open("a", encoding="utf-8") as registry:
        registry.write("\n- id: harra_tally\n  name: Harra Tally Office\n  type: monitor\n  aliases: [Harra Tally Office]\n")

    environment = os.environ | {"PREFECT_API_URL": prefect_server}

    def tollbook(side: str, *arguments: str) -> str:
        command = [sys.executable, "-m", "flows.cli", *arguments]
        done = subprocess.run(command, cwd=tmp_path / side, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    tollbook("old", "ingest", str(ROOT / "data" / "articles"), str(extra), "--tables", str(tmp_path / "t"))
    tollbook("new", "ingest", str(ROOT / "data" / "articles"), str(extra), "--tables", str(tmp_path / "fresh"))
    before = frame(tmp_path / "t", "claims")
    dry = tollbook("new", "backfill", "--tables", str(tmp_path / "t"), "--dry-run")
    out = tollbook("new", "backfill", "--tables", str(tmp_path / "t"))
    assert dry.splitlines()[:3] == out.splitlines()[:3] and " 9 added" in out
    same(tmp_path / "t", tmp_path / "fresh")
    assert "harra_tally" in set(frame(tmp_path / "t", "claims")["source_id"]) and len(before) < len(frame(tmp_path / "t", "claims"))
    assert "all is well" in invoke("verify", "--tables", str(tmp_path / "t"))[1]
    time = re.sub(r"-.*", "", max(before["run_id"]))
    at_once = f"{time[:4]}-{time[4:6]}-{time[6:11]}:{time[11:13]}:{time[13:15]}.{time[15:21]}"
    assert invoke("as-of", at_once, "--tables", str(tmp_path / "t"), "--out", str(tmp_path / "then.parquet"))[0] == 0
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "then.parquet"), before)
