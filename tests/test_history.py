"""Revised and withdrawn articles, and the tables as of an earlier time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import a_claim, a_run, an_article
from tests.test_cli import invoke
from tests.test_store import frame, put, with_claims
from transforms.article import Article
from transforms.derive import derive
from transforms.report import make_page, read_tables
from transforms.store import (
    Run,
    claims_as_of,
    commit,
    extracted,
    folder,
    new_run,
    open_tables,
    place_of,
    replace_derived,
    run_id_at,
    withdraw,
    write_as_of,
)
from transforms.store.history import months_as_of
from transforms.store.verify import verify

FIRST, SECOND, THIRD = ("Two people were killed in Harra, the police said. " + end * 30 for end in "abc")
URL = "https://gazette.example/1"


def as_it_stood(root: Path, when: datetime) -> pd.DataFrame:
    """The claims as of then, in the order of the files, as pandas opens the table."""
    out = root.parent / "as-of.parquet"
    write_as_of(place_of(root), when, out)
    return pd.read_parquet(out)


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, wanted.reset_index(drop=True))


# --- versions ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("like", [{"url": URL}, {"external_id": "17"}])
def test_a_revised_article_takes_the_place_of_the_earlier_one(tmp_path: Path, like: dict[str, str]) -> None:
    first, second = an_article(FIRST, **like), an_article(SECOND, published=date(2016, 10, 4), **like)
    put(tmp_path, a_run(1), with_claims(first, 10, 20))
    done = put(tmp_path, a_run(2), with_claims(second, 10))
    assert (done.new, done.changed, done.revised, done.claims, done.retracted) == (1, 0, 1, 1, 2)
    articles = frame(tmp_path, "articles").set_index("article_id")
    assert articles.loc[first.article_id, "superseded_by"] == second.article_id
    assert pd.isna(articles.loc[first.article_id, "rules_version"]) and pd.isna(articles.loc[second.article_id, "superseded_by"])
    assert frame(tmp_path, "claims")["article_id"].tolist() == [second.article_id]
    history = frame(tmp_path, "claims_history")
    assert set(history["reason"]) == {f"superseded by {second.article_id}"} and len(history) == 2
    assert frame(tmp_path, "articles_history")["reason"].tolist() == ["changed: claims, rules_version, superseded_by"]


def test_another_outlet_or_an_unknown_one_makes_another_article(tmp_path: Path) -> None:
    some = [an_article(FIRST, external_id="17"), an_article(SECOND, external_id="17", outlet="courier")]
    some += [an_article(FIRST * 2, external_id="17", outlet=None), an_article(SECOND * 2, external_id="17", outlet=None)]
    for number, article in enumerate(some, 1):
        assert put(tmp_path, a_run(number), with_claims(article, 10)).revised == 0
    assert len(frame(tmp_path, "claims")) == 4


def test_the_earlier_version_read_again_changes_nothing(tmp_path: Path) -> None:
    first, second = an_article(FIRST, url=URL), an_article(SECOND, url=URL)
    put(tmp_path, a_run(1), with_claims(first, 10))
    put(tmp_path, a_run(2), with_claims(second, 10))
    assert put(tmp_path, a_run(3), with_claims(first, 10)).changed == 0
    assert frame(tmp_path, "claims")["article_id"].tolist() == [second.article_id]


def test_the_earlier_version_told_otherwise_stays_superseded(tmp_path: Path) -> None:
    first, second = an_article(FIRST, url=URL), an_article(SECOND, url=URL)
    put(tmp_path, a_run(1), with_claims(first, 10))
    put(tmp_path, a_run(2), with_claims(second, 10))
    done = put(tmp_path, a_run(3), with_claims(replace(first, title="Harra"), 10))
    assert (done.changed, done.claims) == (1, 0)
    assert frame(tmp_path, "claims")["article_id"].tolist() == [second.article_id]
    assert not list(verify(tmp_path))[2:]  # the sample claims quote nothing, which is another matter


def test_a_version_of_an_earlier_day_that_comes_later_does_not_stand(tmp_path: Path) -> None:
    late, early = an_article(FIRST, url=URL), an_article(SECOND, url=URL, published=date(2016, 10, 1))
    put(tmp_path, a_run(1), with_claims(late, 10))
    assert put(tmp_path, a_run(2), with_claims(early, 10)).revised == 1
    assert frame(tmp_path, "claims")["article_id"].tolist() == [late.article_id]
    history = frame(tmp_path, "claims_history")
    assert history["reason"].tolist() == [f"superseded by {late.article_id}"]
    assert (history["recorded_at"] == history["retracted_at"]).all()


def test_versions_come_out_alike_in_one_commit_and_in_three(tmp_path: Path) -> None:
    """A run that is killed between two commits and run again must give what an undisturbed one gives."""
    versions = [an_article(text, url=URL, published=date(2016, 10, 3 + day)) for text, day in ((FIRST, 0), (SECOND, 1), (THIRD, 0))]
    found = [with_claims(article, 10) for article in versions]
    put(tmp_path / "one", a_run(1), *found)
    for number, one in enumerate(found, 1):
        put(tmp_path / "three", a_run(number), one)
    clocks = ["run_id", "first_seen", "recorded_at", "retracted_at"]
    for table in ("articles", "articles_history", "claims", "claims_history"):
        pair = [frame(tmp_path / side, table).drop(columns=clocks, errors="ignore") for side in ("one", "three")]
        pd.testing.assert_frame_equal(*pair)
    assert frame(tmp_path / "one", "claims")["article_id"].tolist() == [versions[1].article_id]


def test_versions_share_a_file_so_that_a_reader_sees_the_one_or_the_other(tmp_path: Path) -> None:
    put(tmp_path, a_run(1), with_claims(an_article(FIRST, url=URL), 10))
    put(tmp_path, a_run(2), with_claims(an_article(SECOND, url=URL, published=date(2016, 12, 1)), 10))
    assert sorted(path.name for path in (tmp_path / "claims").iterdir()) == ["2016-10.parquet", "undated.parquet"]


# --- withdrawn -----------------------------------------------------------------------------------------------------------------------


def test_a_withdrawn_article_loses_its_claims_for_good(tmp_path: Path) -> None:
    wrong, right = an_article(FIRST), an_article(SECOND)
    put(tmp_path, a_run(1), with_claims(wrong, 10), with_claims(right, 10))
    done = withdraw(open_tables(tmp_path), a_run(2), [wrong.article_id], "wrong outlet")
    assert (done.changed, done.retracted) == (1, 1)
    put(tmp_path, a_run(3), with_claims(wrong, 10), with_claims(right, 10))
    put(tmp_path, a_run(4), with_claims(replace(wrong, title="Harra"), 10))
    assert frame(tmp_path, "claims")["article_id"].tolist() == [right.article_id]
    assert frame(tmp_path, "claims_history")["reason"].tolist() == ["article withdrawn: wrong outlet"]
    assert sorted(frame(tmp_path, "articles")["withdrawn"].dropna()) == ["wrong outlet"]
    assert withdraw(open_tables(tmp_path), a_run(5), [wrong.article_id], "again").changed == 0


def test_an_unknown_article_cannot_be_withdrawn(tmp_path: Path) -> None:
    put(tmp_path, a_run(1), with_claims(an_article(), 10))
    with pytest.raises(KeyError, match="has no article 0123456789abcdef"):
        withdraw(open_tables(tmp_path), a_run(2), ["0123456789abcdef"], "why")


# --- as of -----------------------------------------------------------------------------------------------------------------------------


def test_as_of_gives_the_table_of_each_time(tmp_path: Path) -> None:
    """Added, changed, withdrawn, revised, confirmed with other lexicons: each state is given back to the last column."""
    root = tmp_path / "t"
    article, other = an_article(FIRST, published_basis="told"), an_article("Else. " * 20, url=URL)
    states = [
        [with_claims(article, 10, 20)],
        [with_claims(replace(article, published=date(2016, 12, 24)), 10, 30), with_claims(other, 5)],
        [with_claims(replace(article, published=date(2016, 12, 24), title="Harra"), 10, 20)],
        [with_claims(an_article(SECOND, url=URL), 4)],
    ]
    before = []
    for number, found in enumerate(states, 1):
        run = a_run(number, f"lex{number}")
        put(root, run, *found)
        before.append((run.started, frame(root, "claims")))
    withdraw(open_tables(root), a_run(9, "lex9"), [article.article_id], "test")
    for started, claims in before:
        same(as_it_stood(root, started + timedelta(minutes=30)), claims)
    assert as_it_stood(root, datetime(2020, 1, 1, tzinfo=UTC)).empty
    assert {len(claims) for _, claims in before} == {2, 3} and set(before[0][1]["lexicon_version"]) == {"lex1"}


def test_as_of_is_a_pure_function_of_tables(tmp_path: Path) -> None:
    put(tmp_path, a_run(1), with_claims(an_article(published_basis="told"), 10))
    put(tmp_path, a_run(2), with_claims(an_article(published=date(2016, 12, 24), published_basis="told"), 10))
    tables = {table: pq.read_table(tmp_path / table) for table in ("claims", "claims_history")}
    found = claims_as_of(tables, a_run(1).started)
    assert str(found["published"].to_pylist()[0])[:10] == "2016-10-03" and found.schema.equals(tables["claims"].schema)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=2, max_size=8), st.integers(-1, 10))
def test_at_no_time_does_a_claim_count_twice(tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[int, int]], when: int) -> None:
    """Runs that began in any order commit one after the other: clocks are set back, long runs meet short ones."""
    root = tmp_path_factory.mktemp("t")
    article = an_article(published_basis="told")
    for number, (hour, said) in enumerate(runs):
        started = datetime(2026, 1, 1, hour, tzinfo=UTC)
        run = Run(run_id_at(started, f"{number:04x}"), started, "lex1")
        told = replace(article, title=f"Version {number}")
        commit(open_tables(root), run, [extracted([(told, [a_claim(told, 10, place=str(number))] if said else [])], run)])
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=when, minutes=30)
    found = [row for month in months_as_of(place_of(root), at) for row in month.to_pylist()]
    assert len(found) <= 1
    assert not [problem for problem in verify(root) if "history" in problem.file]
    latest = months_as_of(place_of(root), datetime(2026, 1, 2, tzinfo=UTC))
    assert [row for month in latest for row in month.to_pylist()] == pq.read_table(root / "claims").to_pylist()


def test_a_clock_set_back_gives_no_earlier_run(tmp_path: Path) -> None:
    put(tmp_path, a_run(5), with_claims(an_article(), 10))
    run = new_run(open_tables(tmp_path), a_run(1).started, "abcd", "lex1", "")
    assert a_run(5).started < run.started < a_run(5).started + timedelta(seconds=1)
    assert new_run(open_tables(tmp_path), a_run(6).started, "abcd", "lex1", "").started == a_run(6).started


def test_articles_told_otherwise_leave_their_earlier_row(tmp_path: Path) -> None:
    article: Article = an_article(published_basis="told")
    put(tmp_path, a_run(1), with_claims(article))
    put(tmp_path, a_run(2), with_claims(replace(article, outlet="courier")))
    history = frame(tmp_path, "articles_history")
    assert history["outlet"].tolist() == ["gazette"] and history["reason"].tolist() == ["changed: outlet"]
    assert "text" not in history and history["recorded_at"].tolist() == [a_run(1).started]


def test_tables_that_a_dead_writer_left_between_two_states_are_refused_until_they_are_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed with claims moved and claims_history not: the retracted row is nowhere to be read."""
    root, article = tmp_path / "t", an_article()
    put(root, a_run(1), with_claims(article, 10))
    real = folder.Folder.move

    def dying(self: folder.Folder, path: str, to: str) -> bool:
        if to.startswith("claims_history/"):
            raise KeyboardInterrupt
        return real(self, path, to)

    told = replace(article, title="Harra", outlet="courier")
    with monkeypatch.context() as patch:
        patch.setattr(folder.Folder, "move", dying)
        with pytest.raises(KeyboardInterrupt):
            put(root, a_run(2), with_claims(told, 30))
    readers = (lambda: as_it_stood(root, a_run(1).started), lambda: read_tables(root), lambda: derive(root, a_run(3).started))
    for read in readers:
        with pytest.raises(OSError, match=r"stopped while it put its rows .* run tollbook ingest"):
            read()
    status, _, err = invoke("as-of", "2026-01-01", "--out", str(tmp_path / "a.parquet"), "--tables", str(root))
    assert status == 3 and "run tollbook ingest" in err and not (tmp_path / "a.parquet").exists()
    commit(open_tables(root), a_run(3))
    assert len(as_it_stood(root, a_run(1).started)) == 1
    for read in readers:
        read()


# --- the commands ----------------------------------------------------------------------------------------------------------------------


def test_as_of_writes_one_file(tmp_path: Path) -> None:
    tables, out = str(tmp_path / "t"), tmp_path / "then.parquet"
    put(tmp_path / "t", a_run(1), with_claims(an_article(), 10))
    put(tmp_path / "t", a_run(30), with_claims(an_article(SECOND), 10))
    for when, wanted in (("2026-01-01", 1), ("2025-12-31", 0), ("2026-01-01T00:59", 0), ("2026-01-01T02:30+01:00", 1), ("2026-01-02", 2)):
        status, said, _ = invoke("as-of", when, "--out", str(out), "--tables", tables)
        assert (status, len(pd.read_parquet(out))) == (0, wanted) and said.startswith(f"{wanted} claims as of 202")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t", "then.parquet"]


def test_as_of_names_wrong_usage(tmp_path: Path) -> None:
    tables = tmp_path / "t"
    put(tables, a_run(1), with_claims(an_article(), 10))
    before = sorted(tables.rglob("*"))
    for when, out, at, said in [
        ("May", "a.parquet", tables, "May: not a date or time"),
        ("2026-01-01", "a.csv", tables, "the name of a .parquet file is wanted"),
        ("2026-01-01", "t/claims/2016-10.parquet", tables, "is among the tables"),
        ("2026-01-01", "a.parquet", tmp_path / "none", "has no tables"),
    ]:
        status, _, err = invoke("as-of", when, "--out", str(tmp_path / out), "--tables", str(at))
        assert status == 2 and said in err
    assert sorted(tables.rglob("*")) == before and not (tmp_path / "a.parquet").exists()


def test_withdraw_takes_ids(tmp_path: Path) -> None:
    tables, article = str(tmp_path / "t"), an_article()
    put(tmp_path / "t", a_run(1), with_claims(article, 10))
    status, _, err = invoke("withdraw", "0" * 16, article.article_id, "--reason", "why", "--tables", tables)
    assert status == 2 and "nothing was withdrawn" in err and len(frame(tmp_path / "t", "claims")) == 1
    status, out, _ = invoke("withdraw", article.article_id, "--reason", " wrong  outlet ", "--tables", tables)
    assert (status, out) == (0, "withdrawn 1 articles with 1 claims, which are in claims_history now\n")
    assert frame(tmp_path / "t", "articles")["withdrawn"].tolist() == ["wrong outlet"]
    assert invoke("withdraw", article.article_id, "--reason", " ", "--tables", tables)[0] == 2


def test_a_withdrawal_is_a_run_and_what_was_made_of_the_claims_is_told_to_be_behind(tmp_path: Path) -> None:
    article, other = an_article(), an_article("On Tuesday two people were killed in Zaba.")
    said = [(article, [a_claim(article)]), (other, [a_claim(other)])]
    commit(open_tables(tmp_path / "t"), a_run(), [extracted(said, a_run())])
    replace_derived(tmp_path / "t", derive(tmp_path / "t", datetime(2026, 1, 2, tzinfo=UTC)).tables)
    tables, out = str(tmp_path / "t"), str(tmp_path / "a.csv")
    export = ("export", "--format", "hxl", "--tables", tables, "--out", out)
    assert invoke(*export)[2] == "" and "behind" not in make_page(read_tables(tmp_path / "t")).report.standfirst
    status, printed, _ = invoke("withdraw", article.article_id, "--reason", "wrong outlet", "--tables", tables)
    assert status == 0 and "run: tollbook incidents" in printed
    [run] = frame(tmp_path / "t", "runs").to_dict("records")
    gone = frame(tmp_path / "t", "articles").set_index("article_id").loc[article.article_id]
    assert run["run_id"] == gone["run_id"] and (run["paths"], run["articles_changed"]) == ("withdraw: wrong outlet", 1)
    assert "1 of their 2 claims no longer stand" in invoke(*export)[2]
    assert "1 of their 2 claims no longer stand" in make_page(read_tables(tmp_path / "t")).report.standfirst
